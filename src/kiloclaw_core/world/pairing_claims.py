"""What is claimed of the controller's cache and its world together: S1 to S9 and the waits of pairing 6.2.

Predicates over one moment, named in English; every *always* has a *sometimes* that shows the danger was there. What
only a move can show (that something began after the stop, that a list went back) the system remembers as a slip.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.pairing.alarms import waiting_alarms_of
from kiloclaw_core.pairing.answers import Approved, Fresh, NotApproved, NotDone, PairingAnswer, Refreshed, Seen, Unsure
from kiloclaw_core.pairing.commands import Approve, Refresh
from kiloclaw_core.pairing.effects import ListDevices, Reply, RunApprove
from kiloclaw_core.pairing.facts import PairingAlarmName
from kiloclaw_core.pairing.hidden import RequestId
from kiloclaw_core.pairing.lifecycle import invalid
from kiloclaw_core.pairing.record import (
    Approving,
    Idle,
    Life,
    Looking,
    Overdue,
    Pairing,
    Pausing,
    Queued,
    Reading,
    Shelf,
    Sighted,
    Spent,
    Trying,
)
from kiloclaw_core.pairing.requests import DeviceRequest, PendingRequest, subject_of
from kiloclaw_core.world.pairing_world import GATEWAY, OWN_DEVICE, Asking, OpenClaw

OWN: Final = subject_of(GATEWAY)


class Slip(Enum):
    """What a move did that none may do."""

    BEGUN_AFTER_STOP = "something was begun after the stop"
    GREW_AFTER_STOP = "a list grew after the stop"
    WENT_BACK = "a list went back to an older reading"
    EMPTIED = "a reading that failed took something off the list"
    FORGOT = "a line that told of pairing was forgotten"
    HASTY = "something was approved by itself at first sight"


@frozen
class PairingScene:
    """One moment: the record, the truth, what was asked and answered, what runs, and what slipped.

    `steps` are readings that are under way, `commands` processes that are alive; either may be stuck.
    """

    record: Pairing
    outside: OpenClaw
    asked: tuple[Refresh | Approve, ...]
    told: tuple[Reply, ...]
    slips: tuple[Slip, ...]
    steps: tuple[Asking, ...]
    commands: tuple[Asking, ...]
    quiet: bool
    """Whether nothing is on its way but what is stuck."""

    def answers(self, command: Refresh | Approve) -> list[PairingAnswer]:
        """What the asker was told."""
        return [one.answer for one in self.told if one.ask == command.ask]

    @property
    def approvals(self) -> tuple[Approve, ...]:
        """Who asked for an approval."""
        return tuple(one for one in self.asked if isinstance(one, Approve))

    @property
    def waiting(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(not self.answers(one) for one in self.asked)


def one_command(scene: PairingScene) -> bool:
    """Whether at most one process is alive (S8)."""
    return len(scene.commands) <= 1


def one_reading(scene: PairingScene) -> bool:
    """Whether at most one step of each kind is under way."""
    devices = sum(isinstance(one, ListDevices) for one in scene.steps)
    return devices <= 1 and len(scene.steps) - devices <= 1


def slipped(slip: Slip) -> Callable[[PairingScene], bool]:
    """Whether this never happened."""
    return lambda scene: slip not in scene.slips


def one_timer(scene: PairingScene) -> bool:
    """Whether each list has at most one periodic and one debounced reading before it (S1)."""
    names = [alarm.name for alarm in waiting_alarms_of(scene.record)]
    timers = (PairingAlarmName.PERIODIC, PairingAlarmName.DEBOUNCE, PairingAlarmName.BACK_OFF)
    return all(names.count(one) <= len(scene.record.shelves) for one in timers)


def only_valid_ids(scene: PairingScene) -> bool:
    """Whether every command line has only what has matched its whole pattern (S9)."""
    return all(invalid(one.subject) is None for one in scene.commands if isinstance(one, RunApprove))


def approved_is_gone(scene: PairingScene) -> bool:
    """Whether no list shows a request after somebody was told that it is approved (property 3)."""
    told = {one.subject for one in scene.approvals if Approved() in scene.answers(one)}
    return not any(subject_of(entry) in told for shelf in scene.record.shelves for entry in shelf.entries)


def only_our_own(scene: PairingScene) -> bool:
    """Whether nothing was approved by itself but what the machine's own device asked for."""
    asked = {one.subject for one in scene.approvals}
    return all(subject in asked or subject == OWN for subject in scene.outside.approved)


def never_asserted(scene: PairingScene) -> bool:
    """Whether everything that somebody was told is approved is approved."""
    return all(one.subject in scene.outside.approved for one in scene.approvals if Approved() in scene.answers(one))


def never_denied(scene: PairingScene) -> bool:
    """Whether, of all who asked for what is approved, not every one was told that it is not (S7)."""
    for subject in scene.outside.approved:
        asked = [one for one in scene.approvals if one.subject == subject]
        answers = [answer for one in asked for answer in scene.answers(one)]
        over = len(answers) == len(asked) and not any(one.subject == subject for one in scene.record.approvals)
        if asked and over and all(isinstance(answer, NotApproved) for answer in answers) and subject != OWN:
            return False
    return True


