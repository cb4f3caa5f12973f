"""What goes wrong in a controller's cache and with the commands that it runs: PW1 to PW18, brought back."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import approve, closing, lifecycle, refresh, trust
from kiloclaw_core.pairing.answers import Approved, NotApproved, NotDone
from kiloclaw_core.pairing.facts import PairingOutcome
from kiloclaw_core.pairing.listings import Broken, Listing
from kiloclaw_core.pairing.names import ChannelName
from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.record import (
    NEVER,
    Approval,
    Candidate,
    Idle,
    Life,
    Looking,
    Pairing,
    PairingTransition,
    Queued,
    Reading,
    Shelf,
    Sighted,
    with_shelf,
)
from kiloclaw_core.pairing.requests import DeviceRequest, Kind, PendingRequest, Subject
from kiloclaw_core.world.pairing.configurations import SHELL, WAITING, pairing_configuration
from kiloclaw_core.world.pairing.setting import FRESH, TRUSTING, PairingBudget
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.pairing.truth import GATEWAY, MESSAGE, OPTION, PRETENDER

_reading_ended = refresh.ended
_part_of = refresh.part_of
_rest = refresh.rest
_overdue = refresh.overdue
_close = closing.close
_ended = approve.ended
_is_ours = trust.is_ours
_next_command = lifecycle.next_command


def storm(record: Pairing, candidate: Candidate) -> Pairing:
    """What failed is looked at again and tried again, at once and for ever."""
    again = trust.with_candidate(record, evolve(candidate, phase=Sighted(record.devices.committed)))
    return with_shelf(again, evolve(again.devices, again=True))


def onward_after_stop(record: Pairing) -> PairingTransition:
    """What waits for its turn is begun, whether or not the cache has stopped."""
    transition = refresh.begun(record, Kind.CHANNELS)
    transition = transition.then(refresh.begun(transition.record, Kind.DEVICES))
    transition = transition.then(lifecycle.next_command(transition.record))
    return transition.then(_close(transition.record)) if record.life is Life.STOPPED else transition


def a_reading_each(record: Pairing, kind: Kind) -> PairingTransition:
    """Whoever asks for a list has a reading of his own begun."""
    shelf = record.shelf(kind)
    return refresh.begin(record, shelf) if shelf.wanted or shelf.again else PairingTransition(record)


def a_command_each(record: Pairing) -> PairingTransition:
    """A command is started however many run."""
    for approval in record.approvals:
        if isinstance(approval.phase, Queued):
            return approve.run(record, approval)
    return _next_command(record)


def killed_is_failed(record: Pairing, op: OpId, subject: Subject, outcome: PairingOutcome) -> PairingTransition:
    """A command that was killed at its time-out has failed."""
    transition = _ended(record, op, subject, outcome)
    if not any(isinstance(one.phase, Looking) and one.phase.of == op for one in transition.record.approvals):
        return transition
    return approve.answered_for(record, op, NotApproved(NotDone.FAILED))


def stays_listed(record: Pairing, subject: Subject) -> Pairing:
    """An approved request stays on the list until a reading no longer shows it."""
    return approve.read_again(record, Kind.CHANNELS)


def confirmed_at_once(record: Pairing, began: OpId) -> Pairing:
    """What one reading shows is approved, with no look whether it still is what it was."""
    for one in record.devices.entries:
        if isinstance(one, DeviceRequest) and trust.is_ours(one, record.policy) and not record.candidates:
            seen = Candidate(one.request, one.device, Sighted(OpId(began - 1)))
            return trust.confirmed(evolve(record, candidates=(seen,)), seen, began)
    return record


def any_id(entry: PendingRequest, policy: PairingPolicy) -> bool:
    """An id is put on the command line as it was found."""
    return isinstance(entry, DeviceRequest) and entry.client_id == trust.CLIENT and entry.device in policy.known_devices


def any_name(entry: PendingRequest, policy: PairingPolicy) -> bool:
    """Whoever calls himself the gateway's client is believed."""
    if not isinstance(entry, DeviceRequest):
        return False
    return _is_ours(entry, evolve(policy, known_devices=(entry.device,)))


def deaf_while_warming_up(record: Pairing) -> Pairing:
    """A line is dropped while something is being read, or after a failure."""
    muted = any(isinstance(shelf.phase, Reading) or shelf.failures for shelf in record.shelves)
    if muted or record.life is Life.STOPPED:
        return record
    channels, devices = (evolve(shelf, dirty=True) for shelf in record.shelves)
    return evolve(record, channels=channels, devices=devices)


def failures_stay(shelf: Shelf, began: OpId, *, failed: bool, partly: bool, at: int) -> Shelf:
    """A reading that succeeds does not lift the pauses."""
    failures = shelf.failures + 1 if failed else shelf.failures
    return evolve(shelf, phase=Idle(began), failures=min(failures, 2), waiting=())


