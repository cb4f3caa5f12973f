"""What became of an attempt that was looked after, and when: for people to read, and no part of what is compared.

Commands come before moment 100, alarms ring then and answers arrive at 200. Whatever is written then bears that
moment, however many questions led there.
"""

from __future__ import annotations

import pytest

from kiloclaw_core.registry import (
    Chapter,
    ConfirmedAbsent,
    Live,
    NeverSeen,
    Phase,
    Remaining,
    Route,
)

from .telling import (
    CANONICAL,
    CLEAN,
    CLEAN_AFTER_WORK,
    CLEANED,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DIRTY,
    DONE,
    DRAINING,
    INTENT,
    KI_1,
    NO_ROW,
    OPEN,
    PROBE,
    PUBLISH,
    UNSUBSCRIBED,
    WAKE,
    WORKING,
    Happening,
    release,
    said,
    told,
)

RANG = 100
ANSWERED = 200
LIVE = said(Live())
GONE = said(ConfirmedAbsent())
BEGUN = (Chapter(Phase.OPEN, at=10), Chapter(Phase.WORKING, at=20))
STALLED = (*WORKING, PROBE, NO_ROW, said(NeverSeen()))
"""Row and instance know nothing of the attempt: its row is being closed."""


def routed(*happenings: Happening) -> Route:
    """The route to Ann's instance after these; there has to be one."""
    route = told(*happenings).route(KI_1)
    assert route is not None, "nothing leads there"
    return route


@pytest.mark.parametrize(
    ("story", "before"),
    [
        ((*WORKING, PROBE, CANONICAL, LIVE), BEGUN),
        ((*COMMITTING, PROBE, UNSUBSCRIBED, LIVE, CANONICAL), (*BEGUN, Chapter(Phase.COMMITTING, at=30))),
        ((*STALLED, CANONICAL), BEGUN),
    ],
    ids=["its row was read", "its row was subscribed", "its row was closed"],
)
def test_an_attempt_is_completed_when_the_answer_came_that_said_so(
    story: tuple[Happening, ...], before: tuple[Chapter, ...]
) -> None:
    """And its route is as old: nobody was led there before."""
    known = told(*story).reservations[0]
    assert known.history == (*before, Chapter(Phase.COMPLETED, at=ANSWERED))
    assert (known.resolved_at, routed(*story).created_at) == (ANSWERED, ANSWERED)


def test_an_attempt_is_given_up_for_its_failure_when_its_row_was_closed() -> None:
    """Not when it was suspected: until then it might have been completed after all."""
    known = told(*STALLED, NO_ROW).reservations[0]
    assert known.history == (*BEGUN, Chapter(Phase.CLEANING, "stalled", ANSWERED))
    assert known.resolved_at is None


@pytest.mark.parametrize(
    ("story", "before", "why"),
    [
        ((*CLEANING, WAKE, NO_ROW, GONE), Chapter(Phase.CLEANING, "provider_provision_failed", 50), "cleaned_up"),
        (
            (*CLEANING, WAKE, CANONICAL, GONE, DONE),
            Chapter(Phase.CLEANING, "provider_provision_failed", 50),
            "cleaned_up",
        ),
        (
            (*WORKING, release(), WAKE, NO_ROW, said(Remaining())),
            Chapter(Phase.CLEANING, "manual_admin_release", 90),
            "manual_admin_release",
        ),
    ],
    ids=["nothing was left", "its row was marked", "an operator answers for it"],
)
def test_a_slot_is_free_when_the_answer_came_that_said_so(
    story: tuple[Happening, ...], before: Chapter, why: str
) -> None:
    """With the reason, which is all that is left of the attempt."""
    known = told(*story).reservations[0]
    assert known.history == (*BEGUN, before, Chapter(Phase.RELEASED, why, ANSWERED))
    assert known.resolved_at == ANSWERED


def test_a_slot_whose_caller_never_began_is_free_when_its_alarm_rang() -> None:
    """Nothing had to be asked for that."""
    known = told(*OPEN, PROBE).reservations[0]
    assert known.history == (Chapter(Phase.OPEN, at=10), Chapter(Phase.RELEASED, "never_started", RANG))
    assert known.resolved_at == RANG


@pytest.mark.parametrize(
    ("story", "chapter", "resolved_at"),
    [
        ((*WORKING, INTENT), Chapter(Phase.CLEANING, "instance_destroyed", 70), None),
        ((*WORKING, DESTROYED), Chapter(Phase.CLEANING, "instance_destroyed", 80), None),
        ((*COMPLETED, DESTROYED), Chapter(Phase.RELEASED, "instance_destroyed", 80), 80),
        ((*OPEN, release(Phase.OPEN)), Chapter(Phase.RELEASED, "manual_admin_release", 90), 90),
        ((*OPEN, CLEAN), Chapter(Phase.RELEASED, "failed_before_provider_work", 50), 50),
        ((*OPEN, DIRTY), Chapter(Phase.RELEASED, "failed_before_provider_work", 50), 50),
        ((*WORKING, CLEAN_AFTER_WORK), Chapter(Phase.RELEASED, "failed_before_provider_work", 50), 50),
        ((*WORKING, PUBLISH), Chapter(Phase.COMPLETED, at=60), 60),
        ((PUBLISH,), Chapter(Phase.COMPLETED, at=60), 60),
    ],
    ids=[
        "it is to be destroyed",
        "it is gone",
        "it is gone after all was done",
        "an operator answers for it",
        "it never began",
        "it failed and never began",
        "its instance has nothing",
        "its rows are there",
        "rows are older than the registry",
    ],
)
def test_whatever_somebody_makes_of_an_attempt_bears_the_moment_they_said_so(
    story: tuple[Happening, ...], chapter: Chapter, resolved_at: int | None
) -> None:
    """Nothing has to be found out for that."""
    known = told(*story).reservations[0]
    assert (known.history[-1], known.resolved_at) == (chapter, resolved_at)


@pytest.mark.parametrize(
    ("story", "created_at", "destroyed_at"),
    [
        (DRAINING, 40, None),
        ((*DRAINING, WAKE, CANONICAL, GONE, DONE), 40, ANSWERED),
        ((*WORKING, INTENT), 70, None),
        ((*CLEANED, INTENT), 70, 70),
        ((DESTROYED,), 80, 80),
        ((*WORKING, PUBLISH), 60, None),
        ((PUBLISH,), 60, None),
    ],
)
def test_a_route_is_as_old_as_it_is_known_and_leads_nowhere_from_when_that_was_said(
    story: tuple[Happening, ...], created_at: int, destroyed_at: int | None
) -> None:
    """Its instance may have been asked to go long before; where none led there, it begins with what was said."""
    route = routed(*story)
    assert (route.created_at, route.destroyed_at) == (created_at, destroyed_at)