def one_answer_each(scene: PairingScene) -> bool:
    """Whether nobody was answered twice."""
    return all(len(scene.answers(one)) <= 1 for one in scene.asked)


def every_wait_has_an_alarm(scene: PairingScene) -> bool:
    """Whether whoever waits, waits beside an alarm (L5)."""
    return not scene.waiting or bool(waiting_alarms_of(scene.record))


def closed_is_quiet(scene: PairingScene) -> bool:
    """Whether a cache that has stopped wants no alarm but for a command that it must see end (S2)."""
    if scene.record.life is not Life.STOPPED or scene.record.command is not None:
        return True
    return not waiting_alarms_of(scene.record)


def at_home(scene: PairingScene) -> bool:
    """Whether nothing is under way, everybody is answered, and each list is as things are.

    What is stuck for ever is no way to anywhere: then home is that nobody waits for it.
    """
    if not scene.quiet or scene.waiting or scene.record.approvals:
        return False
    command = scene.record.command
    if command is not None and not isinstance(command.stage, Overdue):
        return False
    if scene.record.life is Life.STOPPED:
        return True
    return all(_is_told(scene, shelf) for shelf in scene.record.shelves) and not _is_trying(scene)


def _is_told(scene: PairingScene, shelf: Shelf) -> bool:
    if isinstance(shelf.phase, Reading):
        return shelf.phase.overdue
    if scene.record.life is Life.FRESH:
        return not shelf.dirty
    there = {one for one in scene.outside.pending if isinstance(one, DeviceRequest) is (shelf.kind.value == "devices")}
    return set(shelf.entries) == there and not shelf.dirty and not shelf.failures


def _is_trying(scene: PairingScene) -> bool:
    if isinstance(scene.record.devices.phase, Reading):
        return False
    return any(isinstance(one.phase, Sighted | Trying | Pausing) for one in scene.record.candidates)


# -- witnesses ---------------------------------------------------------------------------------------------------


def answered_with(*answers: PairingAnswer) -> Callable[[PairingScene], bool]:
    """Whether somebody was answered one of these."""
    return lambda scene: any(one.answer in answers for one in scene.told)


def stopped_while_approving(scene: PairingScene) -> bool:
    """Whether a command runs on after the stop."""
    return scene.record.life is Life.STOPPED and any(isinstance(one.phase, Approving) for one in scene.record.approvals)


def shared(scene: PairingScene) -> bool:
    """Whether two askers wait for one command."""
    return any(len(one.askers) > 1 and isinstance(one.phase, Approving) for one in scene.record.approvals)


def read_too_early(scene: PairingScene) -> bool:
    """Whether a reading is under way that began before an approval succeeded, and may still show the request."""
    return any(
        isinstance(shelf.phase, Reading) and shelf.phase.began < shelf.committed for shelf in scene.record.shelves
    )


def asked_behind(scene: PairingScene) -> bool:
    """Whether somebody asks for a reading while one is under way."""
    return any(isinstance(shelf.phase, Reading) and shelf.wanted for shelf in scene.record.shelves)


def told_while_reading(scene: PairingScene) -> bool:
    """Whether a line came during the very first reading."""
    return any(isinstance(one.phase, Reading) and one.dirty and not one.committed for one in scene.record.shelves)


def told_in_back_off(scene: PairingScene) -> bool:
    """Whether a line came while a failed reading is not yet repeated."""
    return any(isinstance(one.phase, Idle) and one.dirty and one.failures for one in scene.record.shelves)


def kept_old(scene: PairingScene) -> bool:
    """Whether something is shown though the last reading failed."""
    return any(shelf.stale and shelf.entries for shelf in scene.record.shelves)


def waits_for_its_turn(scene: PairingScene) -> bool:
    """Whether something else would run a command while one runs."""
    queued = any(isinstance(one.phase, Queued) for one in scene.record.approvals)
    reading = any(isinstance(one.phase, Reading) and one.phase.op is None for one in scene.record.shelves)
    return bool(scene.commands) and (queued or reading)


def stuck_for_good(scene: PairingScene) -> bool:
    """Whether a command outlives its killing."""
    return scene.record.command is not None and isinstance(scene.record.command.stage, Overdue)


def late_success(scene: PairingScene) -> bool:
    """Whether a request is approved while its asker is told to look, or told that nobody knows."""
    doubt = any(isinstance(one.phase, Looking) for one in scene.record.approvals) or answered_with(
        *(Unsure(seen) for seen in Seen)
    )(scene)
    return doubt and bool(scene.outside.approved)


def pretends(scene: PairingScene) -> bool:
    """Whether somebody who is not is called the gateway's own, and is listed."""
    return any(_is_false_friend(entry) for entry in scene.record.devices.entries)


def _is_false_friend(entry: PendingRequest) -> bool:
    return isinstance(entry, DeviceRequest) and (entry.device != OWN_DEVICE or entry.request == RequestId("--all"))


