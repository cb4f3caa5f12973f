"""The bugs of the lifecycle, brought back one at a time, so that whoever claims something sees the claim fail."""

from __future__ import annotations

from kiloclaw_adapters.mutants.mutant import Mutant, Placeless, mutated
from kiloclaw_adapters.mutants.placeless import PLACELESS
from kiloclaw_adapters.mutants.searching import Caught, OtherEndError, search_for
from kiloclaw_adapters.mutants.table import MUTANTS, UnknownMutantError, mutants_called, mutants_of
from kiloclaw_adapters.overriding import overridden

__all__ = (
    "MUTANTS",
    "PLACELESS",
    "Caught",
    "Mutant",
    "OtherEndError",
    "Placeless",
    "UnknownMutantError",
    "mutants_called",
    "mutants_of",
    "mutated",
    "overridden",
    "search_for",
)
