"""Searches side by side: what comes back, what is heard on the way, and what happens to one that dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from multiprocessing import active_children

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import (
    SearchDiedError,
    SearchTooLargeError,
    UnknownSuiteError,
    World,
    configuration_called,
    cores,
    never_seen,
    run_exploration,
    run_explorations,
    suite_called,
    suites,
)
from kiloclaw_adapters.explorer.sizes import longest_first
from kiloclaw_core.explore import Progress
from kiloclaw_core.world.admission.configurations import ADMISSIONS
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.setting import Suite

SMALL = tuple(configuration_called(name) for name in ("provision-and-poll", "provision-and-alarm", "start-and-poll"))
LONG = configuration_called("stranger")
HOURS = configuration_called("everything")
"""Nobody waits until this one is done."""


def test_every_search_finds_what_it_finds_alone() -> None:
    """A process of its own must not change what is found."""
    found = {one.configuration: one.report for one in run_explorations(SMALL, processes=2)}

    assert found == {one: run_exploration(one).report for one in SMALL}


def test_the_longest_search_is_begun_first_and_before_it_what_nobody_knows() -> None:
    """Two cores are busy to the end if what comes last is short; the same pairs in either order."""
    unknown = evolve(LONG, name="mine.toml")
    begun = [one.name for one in longest_first((*SMALL, LONG, unknown))]

    assert begun == ["mine.toml", "stranger", "start-and-poll", "provision-and-alarm", "provision-and-poll"]
    assert longest_first(reversed((*SMALL, LONG, unknown))) == longest_first((*SMALL, LONG, unknown))


def test_a_long_search_is_heard_on_its_way() -> None:
    """Whoever waits for minutes wants to see what has begun, and that it moves."""
    heard: list[tuple[str, Progress]] = []
    searches = run_explorations(
        (LONG,), processes=1, limit=8_000, watch=lambda name, progress, _: heard.append((name, progress))
    )

    assert [one.configuration for one in searches] == [LONG]
    assert [(name, progress.states >= 5_000) for name, progress in heard] == [(LONG.name, False), (LONG.name, True)]


def test_a_search_that_takes_too_much_says_how_far_it_was() -> None:
    """In a process of its own, and in this one; the system would end it without a word."""
    how_far = "[0-9,]+ states are found and [0-9,]+ of them not followed yet"
    with pytest.raises(SearchTooLargeError, match=rf"stranger takes more than 0\.01 GB: {how_far}"):
        list(run_explorations((LONG,), processes=1, memory=10_000_000))
    assert active_children() == []
    sizes = iter((50, 150))
    with pytest.raises(SearchTooLargeError, match=f"stranger takes more than 1e-07 GB: {how_far}"):
        run_exploration(LONG, memory=100, taken=lambda: next(sizes))


def test_a_search_that_dies_is_named() -> None:
    """Without an answer there must be no verdict, and nobody should wait for one."""

    def kill(_name: str, _progress: Progress, _seconds: float) -> None:
        for process in active_children():
            process.kill()

    with pytest.raises(SearchDiedError, match=r"the search of stranger was killed by signal 9; .*not enough memory"):
        list(run_explorations((LONG,), processes=1, watch=kill))
    assert active_children() == []


def test_a_search_that_fails_says_where_to_look() -> None:
    """Its own words are on stderr already."""
    assert suites._end(1) == "ended with exit code 1; what it said stands above"


def test_what_is_still_under_way_ends_with_whoever_asked() -> None:
    """Nobody wants a search of hours to go on after Ctrl-C."""
    with closing(run_explorations((SMALL[0], HOURS), processes=2)) as searches:
        assert next(searches).configuration == SMALL[0]

    assert active_children() == []


BLOCKED = """
from multiprocessing import forkserver
from pathlib import Path
from kiloclaw_adapters import forking

forking.begin()
status = Path("/proc", str(forkserver._forkserver._forkserver_pid), "status").read_text()
print(int(status.partition("SigBlk:")[2].split()[0], 16))
"""


def test_whoever_gives_processes_hears_nothing_of_ctrl_c() -> None:
    """It imports all that a search needs, and would tell its traceback; whoever began it ends it."""
    told = subprocess.run(  # noqa: S603 - it is this interpreter
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True
    )

    assert int(told.stdout) & 1 << signal.SIGINT - 1


@pytest.mark.parametrize("suite", Suite, ids=lambda one: one.value)
def test_a_suite_has_its_configurations_in_order(suite: Suite) -> None:
    """The list is the order in which everything is told."""
    assert suite_called(suite.value, World.INSTANCE) == tuple(one for one in CONFIGURATIONS if one.suite is suite)
    assert suite_called(suite.value, World.ADMISSION) == tuple(one for one in ADMISSIONS if one.suite is suite)
    assert suite_called(suite.value) == tuple(one for world in World for one in suite_called(suite.value, world))


def test_a_suite_that_is_not_there_is_refused_with_those_that_are() -> None:
    """A slip in a name should cost one line, not a search of the docs."""
    with pytest.raises(UnknownSuiteError, match="no suite is named 'nope'; there are ci, nightly, asked"):
        suite_called("nope")


def test_a_witness_is_missing_only_if_no_search_shows_it() -> None:
    """One configuration shows what another is too small for."""
    found = run_exploration(SMALL[0])
    gone = next(one for one in found.report.verdicts if one.claim == "gone")
    shows = evolve(found, report=evolve(found.report, verdicts=(evolve(gone, verdict="witnessed"),)))

    assert "gone" in never_seen((found, found))
    assert "gone" not in never_seen((found, shows))
    assert never_seen((found, run_exploration(LONG, limit=10))) == ()


def test_there_is_a_core_to_search_on() -> None:
    """A machine that tells of none would search nothing, for ever."""
    assert cores() >= 1
