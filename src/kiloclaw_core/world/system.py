"""Everything joined: one record, the outside, and the network between them, as a product that explorers search.

Each request is cut in sent, landed and answered; any of the three may never come, or come late. Callers ask, machines
boot and stop, alarms ring because nothing else can or too early, processes crash and are taken over. Budgets inside
the state bound what is not calm. The rules are in order, mildest first.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.claims import CLAIMS, REST
from kiloclaw_core.explore.model import Claim
from kiloclaw_core.explore.product import EachSlot, Joint, Local, Pruning, Rule, Sweep
from kiloclaw_core.explore.renumbering import Label, Renumbering
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.ledger import Asked
from kiloclaw_core.machine import Named
from kiloclaw_core.names import MachineId, OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachineMade,
    VolumeMade,
)
from kiloclaw_core.phases import (
    AlarmName,
    Idle,
    Listing,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Spent,
    Starting,
    Stopping,
    Sweeping,
)
from kiloclaw_core.world.beginnings import beginning_of
from kiloclaw_core.world.callers import ask, operate, poll
from kiloclaw_core.world.deliveries import go_on, hear, land_request, must_settle, op_of, phase_of, ring, wake
from kiloclaw_core.world.faults import (
    conflict,
    crash,
    fail,
    lose,
    migrate,
    orphaned,
    outlived,
    ring_early,
    start_by_itself,
    stop_by_itself,
    take_over,
)
from kiloclaw_core.world.fly import Fly, TrueVolume
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.scene import Pending, Scene, SceneMachine, SceneVolume, record_words
from kiloclaw_core.world.setting import SANDBOX, Configuration, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled, changes_outside, is_fenced


def numbered(prefix: str) -> Label:
    """How an id such as m7 carries its number; an id that carries none is left alone."""

    def number(text: str) -> int | None:
        tail = text.removeprefix(prefix)
        return int(tail) if text.startswith(prefix) and tail.isdigit() else None

    return Label(read=number, make=lambda value: f"{prefix}{value}")


def op_number(op: OpId) -> int:
    """The number that an op is."""
    return op


LABELS: Final[Mapping[object, Label]] = {
    OpId: Label(read=op_number, make=OpId),
    MachineId: numbered("m"),
    VolumeId: numbered("v"),
    VersionId: numbered("i"),
}


def is_awaited(slot: Slot, record: Record) -> bool:
    """Whether a slot still matters: a read that the record waits for no more is abandoned by whoever performs it."""
    match slot:
        case Sent(effect=effect) if not changes_outside(effect):
            return effect.op in awaited_ops(record)
        case Answered(op=op, outcome=outcome):
            return op in awaited_ops(record) or isinstance(outcome, MachineMade | VolumeMade)
        case Sent() | Orphan() | Stalled():
            return True


class System:
    """One sandbox and its whole outside, as a `Product`."""

    names = ("record", "outside", "ghost", "budget")
    anchor = "record"
    pruning = Pruning(("record",), is_awaited)

    def __init__(self, configuration: Configuration, claims: tuple[Claim[Scene], ...] = CLAIMS) -> None:
        """Join the core with the world under this configuration; other claims may be asked of it."""
        self.configuration = configuration
        self.claims = tuple(claim for claim in claims if claim.name not in configuration.without)
        self.rules = RULES
        self._renumbering = Renumbering(LABELS)

    def initial(self) -> Joint:
        """A sandbox as the configuration says that it stands, and callers about to ask."""
        record, outside = beginning_of(self.configuration)
        return Joint(
            (
                record,
                outside,
                Ghost(strangers=strangers_in(outside)),
                self.configuration.budget,
            ),
            (),
        )

    def numbers(self, value: Hashable) -> tuple[int, ...]:
        """The ops and ids that a part or slot mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int]) -> Hashable:
        """The same part or slot with other numbers."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable) -> tuple[int, str, str]:
        """Where a slot stands: by its op, then by what it is."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return (op_of(slot), type(slot).__name__, repr(slot))

    def scene(self, joint: Joint) -> Scene:
        """What claims look at."""
        record, outside, ghost, _ = joint.parts
        assert isinstance(outside, Outside)
        assert isinstance(ghost, Ghost)
        assert isinstance(record, Absent | Instance)
        return scene_of(record, outside, ghost, tuple(slot for slot in joint.bag if isinstance(slot, Slot)))


