"""Which alarms a record wants, from the record alone: pure, total, and the whole set every time.

The store keeps the due time of an alarm whose name and `of` stay, makes new ones due on its own clock, and drops
the rest. So no decision reads a clock, and no path can forget to set an alarm.
"""

from __future__ import annotations

from kiloclaw_core import moves, renewal
from kiloclaw_core.commands import Desired
from kiloclaw_core.destroy import grave_cadence_s
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.ledger import Asked, Due, Errand, Failed, Kept, Span, Unbinding
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import (
    Alarm,
    AlarmName,
    Awaiting,
    Changing,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Ensuring,
    Gone,
    Inspecting,
    Listing,
    ListingSnapshots,
    Pausing,
    Phase,
    Probing,
    Running,
    Seeking,
    Settling,
    StockTaking,
    Stopped,
    Surveying,
    Sweeping,
    Verifying,
    Weighing,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.recover import is_looping
from kiloclaw_core.rest import is_stale, unfulfilled
from kiloclaw_core.stories import (
    Attempt,
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Spent,
    Starting,
    Stopping,
)

RESTING = OpId(0)
"""What an alarm of a resting phase is for: such a phase waits for no op, and each stay in it is a new one."""


def alarms_of(record: Record) -> tuple[Alarm, ...]:
    """Every alarm that the record wants, by name and op."""
    match record:
        case Absent():
            return ()
        case Instance():
            wanted = (
                *_intent(record),
                *_of_phase(record),
                *_of_story(record),
                *_of_errands(record),
                *_of_memory(record),
            )
            return tuple(sorted(set(wanted), key=lambda one: (one.name.value, one.of)))


def _intent(instance: Instance) -> tuple[Alarm, ...]:
    return () if instance.asked is None else (Alarm(AlarmName.INTENT, instance.asked, 0.0),)


def _of_phase(instance: Instance) -> tuple[Alarm, ...]:
    policy, phase = instance.policy, instance.phase
    match phase:
        case Stopped() | Running():
            return _resting(instance)
        case Gone():
            cadence_s = grave_cadence_s(instance, phase)
            return () if cadence_s is None else (Alarm(AlarmName.GRAVE, OpId(phase.sweeps), cadence_s),)
        case Pausing(op=op):
            return (Alarm(AlarmName.PAUSE, op, policy.pause_s),)
        case Clearing():
            return ()  # its errands have alarms of their own
        case Settling(op=op):
            return (Alarm(AlarmName.PATIENCE, op, policy.settle_s + policy.answer_patience_s),)
        case Awaiting(op=op):
            return (Alarm(AlarmName.PATIENCE, op, policy.state_wait_s + policy.answer_patience_s),)
        case Probing(op=op):
            return (Alarm(AlarmName.PATIENCE, op, policy.health_wait_s + policy.answer_patience_s),)
        case (
            Ensuring(op=op)
            | Surveying(op=op)
            | ListingSnapshots(op=op)
            | CreatingVolume(op=op)
            | CreatingMachine(op=op)
            | CheckingVolume(op=op)
            | Seeking(op=op)
            | Verifying(op=op)
            | Weighing(op=op)
            | Inspecting(op=op)
            | Changing(op=op)
            | Listing(op=op)
            | Sweeping(op=op)
            | StockTaking(op=op)
        ):
            return (Alarm(AlarmName.PATIENCE, op, policy.look_apart_s + policy.answer_patience_s),)


def _resting(instance: Instance) -> tuple[Alarm, ...]:
    policy = instance.policy
    if unfulfilled(instance):
        retry = Alarm(AlarmName.RETRY, RESTING, policy.retry_s, policy.jitter_s)
        return () if is_looping(instance) and instance.recoveries else (retry,)
    cadence_s = policy.running_cadence_s if instance.desired is Desired.RUNNING else policy.resting_cadence_s
    return (Alarm(AlarmName.STOCKTAKE, RESTING, cadence_s, policy.jitter_s),)


def _of_story(instance: Instance) -> tuple[Alarm, ...]:
    policy = instance.policy
    match instance.story:
        case Starting(op=op, attempt=attempt):
            return _ceiling(op, attempt, policy.starting_ceiling_s)
        case Restarting(op=op, attempt=attempt):
            soft = () if Spent.PATIENCE in attempt.spent else (_soft_ceiling(op, policy),)
            return (*soft, *_ceiling(op, attempt, policy.restarting_ceiling_s))
        case Relocating(op=op, attempt=attempt):
            return _ceiling(op, attempt, policy.relocating_ceiling_s)
        case Restoring(op=op, attempt=attempt):
            return _ceiling(op, attempt, policy.restoring_ceiling_s)
        case Idle() | Provisioning() | Stopping():
            return ()


def _ceiling(op: OpId, attempt: Attempt, ceiling_s: float) -> tuple[Alarm, ...]:
    return () if Spent.TIME in attempt.spent else (Alarm(AlarmName.CEILING, op, ceiling_s),)


def _soft_ceiling(op: OpId, policy: Policy) -> Alarm:
    return Alarm(AlarmName.SOFT_CEILING, op, policy.restarting_soft_s)


def _of_memory(instance: Instance) -> tuple[Alarm, ...]:
    """What is remembered for a while only, each until its own alarm, beside any phase."""
    policy = instance.policy
    recoveries = (Alarm(AlarmName.RECOVERY_MEMORY, op, policy.recovery_memory_s) for op in instance.recoveries)
    regions = (Alarm(AlarmName.FULL_REGION, one.op, policy.full_region_s) for one in instance.full_regions)
    return (*recoveries, *moves.alarms(instance), *regions, *_stale_provision(instance), *renewal.alarms(instance))


def _stale_provision(instance: Instance) -> tuple[Alarm, ...]:
    patience_s, phase = instance.policy.stale_provision_s, instance.phase
    waiting = isinstance(phase, Stopped) or (isinstance(phase, StockTaking) and not phase.stale)
    if patience_s is None or not waiting or not is_stale(instance):
        return ()
    return (Alarm(AlarmName.STALE_PROVISION, RESTING, patience_s),)


def _of_errands(instance: Instance) -> tuple[Alarm, ...]:
    held = (one.errand for one in instance.ledger.holdings)
    owed = (one.errand for one in instance.debts)
    return tuple(alarm for errand in (*held, *owed) for alarm in _of_errand(instance, errand))


def _of_errand(instance: Instance, errand: Errand) -> tuple[Alarm, ...]:
    policy = instance.policy
    match errand:
        case Due():
            return ()
        case Asked(op=op) | Unbinding(op=op):
            return (Alarm(AlarmName.ERRAND_PATIENCE, op, policy.send_by_s + policy.answer_patience_s),)
        case Failed(op=op):
            slow = is_stuck(instance, errand)
            return (Alarm(AlarmName.ERRAND_RETRY, op, policy.retry_delete_slow_s if slow else policy.retry_delete_s),)
        case Kept(op=op, span=Span.LONG):
            return (Alarm(AlarmName.RETENTION, op, policy.retention_s),)
        case Kept():
            return ()  # looked at again whenever the instance comes to rest


def is_stuck(instance: Instance, errand: Errand) -> bool:
    """Whether an errand has failed so often that its cadence drops and people are told."""
    return errand.failures >= instance.policy.delete_failures_before_slowing


def awaited_ops(record: Record) -> frozenset[OpId]:
    """The ops whose answers the record still waits for: of its phase, what it settles, its errands and debts.

    A performer may abandon a read that is not among them: its answer would be an echo that tells nothing.
    """
    match record:
        case Absent():
            return frozenset()
        case Instance(phase=phase, ledger=ledger, debts=debts):
            errands = (*(one.errand for one in ledger.holdings), *(one.errand for one in debts))
            asked = frozenset(errand.op for errand in errands if isinstance(errand, Asked | Unbinding))
            return asked | _awaited_by(phase)


def _awaited_by(phase: Phase) -> frozenset[OpId]:
    match phase:
        case Stopped() | Running() | Gone() | Clearing() | Pausing():
            return frozenset()
        case Settling(op=op, of=of) | Listing(op=op, of=of):
            return frozenset({op, of})
        case (
            Ensuring(op=op)
            | Surveying(op=op)
            | ListingSnapshots(op=op)
            | CreatingVolume(op=op)
            | CreatingMachine(op=op)
            | CheckingVolume(op=op)
            | Seeking(op=op)
            | Verifying(op=op)
            | Weighing(op=op)
            | Inspecting(op=op)
            | Changing(op=op)
            | Awaiting(op=op)
            | Probing(op=op)
            | Sweeping(op=op)
            | StockTaking(op=op)
        ):
            return frozenset({op})
