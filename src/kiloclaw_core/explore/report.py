"""What an exploration answers: how far it looked, what became of every claim, and the traces that show it.

A report says nothing of how it was found, so that two explorers can be compared by equality.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from kiloclaw_core.explore.model import Action, Cell, Kind
from kiloclaw_core.explore.product import Joint

Word = Literal["held", "broken", "witnessed", "not_witnessed", "undecided"]
"""What became of a claim; "undecided" where the exploration ended early and nothing it saw settles the claim."""


def word_for(kind: Kind, *, found: bool, complete: bool) -> Word:
    """What becomes of a claim when what settles it early (a broken state, a witness) was or was not found."""
    sought = kind is Kind.SOMETIMES
    if found:
        return "witnessed" if sought else "broken"
    if not complete:
        return "undecided"
    return "not_witnessed" if sought else "held"


@frozen
class Step:
    """One choice of a trace: the index that was taken, of how many, and what then happened."""

    index: int
    of: int
    action: Action


@frozen
class Trace:
    """A path from the initial state, with canonical joints at both ends."""

    steps: tuple[Step, ...]
    start: Joint
    end: Joint

    @property
    def code(self) -> str:
        """The path as choice indices, short enough to paste: "0/0/3/0"; empty for no step."""
        return "/".join(str(step.index) for step in self.steps)

    @property
    def labels(self) -> tuple[str, ...]:
        """The path as action lines, which survive a change in the order of choices."""
        return tuple(str(step.action) for step in self.steps)


@frozen
class Verdict:
    """What became of one claim, with the trace that shows it.

    An *always* that is broken and a *sometimes* that is witnessed have the shortest trace. A *leads home* that held has
    the bound: the most calm moves it takes from any reachable state. One that is broken has the way to a dead end, or
    into a cycle and once round it; then `round_from` is how many steps come before the round.
    """

    claim: str
    kind: Kind
    verdict: Word
    trace: Trace | None = None
    bound: int | None = None
    round_from: int | None = None


@frozen
class Progress:
    """How far an exploration has come: states found, edges followed, depth reached, states waiting."""

    states: int
    edges: int
    depth: int
    frontier: int


@frozen
class Report:
    """What an exploration found, independent of how it searched; `complete` when every state found was followed.

    In a mirror a state and its image are one, and `stood_for` counts both; without a mirror it is None.
    """

    states: int
    edges: int
    depth: int
    complete: bool
    verdicts: tuple[Verdict, ...]
    cells: tuple[Cell, ...]
    stood_for: int | None = None