def scene_of(record: Record, outside: Outside, ghost: Ghost, bag: tuple[Slot, ...]) -> Scene:
    """The moment in the words of claims."""
    fly = outside.fly
    return Scene(
        record=record_words(record),
        machines=tuple(
            SceneMachine(one.machine, one.state.value, one.volume, one.revision)
            for one in fly.machines
            if one.sandbox in {None, SANDBOX}
        ),
        volumes=tuple(
            SceneVolume(one.volume, data_word(fly, one)) for one in fly.volumes if one.named is not Named.FOREIGN
        ),
        strangers_lost=tuple(sorted(ghost.strangers - strangers_in(outside))),
        pending=tuple(
            Pending(type(slot.effect).__name__, heard=isinstance(slot, Sent))
            for slot in bag
            if isinstance(slot, Sent | Orphan) and is_fenced(slot.effect)
        ),
        mounted_deletes=ghost.mounted_deletes,
        destroy_granted=ghost.destroy_granted,
        issued_after_destroy=ghost.issued_after_destroy,
        conflicted=ghost.conflicted,
        dropped=ghost.dropped,
        resting=isinstance(record, Instance) and isinstance(record.phase, REST) and not bag,
        armed=bool(alarms_of(record)),
        noted=isinstance(record, Instance) and bool(record.notes),
        unserved=unserved(record, bag),
        written=fly.written,
        lost=fly.lost,
        left=fly.latest > 0,
        recoveries=len(record.recoveries) if isinstance(record, Instance) else 0,
        recoveries_allowed=record.policy.recoveries_a_day,
        stops=fly.stops,
        wanted=ghost.wanted,
        restarted=ghost.restarted,
        went_back=ghost.went_back,
        turned_away=ghost.turned_away,
        cut_short=ghost.cut_short,
        unwell=ghost.unwell,
        bounded=not isinstance(record, Instance) or is_bounded(record),
    )


def is_bounded(instance: Instance) -> bool:
    """Whether what is under way has a ceiling that will ring, or has passed it."""
    match instance.story:
        case Starting() | Restarting() | Relocating() | Restoring() as story:
            ceilings = {alarm.name for alarm in alarms_of(instance)}
            return Spent.TIME in story.attempt.spent or AlarmName.CEILING in ceilings
        case Idle() | Provisioning() | Stopping():
            return True


def data_word(fly: Fly, volume: TrueVolume) -> str | None:
    """The name that claims have for what a volume bears: d1 is what the user wrote last, d0 anything older."""
    if not volume.data:
        return None
    return "d1" if volume.data == fly.latest else "d0"


def strangers_in(outside: Outside) -> frozenset[str]:
    """What is in the app and not the sandbox's own."""
    volumes = {str(one.volume) for one in outside.fly.volumes if one.named is Named.FOREIGN}
    machines = {str(one.machine) for one in outside.fly.machines if one.sandbox not in {None, SANDBOX}}
    return frozenset(volumes | machines)


def unserved(record: Record, bag: tuple[Slot, ...]) -> str | None:
    """The phase, if it waits for an answer that can no longer come; looks that failed wait for their alarm."""
    if not isinstance(record, Instance) or isinstance(record.phase, Listing | Sweeping):
        return None
    errands = {owner.errand for owner in (*record.ledger.holdings, *record.debts)}
    waits = awaited_ops(record) - {errand.op for errand in errands if isinstance(errand, Asked)}
    under_way = {op_of(slot) for slot in bag if not isinstance(slot, Orphan)}
    return None if not waits or waits & under_way else phase_of(record)


RULES: Final[tuple[Rule, ...]] = (
    EachSlot(("record", "ghost"), hear),
    EachSlot(("outside",), land_request, must_settle),
    Local(("outside",), go_on),
    Local(("record", "ghost"), wake),
    Local(("record", "ghost"), ring),
    Local(("record", "ghost", "budget"), ask),
    Local(("record", "outside", "ghost", "budget"), operate),
    Local(("record",), poll),
    EachSlot(("outside", "budget"), fail, must_settle),
    EachSlot(("ghost", "budget"), conflict),
    Local(("outside", "budget"), stop_by_itself),
    Local(("outside", "budget"), start_by_itself),
    Local(("outside", "budget"), migrate),
    Local(("outside", "budget"), lose),
    Local(("record", "ghost", "budget"), ring_early),
    Sweep(("record", "ghost", "budget"), crash, orphaned),
    Sweep(("record", "ghost", "budget"), take_over, outlived),
)
"""What may happen, mildest first."""
