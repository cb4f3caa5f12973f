"""What a caller is told: every refusal has a status, a code, whether and when to ask again, and a sentence of ours."""

from __future__ import annotations

import pytest

from kiloclaw_core.commands import Refusal
from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry import (
    Because,
    Explanation,
    Occupied,
    Phase,
    Refused,
    RegistryRefusal,
    Trouble,
    explanation,
    trouble_of_instance,
    trouble_of_registry,
    trouble_of_release,
)

from .telling import FIRST, KI_1

EXPLANATIONS = {
    Trouble.IN_PROGRESS: Explanation(
        409, "provision_in_progress", True, 15.0, "An instance is being created already; it will be there soon."
    ),
    Trouble.CLEANUP_IN_PROGRESS: Explanation(
        409,
        "provision_cleanup_in_progress",
        True,
        60.0,
        "An earlier attempt is being cleaned up; try again in a minute.",
    ),
    Trouble.COMPLETION_PENDING: Explanation(
        503,
        "provision_completion_pending",
        True,
        15.0,
        "The instance is there and is being entered; try again in a moment.",
    ),
    Trouble.ALREADY_ACTIVE: Explanation(409, "instance_already_active", False, None, "There is an instance already."),
    Trouble.DESTROYED: Explanation(
        409,
        "instance_destroyed",
        False,
        None,
        "The instance is destroyed, or is being destroyed; provision a new one.",
    ),
    Trouble.NOT_FOUND: Explanation(404, "instance_not_found", False, None, "There is no such instance here."),
    Trouble.NOT_PROVISIONED: Explanation(404, "not_provisioned", False, None, "The instance was never provisioned."),
    Trouble.ENTITLEMENT_EXPIRED: Explanation(
        403,
        "entitlement_expired",
        False,
        None,
        "The plan does not cover an instance, or does not any more.",
    ),
    Trouble.DUPLICATE: Explanation(
        409, "duplicate", False, None, "The instance, or the attempt, is known already for something else."
    ),
    Trouble.ATTEMPT_ENDED: Explanation(
        409, "attempt_ended", False, None, "The attempt has ended without an instance; begin a new one."
    ),
    Trouble.BAD_REQUEST: Explanation(
        400, "bad_request", False, None, "The attempt, the user and the instance must all be named."
    ),
    Trouble.BUSY: Explanation(409, "instance_busy", True, 15.0, "The instance is busy; try again in a moment."),
    Trouble.PROVISION_FAILED: Explanation(
        500,
        "provision_failed",
        True,
        60.0,
        "The instance could not be created; what was begun is cleaned up.",
    ),
    Trouble.SUBSCRIPTION_FAILED: Explanation(
        500,
        "subscription_bootstrap_failed",
        True,
        60.0,
        "The instance could not be subscribed; what was begun is cleaned up.",
    ),
    Trouble.UNAVAILABLE: Explanation(
        503, "unavailable", True, 5.0, "That cannot be known just now; ask again, it is the same request."
    ),
    Trouble.REPAIR_UNAVAILABLE: Explanation(
        409, "provision_repair_unavailable", False, None, "There is nothing that could be completed."
    ),
    Trouble.RESERVATION_NOT_FOUND: Explanation(
        404, "reservation_not_found", False, None, "There is no such reservation."
    ),
    Trouble.RESERVATION_NOT_RELEASABLE: Explanation(
        409, "reservation_not_releasable", False, None, "The reservation holds no slot."
    ),
    Trouble.RESERVATION_CHANGED: Explanation(
        409,
        "reservation_status_changed",
        False,
        None,
        "The reservation is not as it was when you looked; look again.",
    ),
    Trouble.RELEASE_UNANSWERED_FOR: Explanation(
        400,
        "release_unanswered_for",
        False,
        None,
        "Whoever releases a reservation must give their name and a reason.",
    ),
}

OF_THE_REGISTRY = {
    Because.ANOTHER_OWNER: Trouble.NOT_FOUND,
    Because.NO_SUCH_ATTEMPT: Trouble.NOT_FOUND,
    Because.UNNAMED: Trouble.BAD_REQUEST,
    Because.MISNAMED: Trouble.BAD_REQUEST,
    Because.ANOTHER_REQUEST: Trouble.DUPLICATE,
    Because.INSTANCE_TAKEN: Trouble.DUPLICATE,
    Because.FENCED: Trouble.ATTEMPT_ENDED,
    Because.ENDED: Trouble.ATTEMPT_ENDED,
    Because.OUT_OF_TURN: Trouble.ATTEMPT_ENDED,
    Because.CLEANING_UP: Trouble.CLEANUP_IN_PROGRESS,
    Because.NOT_CLEAN: Trouble.CLEANUP_IN_PROGRESS,
    Because.NOT_PROVEN: Trouble.REPAIR_UNAVAILABLE,
    Because.DESTROYED: Trouble.DESTROYED,
    Because.NOT_RELEASABLE: Trouble.RESERVATION_NOT_RELEASABLE,
    Because.CHANGED: Trouble.RESERVATION_CHANGED,
    Because.UNANSWERED_FOR: Trouble.RELEASE_UNANSWERED_FOR,
}