def committed_after_stop(record: Pairing, shelf: Shelf) -> PairingTransition:
    """What is being read is committed when it ends, though the cache has stopped."""
    return PairingTransition(record)


def patient(record: Pairing) -> PairingTransition:
    """A command that does not end at its time-out is waited for."""
    assert record.command is not None, "an alarm of a command is wanted while one runs"
    return PairingTransition(evolve(record, ops=OpId(record.ops + 1), command=evolve(record.command)))


def newest_wins(shelf: Shelf, reading: Reading) -> tuple[PendingRequest, ...] | None:
    """The newest reading is committed even where it failed."""
    return tuple(entry for _, listed in reading.got for entry in getattr(listed, "entries", ()))


def left_waiting(record: Pairing, approval: Approval) -> PairingTransition:
    """What waits for its turn goes on waiting after the stop."""
    return PairingTransition(record)


def forgets_generations(shelf: Shelf, entries: tuple[PendingRequest, ...], began: OpId, at: int) -> Shelf:
    """What was read last is on the list, whenever it began."""
    return evolve(shelf, entries=entries, committed=NEVER)


def exit_is_success(record: Pairing, op: OpId, subject: Subject, outcome: PairingOutcome) -> PairingTransition:
    """A command that ended has approved, whatever it exited with."""
    return approve.answered_for(record, op, Approved())


def answered_and_kept(record: Pairing, approval: Approval) -> Pairing:
    """An approval that was answered is not over."""
    return record


def doubt_is_refusal(record: Pairing, approval: Approval) -> PairingTransition:
    """Whoever is in doubt for too long is told that nothing was approved."""
    return approve.answered(record, approval, NotApproved(NotDone.BUSY))


def overtaken_is_committed(
    record: Pairing,
    shelf: Shelf,
    entries: tuple[PendingRequest, ...] | None,
    got: tuple[tuple[ChannelName, Listing], ...],
    at: int,
) -> PairingTransition:
    """A reading that began before an approval is committed after it, under the newer number."""
    transition = _reading_ended(record, evolve(shelf, committed=NEVER), entries, got, at)
    after = transition.record.shelf(shelf.kind)
    later = evolve(after, committed=max(after.committed, shelf.committed))
    return evolve(transition, record=with_shelf(transition.record, later))


def overtaken_is_fresh(
    record: Pairing,
    shelf: Shelf,
    entries: tuple[PendingRequest, ...] | None,
    got: tuple[tuple[ChannelName, Listing], ...],
    at: int,
) -> PairingTransition:
    """A reading that showed everything and was not kept makes the list that it did not change a fresh one."""
    transition = _reading_ended(record, shelf, entries, got, at)
    whole = entries is not None and not any(isinstance(listing, Broken) for _, listing in got)
    after = evolve(transition.record.shelf(shelf.kind), stale=not whole)
    return evolve(transition, record=with_shelf(transition.record, after))


def overdue_is_fresh(record: Pairing, kind: Kind) -> PairingTransition:
    """Of a reading that does not end, those who wait are told; the list goes on being called fresh."""
    transition = _overdue(record, kind)
    late = evolve(transition.record.shelf(kind), stale=record.shelf(kind).stale)
    return evolve(transition, record=with_shelf(transition.record, late))


def loses_a_channel(shelf: Shelf, name: ChannelName, listing: Listing) -> tuple[PendingRequest, ...]:
    """Of a channel that could not be read, nothing is kept where others could be."""
    return _part_of(shelf, name, listing) if not isinstance(listing, Broken) else ()


def forgets_at_the_end(shelf: Shelf, began: OpId, *, failed: bool, partly: bool, at: int) -> Shelf:
    """A line that comes while a list is read is forgotten when that ends."""
    return evolve(_rest(shelf, began, failed=failed, partly=partly, at=at), dirty=False)


def retried_unseen(record: Pairing, candidate: Candidate) -> Pairing:
    """After a pause what failed is tried again, with no look whether it is still there."""
    seen = evolve(candidate, phase=Sighted(NEVER))
    return trust.confirmed(trust.with_candidate(record, seen), seen, record.devices.committed)


