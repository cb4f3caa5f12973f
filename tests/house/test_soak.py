"""The soak still runs, and its judges see what they are there to see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from random import Random
from typing import Final

import pytest
from attrs import evolve
from rich.console import Console

from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import CopyOf
from kiloclaw_core.names import AppName, OpId, Region, SandboxId, VolumeId, volume_name
from kiloclaw_core.views import DebugView, debug_view
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueVolume
from tests.soak import judging
from tests.soak.auditing import Wrong, whose, wrongs
from tests.soak.judging import Problem, prefix_of
from tests.soak.memory import Course, Memory
from tests.soak.population import Population, Sandbox
from tests.soak.running import Outcome
from tests.soak.telling import as_json, as_tables
from tests.story.scenario import Scenario, destroy, running, start, stop, stopped

from .sources import PROJECT
from .test_reference import firsts, section

pytestmark = pytest.mark.xdist_group("by the clock on the wall")

APP: Final = AppName("app-1")
NAME: Final = "ki_1"
AT_MS: Final = 7_000
SMALL: Final = ("--instances=5", "--minutes=0.2", "--week=10", "--kill-every=5", "--ask-every=3", "--calm=90")


def soak(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the soak as its session does."""
    command = [sys.executable, "-W", "error", "-m", "tests.soak", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 (our own)


def test_a_small_soak_comes_to_rest_and_everything_holds() -> None:
    """Real processes, real kills, every fault at once: what the ten minutes do, in half of one."""
    ran = soak(*SMALL, "--json")
    told = json.loads(ran.stdout)

    assert (told["problems"], ran.returncode) == ([], 0)
    assert told["held"] is True
    assert told["figures"]["kills"] >= 1
    assert min(told["figures"][name] for name in ("faults met", "requests", "changes at Fly")) > 0
    assert sum(codes.get("granted", 0) for codes in told["answers"].values()) > 5


@pytest.mark.parametrize(
    ("arguments", "why"),
    [(("--minutes", "0"), "must be above 0"), (("--instances", "0"), "must be at least 1"), (("--fast",), "--fast")],
)
def test_what_a_soak_cannot_be_asked_is_refused(arguments: tuple[str, ...], why: str) -> None:
    """Bad input gets one clear line and 2, here too."""
    ran = soak(*arguments)

    assert (ran.returncode, ran.stdout) == (2, "")
    assert why in ran.stderr


# -- the audit ---------------------------------------------------------------------------------------------------


def made(fly: Fly, op: int, sandbox: str = NAME, *, data: int = 0) -> tuple[Fly, TrueVolume]:
    """A volume of this sandbox, with content of this age."""
    name = volume_name(SandboxId(sandbox), OpId(op))
    fly, volume = disks.create_volume(fly, APP, Region("ams"), OpId(op), str(op), name)
    aged = evolve(volume, data=data)
    return truth.with_volume(fly, aged), aged


def gone(fly: Fly, volume: TrueVolume) -> Fly:
    """The truth once somebody deleted this volume."""
    after, refusal = disks.delete_volume(fly, volume.volume)
    assert refusal is None
    return after


def test_the_last_volume_with_the_newest_data_does_not_go_unseen() -> None:
    """It is what a soak is for: in the end nobody could tell that it was ever there."""
    fly, old = made(Fly(), 1, data=1)
    fly, new = made(fly, 2, data=2)

    assert list(wrongs(fly, gone(fly, new), AT_MS)) == [
        Wrong(AT_MS, whose(new), new.volume, "the newest data went with its last volume")
    ]
    assert list(wrongs(fly, gone(fly, old), AT_MS)) == []


def test_a_volume_of_which_there_is_a_copy_may_go() -> None:
    """So does every recovery end, and the copy may still be on its way."""
    fly, source = made(Fly(), 1, data=1)
    fly, empty = made(fly, 2)
    fly, _ = disks.fill(fly, empty, CopyOf(source.volume))

    assert list(wrongs(fly, gone(fly, source), AT_MS)) == []


def test_a_volume_that_fly_moved_is_not_lost() -> None:
    """It has another id on the other host, and everything is in it."""
    fly, volume = made(Fly(), 1, data=1)
    moved = truth.with_volume(truth.without_volume(fly, volume), evolve(volume, volume=VolumeId("v-moved")))

    assert list(wrongs(fly, moved, AT_MS)) == []


def test_the_data_of_another_sandbox_in_the_same_app_is_no_copy() -> None:
    """In a shared app volumes are told apart by their names alone."""
    fly, mine = made(Fly(), 1, data=1)
    fly, _ = made(fly, 2, "ki_2", data=2)

    assert [one.volume for one in wrongs(fly, gone(fly, mine), AT_MS)] == [mine.volume]


def test_a_machine_that_comes_up_on_an_empty_volume_beside_data_is_seen() -> None:
    """The user would see an empty disk, and write to it."""
    fly, _ = made(Fly(), 1, data=1)
    fly, empty = made(fly, 2)
    alone, first = made(Fly(), 3)

    assert [one.what for one in wrongs(fly, fate.write(fly, empty), AT_MS)] == [
        "a machine came up on an empty volume, beside data"
    ]
    assert list(wrongs(alone, fate.write(alone, first), AT_MS)) == []


# -- the judges --------------------------------------------------------------------------------------------------


def population(
    *, destroy_asked_ms: int | None = None, lost_data: bool = False, disowned: tuple[str, ...] = ()
) -> Population:
    """One sandbox, provisioned, about which this is known."""
    people = Population(1, Random(0))
    sandbox = Sandbox(NAME, "user-1", None, Tenancy.OWN, provisioned=True)
    sandbox.destroy_asked_ms, sandbox.lost_data, sandbox.disowned = destroy_asked_ms, lost_data, set(disowned)
    people.sandboxes[NAME] = sandbox
    return people


def shown(scenario: Scenario) -> dict[str, DebugView]:
    """The instance of a scenario, as an operator sees it."""
    return {NAME: debug_view(scenario.instance)}


def what_is(scenario: Scenario) -> judging.Truth:
    """What is outside of a scenario, as the simulator tells it."""
    fly = scenario.outside.fly
    return {
        "machines": [
            {"id": one.machine, "sandbox": str(one.sandbox), "state": one.state.value, "volume": str(one.volume)}
            for one in fly.machines
        ],
        "volumes": [{"id": one.volume, "name": volume_name(SandboxId(NAME), OpId(3))} for one in fly.volumes],
        "wrongs": [],
    }


def checks(problems: Iterable[Problem]) -> list[str]:
    """Which checks failed."""
    return [one.check for one in problems]


@pytest.mark.parametrize("scenario", [running, stopped])
def test_an_instance_at_rest_and_as_wanted_is_no_problem(scenario: Callable[[], Scenario]) -> None:
    """Else every soak would fail."""
    one, people = scenario(), population()

    assert list(judging.restless(people, shown(one))) == []
    assert list(judging.left_behind(people, shown(one), what_is(one))) == []
    assert list(judging.untrue(people, shown(one), what_is(one))) == []


def test_an_instance_under_way_or_not_gone_does_not_rest() -> None:
    """A soak that did not wait for it would judge what is not finished."""
    starting, leaving = stopped(), running()
    for one, command in ((starting, start()), (leaving, destroy())):
        one.ask(command)
        one.wake()

    assert checks(judging.restless(population(), shown(starting))) == ["everything comes to rest"]
    assert checks(judging.restless(population(), shown(leaving))) == ["everything comes to rest"]
    leaving.land_all()
    assert list(judging.restless(population(), shown(leaving))) == []


def test_what_no_record_names_is_left_behind_unless_an_operator_answers_for_it() -> None:
    """A machine that nobody knows is paid for, for years."""
    one = running()
    outside = what_is(one)
    (machine,) = outside["machines"]
    stray = {**machine, "id": "m-stray"}
    outside = {**outside, "machines": [machine, stray]}

    assert checks(judging.left_behind(population(), shown(one), outside)) == ["nothing is left behind"]
    assert list(judging.left_behind(population(disowned=("m-stray",)), shown(one), outside)) == []


def test_a_status_that_is_not_so_is_seen() -> None:
    """Said to run and down, or said to be stopped and up: both are lies."""
    up, down = running(), running()
    down.ask(stop())
    down.wake()
    down.land_all()

    assert checks(judging.untrue(population(), shown(up), what_is(down))) == ["what is said is so"]
    assert checks(judging.untrue(population(), shown(down), what_is(up))) == ["what is said is so"]


def test_a_loss_is_excused_by_an_earlier_destroy_or_by_fly_itself() -> None:
    """And by nothing else: least of all by a destroy that came later."""
    wrong = {"whose": f"app-1 {prefix_of(NAME)}", "volume": "v3", "what": "lost", "at_ms": str(AT_MS)}
    outside: judging.Truth = {"machines": [], "volumes": [], "wrongs": [wrong]}

    assert checks(judging.lost(population(), outside)) == ["no data is lost"]
    assert checks(judging.lost(population(destroy_asked_ms=AT_MS + 1), outside)) == ["no data is lost"]
    assert list(judging.lost(population(destroy_asked_ms=AT_MS), outside)) == []
    assert list(judging.lost(population(lost_data=True), outside)) == []


def test_nobody_is_destroyed_unasked_who_ever_ran() -> None:
    """One that was provisioned and forgotten goes by itself; one that somebody used does not."""
    used, forgotten = running(), stopped()
    for one in (used, forgotten):
        one.ask(destroy())

    assert checks(judging.unasked(population(), shown(used))) == ["who is destroyed was asked to be"]
    assert list(judging.unasked(population(), shown(forgotten))) == []
    assert list(judging.unasked(population(destroy_asked_ms=AT_MS), shown(used))) == []


def test_who_is_gone_is_marked_so() -> None:
    """The rest of the company looks there, not into our records."""
    one = running()
    one.ask(destroy())
    one.wake()
    one.land_all()
    marks = frozenset({(NAME, "registry_tombstone"), (NAME, "postgres_mark")})

    assert list(judging.unmarked(shown(one), marks)) == []
    assert checks(judging.unmarked(shown(one), frozenset())) == ["nothing is left behind"]


def test_memory_that_grows_is_seen() -> None:
    """In ten minutes a small leak is hardly more than noise; a real one is not."""
    courses = {"worker": Course(60.0, 90.0, 95.0), "simulator": Course(60.0, 200.0, 201.0)}

    assert [one.whose for one in judging.grown(courses)] == ["simulator"]


def test_memory_is_that_of_a_process_and_judged_after_the_beginning() -> None:
    """The first fifth fills what is to be filled."""
    memory = Memory()
    for _ in range(10):
        memory.sample(os.getpid())
    memory.samples[:2] = [1.0, 1.0]

    assert memory.course().is_flat
    assert memory.course().early_mb > 1.0
    assert Memory().course() == Course(0.0, 0.0, 0.0)


def test_a_fault_of_ours_is_found_in_the_lines_of_the_workers(tmp_path: Path) -> None:
    """It is told there and nowhere else, for work goes on; a line that a kill cut off is none."""
    log = tmp_path / "worker-1.log"
    lines = (
        {"event": "took_over", "key": NAME},
        {"event": "failed", "key": NAME, "error": "LostCustodyError", "text": "the lease ran out"},
        {"event": "key_failed", "key": NAME, "error": "AssertionError", "text": "a move without a candidate"},
    )
    log.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"event": "fail')

    assert list(judging.failed([log])) == [
        Problem("no worker fails", "worker-1.log", f"{NAME}: AssertionError: a move without a candidate")
    ]


def test_the_page_names_every_check() -> None:
    """Who reads that a soak failed has to find out what that means."""
    page = PROJECT / "docs" / "explanation" / "performance.md"
    sources = "".join((PROJECT / "tests" / "soak" / f"{name}.py").read_text() for name in ("judging", "running"))

    told = firsts(section(page, "Everything at once"))
    assert sorted(told) == sorted(set(re.findall(r'Problem\(\s*"([a-z ]+)"', sources)))


# -- telling -----------------------------------------------------------------------------------------------------


def test_an_outcome_is_told_to_people_and_to_programs() -> None:
    """What is wrong stands at the end, where people look."""
    bad = Problem("no data is lost", "app-1 k_1", "v3: the newest data went with its last volume")
    outcome = Outcome(
        problems=(bad,),
        figures={"kills": 3.0},
        answers={"start": {"granted": 2, "busy": 1}},
        befell={"exit": 4},
        courses={"worker": Course(1.0, 2.0, 3.0)},
    )
    told = StringIO()
    Console(width=120, file=told).print(as_tables(outcome))

    assert json.loads(as_json(outcome))["held"] is False
    assert [word for word in ("1 problems", "busy 1", "exit", bad.text) if word not in told.getvalue()] == []
