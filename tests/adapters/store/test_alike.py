"""Whatever is done to it, and in whatever order, the durable store answers as the one in dictionaries does."""

from __future__ import annotations

from pathlib import Path

from kiloclaw_adapters.store import Chance, Clock, SqliteStore, Store
from kiloclaw_adapters.testing.races import StoreRaces


class TestSqlite(StoreRaces):
    """The stories of the other files, in every mixture: the rules are written twice, and must be one."""

    def open_store(self, folder: Path, clock: Clock, chance: Chance) -> Store:
        """A file, for as long as a schedule takes."""
        return SqliteStore.open(folder / "store.db", clock=clock, chance=chance)
