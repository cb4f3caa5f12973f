"""`explore`, `replay` and `table`: what they print, what they exit with, and what they refuse."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from attrs import evolve
from rich.console import Console

from kiloclaw_adapters.cli import choosing, pacing, suites
from kiloclaw_adapters.cli.pacing import Pace, SuitePace
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    Exploration,
    SearchDiedError,
    World,
    beginning_of,
    configuration_called,
    configuration_json,
    findings_json,
    of_world,
    opened,
    run_exploration,
    suite_called,
    suite_of,
    touched_by,
    world_of,
)
from kiloclaw_adapters.mutants import mutants_called, mutated
from kiloclaw_core.explore import Progress
from kiloclaw_core.world.admission.configurations import ADMISSIONS
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.pairs import Happening
from kiloclaw_core.world.setting import Budget, Configuration

from .conftest import run

(HURRIED,) = mutants_called(["hurried-destroy"])
"""A destroy that does not wait for the create in flight: the smallest configuration shows what comes of it."""
SLOW = Configuration("slow", "A search that takes long.", Budget())


def test_a_search_that_finds_nothing_wrong_tells_its_size_and_every_verdict() -> None:
    """The last word of CI, and the first look of a newcomer."""
    ran = run("explore", "one-each")
    found = run_exploration(configuration_called("one-each"))

    assert (ran.code, ran.err) == (0, "")
    assert f"{found.report.states:,} states" in ran.out
    assert [one.claim for one in found.report.verdicts if one.claim not in ran.out] == []


def test_a_search_as_json_is_one_object() -> None:
    """Other programs read it, and nothing else may stand on stdout."""
    ran = run("explore", "one-each", "--json")
    told, found = json.loads(ran.out), findings_json(run_exploration(configuration_called("one-each")))

    assert ran.code == 0
    assert {**told, "seconds": 0, "states_per_second": 0} == {**found, "seconds": 0, "states_per_second": 0}


def test_a_broken_claim_ends_with_1_and_shows_the_way_in_lanes() -> None:
    """The reason for all of this: the race, readable, with the command to follow it again."""
    with mutated(HURRIED):
        ran = run("explore", "one-each", "--mermaid")

    assert ran.code == 1
    assert "BROKEN" in ran.out
    assert "in flight" in ran.out
    assert "--configuration one-each" in ran.out
    assert "sequenceDiagram" in ran.out


def test_a_broken_claim_as_json_carries_the_code_that_replays_it() -> None:
    """From a failing build to a failing replay in one step."""
    with mutated(HURRIED):
        told = json.loads(run("explore", "one-each", "--json").out)
        (code, *_) = [one["code"] for one in told["claims"] if one["verdict"] == "broken" and one["kind"] == "always"]
        ran = run("replay", "--code", code, "--configuration", "one-each", "--json")

    assert ran.code == 1
    assert json.loads(ran.out)["broken"] != []


def test_a_search_that_is_limited_says_that_it_is_not_complete() -> None:
    """What was not searched is not known."""
    ran = run("explore", "start-destroy", "--limit", "100")

    assert (ran.code, "not complete" in ran.out) == (0, True)


def test_the_list_names_every_configuration_and_what_it_lets_happen() -> None:
    """Nobody should have to read the source for this."""
    told = json.loads(run("explore", "--list", "--json").out)
    heading, *rows = run("explore", "--list").out.splitlines()

    assert told == [configuration_json(one) for one in of_world(None)]
    assert heading.split() == ["configuration", "world", "suite", "begins", "what", "it", "lets", "happen"]
    assert [row.split()[:4] for row in rows] == [
        [one.name, world_of(one).value, suite_of(one).value, beginning_of(one) or "-"] for one in of_world(None)
    ]


def test_the_list_of_a_world_names_its_configurations_alone() -> None:
    """Whoever works on admission need not know of machines."""
    told = json.loads(run("explore", "--list", "--world", "admission", "--json").out)

    assert [one["name"] for one in told] == [one.name for one in ADMISSIONS]
    assert {one["world"] for one in told} == {"admission"}


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("--suite", "nightly"), suite_called("nightly")),
        (("--touched", "restart"), touched_by("restart")),
        (("one-each",), (configuration_named("one-each"),)),
    ],
    ids=["a suite", "a story", "a name"],
)
def test_the_list_names_what_would_be_searched_alone(
    words: tuple[str, ...], meant: tuple[AnyConfiguration, ...]
) -> None:
    """What tonight's work is, or that of a change, and no more."""
    told = json.loads(run("explore", "--list", *words, "--json").out)

    assert [one["name"] for one in told] == [one.name for one in meant]


