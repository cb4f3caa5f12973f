"""What a caller is told: every trouble whole, every refusal with its trouble, and nothing of what was behind it."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import fields

from kiloclaw_core.commands import Refusal
from kiloclaw_core.names import AttemptId, SandboxId
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

TOLD: Final = {
    Trouble.IN_PROGRESS: (
        409,
        "provision_in_progress",
        15.0,
        "An instance is being created already; it will be there soon.",
    ),
    Trouble.CLEANUP_IN_PROGRESS: (
        409,
        "provision_cleanup_in_progress",
        60.0,
        "An earlier attempt is being cleaned up; try again in a minute.",
    ),
    Trouble.COMPLETION_PENDING: (
        503,
        "provision_completion_pending",
        15.0,
        "The instance is there and is being entered; try again in a moment.",
    ),
    Trouble.ALREADY_ACTIVE: (409, "instance_already_active", None, "There is an instance already."),
    Trouble.DESTROYED: (
        409,
        "instance_destroyed",
        None,
        "The instance is destroyed, or is being destroyed; provision a new one.",
    ),
    Trouble.NOT_FOUND: (404, "instance_not_found", None, "There is no such instance here."),
    Trouble.NOT_PROVISIONED: (404, "not_provisioned", None, "The instance was never provisioned."),
    Trouble.ENTITLEMENT_EXPIRED: (
        403,
        "entitlement_expired",
        None,
        "The plan does not cover an instance, or does not any more.",
    ),
    Trouble.DUPLICATE: (
        409,
        "duplicate",
        None,
        "The instance, or the attempt, is known already for something else.",
    ),
    Trouble.ATTEMPT_ENDED: (
        409,
        "attempt_ended",
        5.0,
        "The attempt has ended without an instance; begin a new one.",
    ),
    Trouble.BAD_REQUEST: (
        400,
        "bad_request",
        None,
        "The attempt, the user and the instance must all be named.",
    ),
    Trouble.BUSY: (409, "instance_busy", 15.0, "The instance is busy; try again in a moment."),
    Trouble.PROVISION_FAILED: (
        500,
        "provision_failed",
        60.0,
        "The instance could not be created; begin a new one in a minute.",
    ),
    Trouble.SUBSCRIPTION_FAILED: (
        500,
        "subscription_bootstrap_failed",
        60.0,
        "The instance could not be subscribed; begin a new one in a minute.",
    ),
    Trouble.UNAVAILABLE: (
        503,
        "unavailable",
        5.0,
        "That cannot be known just now; ask again, it is the same request.",
    ),
    Trouble.REPAIR_UNAVAILABLE: (
        409,
        "provision_repair_unavailable",
        None,
        "There is nothing that could be completed.",
    ),
    Trouble.RESERVATION_NOT_FOUND: (404, "reservation_not_found", None, "There is no such reservation."),
    Trouble.RESERVATION_NOT_RELEASABLE: (
        409,
        "reservation_not_releasable",
        None,
        "The reservation holds no slot.",
    ),
    Trouble.RESERVATION_CHANGED: (
        409,
        "reservation_status_changed",
        None,
        "The reservation is not as it was when you looked; look again.",
    ),
    Trouble.RELEASE_UNANSWERED_FOR: (
        400,
        "release_unanswered_for",
        None,
        "Whoever releases a reservation must give their name and a reason.",
    ),
}
"""Status, code, after how many seconds the user may try again, and the sentence (registry 4)."""
ANEW: Final = frozenset({Trouble.PROVISION_FAILED, Trouble.SUBSCRIPTION_FAILED, Trouble.ATTEMPT_ENDED})
"""After these nothing comes of the attempt any more."""

OF_REASONS: Final = {
    Because.ANOTHER_OWNER: Trouble.NOT_FOUND,
    Because.UNNAMED: Trouble.BAD_REQUEST,
    Because.MISNAMED: Trouble.BAD_REQUEST,
    Because.ANOTHER_REQUEST: Trouble.DUPLICATE,
    Because.NO_SUCH_ATTEMPT: Trouble.NOT_FOUND,
    Because.FENCED: Trouble.ATTEMPT_ENDED,
    Because.OUT_OF_TURN: Trouble.ATTEMPT_ENDED,
    Because.CLEANING_UP: Trouble.CLEANUP_IN_PROGRESS,
    Because.ENDED: Trouble.ATTEMPT_ENDED,
    Because.NOT_CLEAN: Trouble.CLEANUP_IN_PROGRESS,
    Because.NOT_PROVEN: Trouble.REPAIR_UNAVAILABLE,
    Because.DESTROYED: Trouble.DESTROYED,
    Because.INSTANCE_TAKEN: Trouble.DUPLICATE,
    Because.NOT_RELEASABLE: Trouble.RESERVATION_NOT_RELEASABLE,
    Because.CHANGED: Trouble.RESERVATION_CHANGED,
    Because.UNANSWERED_FOR: Trouble.RELEASE_UNANSWERED_FOR,
}

OF_INSTANCES: Final = {
    Refusal.NOT_PROVISIONED: Trouble.NOT_PROVISIONED,
    Refusal.BEING_DESTROYED: Trouble.DESTROYED,
    Refusal.ANOTHER_IDENTITY: Trouble.DUPLICATE,
    Refusal.ANOTHER_ATTEMPT: Trouble.DUPLICATE,
    Refusal.RECOVERING: Trouble.BUSY,
    Refusal.RESTORING: Trouble.BUSY,
    Refusal.BUSY: Trouble.BUSY,
    Refusal.NOT_STOPPED: Trouble.BUSY,
}
"""The rest are mistakes of whoever asks."""


def held(phase: Phase) -> RegistryRefusal:
    """The slot is held by an attempt that has come so far."""
    return Occupied(AttemptId("another"), SandboxId("ki_2"), phase)


@pytest.mark.parametrize("trouble", Trouble, ids=lambda one: one.value)
def test_a_trouble_is_explained_whole(trouble: Trouble) -> None:
    """Retryable is whatever says after how long, and nothing else; whether with the same attempt is said beside it."""
    status, code, after_s, sentence = TOLD[trouble]
    anew = trouble in ANEW
    assert explanation(trouble) == Explanation(status, code, after_s is not None, after_s, anew, sentence)


def test_codes_are_the_troubles_own_and_no_two_are_alike() -> None:
    """Those of upstream stay; those it had none for are new (registry 4)."""
    assert sorted(explanation(one).code for one in Trouble) == sorted({one.value for one in Trouble})


def test_an_explanation_has_no_room_for_what_was_said_behind_it() -> None:
    """It follows from the trouble alone, which is one of a few: raw text of a provider never passes (S15)."""
    assert [one.name for one in fields(Explanation)] == [
        "status",
        "code",
        "retryable",
        "retry_after_s",
        "anew",
        "sentence",
    ]
    assert explanation.__annotations__ == {"trouble": "Trouble", "return": "Explanation"}


@pytest.mark.parametrize("because", Because, ids=lambda one: one.name.lower())
def test_a_refusal_of_the_registry_has_its_trouble(because: Because) -> None:
    """Every reason, to whoever asks for an instance."""
    assert trouble_of_registry(Refused(because)) == OF_REASONS[because]


@pytest.mark.parametrize(
    ("phase", "trouble"),
    [
        (Phase.OPEN, Trouble.IN_PROGRESS),
        (Phase.WORKING, Trouble.IN_PROGRESS),
        (Phase.COMMITTING, Trouble.IN_PROGRESS),
        (Phase.CLEANING, Trouble.CLEANUP_IN_PROGRESS),
    ],
)
def test_a_slot_that_is_held_says_whether_it_is_being_cleaned_up(phase: Phase, trouble: Trouble) -> None:
    """Upstream said the same of both, and of attempts that were stuck for ever."""
    assert trouble_of_registry(held(phase)) == trouble
    assert trouble_of_release(held(phase)) == trouble


def test_an_operator_names_a_reservation_and_is_told_of_it() -> None:
    """A caller who names an unknown attempt has no instance; an operator has misspelt it."""
    assert trouble_of_release(Refused(Because.NO_SUCH_ATTEMPT)) == Trouble.RESERVATION_NOT_FOUND
    others = [because for because in Because if because is not Because.NO_SUCH_ATTEMPT]
    assert [trouble_of_release(Refused(one)) for one in others] == [OF_REASONS[one] for one in others]


@pytest.mark.parametrize("refusal", Refusal, ids=lambda one: one.name.lower())
def test_a_refusal_of_the_instance_has_its_trouble(refusal: Refusal) -> None:
    """What upstream answered with a bare 500 is typed."""
    assert trouble_of_instance(refusal) == OF_INSTANCES.get(refusal, Trouble.BAD_REQUEST)