OF_THE_INSTANCE = {
    Refusal.NOT_PROVISIONED: Trouble.NOT_PROVISIONED,
    Refusal.BEING_DESTROYED: Trouble.DESTROYED,
    Refusal.ANOTHER_IDENTITY: Trouble.DUPLICATE,
    Refusal.ANOTHER_ATTEMPT: Trouble.DUPLICATE,
    Refusal.RECOVERING: Trouble.BUSY,
    Refusal.RESTORING: Trouble.BUSY,
    Refusal.BUSY: Trouble.BUSY,
    Refusal.NOT_STOPPED: Trouble.BUSY,
    Refusal.NOT_HELD: Trouble.BAD_REQUEST,
    Refusal.NOT_CONDEMNED: Trouble.BAD_REQUEST,
    Refusal.NO_MACHINE: Trouble.BAD_REQUEST,
    Refusal.NO_VOLUME: Trouble.BAD_REQUEST,
    Refusal.NOT_RETAINED: Trouble.BAD_REQUEST,
    Refusal.IN_USE: Trouble.BAD_REQUEST,
    Refusal.ON_ITS_WAY_OUT: Trouble.BAD_REQUEST,
    Refusal.TO_BE_GONE: Trouble.BAD_REQUEST,
}


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_is_explained(trouble: Trouble) -> None:
    """A code of upstream's stays as it was (registry 4); what it left unmapped has a code of its own."""
    assert explanation(trouble) == EXPLANATIONS[trouble]


@pytest.mark.parametrize("because", list(Because))
def test_every_refusal_of_the_registry_is_a_trouble(because: Because) -> None:
    """None is left to be a bare 500."""
    assert trouble_of_registry(Refused(because)) is OF_THE_REGISTRY[because]


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_of_the_instance_is_a_trouble(refusal: Refusal) -> None:
    """None of its words is shown, but what it means to whoever provisions."""
    assert trouble_of_instance(refusal) is OF_THE_INSTANCE[refusal]


@pytest.mark.parametrize(
    ("phase", "trouble"),
    [
        (Phase.OPEN, Trouble.IN_PROGRESS),
        (Phase.WORKING, Trouble.IN_PROGRESS),
        (Phase.COMMITTING, Trouble.IN_PROGRESS),
        (Phase.CLEANING, Trouble.CLEANUP_IN_PROGRESS),
    ],
)
def test_a_slot_that_is_held_is_told_apart_from_one_that_is_cleaned_up(phase: Phase, trouble: Trouble) -> None:
    """Upstream said "in progress" of both, and of what was stuck for ever (registry 4)."""
    assert trouble_of_registry(Occupied(FIRST, KI_1, phase)) is trouble


@pytest.mark.parametrize("because", list(Because))
def test_an_operator_is_told_of_reservations(because: Because) -> None:
    """Who names a reservation that is not there looks for no instance; all else is as everybody hears it."""
    told_everybody = OF_THE_REGISTRY[because]
    trouble = Trouble.RESERVATION_NOT_FOUND if because is Because.NO_SUCH_ATTEMPT else told_everybody
    assert trouble_of_release(Refused(because)) is trouble


def test_an_operator_is_told_of_a_slot_as_everybody_is() -> None:
    """They are refused for it nowhere, and told all the same should they be."""
    assert trouble_of_release(Occupied(FIRST, KI_1, Phase.OPEN)) is Trouble.IN_PROGRESS


def test_whoever_may_ask_again_hears_when() -> None:
    """And whoever may not hears no time: the two always go together (registry 4)."""
    explained = [explanation(trouble) for trouble in Trouble]
    assert [one.retryable for one in explained] == [one.retry_after_s is not None for one in explained]
    assert len({one.code for one in explained}) == len({one.sentence for one in explained}) == len(Trouble)


SECRET = "sk-live-0123456789"  # noqa: S105 - whatever somebody behind us may have said


@pytest.mark.parametrize(
    "refusal",
    [Occupied(FIRST, SandboxId(SECRET), Phase.CLEANING), Refused(Because.ENDED)],
)
def test_nothing_of_what_was_said_behind_it_passes(refusal: RegistryRefusal) -> None:
    """An explanation is made of the trouble alone, and a trouble carries nothing (S15)."""
    assert SECRET not in repr(explanation(trouble_of_registry(refusal)))
