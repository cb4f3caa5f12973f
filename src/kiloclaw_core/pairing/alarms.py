"""Which alarms the cache wants, from the record alone: pure, total, and the whole set every time."""

from __future__ import annotations

from collections.abc import Iterator

from kiloclaw_core.pairing import trust
from kiloclaw_core.pairing.facts import PairingAlarm, PairingAlarmName
from kiloclaw_core.pairing.record import (
    Approval,
    Approving,
    Candidate,
    Ending,
    Idle,
    Life,
    Looking,
    OnTime,
    Overdue,
    Pairing,
    Pausing,
    Queued,
    Reading,
    Running,
    Shelf,
    Sighted,
    Spent,
    Trying,
)

Name = PairingAlarmName


def waiting_alarms_of(record: Pairing) -> tuple[PairingAlarm, ...]:
    """Every alarm that the record wants but the one for a new intent, each once."""
    wanted = [*_of_command(record), *(alarm for one in record.approvals for alarm in _of_approval(record, one))]
    if record.life is not Life.STOPPED:
        wanted += [alarm for shelf in record.shelves for alarm in _of_shelf(record, shelf)]
        wanted += [alarm for one in record.candidates for alarm in _of_candidate(record, one)]
    return tuple(dict.fromkeys(wanted))


def _of_command(record: Pairing) -> Iterator[PairingAlarm]:
    if record.command is not None:
        yield _of_running(record, record.command)


def _of_running(record: Pairing, running: Running) -> PairingAlarm:
    policy = record.policy
    end_s = policy.kill_grace_s + policy.answer_s
    match running.stage:
        case OnTime():
            timeout_s = policy.list_s if running.subject is None else policy.approve_s
            return PairingAlarm(Name.COMMAND_PATIENCE, running.op, timeout_s + end_s)
        case Ending():
            return PairingAlarm(Name.KILL_PATIENCE, running.op, end_s)
        case Overdue(since=since):
            return PairingAlarm(Name.KILL_AGAIN, since, policy.kill_again_s)


def _of_approval(record: Pairing, approval: Approval) -> Iterator[PairingAlarm]:
    match approval.phase:
        case Queued():
            yield PairingAlarm(Name.QUEUE_PATIENCE, approval.op, record.policy.queue_s)
        case Looking():
            yield PairingAlarm(Name.LOOK_PATIENCE, approval.op, record.policy.look_s)
        case Approving():
            return  # the command has its own


def _of_shelf(record: Pairing, shelf: Shelf) -> Iterator[PairingAlarm]:
    match shelf.phase:
        case Idle():
            yield from _of_idle(record, shelf, shelf.phase)
        case Reading(began=began, overdue=False):
            yield PairingAlarm(Name.READ_PATIENCE, began, record.policy.reading_s)
        case Reading():
            return  # who waited was answered; a command has its own alarm, and a file is read or is not


def _of_idle(record: Pairing, shelf: Shelf, idle: Idle) -> Iterator[PairingAlarm]:
    policy = record.policy
    if shelf.failures:
        yield PairingAlarm(Name.BACK_OFF, idle.since, policy.backing_off_s(shelf.failures))
        return
    if record.life is Life.STARTED:
        yield PairingAlarm(Name.PERIODIC, idle.since, policy.periodic_s)
    if shelf.dirty:
        yield PairingAlarm(Name.DEBOUNCE, idle.since, policy.debounce_s)


def _of_candidate(record: Pairing, candidate: Candidate) -> Iterator[PairingAlarm]:
    match candidate.phase:
        case Pausing(op=op):
            yield PairingAlarm(Name.AUTO_PAUSE, op, trust.pause_s(candidate, record.policy))
        case Sighted() | Trying() | Spent():
            return  # a reading is coming, an approval is under way, or nothing is
