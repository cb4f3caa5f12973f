"""What has less left is passed over by the packed explorer as by the core's, and nothing else changes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from attrs import evolve, frozen

from kiloclaw_adapters.explorer.packed.covering import CoveredRows
from kiloclaw_core.explore import replay_code, report_of
from kiloclaw_core.world.admission.configurations import ADMISSIONS, admission_named
from kiloclaw_core.world.admission.setting import AdmissionBudget, AdmissionConfiguration
from kiloclaw_core.world.admission.system import AdmissionSystem
from tests.checker.test_allowance import RACES, shown
from tests.checker.toy import Race
from tests.explore.packing import searched
from tests.explore.test_resuming import interrupted, resumed


def troubled(name: str, **budget: int) -> AdmissionConfiguration:
    """A configuration with this trouble, and no bound on its probes."""
    return evolve(admission_named(name), lockout=None, budget=AdmissionBudget(**budget))


SMALL: Final = (
    troubled("two-users", crashes=1),
    troubled("two-users", deaths=1, crashes=1),
    troubled("two-attempts", faults=1, crashes=1),
    troubled("two-attempts", crashes=1, takeovers=1, refusals=1),
    troubled("in-doubt", destroys=1, deaths=1, early=1),
)


@frozen
class Left:
    """How many of each sort are left."""

    one: int
    other: int


@pytest.mark.parametrize("configuration", SMALL, ids=lambda one: f"{one.name}-{one.budget}")
def test_every_claim_is_judged_alike_in_fewer_states(configuration: AdmissionConfiguration) -> None:
    """With traces as short and bounds as long, and every trace is of what can happen."""
    _, whole = searched(AdmissionSystem(configuration))
    system = AdmissionSystem(evolve(configuration, covering=True))
    _, fewer = searched(system, audit_every=5)
    assert (shown(fewer), fewer.states < whole.states) == (shown(whole), True)
    traces = [one.trace for one in fewer.verdicts if one.trace is not None]
    assert [replay_code(system, one.code) for one in traces] == traces


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"{race.bug.name}-{race.budget}-{len(race.clients)}")
def test_the_packed_explorer_passes_over_what_the_core_passes_over(race: Race) -> None:
    """In the same order: the reports are one."""
    race = evolve(race, allowance="budget")
    assert searched(race)[1] == report_of(race)


def test_in_a_mirror_as_well() -> None:
    """What is followed stands for its image, and for all that has less left than either."""
    configuration = evolve(troubled("two-users", faults=1, crashes=1), mirrored=True)
    _, half = searched(AdmissionSystem(configuration))
    _, fewer = searched(AdmissionSystem(evolve(configuration, covering=True)), audit_every=5)
    assert shown(fewer) == shown(half)
    assert (half.states, half.stood_for, fewer.states, fewer.stood_for) == (14_900, 29_783, 8_973, 17_935)


def test_what_is_searched_so_says_so() -> None:
    """The largest; all others are small enough to be followed whatever is left."""
    assert [one.name for one in ADMISSIONS if one.covering] == ["everything-for-two"]


@pytest.mark.parametrize("after", [1, 4])
def test_it_goes_on_from_what_was_kept(after: int, tmp_path: Path) -> None:
    """To the same report."""
    system, path = AdmissionSystem(evolve(SMALL[2], covering=True)), tmp_path / "kept"
    whole = searched(system)
    interrupted(system, path, after)
    assert resumed(AdmissionSystem(evolve(SMALL[2], covering=True)), path) == (whole[0][after:], whole[1])


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_covered_as_if_one_came_after_the_other(seed: int) -> None:
    """Within one batch and across batches, and once they were kept and restored."""
    chance = random.Random(seed)
    allowances = [Left(one, other) for one in range(4) for other in range(4)]
    chance.shuffle(allowances)
    table, expected = CoveredRows(3, 1, allowances), list[tuple[int, int, int]]()
    for _ in range(6):
        batch = [(chance.randrange(5), chance.randrange(16), chance.randrange(3)) for _ in range(60)]
        before = len(expected)
        for row in batch:
            if not any(covers(allowances, one, row) for one in expected):
                expected.append(row)
        found, new = table.numbers(np.array(batch, np.int32))
        assert [covers(allowances, expected[one], row) for one, row in zip(found, batch, strict=True)] == [True] * 60
        assert [batch[place] for place in new] == expected[before:]
        restored = CoveredRows(3, 1, allowances)
        restored.restore(table.keeping())
        table = restored
    assert table.of(np.arange(table.count)).tolist() == [list(row) for row in expected]


def covers(allowances: list[Left], more: tuple[int, int, int], less: tuple[int, int, int]) -> bool:
    """Whether a row is the same but for having as much left, or more."""
    here, there = allowances[more[1]], allowances[less[1]]
    return (more[0], more[2]) == (less[0], less[2]) and here.one >= there.one and here.other >= there.other
