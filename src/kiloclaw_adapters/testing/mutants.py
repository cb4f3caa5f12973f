"""Every bug that is brought back, and the few that cannot be.

A mutant shows that a rule is needed and that its claim can fail. Each is a small override of one function of the core;
a weakness that our design has no place for stands beside them with its reason, and with the test that tells of it.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.testing.bugs import answers, destroys, moves, recoveries, starts, wishes
from kiloclaw_adapters.testing.mutant import Mutant, Placeless

MUTANTS: Final[tuple[Mutant, ...]] = (
    *starts.MUTANTS,
    *answers.MUTANTS,
    *wishes.MUTANTS,
    *moves.MUTANTS,
    *recoveries.MUTANTS,
    *destroys.MUTANTS,
)

LEAKS: Final = "tests/story/vectors/test_regressions_leaks.py"
DATA: Final = "tests/story/vectors/test_regressions_data.py"
PLACELESS: Final[tuple[Placeless, ...]] = (
    Placeless(
        "poll-writes",
        ("vector 81", "RW4", "LW06", "LW13"),
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
        "impatience-ignored",
        ("reconcile 2.5",),
        "What is explored has no time, so that no search tells a late start of a machine from an early one.",
        "tests/story/test_restart_ends.py::test_past_the_soft_ceiling_a_machine_that_is_down_is_not_started_again",
    ),
)
