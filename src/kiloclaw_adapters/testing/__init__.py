"""What tests of this library, and of others' changes to it, are made with."""

from __future__ import annotations

from kiloclaw_adapters.mutants.overriding import overridden

__all__ = ("overridden",)