IN_VAIN: Final = pairing_configuration("own-device-in-vain").system
ASKED_TWICE: Final = PairingSystem(PairingBudget(approves=(MESSAGE,), refreshes=(Kind.CHANNELS,)), FRESH, WAITING)
UNKNOWN: Final = PairingSystem(PairingBudget(approves=(MESSAGE,)), FRESH)
KILLED: Final = PairingSystem(PairingBudget(approves=(MESSAGE,), kills=1), FRESH, WAITING)
STOPPED: Final = PairingSystem(PairingBudget(refreshes=(Kind.CHANNELS,), stops=1), FRESH, WAITING)
TWICE: Final = PairingSystem(PairingBudget(refreshes=(Kind.CHANNELS, Kind.CHANNELS)), FRESH, WAITING)
SHELL_STOPPED: Final = PairingSystem(
    PairingBudget(refreshes=(Kind.CHANNELS,), approves=(MESSAGE,), stops=1), SHELL, WAITING
)
STUCK: Final = PairingSystem(PairingBudget(approves=(MESSAGE,), stucks=1), FRESH, WAITING)
STUCK_TWICE: Final = PairingSystem(PairingBudget(refreshes=(Kind.CHANNELS, Kind.CHANNELS), stucks=1), FRESH, WAITING)
UNREADABLE: Final = PairingSystem(PairingBudget(approves=(MESSAGE,), kills=1, breaks=1, early=1), FRESH, WAITING)
CHANNELS: Final = pairing_configuration("two-channels").system
BREAKING: Final = PairingSystem(PairingBudget(starts=1, arrivals=(MESSAGE,), breaks=1))
LINES: Final = PairingSystem(PairingBudget(starts=1, arrivals=(MESSAGE,)))
SHELL_BUSY: Final = PairingSystem(PairingBudget(refreshes=(Kind.CHANNELS,), approves=(MESSAGE,)), SHELL, WAITING)


def own(*arrivals: PendingRequest) -> PairingSystem:
    """The gateway's own device, and whoever else, ask."""
    return PairingSystem(PairingBudget(arrivals=arrivals), TRUSTING)


MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant("storm", ("PW1", "B167"), trust, "failed", storm, IN_VAIN, "the lists are true"),
    Mutant(
        "onward-after-stop",
        ("PW2", "B168"),
        lifecycle,
        "onward",
        onward_after_stop,
        SHELL_STOPPED,
        "nothing begins after a stop",
    ),
    Mutant("a-reading-each", ("PW3", "PW16"), refresh, "begun", a_reading_each, TWICE, "one reading at a time"),
    Mutant("a-command-each", ("PW3",), lifecycle, "next_command", a_command_each, SHELL_BUSY, "one command at a time"),
    Mutant("killed-is-failed", ("PW4",), approve, "ended", killed_is_failed, KILLED, "success is never denied"),
    Mutant("stays-listed", ("PW6",), approve, "approved", stays_listed, ASKED_TWICE, "the approved is gone"),
    Mutant(
        "confirmed-at-once",
        ("PW7",),
        trust,
        "reckoned",
        confirmed_at_once,
        own(GATEWAY),
        "nothing is approved at first sight",
    ),
    Mutant("any-id", ("PW7",), trust, "is_ours", any_id, own(OPTION), "only valid ids"),
    Mutant("any-name", ("PW7",), trust, "is_ours", any_name, own(PRETENDER), "only our own"),
    Mutant(
        "deaf-while-warming-up", ("PW11",), lifecycle, "_hinted", deaf_while_warming_up, LINES, "no line is forgotten"
    ),
    Mutant("failures-stay", ("PW11",), refresh, "rest", failures_stay, BREAKING, "the lists are true"),
    Mutant(
        "committed-after-stop",
        ("PW12",),
        closing,
        "shut",
        committed_after_stop,
        STOPPED,
        "no list changes after a stop",
    ),
    Mutant("patient", ("PW15", "B167"), lifecycle, "_killed", patient, STUCK, "the lists are true"),
    Mutant(
        "newest-wins", ("PW18", "B165"), refresh, "entries_of", newest_wins, BREAKING, "a failure takes nothing away"
    ),
    Mutant("left-waiting", ("PW2",), closing, "turned_away", left_waiting, SHELL_STOPPED, "a closed cache is quiet"),
    Mutant(
        "forgets-generations",
        ("PW18", "B49"),
        refresh,
        "committed",
        forgets_generations,
        ASKED_TWICE,
        "no list goes back",
    ),
    Mutant("exit-is-success", (), approve, "ended", exit_is_success, UNKNOWN, "success is never asserted"),
    Mutant("answered-and-kept", (), approve, "without_approval", answered_and_kept, KILLED, "one answer each"),
    Mutant("doubt-is-refusal", ("PW4",), approve, "impatient", doubt_is_refusal, UNREADABLE, "doubt is never denied"),
    Mutant(
        "overtaken-is-committed", ("PW18",), refresh, "ended", overtaken_is_committed, ASKED_TWICE, "no list goes back"
    ),
    Mutant(
        "overtaken-is-fresh",
        ("PW22",),
        refresh,
        "ended",
        overtaken_is_fresh,
        CHANNELS,
        "nothing unread is called fresh",
    ),
    Mutant(
        "overdue-is-fresh", ("PW22",), refresh, "overdue", overdue_is_fresh, STUCK_TWICE, "a list is told as it stands"
    ),
    Mutant("loses-a-channel", ("PW6",), refresh, "part_of", loses_a_channel, CHANNELS, "a failure takes nothing away"),
    Mutant("forgets-at-the-end", ("PW11",), refresh, "rest", forgets_at_the_end, LINES, "no line is forgotten"),
    Mutant("retried-unseen", ("PW1",), trust, "rested", retried_unseen, IN_VAIN, "nothing is approved at first sight"),
)
