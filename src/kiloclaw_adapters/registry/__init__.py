"""The outside of admission: the registry's store and rows, whoever performs its effects, and whoever serves requests.

What a company implements for itself is exported here; the rest belongs to the façade.
"""

from __future__ import annotations

from kiloclaw_adapters.registry.port import CompanyDirectory, Entitlements, EverybodyEntitled, Insertion

__all__ = ("CompanyDirectory", "Entitlements", "EverybodyEntitled", "Insertion")
