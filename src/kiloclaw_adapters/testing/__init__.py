"""What tests of this library, and of others' changes to it, are made with."""

from __future__ import annotations

from kiloclaw_adapters.testing.mutants import MUTANTS, Caught, Mutant, mutated, overridden, search_for

__all__ = ["MUTANTS", "Caught", "Mutant", "mutated", "overridden", "search_for"]
