"""The benchmark still runs and says what it should; how fast anything is, no test asks."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from itertools import count

import pytest
from rich.console import Console

from kiloclaw_core.effects import GetMachine
from kiloclaw_core.explore import report_naively
from kiloclaw_core.names import OpId
from tests.bench import long_trace, spinning
from tests.bench.journeys import Truth, least
from tests.bench.measuring import Effort, Line, Pair, race
from tests.bench.operations import OPERATIONS, Operation
from tests.bench.telling import as_table
from tests.bench.toy_race import Size, ToyRace
from tests.story.scenario import SANDBOX, WHO, running, stop

from .sources import PROJECT

pytestmark = pytest.mark.xdist_group("by the clock on the wall")


def names_of_calls(operation: Operation) -> tuple[str, ...]:
    """The lines about the calls of an operation; what was refused has no least."""
    writes, calls = f"writes, {operation.name} / upstream", f"Fly calls, {operation.name} / the least"
    return (writes,) if operation.name.startswith("move") else (writes, calls)


NAMES = (
    "absorb / attrs.evolve",
    "encode a record / json.dumps",
    "decode a record / json.loads",
    "turnstile / transitions",
    "turnstile / python-statemachine",
    "SQLite commits / bare sqlite3",
    "SQLite commit, processor alone / bare sqlite3",
    *(name for operation in OPERATIONS for name in names_of_calls(operation)),
    "explorer, states / naive",
    "explorer, edges / naive",
    "explorer, all answered / at first",
    *(spinning.NAMES if spinning.is_here() else ()),
    "walk by schedule / by rules",
    "walk by schedule / by choices",
    "walk by schedule / by name",
    long_trace.NAME,
)


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmark as its session does."""
    command = [sys.executable, "-W", "error", "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 (our own)


def test_the_benchmark_tells_every_line_as_a_ratio_of_two_numbers() -> None:
    """A line that silently went missing is a promise that nobody measures any more."""
    ran = bench("--quick", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")

    lines = json.loads(ran.stdout)

    assert tuple(line["name"] for line in lines) == NAMES
    for line in lines:
        assert list(line) == ["name", "ours", "peer", "ratio", "unit", "note"]
        assert min(line["ours"], line["peer"]) > 0
        assert line["ratio"] == pytest.approx(line["ours"] / line["peer"])
        assert all((line["unit"], line["note"]))


@pytest.mark.parametrize(
    ("size", "states"), [(Size(1, 1, 1, 0, 0), 5), (Size(2, 2, 1, 1, 1), 212), (Size(2, 3, 2, 1, 2), 7_617)]
)
def test_the_toy_race_is_as_large_as_spin_says(size: Size, states: int) -> None:
    """SPIN counted these once (6.5.2); where it is installed, the benchmark lets it count again."""
    naive = report_naively(ToyRace(size))

    assert (spinning.searched(size), naive.states, naive.complete) == (states, states, True)


def test_an_option_that_there_is_not_is_refused() -> None:
    """Bad input gets one clear line and 2, here too."""
    ran = bench("--fast")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert "unrecognized arguments: --fast" in ran.stderr


def test_the_two_take_turns_and_go_first_by_turns() -> None:
    """Else whoever is measured while the machine is busy has lost."""
    order: list[str] = []
    ticks = count()
    effort = Effort(rounds=3, sample_s=0.0, configuration="one-each")

    pair = race(lambda _: order.append("ours"), lambda _: order.append("peer"), effort, lambda: float(next(ticks)))

    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert pair == Pair((1.0, 1.0, 1.0), (1.0, 1.0, 1.0))


def test_a_line_is_the_ratio_of_the_medians_and_tells_how_far_its_rounds_lie_apart() -> None:
    """A ratio whose rounds disagree must not look like one whose rounds agree."""
    pair = Pair(ours=(1.0, 2.0, 4.0, 8.0), peer=(4.0, 4.0, 4.0, 4.0))

    assert pair.as_rate("it", "its/s", "why", each=6) == Line("it", 2.0, 1.5, "its/s", "why; half of the rounds 1 to 2")
    assert pair.as_cost("it", "why") == Line("it", 3e6, 4e6, "µs", "why; half of the rounds 0.5 to 1")


def test_a_call_that_changes_nothing_is_not_among_the_least() -> None:
    """Otherwise every call would count as needed, and the ratio would always be one."""
    scenario = running()
    before = Truth(scenario.outside)
    scenario.ask(stop())
    (request,) = scenario.wake().effects
    (wait,) = scenario.land().effects

    look = GetMachine(OpId(99), WHO.app, SANDBOX, before.outside.fly.machines[0].machine)

    assert least(before, (look, request, wait)) == (request, wait)


def test_people_see_every_line_with_its_note() -> None:
    """A ratio without its circumstances is a rumour."""
    shown = StringIO()

    Console(width=80, file=shown).print(as_table([Line("it", 1234.0, 2.0, "its/s", "as [it] is")]))

    told = [[cell.strip() for cell in row.split("│")[1:-1]] for row in shown.getvalue().splitlines() if "│" in row]
    assert told == [["it", "1,234", "2", "617", "its/s"], ["as [it] is", "", "", "", ""]]
