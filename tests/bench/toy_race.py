"""Processes that race for one versioned record: they read, choose, call, and commit by compare-and-set.

Each has a few tries for a round, and dies at the wrong moment while there are crashes left. `toy_race.pml` says the
same in Promela, so that both searches must find as many states.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from enum import Enum
from functools import partial

from attrs import evolve, field, frozen

from kiloclaw_core.explore import Action, Aspect, Claim, Joint, Kind, Local, Move, Ordered, Rule, When


class At(Enum):
    """How far a process is with its round."""

    IDLE = "idle"
    HAS_READ = "has read"
    HAS_CHOSEN = "has chosen"
    HAS_CALLED = "has called"
    GAVE_UP = "gave up"


@frozen
class Size:
    """How many race, for how long, and how often one of them may die."""

    processes: int
    choices: int
    rounds: int
    tries: int
    crashes: int


@frozen
class Record:
    """What they race for: its value, and how often it was committed."""

    version: int = 0
    value: int = 0


@frozen
class Racer:
    """One process: how far it is, the version it saw, what it chose, and what it has left."""

    rounds: int
    tries: int
    at: At = At.IDLE
    seen: int = 0
    chosen: int = 0


@frozen
class ToyRace:
    """The race as a product: the record, the crashes that are left, and every racer."""

    size: Size
    racers: tuple[str, ...] = field(init=False)
    names: tuple[str, ...] = field(init=False)
    rules: tuple[Rule, ...] = field(init=False)

    @racers.default
    def _racers(self) -> tuple[str, ...]:
        return tuple(f"racer-{number}" for number in range(self.size.processes))

    @names.default
    def _names(self) -> tuple[str, ...]:
        return ("record", "crashes", *self.racers)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        """What each racer may do, and what may happen to it."""
        going = tuple(Local(("record", name), partial(steps, size=self.size, name=name)) for name in self.racers)
        dying = tuple(Local(("crashes", name), partial(deaths, name=name)) for name in self.racers)
        return (*going, *dying)

    @property
    def claims(self) -> tuple[Claim[Joint], ...]:
        """Nobody's commit is lost under another's."""
        sentence = "The record was committed as often as all racers together say they did."
        return (Claim("no commit is lost", sentence, Kind.ALWAYS, ("record", *self.racers), self.is_counted),)

    @property
    def aspects(self) -> Mapping[str, Aspect]:
        """A claim counts versions and rounds, and nothing else."""
        return {"record": version_of} | dict.fromkeys(self.racers, rounds_of)

    @property
    def anchor(self) -> None:
        """Nobody has a number."""
        return

    @property
    def pruning(self) -> None:
        """There are no slots."""
        return

    @property
    def mirror(self) -> None:
        """The racers look alike, but every state is followed, as SPIN follows it."""
        return

    @property
    def allowance(self) -> None:
        """However much is left, every state is followed."""
        return

    def initial(self) -> Joint:
        """Nobody has begun."""
        racer = Racer(self.size.rounds, self.size.tries)
        return Joint((Record(), self.size.crashes, *(racer for _ in self.racers)), ())

    def numbers(self, _value: Hashable, /) -> tuple[int, ...]:
        """No value has any."""
        return ()

    def renumber(self, value: Hashable, _mapping: Mapping[int, int], /) -> Hashable:
        """The value itself."""
        return value

    def slot_key(self, slot: Hashable, /) -> Ordered:
        """There is no slot to be sorted."""
        raise AssertionError(slot)

    def scene(self, joint: Joint, /) -> Joint:
        """Claims look at the joint itself."""
        return joint

    def is_counted(self, joint: Joint) -> bool:
        """Whether there are as many versions as rounds that were won."""
        won = sum(self.size.rounds - rounds_of(racer) for racer in joint.parts[2:])
        return version_of(joint.parts[0]) == won


def version_of(record: Hashable) -> int:
    """How often a record was committed."""
    assert isinstance(record, Record)
    return record.version


def rounds_of(racer: Hashable) -> int:
    """How many rounds a racer has left."""
    assert isinstance(racer, Racer)
    return racer.rounds


def back(racer: Racer, at: At = At.IDLE) -> Racer:
    """A racer that has forgotten what it saw and chose."""
    return evolve(racer, at=at, seen=0, chosen=0)


def steps(record: Record, racer: Racer, *, size: Size, name: str) -> Iterator[Move]:
    """What a racer may do next."""
    match racer.at:
        case At.IDLE:
            if racer.rounds:
                yield moved(name, "reads", evolve(racer, at=At.HAS_READ, seen=record.version))
        case At.HAS_READ:
            for choice in range(1, size.choices + 1):
                yield moved(name, f"chooses {choice}", evolve(racer, at=At.HAS_CHOSEN, chosen=choice))
        case At.HAS_CHOSEN:
            yield moved(name, "calls", evolve(racer, at=At.HAS_CALLED))
        case At.HAS_CALLED:
            yield committing(record, racer, size, name)
        case At.GAVE_UP:
            return


def committing(record: Record, racer: Racer, size: Size, name: str) -> Move:
    """The compare-and-set: it is granted to whoever saw the last version."""
    if racer.seen == record.version:
        won = evolve(back(racer), rounds=racer.rounds - 1, tries=size.tries)
        return moved(name, "commits", won, ("record", Record(record.version + 1, racer.chosen)))
    if racer.tries:
        return moved(name, "tries again", evolve(back(racer), tries=racer.tries - 1))
    return moved(name, "gives up", back(racer, At.GAVE_UP))


def deaths(crashes: int, racer: Racer, *, name: str) -> Iterator[Move]:
    """A racer that is under way may die, and begins its round again."""
    if crashes and racer.at not in {At.IDLE, At.GAVE_UP}:
        yield moved(name, "dies", back(racer), ("crashes", crashes - 1))


def moved(name: str, what: str, racer: Racer, *others: tuple[str, Hashable]) -> Move:
    """A move of one racer."""
    return Move(Action(f"{name}: {what}", name), When.FREE, ((name, racer), *others))