def test_a_suite_is_searched_and_told_in_one_table() -> None:
    """The first thing that is looked at in the morning."""
    ran = run("explore", "--suite", "nightly", "--limit", "10", "--processes", "2")
    _, *rows, total = ran.out.splitlines()
    done = ran.err.splitlines()

    assert ran.code == 0
    assert [row.split()[0] for row in rows] == [one.name for one in suite_called("nightly")]
    assert all(row.endswith("not complete") for row in rows)
    assert total.startswith(f"{len(rows)} configurations")
    assert [line.split(":")[0].split()[:3] for line in done] == [
        [str(number), "of", str(len(rows))] for number in range(1, len(rows) + 1)
    ]


def test_a_suite_as_json_is_one_object_in_order() -> None:
    """Other programs read it, and nothing else may stand on stdout."""
    told = json.loads(run("explore", "--suite", "nightly", "--limit", "10", "--json").out)

    assert (told["suite"], told["complete"]) == ("nightly", False)
    assert [one["configuration"] for one in told["configurations"]] == [one.name for one in suite_called("nightly")]
    assert told["states"] == sum(one["states"] for one in told["configurations"])


@pytest.mark.parametrize(
    "name",
    ["app-in-doubt", "in-doubt", "own-device-in-vain", "child", "call-down"],
    ids=[one.value for one in World if one is not World.INSTANCE],
)
def test_every_other_world_is_searched_as_an_instance_is(name: str) -> None:
    """A world that only tests can reach is one that nobody looks into."""
    told = json.loads(run("explore", name, "--json").out)
    found = findings_json(run_exploration(configuration_called(name)))

    assert {**told, "seconds": 0, "states_per_second": 0} == {**found, "seconds": 0, "states_per_second": 0}
    assert [one["name"] for one in told["claims"] if one["verdict"] in {"broken", "undecided"}] == []


def test_a_broken_claim_of_another_world_shows_the_way_in_its_own_lanes_and_can_be_followed() -> None:
    """Whoever breaks admission reads the race, and has it again by its code and by its lines."""
    (mutant,) = mutants_called(["forgotten"])
    with mutated(mutant):
        ran = run("explore", "one-attempt", "--mermaid")
        (told, *_) = [line for line in ran.out.splitlines() if line.startswith("replay ")]
        again = run(*shlex.split(told)[2:], "--save", "race.jsonl")
        same = run("replay", "race.jsonl", "--json")

    assert (ran.code, again.code, same.code) == (1, 1, 1)
    assert "becomes" in ran.out
    assert "first open" in ran.out
    assert "sequenceDiagram" in ran.out
    assert again.out.splitlines()[-1] == told
    assert json.loads(same.out)["broken"] != []


def found_in_a_suite(monkeypatch: pytest.MonkeyPatch, *found: Exploration) -> None:
    """Let a search of any suite find this."""

    def searches(*_asked: object, **_how: object) -> Iterator[Exploration]:
        yield from found

    monkeypatch.setattr(suites, "run_explorations", searches)
    monkeypatch.setattr(choosing, "suite_called", lambda _name, _world: tuple(one.configuration for one in found))


def test_a_suite_with_a_broken_claim_ends_with_1_and_shows_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says which, the lanes say how."""
    with mutated(HURRIED):
        found = run_exploration(configuration_called("one-each"))
        found_in_a_suite(monkeypatch, found)
        ran = run("explore", "--suite", "ci")
    broken = [verdict.claim for verdict in found.failures]

    assert ran.code == 1
    assert f"broken: {', '.join(broken)}" in ran.out
    assert ran.out.count("in flight") == len(broken)


def test_a_suite_that_shows_a_witness_nowhere_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never happens is not claimed of anything."""
    found = run_exploration(configuration_called("provision-and-poll"))
    found_in_a_suite(monkeypatch, found)
    ran = run("explore", "--suite", "ci")

    assert (found.failures, ran.code) == ((), 1)
    assert "never seen  gone" in ran.out


def test_a_configuration_that_does_not_show_what_it_must_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pair that no longer meets is no pair."""
    asked = evolve(configuration_named("provision-and-poll"), witnesses=("gone",))
    found_in_a_suite(monkeypatch, run_exploration(asked))
    ran = run("explore", "--suite", "ci")

    assert ran.code == 1
    assert "not witnessed: gone" in ran.out
    assert "NOT WITNESSED  gone" in ran.out


def test_a_search_that_died_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that runs out is no claim that is broken, and no traceback either."""

    def die(*_asked: object, **_how: object) -> Iterator[Exploration]:
        raise SearchDiedError("the search of one-each was killed by signal 9")

    monkeypatch.setattr(suites, "run_explorations", die)
    ran = run("explore", "--suite", "ci")

    assert (ran.code, ran.out) == (3, "")
    assert ran.err == "kiloclaw: the search of one-each was killed by signal 9\n"


