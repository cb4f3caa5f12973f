"""What the checker is told: a model's three questions, what may happen next, and what is claimed of it.

A `Model` says where a system begins, what may happen there and what is then the case; replay, random walks and the
naive explorer need nothing else. A `Move` is one thing that may happen, as a rule of a product describes it. A `Claim`
is a sentence with a predicate. How moves are searched and claims are judged is left to the explorers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum
from typing import Generic, Protocol, TypeVar

from attrs import frozen

StateT = TypeVar("StateT")
ActionT = TypeVar("ActionT")
SceneT = TypeVar("SceneT")

Cell = tuple[str, str, str]
"""One cell of a transition table: its row, its column, and the outcome that was seen there."""


class Model(Protocol[StateT, ActionT]):
    """Where a system begins, what may happen in a state, and what is then the case."""

    def initial(self) -> StateT:
        """The one state in which everything begins."""
        ...

    def actions(self, state: StateT, /) -> tuple[ActionT, ...]:
        """What may happen in this state, mildest first and always in the same order."""
        ...

    def next(self, state: StateT, action: ActionT, /) -> StateT:
        """The state after this action, which `actions` offered for this state."""
        ...


class When(Enum):
    """When a move may happen, and whether it belongs to the calm graph."""

    CALM = "calm"
    """Any time; calm: a delivery, the world's own progress."""
    QUIET = "quiet"
    """Only when no calm move is enabled; calm: an alarm that rings because nothing else can."""
    FREE = "free"
    """Any time, and never calm: a fault, a command, an early alarm, a crash."""


@frozen
class Action:
    """One thing that happens: the line that says it, and the lane (whose doing it is) it is drawn in."""

    label: str
    lane: str = ""

    def __str__(self) -> str:
        """Say the action in one line."""
        return self.label


@frozen
class Move:
    """One thing that may happen: the action, and which parts, slots and table cell it touches.

    `writes` names the parts that change. `kept` is for a slot rule: what stands in the slot's place (nothing: the slot
    is gone). `spawned` are new slots for the bag.
    """

    action: Action
    when: When
    writes: tuple[tuple[str, Hashable], ...] = ()
    kept: tuple[Hashable, ...] = ()
    spawned: tuple[Hashable, ...] = ()
    cell: Cell | None = None


class Kind(Enum):
    """What a claim's predicate means."""

    ALWAYS = "always"
    """It holds in every reachable state."""
    SOMETIMES = "sometimes"
    """It holds in some reachable state: a witness that the model is not vacuous."""
    LEADS_HOME = "leads home"
    """It says which states are home: from every reachable state all calm paths get there."""


@frozen
class Claim(Generic[SceneT]):
    """A sentence about a system, and the predicate over its scenes that decides it.

    `reads` names the parts the predicate depends on ("bag" for the slots): it is judged once for each distinct reading.
    """

    name: str
    sentence: str
    kind: Kind
    reads: tuple[str, ...]
    holds: Callable[[SceneT], bool]