def spent(scene: PairingScene) -> bool:
    """Whether something was tried in vain as often as it may be."""
    return any(isinstance(one.phase, Spent) for one in scene.record.candidates)


def approved_by_itself(scene: PairingScene) -> bool:
    """Whether the gateway's own device was approved with nobody asking."""
    return OWN in scene.outside.approved and not scene.approvals


def _always(
    name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[PairingScene], bool]
) -> Claim[PairingScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _never(slip: Slip, name: str, sentence: str) -> Claim[PairingScene]:
    return Claim(name, sentence, Kind.ALWAYS, ("bag",), slipped(slip))


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[PairingScene], bool]) -> Claim[PairingScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


SAFE: Final = (
    _always(
        "one timer of a sort", "Each list has one periodic and one debounced reading before it.", ("record",), one_timer
    ),
    _always(
        "a closed cache is quiet",
        "After a stop no alarm is wanted but for a command that has to end.",
        ("record",),
        closed_is_quiet,
    ),
    _never(Slip.BEGUN_AFTER_STOP, "nothing begins after a stop", "After a stop no reading and no command begins."),
    _never(Slip.GREW_AFTER_STOP, "no list grows after a stop", "After a stop nothing is added to a list."),
    _never(Slip.WENT_BACK, "no list goes back", "What a reading has shown is never replaced by an older one."),
    _never(Slip.EMPTIED, "a failure takes nothing away", "A reading that failed takes nothing off a list."),
    _never(
        Slip.FORGOT, "no line is forgotten", "A line that tells of pairing leads to a reading that begins after it."
    ),
    _always(
        "success is never denied",
        "Of all who asked for what a command approved, somebody is told so, or that it is in doubt.",
        ("record", "outside", "asked", "bag"),
        never_denied,
    ),
    _always(
        "success is never asserted",
        "Nobody is told that it is approved unless it is.",
        ("outside", "asked", "bag"),
        never_asserted,
    ),
    _always("one answer each", "Nobody is answered twice.", ("asked", "bag"), one_answer_each),
    _never(Slip.HASTY, "nothing is approved at first sight", "What is approved by itself was shown by two readings."),
    _always("one command at a time", "At most one process is alive.", ("bag",), one_command),
    _always("one reading at a time", "At most one step of each list is under way.", ("bag",), one_reading),
    _always(
        "only valid ids",
        "Nothing stands on a command line but what has matched its whole pattern.",
        ("bag",),
        only_valid_ids,
    ),
    _always(
        "the approved is gone",
        "No list shows a request once somebody was told that it is approved.",
        ("record", "asked", "bag"),
        approved_is_gone,
    ),
    _always(
        "only our own",
        "Nothing is approved by itself but what the gateway's own device asked for.",
        ("outside", "asked"),
        only_our_own,
    ),
    _always(
        "whoever waits has an alarm",
        "Nobody waits without an alarm.",
        ("record", "asked", "bag"),
        every_wait_has_an_alarm,
    ),
)

WITNESSES: Final = (
    _sometimes("a command runs after the stop", ("record",), stopped_while_approving),
    _sometimes("two ask for one approval", ("record",), shared),
    _sometimes("a reading began before an approval", ("record",), read_too_early),
    _sometimes("somebody asks behind a reading", ("record",), asked_behind),
    _sometimes("a line comes while warming up", ("record",), told_while_reading),
    _sometimes("a line comes while backing off", ("record",), told_in_back_off),
    _sometimes("old entries are kept", ("record",), kept_old),
    _sometimes("a command waits for its turn", ("record", "bag"), waits_for_its_turn),
    _sometimes("a command outlives its killing", ("record",), stuck_for_good),
    _sometimes("a command in doubt has approved", ("record", "outside", "bag"), late_success),
    _sometimes("an approval is approved", ("bag",), answered_with(Approved())),
    _sometimes("an approval is refused", ("bag",), answered_with(*(NotApproved(why) for why in NotDone))),
    _sometimes("a look shows it is still there", ("bag",), answered_with(Unsure(Seen.LISTED))),
    _sometimes("a look shows it is gone", ("bag",), answered_with(Unsure(Seen.ABSENT))),
    _sometimes("a look shows nothing", ("bag",), answered_with(Unsure(Seen.UNREAD))),
    _sometimes("a list is fresh", ("bag",), answered_with(Refreshed(Fresh.FRESH))),
    _sometimes("a list is stale", ("bag",), answered_with(Refreshed(Fresh.STALE))),
    _sometimes("somebody pretends", ("record",), pretends),
    _sometimes("a try too many is not made", ("record",), spent),
    _sometimes("our own is approved by itself", ("outside", "asked"), approved_by_itself),
)

HOMEWARD: Final = Claim(
    "the lists are true",
    "Whatever happened, everybody is answered, and each list comes to be as things are.",
    Kind.LEADS_HOME,
    ("record", "outside", "asked", "bag"),
    at_home,
)

PAIRING_CLAIMS: Final[tuple[Claim[PairingScene], ...]] = (*SAFE, *WITNESSES, HOMEWARD)
