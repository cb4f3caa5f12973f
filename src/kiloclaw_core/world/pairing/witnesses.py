"""That the danger was there: what must be seen of the cache in some state, each as a predicate over one moment."""

from __future__ import annotations

from collections.abc import Callable

from kiloclaw_core.pairing.answers import PairingAnswer, Seen, Unsure
from kiloclaw_core.pairing.hidden import RequestId
from kiloclaw_core.pairing.record import Approving, Idle, Life, Looking, Overdue, Queued, Reading, Sighted, Spent
from kiloclaw_core.pairing.requests import DeviceRequest, PendingRequest
from kiloclaw_core.world.pairing.predicates import OWN
from kiloclaw_core.world.pairing.scene import PairingScene
from kiloclaw_core.world.pairing.truth import OWN_DEVICE


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


def stale_and_overtaken(scene: PairingScene) -> bool:
    """Whether such a reading is under way of a list that is called stale, and must not be called fresh for it."""
    return any(
        isinstance(shelf.phase, Reading) and shelf.phase.began < shelf.committed and shelf.stale
        for shelf in scene.record.shelves
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


def waits_for_a_reading(scene: PairingScene) -> bool:
    """Whether somebody waits for a list to be read."""
    return any(shelf.waiting for shelf in scene.record.shelves)


def waits_in(phase: type[Queued | Approving | Looking]) -> Callable[[PairingScene], bool]:
    """Whether somebody waits for an approval in this phase."""
    return lambda scene: any(one.askers and isinstance(one.phase, phase) for one in scene.record.approvals)


def told_between_readings(scene: PairingScene) -> bool:
    """Whether a list has both timers: the periodic reading, and the one that a line asks for."""
    started = scene.record.life is Life.STARTED
    return started and any(
        isinstance(one.phase, Idle) and one.dirty and not one.failures for one in scene.record.shelves
    )


def reads_on_after_stop(scene: PairingScene) -> bool:
    """Whether a reading that nobody waits for any more is still to end."""
    return scene.record.life is Life.STOPPED and bool(scene.steps)


def seen_once(scene: PairingScene) -> bool:
    """Whether the gateway's own device was seen by one reading, and by no other yet."""
    return any(isinstance(one.phase, Sighted) for one in scene.record.candidates)
