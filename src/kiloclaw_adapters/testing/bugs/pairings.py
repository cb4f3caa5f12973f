"""Every bug of pairing that is brought back, and the weaknesses that cannot be: PW1 to PW22."""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.testing.bugs import caches, callers, children, waits
from kiloclaw_adapters.testing.bugs.pairing import PairingMutant
from kiloclaw_adapters.testing.mutant import Placeless

PAIRING_MUTANTS: Final[tuple[PairingMutant, ...]] = (
    *caches.MUTANTS,
    *waits.MUTANTS,
    *children.MUTANTS,
    *callers.MUTANTS,
)

CACHE: Final = "tests/story/pairing"
CHILD: Final = "tests/story/supervisor"
PAIRING_PLACELESS: Final[tuple[Placeless, ...]] = (
    Placeless(
        "texts-lost",
        ("PW5",),
        "An answer is a value, and each value has its own status and word: there is no text to lose.",
        f"{CACHE}/test_views.py::test_every_answer_is_said_in_words_of_our_own",
    ),
    Placeless(
        "old-entries-served",
        ("PW6",),
        "What is explored has no clock: how old an entry is, is asked when it is shown.",
        f"{CACHE}/test_views.py::test_what_has_grown_too_old_is_not_shown",
    ),
    Placeless(
        "another's-store",
        ("PW8",),
        "There is no effect that writes a file of OpenClaw's.",
        f"{CACHE}/test_schedules.py::test_pw8_nothing_is_written",
    ),
    Placeless(
        "probe-without-end",
        ("PW10",),
        "What is explored has no clock: how long a request may take is worked out from the time that is left.",
        f"{CACHE}/test_health.py::test_no_request_outlives_the_time_that_is_left",
    ),
    Placeless(
        "respawned-at-once",
        ("PW14",),
        "What is explored has no clock: a child that is new has not lived long enough for a clean exit.",
        f"{CHILD}/test_supervisor.py::test_an_exit_at_once_is_a_crash_even_with_0",
    ),
    Placeless(
        "glued-lines",
        ("PW14",),
        "A buffer is made for one output of one child, and there is none that two could share.",
        f"{CHILD}/test_lines.py::test_what_comes_late_is_not_glued_to_another_childs_line",
    ),
    Placeless(
        "passed-through",
        ("PW17",),
        "A request has the fields that it has: what is not known is not read.",
        f"{CACHE}/test_channels.py::test_what_is_not_known_is_not_read",
    ),
    Placeless(
        "started-under-a-closing-server",
        ("PW21",),
        "Coming up is a function of what has ended so far: once it is on its way down it names no further stage.",
        f"{CHILD}/test_standing.py::test_nothing_begins_once_it_is_on_its_way_down",
    ),
    Placeless(
        "updated-is-alive",
        ("PW22",),
        "When it was tried and when that went well stand beside the list.",
        f"{CACHE}/test_views.py::test_a_list_tells_when_it_was_tried_and_when_that_went_well",
    ),
)
"""Weaknesses that no replaced function brings back, and the tests that tell of them."""
