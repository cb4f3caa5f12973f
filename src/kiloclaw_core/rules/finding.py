"""What a rule says of a trace: that it is broken, where, and which lines led there."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from kiloclaw_core.rules.asked import Place
from kiloclaw_core.rules.book import Book, Step


@frozen
class Break:
    """A rule is broken at this place; `led` are the lines that matter, oldest first, the breaking one left out."""

    place: Place
    message: str
    led: tuple[Place, ...] = ()


class Fold(Protocol):
    """One rule while a trace is read. It keeps no more than what is live, and speaks when it is broken."""

    def hear(self, book: Book, step: Step, /) -> Break | None:
        """Go on with this step."""
        ...


def led(*places: Place | None) -> tuple[Place, ...]:
    """These lines, oldest first, each once."""
    numbered = {one.number: one for one in places if one is not None}
    return tuple(numbered[number] for number in sorted(numbered))