def test_a_race_that_was_saved_replays_to_the_same_steps(tmp_path: Path) -> None:
    """The file is what a bug leaves behind, and it must outlive a change of order."""
    saved = run("replay", "--code", "0/0/1", "--configuration", "one-each", "--save", "race.jsonl", "--json")
    again = run("replay", "race.jsonl", "--json")

    assert (saved.code, again.code) == (0, 0)
    assert json.loads(again.out) == json.loads(saved.out)
    assert (tmp_path / "race.jsonl").read_text(encoding="utf-8").startswith('{"configuration": "one-each"}\n"wake"\n')


def test_a_replay_is_drawn_in_lanes_or_as_a_sequence() -> None:
    """Lanes for a terminal, a diagram for a page, in whose file nothing else may stand."""
    one_each = configuration_called("one-each")
    lanes = run("replay", "--code", "0/0", "--configuration", "one-each")
    sequence = run("replay", "--code", "0/0", "--configuration", "one-each", "--mermaid")

    assert lanes.out.splitlines()[0].endswith("  in flight")
    assert lanes.out.splitlines()[-1] == "replay  kiloclaw replay --code 0/0 --configuration one-each"
    assert sequence.out == opened(one_each).sequence(opened(one_each).by_code("0/0"))
    assert sequence.err.splitlines() == [lanes.out.splitlines()[-1]]


def test_the_table_is_a_page_a_diagram_or_an_object() -> None:
    """The same transitions for three sorts of readers."""
    page, diagram = run("table", "one-each"), run("table", "one-each", "--mermaid")
    told = json.loads(run("table", "one-each", "--json").out)

    assert page.out.startswith("# Transitions\n")
    assert page.out == run("table", "one-each", "--markdown").out
    assert diagram.out.startswith("stateDiagram-v2\n")
    assert (told["configuration"], told["complete"]) == ("one-each", True)
    assert {"phase": "Ensuring", "hears": "Replied(AppReady)", "becomes": "Surveying + ListVolumes"} in told[
        "transitions"
    ]


def test_the_table_of_a_suite_says_so() -> None:
    """The page in the reference is made with it."""
    page = run("table", "--suite", "nightly", "--limit", "10")
    told = json.loads(run("table", "--suite", "nightly", "--limit", "10", "--json").out)

    assert "Made by `kiloclaw table --suite nightly`; do not edit." in page.out.splitlines()
    assert (told["suite"], told["complete"]) == ("nightly", False)


def test_a_search_that_may_not_take_what_it_needs_ends_with_3() -> None:
    """One line, and how far it was."""
    ran = run("explore", "stranger", "--memory", "0.01")
    assert (ran.code, ran.out, "stranger takes more than 0.01 GB: " in ran.err) == (3, "", True)


def test_what_a_story_touches_is_searched_together() -> None:
    """Whoever changed what a poll shows wants these and no others; a witness of another pair is not missed."""
    told = json.loads(run("explore", "--touched", "poll", "--limit", "20", "--json").out)

    assert [one["configuration"] for one in told["configurations"]] == [one.name for one in touched_by("poll")]
    assert [one.name for one in touched_by("poll")] == [
        f"{one}-and-poll"
        for one in ("provision", "start", "stop", "restart", "destroy", "recover", "relocate", "restore", "alarm")
    ]
    assert (told["suite"], told["never_seen"]) == ("touched by poll", [])


def test_a_configuration_of_ones_own_is_searched_and_replayed_by_its_file(tmp_path: Path) -> None:
    """In TOML or in JSON; it is called as its file is."""
    own = tmp_path / "mine.toml"
    own.write_text("polls = true\n[budget]\nstarts = 1\ndestroys = 1\n", encoding="utf-8")
    told = json.loads(run("explore", str(own), "--json").out)
    known = run_exploration(configuration_called("one-each")).report

    assert (told["configuration"], told["states"], told["edges"]) == (str(own), known.states, known.edges)
    assert run("replay", "--configuration", str(own), "--code", "0/0").code == 0


