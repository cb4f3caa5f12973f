"""`explore`, `replay` and `table`: what they print, what they exit with, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiloclaw_adapters.cli import exploring
from kiloclaw_adapters.cli.exploring import Pace
from kiloclaw_adapters.explorer import configuration_called, findings_json, run_exploration
from kiloclaw_adapters.testing import MUTANTS, mutated
from kiloclaw_core.explore import Progress
from kiloclaw_core.world.configurations import CONFIGURATIONS

from .conftest import run

(HURRIED,) = (one for one in MUTANTS if one.name == "hurried-destroy")
"""A destroy that does not wait for the create in flight: the smallest configuration shows what comes of it."""


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

    assert told == {"configurations": [{"name": one.name, "sentence": one.sentence} for one in CONFIGURATIONS]}
    assert [one.name for one in CONFIGURATIONS if one.name not in run("explore", "--list").out] == []


def test_a_race_that_was_saved_replays_to_the_same_steps(tmp_path: Path) -> None:
    """The file is what a bug leaves behind, and it must outlive a change of order."""
    saved = run("replay", "--code", "0/0/1", "--configuration", "one-each", "--save", "race.jsonl", "--json")
    again = run("replay", "race.jsonl", "--json")

    assert (saved.code, again.code) == (0, 0)
    assert json.loads(again.out) == json.loads(saved.out)
    assert (tmp_path / "race.jsonl").read_text(encoding="utf-8").startswith('{"configuration": "one-each"}\n"wake"\n')


def test_a_replay_is_drawn_in_lanes_or_as_a_sequence() -> None:
    """Lanes for a terminal, a diagram for a page."""
    lanes = run("replay", "--code", "0/0", "--configuration", "one-each")
    sequence = run("replay", "--code", "0/0", "--configuration", "one-each", "--mermaid")

    assert lanes.out.splitlines()[0].endswith("  in flight")
    assert lanes.out.splitlines()[-1] == "replay  kiloclaw replay --code 0/0 --configuration one-each"
    assert sequence.out.startswith("sequenceDiagram\n")


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


NAMES = ", ".join(one.name for one in CONFIGURATIONS)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("explore", "nope"), f"no configuration is named 'nope'; there are {NAMES}"),
        (("explore",), f"which configuration? there are {NAMES}"),
        (("table", "nope"), f"no configuration is named 'nope'; there are {NAMES}"),
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


def test_a_quick_search_tells_no_pace_and_a_slow_one_does_so_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would look like a hang; a line for every look would drown a log."""
    pace = Pace("slow")
    for seconds in (1.0, 3.0, 4.0, exploring.QUIET_EVERY_S + 3.0):
        pace(Progress(states=9_000, edges=27_000, depth=7, frontier=500), seconds)
    pace.stop()

    assert capsys.readouterr().err.splitlines() == [
        "slow: 9,000 states, 27,000 edges, depth 7, 500 waiting, 3,000 states/s",
        "slow: 9,000 states, 27,000 edges, depth 7, 500 waiting, 500 states/s",
    ]
