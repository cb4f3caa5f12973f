"""A trace of any other world as people read it: a lane for each who did something, and what became of it last.

What is shown of a state are a few short sentences; a step shows those that were not true before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from kiloclaw_core.app.record import App, AppAbsent
from kiloclaw_core.explore import Action, Joint, Lanes, Passage, draw_steps, mermaid_sequence
from kiloclaw_core.pairing.caller import ApproveCall, ListCall
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.registry import Registry
from kiloclaw_core.supervisor.record import Supervisor
from kiloclaw_core.world.admission.instances import Attempted, Instances, Making, Wanted
from kiloclaw_core.world.admission.rows import Rows

Told: TypeAlias = Callable[[Joint], tuple[str, ...]]
"""What is shown of a state."""

BECOMES: Final = "becomes"


def lanes_of(told: tuple[Passage, ...], shown: Told) -> str:
    """Steps as lanes: each action stands in its own, and the last tells what is so because of it."""
    columns = tuple(dict.fromkeys(action.lane for _, action, _ in told))

    def row(before: Joint, action: Action, after: Joint) -> tuple[str, ...]:
        said = tuple(_without_lane(action) if lane == action.lane else "" for lane in columns)
        return (*said, ", ".join(_new(shown, before, after)))

    return draw_steps(told, Lanes((*columns, BECOMES), row))


def sequence_of(told: tuple[Passage, ...], shown: Told) -> str:
    """Steps as a Mermaid sequence diagram: who did what, and what is so because of it."""
    return mermaid_sequence(
        (action.lane, action.lane, ", ".join((_without_lane(action), *_new(shown, before, after))))
        for before, action, after in told
    )


def _without_lane(action: Action) -> str:
    """What was done, in a lane that says by whom."""
    return action.label.removeprefix(f"{action.lane}: ")


def _new(shown: Told, before: Joint, after: Joint) -> tuple[str, ...]:
    known = shown(before)
    return tuple(one for one in shown(after) if one not in known)


# -- what is shown of a state ------------------------------------------------------------------------------------


def of_app(joint: Joint) -> tuple[str, ...]:
    """The phase of the app's record."""
    return tuple(
        f"app {type(part.phase).__name__}" if isinstance(part, App) else "app Absent"
        for part in joint.parts
        if isinstance(part, App | AppAbsent)
    )


def of_admission(joint: Joint) -> tuple[str, ...]:
    """How far each attempt is, which routes and rows there are, and what there is of each instance."""
    return tuple(one for part in joint.parts for one in _of_admission(part))


def _of_admission(part: object) -> Iterator[str]:
    if isinstance(part, Registry):
        yield from (f"{one.attempt} {one.phase.value}" for one in part.reservations)
        yield from (f"route of {one.instance} {one.state.value}" for one in part.routes)
    elif isinstance(part, Rows):
        yield from (f"row of {one.instance} {one.state.value}" for one in part.rows)
        yield from (f"fence {one.fence} of {one.user} closed" for one in part.closed)
    elif isinstance(part, Instances):
        yield from (word for one in part.instances for word in _of_instance(one))


def _of_instance(one: Attempted) -> Iterator[str]:
    if one.wanted is not Wanted.UNHEARD_OF:
        yield f"{one.instance} to be {one.wanted.value}"
    if one.making is not Making.NOT:
        yield f"{one.instance} create {one.making.value}"
    if one.there:
        yield f"{one.instance} there"


def of_cache(joint: Joint) -> tuple[str, ...]:
    """What the cache does with each list, and with each approval."""
    return tuple(one for part in joint.parts if isinstance(part, Pairing) for one in _of_cache(part))


def _of_cache(record: Pairing) -> Iterator[str]:
    yield f"cache {record.life.value}"
    yield from (f"{one.kind.value} {type(one.phase).__name__}" for one in record.shelves)
    yield from (f"approval {nth} {type(one.phase).__name__}" for nth, one in enumerate(record.approvals))


def of_supervisor(joint: Joint) -> tuple[str, ...]:
    """What is wanted of the child, and what it does."""
    return tuple(
        one
        for part in joint.parts
        if isinstance(part, Supervisor)
        for one in (f"wanted {part.wish.value}", f"child {type(part.phase).__name__}")
    )


def of_caller(joint: Joint) -> tuple[str, ...]:
    """What each call waits for, or how it ended."""
    return tuple(
        f"{'list' if isinstance(part, ListCall) else 'approval'}: {_doing(part)}"
        for part in joint.parts
        if isinstance(part, ListCall | ApproveCall)
    )


def _doing(call: ListCall | ApproveCall) -> str:
    return call.doing.value if call.end is None else type(call.end).__name__
