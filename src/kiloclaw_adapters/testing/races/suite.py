"""The suite that others point at a change of theirs: a class to derive from, which pytest runs.

Each test of it looks in another way: whole and near, by the rules themselves, deep, and by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from kiloclaw_adapters.explorer import failure_text
from kiloclaw_adapters.explorer.walking import Walks
from kiloclaw_adapters.explorer.worlds import opened
from kiloclaw_adapters.testing.changes import Replacing, changed
from kiloclaw_adapters.testing.races.named import FEW, by_name
from kiloclaw_adapters.testing.races.walks import assert_holds, walk_by_choices, walk_by_schedule
from kiloclaw_core.explore import report_of
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

LENGTH: Final = 60
"""No shortest way to anything in the named configurations is longer."""
DEPTH: Final = 120
"""How far a schedule goes: as long as two stories, one after the other."""
INHERITED: Final = settings(suppress_health_check=[HealthCheck.differing_executors], deadline=None)
"""Each class that derives from the suite runs the same tests, which is what it is for."""

MOST: Final = 40_000
"""Several times the states of any configuration that is searched here by itself."""
AS_FOUND: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""Walks are not shrunk draw by draw: the way that one led is shortened, which is quicker and gets further."""


class InstanceRaces:
    """Every claim about an instance, held against the core as it is, or as `changes` make it.

    `searched` are searched whole, for the shortest way to whatever is broken; `walked` are too large for that, and are
    walked at random; `told` are walked by rules that have names.
    """

    changes: ClassVar[tuple[Replacing, ...]] = ()
    searched: ClassVar[tuple[str, ...]] = ("one-each", "resurrected", "dead-host-restarted")
    walked: ClassVar[tuple[str, ...]] = ("start-destroy-deep", "loops", "migrated-and-blind")
    told: ClassVar[tuple[str, ...]] = ("start-destroy-deep",)

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Ask each test of each of its configurations."""
        names = {"searched_whole": cls.searched, "walked_through": cls.walked, "told_of": cls.told}
        for argument in names.keys() & set(metafunc.fixturenames):
            metafunc.parametrize(argument, names[argument])

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _as_changed(cls) -> Iterator[None]:
        """The changes are in place for all tests of the class, and for nothing after it."""
        with changed(cls.changes):
            yield

    @pytest.fixture(scope="class")
    @classmethod
    def walkers(cls, _as_changed: None) -> dict[str, Walks]:
        """Those who walk remember from one walk to the next, and no longer than the change is in place."""
        return {}

    def test_every_claim_holds_in_every_state(self, searched_whole: str) -> None:
        """Searched whole: what is broken is told by the shortest way to it."""
        configuration = configuration_named(searched_whole)
        report = report_of(System(configuration), limit=MOST, stop_at_first=True)
        broken = [failure_text(configuration, one) for one in report.verdicts if one.verdict == "broken"]
        if broken:
            pytest.fail("\n".join(broken), pytrace=False)
        if not report.complete:
            pytest.fail(
                f"{searched_whole} has no end within {MOST:,} states: something goes on for ever", pytrace=False
            )

    @settings(INHERITED, phases=AS_FOUND)
    @given(draws=st.data())
    def test_every_claim_holds_along_a_walk(
        self, walked_through: str, walkers: dict[str, Walks], draws: st.DataObject
    ) -> None:
        """Choice by choice: the draws of a failing walk are its replay code."""
        configuration = configuration_named(walked_through)
        assert_holds(configuration, walk_by_choices(walker(walkers, configuration), draws, LENGTH))

    @settings(INHERITED, phases=AS_FOUND)
    @given(schedule=st.binary(min_size=DEPTH, max_size=DEPTH))
    def test_calm_leads_home_from_wherever_a_schedule_leads(
        self, walked_through: str, walkers: dict[str, Walks], schedule: bytes
    ) -> None:
        """Deep, and then home: every claim holds all along both ways."""
        configuration = configuration_named(walked_through)
        assert_holds(configuration, walk_by_schedule(walker(walkers, configuration), schedule))

    def test_every_claim_holds_whatever_happens_by_name(self, told_of: str) -> None:
        """A failing example reads as a story, one rule a line."""
        run_state_machine_as_test(
            by_name(configuration_named(told_of)),
            settings=settings(stateful_step_count=LENGTH, deadline=None, suppress_health_check=FEW),
        )


def walker(walkers: dict[str, Walks], configuration: Configuration) -> Walks:
    """Whoever walks through this configuration, the same in every example."""
    if configuration.name not in walkers:
        walkers[configuration.name] = opened(configuration).walker()
    return walkers[configuration.name]
