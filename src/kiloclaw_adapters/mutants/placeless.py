"""The weaknesses that no replaced function brings back: why our design has no place for each, and what tells of it."""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.mutants.mutant import Placeless

LEAKS: Final = "tests/story/vectors/test_regressions_leaks.py"
DATA: Final = "tests/story/vectors/test_regressions_data.py"
CACHE: Final = "tests/story/pairing"
CHILD: Final = "tests/story/supervisor"

OF_AN_INSTANCE: Final = (
    Placeless(
        "poll-writes",
        ("vector 81", "RW4", "LW06", "LW13", "B124"),
        "A poll is answered with a view, which is a function of the record: whoever polls has nothing to write with.",
        f"{DATA}::test_81_a_poll_in_the_middle_of_a_recovery_changes_nothing",
    ),
    Placeless(
        "old-look-steers",
        ("vector 81", "RW4", "LW09"),
        "A look is answered to whoever names its op: a phase waits for its own, and for any other it is an echo.",
        f"{DATA}::test_81_a_poll_in_the_middle_of_a_recovery_changes_nothing",
    ),
    Placeless(
        "old-machine-completes",
        ("vector 95", "RW6"),
        "Before there is a copy the old machine is condemned, so that none is left to be taken for the new one.",
        f"{LEAKS}::test_95_a_machine_that_came_back_before_the_take_over_costs_nothing",
    ),
    Placeless(
        "repair-in-two-requests",
        ("vector 98", "RW34"),
        "A mount is repaired by a restart, in one update: there is no stop before it that could be all that happens.",
        f"{LEAKS}::test_98_a_mount_repair_that_fails_is_no_unexpected_stop",
    ),
    Placeless(
        "repaired-unseen",
        ("rule 5", "LW09"),
        "Without the look Fly refuses a mount that is gone, which is evidence as well: no search tells the two apart.",
        "tests/story/test_mount.py::test_a_migration_at_rest_is_followed_without_a_stop",
    ),
    Placeless(
        "impatience-ignored",
        ("reconcile 2.5",),
        "What is explored has no time, so that no search tells a late start of a machine from an early one.",
        "tests/story/test_restart_ends.py::test_past_the_soft_ceiling_a_machine_that_is_down_is_not_started_again",
    ),
)

OF_THE_CORPUS: Final = (
    Placeless(
        "restored-elsewhere",
        ("B09", "B99"),
        "Who an instance is, and whose app it is in, is in its record; no record is made out of a database.",
        "tests/story/test_provision.py::test_provision_by_another_user_is_refused",
    ),
    Placeless(
        "anothers-record",
        ("B10",),
        "What is explored is asked for by one owner: for another the record refuses, whatever it is doing.",
        "tests/story/app/test_asking.py::test_ensure_for_another_owner_is_refused",
    ),
    Placeless(
        "nowhere",
        ("B115",),
        "What is explored has no volume that does not say where it is.",
        "tests/story/test_volume_nowhere.py::test_a_volume_that_does_not_say_where_it_is_is_where_it_was",
    ),
)

OF_ADMISSION: Final = (
    Placeless(
        "raw",
        ("S15",),
        "A caller is told a trouble, which is one of a few, and its explanation follows from that alone.",
        "tests/story/registry/test_troubles.py::test_an_explanation_has_no_room_for_what_was_said_behind_it",
    ),
    Placeless(
        "app-left-behind",
        ("GW21",),
        "An app is its owner's and the next instance uses it again: no attempt has one that it could leave.",
        "tests/story/registry/test_world_schedules.py::test_gw21_nothing_is_left_of_an_attempt_that_was_abandoned",
    ),
    Placeless(
        "begun-anew",
        ("LW43",),
        "What its instance has taken on already it has taken on: the same attempt asked again makes nothing more.",
        "tests/story/test_close.py::test_a_provision_that_asks_again_has_what_it_asked_for",
    ),
)

OF_PAIRING: Final = (
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

PLACELESS: Final[tuple[Placeless, ...]] = (*OF_AN_INSTANCE, *OF_THE_CORPUS, *OF_ADMISSION, *OF_PAIRING)
