"""The size of a machine is its user's affair: what was given stays, through starts, restarts and changes of config."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.explore import report_of
from kiloclaw_core.machine import Guest
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import SPEC, Beginning, Budget, Configuration
from kiloclaw_core.world.sizes import SizeScene, SizeSystem, has_a_size_of_its_own, size_is_kept

LARGE = Guest(2, 4096)
CONFIGURED = Configuration(
    "configured",
    "Somebody changes what is run, restarts it, and may ask for another size.",
    Budget(provisions=1, restarts=1, resizes=1),
    spec=evolve(SPEC, guest=LARGE),
    beginning=Beginning.RUNNING,
)


def verdicts(configuration: Configuration) -> dict[str, str]:
    """What becomes of each claim about sizes."""
    return {one.claim: one.verdict for one in report_of(SizeSystem(configuration)).verdicts}


def test_a_size_is_changed_by_whoever_asks_for_another_alone() -> None:
    """By no restart, and by no change of what is run."""
    assert verdicts(CONFIGURED) == {"the size is kept": "held", "a size of its own": "witnessed"}


def test_a_size_that_no_record_knows_is_the_one_of_the_machine_that_is_found() -> None:
    """An older record names none, and a default may have changed since."""
    forgotten = evolve(configuration_named("forgotten-machine"), budget=Budget(starts=1), spec=evolve(SPEC, guest=None))

    assert verdicts(forgotten) == {"the size is kept": "held", "a size of its own": "witnessed"}


def test_another_size_is_noticed_unless_it_was_asked_for() -> None:
    """Whether its machine is up or not."""
    kept = SizeScene(LARGE, ((LARGE, True),), asked=False)
    shrunk = evolve(kept, sizes=((Guest(), False),))

    assert [size_is_kept(one) for one in (kept, shrunk, evolve(shrunk, asked=True))] == [True, False, True]
    assert [has_a_size_of_its_own(one) for one in (kept, shrunk)] == [True, False]


def test_a_system_of_sizes_moves_as_the_whole_one_does() -> None:
    """Its slots stand where they stand there, and its numbers are renumbered as there."""
    system = SizeSystem(CONFIGURED)
    whole, record = system._whole, system.initial().parts[0]

    assert system.rules == whole.rules
    assert system.numbers(record) == whole.numbers(record)
    assert system.initial() == whole.initial()
