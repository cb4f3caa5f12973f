"""Everything joined: one record, the outside, and the network between them, as a product that explorers search.

Each request is cut in sent, landed and answered; any of the three may never come, or come late. Callers ask, machines
boot and stop, alarms ring because nothing else can or too early, processes crash and are taken over. Budgets inside
the state bound what is not calm. The rules are in order, mildest first.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from kiloclaw_core.alarms import awaited_ops
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore.labels import Label
from kiloclaw_core.explore.model import Claim
from kiloclaw_core.explore.product import Aspect, EachSlot, Joint, Local, Pruning, Rule, Sweep, fields_read
from kiloclaw_core.explore.renumbering import Renumbering
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import MachineId, OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachineMade,
    VolumeMade,
)
from kiloclaw_core.world.beginnings import beginning_of
from kiloclaw_core.world.callers import ASKING, OPERATING, poll
from kiloclaw_core.world.deliveries import go_on, hear, land_request, must_settle, op_of, ring, wake
from kiloclaw_core.world.faults import (
    answer_again,
    conflict,
    crash,
    fail,
    fall_silent,
    lose,
    migrate,
    orphaned,
    outlived,
    ring_early,
    start_by_itself,
    stop_by_itself,
    take_over,
)
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.moment import said_of, scene_of, seen_of, strangers_in, under_way
from kiloclaw_core.world.scene import Scene
from kiloclaw_core.world.setting import Budget, Configuration, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled, changes_outside


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


def may_happen(rule: Rule, configuration: Configuration) -> bool:
    """Whether a configuration leaves room for what a rule tells: a budget that is spent from the start never does."""
    if rule is POLL:
        return configuration.polls
    budgets = fields_read(rule.reads).get("budget")
    return budgets is None or any(getattr(configuration.budget, one) != getattr(NO_BUDGET, one) for one in budgets)


NO_BUDGET: Final = Budget()
ASPECTS: Final[Mapping[str, Aspect]] = {"record": said_of, "outside": seen_of, "bag": under_way}
"""What `scene_of` goes by."""


class System:
    """One sandbox and its whole outside, as a `Product`."""

    names = ("record", "outside", "ghost", "budget")
    anchor = "record"
    pruning = Pruning(("record",), is_awaited)
    aspects = ASPECTS
    mirror = None
    allowance = None

    def __init__(self, configuration: Configuration, claims: tuple[Claim[Scene], ...] = CLAIMS) -> None:
        """Join the core with the world under this configuration; other claims may be asked of it."""
        self.configuration = configuration
        self.claims = tuple(claim for claim in claims if claim.name not in configuration.without)
        self.rules = tuple(rule for rule in RULES if may_happen(rule, configuration))
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


def within(*budgets: str) -> tuple[str, ...]:
    """What a rule reads that goes by these budgets alone."""
    return tuple(f"budget.{one}" for one in budgets)


POLL: Final = Local(("record",), poll)
RULES: Final[tuple[Rule, ...]] = (
    EachSlot(("record", "ghost"), hear),
    EachSlot(("outside",), land_request, must_settle),
    Local(("outside",), go_on),
    Local(("record", "ghost"), wake),
    Local(("record", "ghost"), ring, quiet=True),
    *ASKING,
    *OPERATING,
    POLL,
    EachSlot(("outside", *within("faults", "troubles", "full", "blind", "stalls", "overstays")), fail, must_settle),
    EachSlot(("ghost", "budget.conflicts"), conflict),
    Local(("outside", *within("quits", "faults", "troubles")), stop_by_itself),
    Local(("outside", "budget.resurrections"), start_by_itself),
    Local(("outside", "budget.migrations"), migrate),
    Local(("outside", "budget.losses"), lose),
    Local(("outside", "budget.outages"), fall_silent),
    Local(("outside",), answer_again),
    Local(("record", "ghost", "budget.early"), ring_early),
    Sweep(("record", "ghost", *within("crashes", "troubles")), crash, orphaned),
    Sweep(("record", "ghost", *within("crashes", "troubles", "processes")), take_over, outlived),
)
"""What may happen, mildest first."""
