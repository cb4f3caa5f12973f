"""A trace as people read it: four lanes, and numbers that stay what they were from the first step to the last.

The explorer renumbers ops and ids at every step, so that states which differ only in numbers are one. Here each
renumbering is undone again. What stands in a lane is said once, for text and for diagrams alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.explore import (
    Action,
    Claim,
    Joint,
    Lanes,
    Passage,
    ProductModel,
    Pruning,
    Rule,
    Trace,
    canonical,
    draw_steps,
    mermaid_sequence,
    renamed,
    renaming,
)
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.status import phase_name
from kiloclaw_core.world.deliveries import short, spell
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled
from kiloclaw_core.world.system import System

COLUMNS: Final = ("caller", "instance", "fly", "in flight")
NUMBERS: Final = re.compile(r"\d+")


@frozen
class AsItComes:
    """A system that renumbers nothing."""

    system: System
    anchor: None = None
    claims: tuple[Claim[Joint], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The system's own parts."""
        return self.system.names

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The system's own rules."""
        return self.system.rules

    @property
    def pruning(self) -> Pruning | None:
        """The system's own pruning."""
        return self.system.pruning

    def initial(self) -> Joint:
        """Where the system begins."""
        return self.system.initial()

    def numbers(self, _value: Hashable, /) -> tuple[int, ...]:
        """None that is to be replaced."""
        return ()

    def renumber(self, value: Hashable, _mapping: Mapping[int, int], /) -> Hashable:
        """The value as it is."""
        return value

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Slots in the system's order."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return self.system.slot_key(slot)

    def scene(self, joint: Joint, /) -> Joint:
        """The joint itself."""
        return joint


def steady_passages(system: System, trace: Trace) -> tuple[Passage, ...]:
    """Each step of a trace with the joints before and after it, in numbers that stay."""
    model = ProductModel(AsItComes(system))
    before = model.initial()
    meant = {rank: number for number, rank in renaming(system, before).items()}
    here, passed = trace.start, []
    for step in trace.steps:
        end = model.actions(here)[step.index].end
        ranked = renaming(system, end)
        known = meant | {number: _numbered(meant, number) for number in ranked if number not in meant}
        after = renamed(system, end, known)
        passed.append((before, _said(step.action, known), after))
        meant = {rank: known[number] for number, rank in ranked.items()}
        here, before = canonical(system, end), after
    return tuple(passed)


def _numbered(meant: Mapping[int, int], number: int) -> int:
    """What a number that is new means: as far from the last one that the record counted as it was in the search."""
    last = max(rank for rank in meant if rank < number)
    return meant[last] + number - last


def _said(action: Action, known: Mapping[int, int]) -> Action:
    """The same action, in the numbers that are meant."""
    return evolve(action, label=NUMBERS.sub(lambda found: str(known[int(found[0])]), action.label))


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
        yield _in_flight(slot)


def _in_flight(slot: Slot) -> str:
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
    return draw_steps(steady_passages(system, trace), LANES)


def sequence_text(system: System, trace: Trace) -> str:
    """The trace as a Mermaid sequence diagram of caller, instance and fly."""
    told = steady_passages(system, trace)
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
