"""What a page shows of a state: a few short sentences in each lane, the same for the same state however it came about.

A step changes what is shown; which sentences are new and which are gone is found by comparing two states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final, TypeAlias

from attrs import NOTHING, fields, frozen, has

from kiloclaw_adapters.explorer.elsewhere import Told
from kiloclaw_adapters.explorer.story import COLUMNS, in_flight
from kiloclaw_core.explore import Joint
from kiloclaw_core.instance import Absent, Instance
from kiloclaw_core.status import phase_name
from kiloclaw_core.stories import Idle
from kiloclaw_core.world.fly import EMPTY, Fly
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.slots import Slot

Seen: TypeAlias = tuple[tuple[str, ...], ...]
"""The sentences of each lane, in the order of the lanes."""

LEFT: Final = "may still happen"
"""The lane that says what is left of the budget."""


@frozen
class Sights:
    """The lanes of a page, and what stands in them in a state."""

    lanes: tuple[str, ...]
    of: Callable[[Joint], Seen]


# -- an instance -------------------------------------------------------------------------------------------------


def instance_seen(joint: Joint) -> Seen:
    """What is wanted, what the record says, what there is at Fly, what is under way, and what may still happen."""
    record, outside, _, budget = joint.parts
    assert isinstance(record, Absent | Instance), f"{record} is no record"
    assert isinstance(outside, Outside), f"{outside} is no outside"
    slots = tuple(in_flight(slot) for slot in joint.bag if isinstance(slot, Slot))
    if isinstance(record, Absent):
        return ((), ("Absent",), tuple(_at_fly(outside.fly)), slots, left_of(budget))
    wanted = (f"to be {record.desired.value}",)
    return (wanted, tuple(_remembered(record)), tuple(_at_fly(outside.fly)), slots, left_of(budget))


INSTANCE_SIGHTS: Final = Sights((*COLUMNS, LEFT), instance_seen)


def _remembered(record: Instance) -> Iterator[str]:
    """The phase, the story that it belongs to, and what is held, owed and known to have failed."""
    yield phase_name(record.phase)
    if not isinstance(record.story, Idle):
        yield f"{type(record.story).__name__.lower()}"
    yield from (f"holds {one.machine}, {one.role.value}" for one in record.ledger.machines)
    yield from (f"holds {one.volume}, {one.role.value}, {one.data.value}" for one in record.ledger.volumes)
    yield from (f"owes {one.kind.value.replace('_', ' ')}" for one in record.debts)
    yield from (f"failed: {one.failing.value.replace('_', ' ')}" for one in record.notes)


def _at_fly(fly: Fly) -> Iterator[str]:
    """The machines, volumes and snapshots that there really are."""
    for machine in fly.machines:
        where = "" if machine.volume is None else f" on {machine.volume}"
        silent = "" if machine.reachable else ", silent"
        yield f"{machine.machine} {machine.state.value}{where}{silent}"
    for volume in fly.volumes:
        source = "" if volume.source is None else f", still copied from {volume.source}"
        yield f"{volume.volume} {'empty' if volume.data == EMPTY else 'written'}{source}"
    yield from (f"snapshot of {one.volume}" for one in fly.snapshots)


# -- any other world ---------------------------------------------------------------------------------------------


def sights_of(names: tuple[str, ...], told: Told) -> Sights:
    """The lanes of a world that is told in one: what is so, what is under way, and what may still happen."""
    counted = tuple(place for place, name in enumerate(names) if name in {"budget", "faults"})

    def seen(joint: Joint) -> Seen:
        left = tuple(word for place in counted for word in left_of(joint.parts[place], names[place]))
        return (told(joint), tuple(short_of(slot) for slot in joint.bag), left)

    return Sights(("so far", "in flight", LEFT), seen)


def short_of(slot: object) -> str:
    """A slot by its kind and what it bears: numbers, words and the kinds of its values, but nothing inside them."""
    return " ".join((type(slot).__name__, *_borne(slot)))


def _borne(value: object) -> Iterator[str]:
    kind = type(value)
    assert has(kind), f"{value} is no value of ours"
    for one in fields(kind):
        borne = getattr(value, one.name)
        if borne is None or borne is False or borne == ():
            continue
        if borne is True:
            yield one.name
        elif isinstance(borne, Enum):
            yield str(borne.value)
        elif isinstance(borne, int | str):
            yield str(borne)
        elif isinstance(borne, tuple):
            yield f"{len(borne)} {one.name}"
        else:
            yield type(borne).__name__
            yield from _op_of(borne)


def _op_of(value: object) -> Iterator[str]:
    op = getattr(value, "op", None)
    if op is not None:
        yield str(op)


# -- what is left of a budget ------------------------------------------------------------------------------------


def left_of(budget: object, name: str = "") -> tuple[str, ...]:
    """What may still happen and is not calm, with how often; a single number goes by the name of its part."""
    if isinstance(budget, int):
        return (f"{name}: {budget}",) if budget else ()
    kind = type(budget)
    assert has(kind), f"{budget} is no budget"
    counts = ((one.name, one.default, getattr(budget, one.name)) for one in fields(kind))
    return tuple(
        f"{word.replace('_', ' ')}: {_count(value)}"
        for word, usual, value in counts
        if _count(value) and not (word == "processes" and usual is not NOTHING and value == usual)
    )


def _count(value: object) -> int:
    return len(value) if isinstance(value, tuple) else int(value) if isinstance(value, int) else 0
