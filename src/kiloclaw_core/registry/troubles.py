"""What a caller is told when something cannot be had: a status, a code, whether to try again, and a sentence.

The codes of upstream stay as they are (registry 4); where it had none, or one for two things, there is a new one. What
the provider said never passes: a sentence is chosen by the trouble alone.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from attrs import frozen

from kiloclaw_core.commands import Refusal
from kiloclaw_core.registry.commands import Because, Occupied, Refused, RegistryRefusal
from kiloclaw_core.registry.record import Phase


class Trouble(Enum):
    """Every way in which a request about admission comes to nothing; its value is the code that a caller sees."""

    IN_PROGRESS = "provision_in_progress"
    CLEANUP_IN_PROGRESS = "provision_cleanup_in_progress"
    COMPLETION_PENDING = "provision_completion_pending"
    ALREADY_ACTIVE = "instance_already_active"
    DESTROYED = "instance_destroyed"
    NOT_FOUND = "instance_not_found"
    NOT_PROVISIONED = "not_provisioned"
    ENTITLEMENT_EXPIRED = "entitlement_expired"
    DUPLICATE = "duplicate"
    ATTEMPT_ENDED = "attempt_ended"
    BAD_REQUEST = "bad_request"
    BUSY = "instance_busy"
    PROVISION_FAILED = "provision_failed"
    SUBSCRIPTION_FAILED = "subscription_bootstrap_failed"
    UNAVAILABLE = "unavailable"
    REPAIR_UNAVAILABLE = "provision_repair_unavailable"
    RESERVATION_NOT_FOUND = "reservation_not_found"
    RESERVATION_NOT_RELEASABLE = "reservation_not_releasable"
    RESERVATION_CHANGED = "reservation_status_changed"
    RELEASE_UNANSWERED_FOR = "release_unanswered_for"


@frozen
class Explanation:
    """What a caller is told: an HTTP status, the code, whether the user may try again and after how long, and why.

    Asking the same again is the same attempt. `anew` says that it takes a new one, with an instance of its own, because
    this one has come to nothing: under its id nothing else will ever be said (registry 4, and 7.2, P1).
    """

    status: int
    code: str
    retryable: bool
    retry_after_s: float | None
    anew: bool
    sentence: str


def explanation(trouble: Trouble) -> Explanation:
    """The explanation of a trouble: the same whoever asks, and nothing of what was said behind it."""
    match trouble:
        case Trouble.IN_PROGRESS | Trouble.CLEANUP_IN_PROGRESS | Trouble.COMPLETION_PENDING:
            return _of_what_goes_on(trouble)
        case Trouble.BUSY | Trouble.UNAVAILABLE:
            return _of_the_moment(trouble)
        case Trouble.PROVISION_FAILED | Trouble.SUBSCRIPTION_FAILED | Trouble.ATTEMPT_ENDED:
            return _of_what_came_to_nothing(trouble)
        case Trouble.ALREADY_ACTIVE | Trouble.DESTROYED | Trouble.NOT_FOUND | Trouble.NOT_PROVISIONED:
            return _of_what_there_is(trouble)
        case Trouble.ENTITLEMENT_EXPIRED | Trouble.DUPLICATE | Trouble.BAD_REQUEST | Trouble.REPAIR_UNAVAILABLE:
            return _of_the_request(trouble)
        case (
            Trouble.RESERVATION_NOT_FOUND
            | Trouble.RESERVATION_NOT_RELEASABLE
            | Trouble.RESERVATION_CHANGED
            | Trouble.RELEASE_UNANSWERED_FOR
        ):
            return _of_a_release(trouble)


def _later(trouble: Trouble, status: int, after_s: float, sentence: str) -> Explanation:
    return Explanation(status, trouble.value, True, after_s, False, sentence)


def _anew(trouble: Trouble, status: int, after_s: float, sentence: str) -> Explanation:
    return Explanation(status, trouble.value, True, after_s, True, sentence)


def _no(trouble: Trouble, status: int, sentence: str) -> Explanation:
    return Explanation(status, trouble.value, False, None, False, sentence)


def _of_what_goes_on(
    trouble: Literal[Trouble.IN_PROGRESS, Trouble.CLEANUP_IN_PROGRESS, Trouble.COMPLETION_PENDING],
) -> Explanation:
    match trouble:
        case Trouble.IN_PROGRESS:
            return _later(trouble, 409, 15.0, "An instance is being created already; it will be there soon.")
        case Trouble.CLEANUP_IN_PROGRESS:
            return _later(trouble, 409, 60.0, "An earlier attempt is being cleaned up; try again in a minute.")
        case Trouble.COMPLETION_PENDING:
            return _later(trouble, 503, 15.0, "The instance is there and is being entered; try again in a moment.")


def _of_the_moment(trouble: Literal[Trouble.BUSY, Trouble.UNAVAILABLE]) -> Explanation:
    match trouble:
        case Trouble.BUSY:
            return _later(trouble, 409, 15.0, "The instance is busy; try again in a moment.")
        case Trouble.UNAVAILABLE:
            return _later(trouble, 503, 5.0, "That cannot be known just now; ask again, it is the same request.")


def _of_what_came_to_nothing(
    trouble: Literal[Trouble.PROVISION_FAILED, Trouble.SUBSCRIPTION_FAILED, Trouble.ATTEMPT_ENDED],
) -> Explanation:
    match trouble:
        case Trouble.PROVISION_FAILED:
            return _anew(trouble, 500, 60.0, "The instance could not be created; begin a new one in a minute.")
        case Trouble.SUBSCRIPTION_FAILED:
            return _anew(trouble, 500, 60.0, "The instance could not be subscribed; begin a new one in a minute.")
        case Trouble.ATTEMPT_ENDED:
            return _anew(trouble, 409, 5.0, "The attempt has ended without an instance; begin a new one.")


def _of_what_there_is(
    trouble: Literal[Trouble.ALREADY_ACTIVE, Trouble.DESTROYED, Trouble.NOT_FOUND, Trouble.NOT_PROVISIONED],
) -> Explanation:
    match trouble:
        case Trouble.ALREADY_ACTIVE:
            return _no(trouble, 409, "There is an instance already.")
        case Trouble.DESTROYED:
            return _no(trouble, 409, "The instance is destroyed, or is being destroyed; provision a new one.")
        case Trouble.NOT_FOUND:
            return _no(trouble, 404, "There is no such instance here.")
        case Trouble.NOT_PROVISIONED:
            return _no(trouble, 404, "The instance was never provisioned.")


def _of_the_request(
    trouble: Literal[Trouble.ENTITLEMENT_EXPIRED, Trouble.DUPLICATE, Trouble.BAD_REQUEST, Trouble.REPAIR_UNAVAILABLE],
) -> Explanation:
    match trouble:
        case Trouble.ENTITLEMENT_EXPIRED:
            return _no(trouble, 403, "The plan does not cover an instance, or does not any more.")
        case Trouble.DUPLICATE:
            return _no(trouble, 409, "The instance, or the attempt, is known already for something else.")
        case Trouble.BAD_REQUEST:
            return _no(trouble, 400, "The attempt, the user and the instance must all be named.")
        case Trouble.REPAIR_UNAVAILABLE:
            return _no(trouble, 409, "There is nothing that could be completed.")


def _of_a_release(
    trouble: Literal[
        Trouble.RESERVATION_NOT_FOUND,
        Trouble.RESERVATION_NOT_RELEASABLE,
        Trouble.RESERVATION_CHANGED,
        Trouble.RELEASE_UNANSWERED_FOR,
    ],
) -> Explanation:
    match trouble:
        case Trouble.RESERVATION_NOT_FOUND:
            return _no(trouble, 404, "There is no such reservation.")
        case Trouble.RESERVATION_NOT_RELEASABLE:
            return _no(trouble, 409, "The reservation holds no slot.")
        case Trouble.RESERVATION_CHANGED:
            return _no(trouble, 409, "The reservation is not as it was when you looked; look again.")
        case Trouble.RELEASE_UNANSWERED_FOR:
            return _no(trouble, 400, "Whoever releases a reservation must give their name and a reason.")


# -- what a refusal comes to -------------------------------------------------------------------------------------


def trouble_of_registry(refusal: RegistryRefusal) -> Trouble:
    """What a refusal of the registry means to whoever asked for an instance."""
    match refusal:
        case Occupied(phase=Phase.CLEANING):
            return Trouble.CLEANUP_IN_PROGRESS
        case Occupied():
            return Trouble.IN_PROGRESS
        case Refused(because=because):
            return _trouble_because(because)


def _trouble_because(because: Because) -> Trouble:
    match because:
        case Because.ANOTHER_OWNER | Because.NO_SUCH_ATTEMPT:
            return Trouble.NOT_FOUND
        case Because.UNNAMED | Because.MISNAMED:
            return Trouble.BAD_REQUEST
        case Because.ANOTHER_REQUEST | Because.INSTANCE_TAKEN:
            return Trouble.DUPLICATE
        case Because.FENCED | Because.ENDED | Because.OUT_OF_TURN:
            return Trouble.ATTEMPT_ENDED
        case Because.CLEANING_UP | Because.NOT_CLEAN:
            return Trouble.CLEANUP_IN_PROGRESS
        case Because.NOT_PROVEN:
            return Trouble.REPAIR_UNAVAILABLE
        case Because.DESTROYED:
            return Trouble.DESTROYED
        case Because.NOT_RELEASABLE:
            return Trouble.RESERVATION_NOT_RELEASABLE
        case Because.CHANGED:
            return Trouble.RESERVATION_CHANGED
        case Because.UNANSWERED_FOR:
            return Trouble.RELEASE_UNANSWERED_FOR


def trouble_of_release(refusal: RegistryRefusal) -> Trouble:
    """What a refusal means to an operator, who names a reservation."""
    match refusal:
        case Refused(because=Because.NO_SUCH_ATTEMPT):
            return Trouble.RESERVATION_NOT_FOUND
        case Refused() | Occupied():
            return trouble_of_registry(refusal)


def trouble_of_instance(refusal: Refusal) -> Trouble:
    """What a refusal of the instance means to whoever provisions it."""
    match refusal:
        case Refusal.NOT_PROVISIONED:
            return Trouble.NOT_PROVISIONED
        case Refusal.BEING_DESTROYED:
            return Trouble.DESTROYED
        case Refusal.ANOTHER_IDENTITY | Refusal.ANOTHER_ATTEMPT:
            return Trouble.DUPLICATE
        case Refusal.RECOVERING | Refusal.RESTORING | Refusal.BUSY | Refusal.NOT_STOPPED:
            return Trouble.BUSY
        case (
            Refusal.NOT_HELD
            | Refusal.NOT_CONDEMNED
            | Refusal.NO_MACHINE
            | Refusal.NO_VOLUME
            | Refusal.NOT_RETAINED
            | Refusal.IN_USE
            | Refusal.ON_ITS_WAY_OUT
            | Refusal.TO_BE_GONE
        ):
            return Trouble.BAD_REQUEST
