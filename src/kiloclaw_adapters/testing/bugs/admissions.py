"""Bugs of admission: slots that nobody frees, slots that are free too soon, and routes to what is not there.

They are searched for in the world of admission, and most of them are how the service before this one failed (registry
7.1). `GW` are its schedules, `LW` those of lifecycle 7, `F` the rows of its failure table.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.testing.bugs import freed_slots, held_slots, unfounded
from kiloclaw_adapters.testing.bugs.admission import AdmissionMutant
from kiloclaw_adapters.testing.mutant import Placeless

ADMISSION_MUTANTS: Final[tuple[AdmissionMutant, ...]] = (
    *held_slots.MUTANTS,
    *freed_slots.MUTANTS,
    *unfounded.MUTANTS,
)

ADMISSION_PLACELESS: Final = (
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
