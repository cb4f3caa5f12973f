"""A search that is kept in a file: where, which one it is, and when it is written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from attrs import define, frozen

from kiloclaw_adapters.explorer.fingerprint import fingerprint

EVERY_S: Final = 600.0
"""A search that is kept is written down so often, in seconds."""

LAYOUT: Final = 2
"""How states are laid out in a file: one more whenever that changes, so that no file is taken for another."""

ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
"""Where a function stands in memory, which no other process has in common."""


class KeptSearchError(ValueError):
    """A search cannot be kept, or a file keeps none, or another one; the message says which."""


@frozen
class Keeping:
    """Where a search is kept, which one it is, and when: asked each time that some states were followed."""

    path: Path
    what: str
    is_due: Callable[[], bool]


@define(eq=False)
class Rhythm:
    """When a search is written down: every so often, and for the last time when it is to end."""

    clock: Callable[[], float]
    is_to_end: Callable[[], bool]
    last: float
    over: bool = False
    """Whether it was written down because it is to end."""

    def is_due(self) -> bool:
        """Whether it is time."""
        self.over = self.is_to_end()
        due = self.over or self.clock() - self.last >= EVERY_S
        if due:
            self.last = self.clock()
        return due


def search_of(name: str, described: str) -> str:
    """Which search it is: by its name, all that describes it, the layout of states, and the core that is searched."""
    digest = blake2b(f"{LAYOUT} {ADDRESS.sub('', described)}".encode(), digest_size=6).hexdigest()
    return f"{name} {digest} on core {fingerprint()}"
