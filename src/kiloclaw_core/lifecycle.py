"""The only dispatch: `decide` for commands, which change intent, and `absorb` for facts, which move phases and send.

Each command has one function, each phase has one. `start`, `stop`, `destroy` and `provision` compose the two for a
caller who has the record to himself.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import (
    adopt,
    attempts,
    destroy,
    errands,
    inspection,
    launch,
    moves,
    provision,
    recover,
    regions,
    relocate,
    renewal,
    rest,
    restart,
    restore,
    retain,
    settle,
    size,
    start,
    stop,
    survey,
)
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import (
    CleanUp,
    Close,
    Command,
    Destroy,
    Disown,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Refusal,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Instance, Record, Remembered, Transition
from kiloclaw_core.ledger import revived
from kiloclaw_core.names import OpId, first_op
from kiloclaw_core.phases import (
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
from kiloclaw_core.stamps import stamped
from kiloclaw_core.stories import (
    Spent,
)
from kiloclaw_core.verbs import errand_of, stay


def decide(record: Record, command: Command) -> Result[Record, Refusal]:
    """Whether a command is granted, and the record with its intent; it sends nothing and moves no phase.

    A command whose id was granted before changes nothing and is granted again.
    """
    match record:
        case Absent():
            return _decide_absent(record, command).map(_as_record)
        case Instance():
            if any(one.id == command.id for one in record.granted):
                return Success(record)
            return _decide_instance(moves.asked(record), command).map(lambda granted: _remember(granted, command))


def _as_record(instance: Instance) -> Record:
    return instance


def _decide_absent(absent: Absent, command: Command) -> Result[Instance, Refusal]:
    match command:
        case Provision():
            return provision.provision(absent, command)
        case Close():
            return Success(provision.close(absent, command))
        case Start() | Stop() | Restart() | Destroy():
            return Failure(Refusal.NOT_PROVISIONED)
        case Resize() | OverrideSize() | Restore() | Reassociate() | Recover() | CleanUp() | Disown():
            return Failure(Refusal.NOT_PROVISIONED)


def _decide_instance(instance: Instance, command: Command) -> Result[Instance, Refusal]:
    match command:
        case Provision():
            return provision.configure(instance, command)
        case Start():
            return start.start(instance, command)
        case Stop():
            return stop.stop(instance, command)
        case Restart():
            return restart.restart(instance, command)
        case Resize():
            return size.resize(instance, command)
        case OverrideSize():
            return size.override_size(instance, command)
        case Restore():
            return restore.restore(instance, command)
        case Reassociate():
            return restore.reassociate(instance, command)
        case Recover():
            return recover.recover(instance, command)
        case CleanUp():
            return retain.clean_up(instance, command)
        case Destroy():
            return destroy.destroy(instance, command)
        case Close():
            return destroy.close(instance, command)
        case Disown():
            return destroy.disown(instance, command)


def _remember(instance: Instance, command: Command) -> Record:
    """The instance remembering that this id was granted; the oldest is forgotten when there are too many."""
    granted = (*instance.granted, Remembered(command.id, command.at))
    return evolve(instance, granted=granted[-instance.policy.answers_remembered :])


def absorb(record: Record, fact: Fact) -> Transition:
    """What a fact moves and what is to be done about it; an answer belongs to whoever names its op."""
    match record:
        case Absent():
            return Transition(record)
        case Instance():
            return stamped(record, _absorb(record, fact), fact.at)


def _absorb(instance: Instance, fact: Fact) -> Transition:
    match fact:
        case Replied(op=op, outcome=outcome):
            owner = errand_of(instance, op)
            return by_phase(instance, fact) if owner is None else errands.answered(instance, owner, op, outcome)
        case AlarmRang():
            return _ring(instance, fact)
        case Woken():
            return _heard(instance, fact)
        case Recovered(incarnation=incarnation):
            return by_phase(_taken_over(instance, incarnation), fact)


def _heard(instance: Instance, fact: Woken) -> Transition:
    """What was asked is looked at, and is news no more."""
    begun = restore.begun(instance)
    transition = by_phase(evolve(instance, asked=None), fact)
    return evolve(transition, notes=(*begun, *transition.notes))


def _ring(instance: Instance, fact: AlarmRang) -> Transition:
    """A ring that is not wanted is dropped; the others go to whom they are for."""
    if not any((alarm.name, alarm.of) == (fact.name, fact.of) for alarm in alarms_of(instance)):
        return Transition(instance)
    match fact.name:
        case AlarmName.INTENT:
            return _absorb(instance, Woken(at=fact.at))
        case AlarmName.ERRAND_PATIENCE | AlarmName.ERRAND_RETRY | AlarmName.RETENTION:
            return errands.rang(instance, fact)
        case AlarmName.RECOVERY_MEMORY:
            return stay(recover.forgotten(instance, fact.of))
        case AlarmName.MOVE_MEMORY:
            return stay(moves.forgotten(instance))
        case AlarmName.FULL_REGION:
            return stay(regions.has_room_again(instance, fact.of))
        case AlarmName.SOFT_CEILING:
            return restart.grew_impatient(instance)
        case AlarmName.SECRETS_AGE:
            return renewal.grew_old(instance)
        case AlarmName.CEILING:
            return by_phase(attempts.learnt(instance, lambda attempt: attempts.spend(attempt, Spent.TIME)), fact)
        case (
            AlarmName.PATIENCE
            | AlarmName.PAUSE
            | AlarmName.STOCKTAKE
            | AlarmName.RETRY
            | AlarmName.GRAVE
            | AlarmName.STALE_PROVISION
            | AlarmName.PROBE
        ):
            return by_phase(instance, fact)


def _taken_over(instance: Instance, incarnation: int) -> Instance:
    """After a take-over: errands are run again, and a new incarnation of the store numbers from its own first op."""
    return evolve(
        instance,
        ops=OpId(max(instance.ops, first_op(incarnation))),
        ledger=instance.ledger.revived(),
        debts=tuple(evolve(debt, errand=revived(debt.errand)) for debt in instance.debts),
    )


def by_phase(instance: Instance, fact: Fact) -> Transition:
    """What the fact means to whoever is waiting."""
    phase = instance.phase
    match phase:
        case Stopped() | Running():
            return rest.resting(instance, fact)
        case Pausing():
            return rest.pausing(instance, phase, fact)
        case Clearing():
            return rest.clearing(instance, phase, fact)
        case StockTaking():
            return rest.stock_taking(instance, phase, fact)
        case Ensuring():
            return provision.ensuring(instance, phase, fact)
        case Surveying():
            return survey.surveying(instance, phase, fact)
        case CreatingVolume():
            return provision.creating_volume(instance, phase, fact)
        case ListingSnapshots():
            return relocate.listing_snapshots(instance, phase, fact)
        case CheckingVolume():
            return provision.checking_volume(instance, phase, fact)
        case CreatingMachine():
            return start.creating_machine(instance, phase, fact)
        case Seeking():
            return adopt.seeking(instance, phase, fact)
        case Verifying():
            return adopt.verifying(instance, phase, fact)
        case Weighing():
            return adopt.weighing(instance, phase, fact)
        case Inspecting():
            return inspection.inspecting(instance, phase, fact)
        case Changing():
            return launch.changing(instance, phase, fact)
        case Awaiting():
            return launch.awaiting(instance, phase, fact)
        case Probing():
            return launch.probing(instance, phase, fact)
        case Settling():
            return settle.settling(instance, phase, fact)
        case Listing():
            return settle.listing(instance, phase, fact)
        case Sweeping():
            return destroy.sweeping(instance, phase, fact)
        case Gone():
            return destroy.gone(instance, phase, fact)
