"""What tests of this library, and of others' changes to it, are made with."""

from __future__ import annotations

from kiloclaw_adapters.testing.mutant import Caught, Mutant, Placeless, mutated, overridden, search_for
from kiloclaw_adapters.testing.mutants import MUTANTS, PLACELESS

__all__ = ["MUTANTS", "PLACELESS", "Caught", "Mutant", "Placeless", "mutated", "overridden", "search_for"]
