"""Opens the store that a URL names; which stores there are is written here and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from kiloclaw_adapters.store.memory import MemoryStore
from kiloclaw_adapters.store.port import Chance, Clock, Store, StoreError, even_chance, wall_clock
from kiloclaw_adapters.store.sqlite import SqliteStore

SQLITE: Final = "sqlite:///"
MEMORY: Final = "memory://"
PASSWORD: Final = re.compile(r"(?<=//).*@", re.DOTALL)


def open_store(url: str, *, clock: Clock = wall_clock, chance: Chance = even_chance, make: bool = True) -> Store:
    """Open the store at `sqlite:///relative.db`, `sqlite:////absolute.db` or `memory://`.

    It may wait as long as SQLite waits for a lock, five seconds, so call it before the event loop is busy. A file
    that does not exist is made, unless told otherwise; a folder is not. Raises StoreError for any other URL, and for a
    store that cannot be opened.
    """
    if url == MEMORY:
        return MemoryStore(clock, chance)
    path = url.removeprefix(SQLITE)
    if path in {url, "", ":memory:"} or "?" in path or "#" in path:
        raise StoreError(
            f"no store at {PASSWORD.sub('', url)!r}: it must be sqlite:///relative.db, sqlite:////absolute.db "
            "or memory://, without options"
        )
    if not make and not Path(path).exists():
        raise StoreError(f"there is no store at {url}")
    return SqliteStore.open(Path(path), clock=clock, chance=chance)
