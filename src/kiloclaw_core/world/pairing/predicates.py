"""What is always so of the cache and its world, each as a predicate over one moment, named in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.alarms import Name, waiting_alarms_of
from kiloclaw_core.pairing.answers import Approved, NotApproved
from kiloclaw_core.pairing.effects import ListDevices, RunApprove
from kiloclaw_core.pairing.lifecycle import invalid
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.pairing.record import (
    Approval,
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
    Trying,
)
from kiloclaw_core.pairing.requests import DeviceRequest, subject_of
from kiloclaw_core.world.pairing.scene import PairingScene, Slip
from kiloclaw_core.world.pairing.truth import GATEWAY

OWN: Final = subject_of(GATEWAY)
PERIODICAL: Final = frozenset({Name.PERIODIC, Name.BACK_OFF})


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
    """Whether each list that rests has one periodic and one debounced reading before it at most, and no other (S1).

    A reading after a failure is the periodic one, put off. A timer is its list's by the reading since which that rests.
    """
    timers = [one for one in waiting_alarms_of(scene.record) if one.name in PERIODICAL | {Name.DEBOUNCE}]
    resting = {shelf.phase.since for shelf in scene.record.shelves if isinstance(shelf.phase, Idle)}
    periodical = [one.of for one in timers if one.name in PERIODICAL]
    debounced = [one.of for one in timers if one.name is Name.DEBOUNCE]
    return all(len(set(of)) == len(of) and resting.issuperset(of) for of in (periodical, debounced))


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


def every_wait_ends(scene: PairingScene) -> bool:
    """Whether each who waits waits for something, and beside the very alarm that ends that wait (L5)."""
    wanted = {(alarm.name, alarm.of) for alarm in waiting_alarms_of(scene.record)}
    return all(wanted & set(enders(scene.record, one.ask)) for one in scene.asked if not scene.answers(one))


def enders(record: Pairing, ask: AskId) -> Iterator[tuple[Name, OpId]]:
    """The alarms by which this asker is answered, whatever else happens or does not."""
    for shelf in record.shelves:
        if ask in (*shelf.waiting, *shelf.wanted) and isinstance(shelf.phase, Reading):
            yield Name.READ_PATIENCE, shelf.phase.began
    for approval in record.approvals:
        if ask in approval.askers:
            yield from enders_of(approval)


def enders_of(approval: Approval) -> Iterator[tuple[Name, OpId]]:
    """The alarms that end an approval, or take it to its next wait."""
    match approval.phase:
        case Queued():
            yield Name.QUEUE_PATIENCE, approval.op
        case Approving(op=op):
            yield Name.COMMAND_PATIENCE, op
            yield Name.KILL_PATIENCE, op
        case Looking():
            yield Name.LOOK_PATIENCE, approval.op


def closed_is_quiet(scene: PairingScene) -> bool:
    """Whether a cache that has stopped wants no alarm but of the command that it must see end (S2)."""
    if scene.record.life is not Life.STOPPED:
        return True
    of_command = {Name.COMMAND_PATIENCE, Name.KILL_PATIENCE, Name.KILL_AGAIN}
    return {alarm.name for alarm in waiting_alarms_of(scene.record)} <= of_command


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
        return not shelf.dirty and not shelf.failures
    there = {one for one in scene.outside.pending if isinstance(one, DeviceRequest) is (shelf.kind.value == "devices")}
    return set(shelf.entries) == there and not shelf.dirty and not shelf.failures and not shelf.stale


def _is_trying(scene: PairingScene) -> bool:
    if isinstance(scene.record.devices.phase, Reading):
        return False
    return any(isinstance(one.phase, Sighted | Trying | Pausing) for one in scene.record.candidates)
