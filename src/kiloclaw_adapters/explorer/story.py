"""A trace of an instance as people read it: four lanes, and in each what was done there and what changed.

What stands in a lane is said once, for text and for diagrams alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from kiloclaw_adapters.explorer.steady import steady_passages
from kiloclaw_core.explore import Action, Joint, Lanes, Passage, Trace, draw_steps, mermaid_sequence
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.status import phase_name
from kiloclaw_core.world.deliveries import short, spell
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled
from kiloclaw_core.world.system import System

COLUMNS: Final = ("caller", "instance", "fly", "in flight")


# -- what each lane shows of one step ----------------------------------------------------------------------------


def changes(before: Joint, action: Action, after: Joint) -> tuple[str, ...]:
    """What each of the four lanes shows of one step: what was done there, and what changed."""
    changed = (
        (),
        tuple(_record_changes(_record(before), _record(after))),
        tuple(_fly_changes(_fly(before), _fly(after))),
        tuple(_new_in_flight(before, after)),
    )
    return tuple(", ".join((*_done(action, lane, shown), *shown)) for lane, shown in zip(COLUMNS, changed, strict=True))


def _done(action: Action, lane: str, shown: tuple[str, ...]) -> tuple[str, ...]:
    """The action, in its own lane; what Fly answers stands in flight, and a machine's own change speaks for itself."""
    if action.lane != lane:
        return ()
    if lane != "fly":
        return (action.label,)
    return () if shown and action.label.startswith("machine ") else (action.label.partition(":")[0],)


LANES: Final = Lanes(COLUMNS, changes)


def _record(joint: Joint) -> Record:
    (record,) = (part for part in joint.parts if isinstance(part, Absent | Instance))
    return record


def _fly(joint: Joint) -> Fly:
    (outside,) = (part for part in joint.parts if isinstance(part, Outside))
    return outside.fly


def _record_changes(before: Record, after: Record) -> Iterator[str]:
    """The phase and the intent, where they changed."""
    was, now = _phase(before), _phase(after)
    if was != now:
        yield f"{was} → {now}"
    if isinstance(before, Instance) and isinstance(after, Instance) and before.desired is not after.desired:
        yield f"to be {after.desired.value}"


def _phase(record: Record) -> str:
    return phase_name(record.phase) if isinstance(record, Instance) else "Absent"


def _fly_changes(before: Fly, after: Fly) -> Iterator[str]:
    """Machines and volumes that came, moved on, were written or went."""
    for machine in after.machines:
        old = before.machine(machine.machine)
        if old is None:
            yield f"+{machine.machine} {machine.state.value}"
        elif old.state is not machine.state:
            yield f"{machine.machine} {machine.state.value}"
        elif old != machine:
            yield f"{machine.machine} updated"
    yield from (f"-{one.machine}" for one in before.machines if after.machine(one.machine) is None)
    for volume in after.volumes:
        former = before.volume(volume.volume)
        if former is None:
            yield f"+{volume.volume}"
        elif former.data != volume.data:
            yield f"{volume.volume} written"
    yield from (f"-{one.volume}" for one in before.volumes if after.volume(one.volume) is None)


def _new_in_flight(before: Joint, after: Joint) -> Iterator[str]:
    """What is newly on its way."""
    for slot in Counter(after.bag) - Counter(before.bag):
        assert isinstance(slot, Slot), f"{slot} is no slot"
        yield in_flight(slot)


def in_flight(slot: Slot) -> str:
    """A slot as a lane shows it."""
    match slot:
        case Sent(effect=effect):
            return f"{spell(effect)} →"
        case Orphan(effect=effect):
            return f"{spell(effect)} → unheard"
        case Stalled(effect=effect):
            return f"{spell(effect)} held up"
        case Answered(op=op):
            return f"← {op} {short(slot)}"


# -- drawings ----------------------------------------------------------------------------------------------------


def lanes_text(system: System, trace: Trace) -> str:
    """The trace as lanes: a line for each step, and in it only what changed."""
    return instance_lanes(steady_passages(system, trace))


def sequence_text(system: System, trace: Trace) -> str:
    """The trace as a Mermaid sequence diagram of caller, instance and fly."""
    return instance_sequence(steady_passages(system, trace))


def instance_lanes(told: tuple[Passage, ...]) -> str:
    """Steps of an instance as lanes."""
    return draw_steps(told, LANES)


def instance_sequence(told: tuple[Passage, ...]) -> str:
    """Steps of an instance as a sequence diagram."""
    return mermaid_sequence(message for passage in told for message in _messages(*passage))


def _messages(before: Joint, action: Action, after: Joint) -> Iterator[tuple[str, str, str]]:
    """One step as messages: what was done, then each request that left because of it."""
    _, instance, fly, _ = changes(before, action, after)
    match action.lane:
        case "caller":
            yield "caller", "instance", action.label
        case "fly":
            yield "fly", "fly", fly
        case "in flight":
            yield "fly", "instance", ", ".join(filter(None, (action.label, instance)))
        case other:
            assert other == "instance", f"{action} is in no lane"
            yield "instance", "instance", instance
    for slot in Counter(after.bag) - Counter(before.bag):
        if isinstance(slot, Sent):
            yield "instance", "fly", spell(slot.effect)
