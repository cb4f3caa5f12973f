"""A turnstile three times: in the shape of this house, in transitions, and in python-statemachine.

A coin releases it, one person passes, it bolts again; coins and passages are counted, and each move tells the outside
what to do. What is measured is one passage. Ours keeps intent and facts apart and makes a new value each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from importlib.metadata import version
from typing import Final

from attrs import evolve, frozen
from returns.result import Failure, Result, Success
from statemachine import State, StateMachine
from transitions import Machine

from .measuring import Effort, Line, race

# -- in the shape of this house ----------------------------------------------------------------------------------


@frozen
class Locked:
    """Nobody passes."""


@frozen
class Unlocked:
    """One person may pass."""


Phase = Locked | Unlocked


@frozen
class Turnstile:
    """A turnstile: `coins` are those that nobody has passed for."""

    phase: Phase = Locked()
    coins: int = 0
    passed: int = 0


class Refusal(Enum):
    """Why a coin is not taken; read it after "because"."""

    UNLOCKED = "the turnstile is unlocked"


@frozen
class Woken:
    """There may be a coin: look at it."""


@frozen
class Passed:
    """Somebody went through."""


Fact = Woken | Passed


class Effect(Enum):
    """What the outside is to do."""

    RELEASE = "release"
    BOLT = "bolt"


@frozen
class Transition:
    """The next turnstile, and what is to be done about it."""

    turnstile: Turnstile
    effects: tuple[Effect, ...] = ()


def decide(turnstile: Turnstile) -> Result[Turnstile, Refusal]:
    """Asked to take a coin."""
    match turnstile.phase:
        case Locked():
            return Success(evolve(turnstile, coins=turnstile.coins + 1))
        case Unlocked():
            return Failure(Refusal.UNLOCKED)


def absorb(turnstile: Turnstile, fact: Fact) -> Transition:
    """What a fact moves."""
    match turnstile.phase:
        case Locked():
            return _locked(turnstile, fact)
        case Unlocked():
            return _unlocked(turnstile, fact)


def _locked(turnstile: Turnstile, fact: Fact) -> Transition:
    match fact:
        case Woken() if turnstile.coins:
            return Transition(evolve(turnstile, phase=Unlocked()), (Effect.RELEASE,))
        case Woken() | Passed():
            return Transition(turnstile)


def _unlocked(turnstile: Turnstile, fact: Fact) -> Transition:
    match fact:
        case Passed():
            bolted = evolve(turnstile, phase=Locked(), coins=turnstile.coins - 1, passed=turnstile.passed + 1)
            return Transition(bolted, (Effect.BOLT,))
        case Woken():
            return Transition(turnstile)


# -- in the libraries --------------------------------------------------------------------------------------------


class Gate:
    """What both libraries move and call; transitions adds the two triggers to it."""

    coin: Callable[[], bool]
    push: Callable[[], bool]
    coins = 0
    passed = 0
    effects: tuple[Effect, ...] = ()

    def on_coin(self) -> None:
        """A coin was taken."""
        self.coins += 1
        self.effects = (Effect.RELEASE,)

    def on_push(self) -> None:
        """Somebody went through."""
        self.coins -= 1
        self.passed += 1
        self.effects = (Effect.BOLT,)


MOVES: Final[Sequence[dict[str, str]]] = (
    {"trigger": "coin", "source": "locked", "dest": "unlocked", "after": "on_coin"},
    {"trigger": "push", "source": "unlocked", "dest": "locked", "after": "on_push"},
)


class Barrier(StateMachine):
    """The machine of python-statemachine; it finds the callbacks in its model by their names."""

    locked = State(initial=True)
    unlocked = State()
    coin = locked.to(unlocked)
    push = unlocked.to(locked)


# -- one passage after the other ---------------------------------------------------------------------------------


def pass_ours(times: int) -> int:
    """Pass so often, and tell how many did."""
    turnstile = Turnstile()
    for _ in range(times):
        turnstile = decide(turnstile).unwrap()
        turnstile = absorb(turnstile, Woken()).turnstile
        turnstile = absorb(turnstile, Passed()).turnstile
    return turnstile.passed


def through_transitions() -> Callable[[int], int]:
    """Passages through a machine of transitions, which tell how many there were by now."""
    gate = Gate()
    Machine(gate, states=["locked", "unlocked"], transitions=MOVES, initial="locked", auto_transitions=False)

    def work(times: int) -> int:
        for _ in range(times):
            gate.coin()
            gate.push()
        return gate.passed

    return work


def through_statemachine() -> Callable[[int], int]:
    """Passages through a machine of python-statemachine, which tell how many there were by now."""
    gate = Gate()
    barrier = Barrier(gate)

    def work(times: int) -> int:
        for _ in range(times):
            barrier.send("coin")
            barrier.send("push")
        return gate.passed

    return work


def lines(effort: Effort) -> Iterator[Line]:
    """One passage: ours against each of the libraries."""
    peers = {"transitions": through_transitions(), "python-statemachine": through_statemachine()}
    for library, peer in peers.items():
        assert pass_ours(3) == peer(3) == 3, f"the turnstile of {library} counts otherwise"
        note = f"one passage: a decide and two absorbs, against two events of {library} {version(library)}"
        yield race(pass_ours, peer, effort).as_cost(f"turnstile / {library}", note)