HINT = "`kiloclaw explore --list` names"
SEVERAL = "--processes goes with several configurations, as those of a suite"
DRAWN = "--mermaid goes with one configuration, and not with --json"
ONE = "only one of a configuration, --suite and --touched can be searched"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("explore", "nope"), f"no configuration is named 'nope'; {HINT} those there are"),
        (("explore", "one-eech"), "no configuration is named 'one-eech'; did you mean one-each?"),
        (("explore",), f"which configuration? {HINT} them"),
        (
            ("explore", "one-each", "--suite", "ci"),
            ONE,
        ),
        (("explore", "one-each", "--world", "instance"), "--world goes with --suite, or with --list alone"),
        (
            ("explore", "--suite", "asked", "--world", "cache"),
            "the world cache has no configuration in the suite asked",
        ),
        (("explore", "one-each", "--processes", "3"), SEVERAL),
        (("table", "one-each", "--processes", "3"), SEVERAL),
        (("explore", "one-each", "--mermaid", "--json"), DRAWN),
        (("explore", "--suite", "ci", "--mermaid"), DRAWN),
        (
            ("replay", "race.jsonl", "--mermaid", "--json"),
            "--mermaid and --json exclude one another",
        ),
        (("table", "one-attempt", "--limit", "10"), "no transitions are told of the world admission"),
        (
            ("explore", "--touched", "start", "--suite", "ci"),
            ONE,
        ),
        (
            ("explore", "--touched", "flight"),
            f"nothing that happens is called 'flight'; there are {', '.join(one.value for one in Happening)}",
        ),
        (("explore", "--touched", "poll", "--html", "poll.html"), "a page is of one configuration, not of a suite"),
        (("explore", "missing.toml"), "cannot read missing.toml: No such file or directory"),
        (("explore", "--suite", "nope"), "no suite is named 'nope'; there are ci, nightly, asked"),
        (("table", "nope"), f"no configuration is named 'nope'; {HINT} those there are"),
        (("table", "one-each", "--mermaid", "--json"), "--markdown, --mermaid and --json exclude one another"),
        (("replay",), "replay takes either a file, or --code and --configuration"),
        (("replay", "--code", "0"), "replay takes either a file, or --code and --configuration"),
        (("replay", "missing.jsonl"), "cannot read missing.jsonl: No such file or directory"),
        (
            ("replay", "--code", "9", "--configuration", "one-each"),
            "step 1 asked for choice '9'; possible: 0 'wake', 1 'start', 2 'destroy', 3 'poll: provisioned'",
        ),
        (
            ("replay", "--code", "0", "--configuration", "one-each", "--save", "no/folder.jsonl"),
            "cannot write no/folder.jsonl: No such file or directory",
        ),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_bad_input_gets_one_line_and_2(words: tuple[str, ...], complaint: str) -> None:
    """A slip is told in one line that says what was wrong and what would have been right."""
    ran = run(*words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"kiloclaw: {complaint}\n")


PROGRESS = Progress(states=9_000, edges=27_000, depth=7, frontier=500)


def test_a_quick_search_tells_no_pace_and_a_slow_one_does_so_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would look like a hang; a line for every look would drown a log."""
    pace = Pace("slow")
    for seconds in (1.0, 3.0, 4.0, pacing.QUIET_EVERY_S + 3.0):
        pace(PROGRESS, seconds)
    pace.stop()

    assert capsys.readouterr().err.splitlines() == [
        "slow: 9,000 states, 27,000 edges, depth 7, 500 waiting, 3,000 states/s",
        "slow: 9,000 states, 27,000 edges, depth 7, 500 waiting, 500 states/s",
    ]


def test_a_slow_search_tells_of_its_end_unless_it_ends_at_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """What waits is certain; where a search stops early nobody can say what that means for its end."""
    later = evolve(PROGRESS, states=12_000, edges=36_000, depth=8)
    for whole in (True, False):
        pace = Pace("slow", whole=whole)
        pace(PROGRESS, 1.0)
        pace(later, 3.0)

    told = "slow: 12,000 states, 36,000 edges, depth 8, 500 waiting, 4,000 states/s"
    assert capsys.readouterr().err.splitlines() == [f"{told}, at least 1 s to go", told]


def test_a_suite_tells_of_long_searches_and_of_each_that_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    """In a log, where no bar can move."""
    with SuitePace("ci", 2) as pace:
        for seconds in (1.0, pacing.QUIET_EVERY_S, pacing.QUIET_EVERY_S + 1.0):
            pace.hear("slow", PROGRESS, seconds)
        pace.found(run_exploration(configuration_called("provision-and-poll"), clock=lambda: 0.0))

    assert capsys.readouterr().err.splitlines() == [
        "slow: 9,000 states, 27,000 edges, depth 7, 500 waiting, 600 states/s",
        "1 of 2  provision-and-poll: 64 states, 149 edges, 0.0 s",
    ]


def test_a_suite_on_a_terminal_shows_a_bar_for_all_and_one_for_each_long_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was followed of what was found is all that can honestly be shown of a search."""
    screen = StringIO()
    monkeypatch.setattr(pacing, "aside", lambda: Console(file=screen, force_terminal=True, width=100))
    with SuitePace("ci", 2) as pace:
        pace.hear("slow", PROGRESS, 3.0)
        pace.bars.refresh()
        shown = screen.getvalue()
        pace.found(evolve(run_exploration(configuration_called("provision-and-poll")), configuration=SLOW))

    assert "0/2" in shown
    assert "8500/9000" in shown
    assert pace.tasks == {}
