"""`kiloclaw walk`, as it is typed: what it prints, what it merges, and how it ends."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from kiloclaw_adapters.cli import walking
from kiloclaw_adapters.cli.walking import WalkPace
from kiloclaw_adapters.testing import overridden
from kiloclaw_core import start

from ..testing.changes import hurried
from .conftest import run

QUICKLY = ("one-each", "--walks", "8", "--length", "30")
BROKEN = ("one-each", "--walks", "200", "--length", "40")


def saved(name: str, *words: str) -> str:
    """What these words print as JSON, kept in a file of this name."""
    Path(name).write_text(run("walk", *words, "--json").out, encoding="utf-8")
    return name


def test_walks_that_break_nothing_are_told_in_a_table() -> None:
    """With how many witnesses were met on the way: none would mean that nothing happened."""
    ran = run("walk", *QUICKLY)
    rows = [line.split() for line in ran.out.splitlines()]

    assert (ran.code, ran.err) == (0, "")
    assert rows[0] == ["configuration", "walks", "steps", "witnesses", "broken"]
    assert (rows[1][:2], rows[1][-1]) == (["one-each", "8"], "nothing")
    assert rows[2][:3] == ["1", "configurations", "8"]


def test_shards_that_are_merged_print_what_one_process_prints() -> None:
    """The same table, whoever walked."""
    files = [saved(f"{number}.json", *QUICKLY, "--shard", f"{number}/2") for number in (1, 2)]
    merged = run("walk", "--merge", *files)

    assert (merged.code, merged.out) == (0, run("walk", *QUICKLY).out)


def test_a_missing_shard_ends_with_2_and_is_named() -> None:
    """Half of the walks must not look like all of them."""
    ran = run("walk", "--merge", saved("2.json", *QUICKLY, "--shard", "2/3"))

    assert (ran.code, ran.err) == (2, "kiloclaw: missing: shard 1/3, 3/3\n")


def test_shards_of_unlike_plans_are_told_by_their_files() -> None:
    """And by what is not the same in them."""
    one, other = saved("1.json", *QUICKLY, "--shard", "1/2"), saved("2.json", *QUICKLY, "--seed", "2", "--shard", "2/2")
    ran = run("walk", "--merge", one, other)

    assert (ran.code, ran.out, ran.err) == (2, "", "kiloclaw: 1.json and 2.json: not the same seed: 1 and 2\n")


def test_a_broken_claim_ends_with_1_and_is_told_in_lanes() -> None:
    """In a merge too, which follows it again."""
    with overridden(start, "creating_machine", hurried):
        ran = run("walk", *BROKEN)
        shown = json.loads(Path(saved("all.json", *BROKEN)).read_text(encoding="utf-8"))
        merged = run("walk", "--merge", "all.json")
    (finding, *_) = shown["results"][0]["broken"]

    assert (ran.code, merged.code, merged.out) == (1, 1, ran.out)
    assert f"BROKEN  {finding['claim']}" in ran.out
    assert f"replay  kiloclaw replay --code {finding['code']} --configuration one-each" in ran.out


def test_a_finding_that_is_none_here_is_refused() -> None:
    """It was broken somewhere else, or somebody wrote in the file."""
    with overridden(start, "creating_machine", hurried):
        saved("all.json", *BROKEN)
    ran = run("walk", "--merge", "all.json")

    assert (ran.code, ran.out) == (2, "")
    assert "with kiloclaw_core.start:creating_machine=tests.adapters.testing.changes:hurried, and this is" in ran.err


def test_another_core_is_not_merged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding can be followed only on the core that it was found on."""
    saved("all.json", *QUICKLY)
    monkeypatch.setattr(walking, "fingerprint", lambda: "another")
    ran = run("walk", "--merge", "all.json")

    assert ran.code == 2
    assert ran.err.endswith(", and this is another: merge where the same is installed\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("one-each", "--shard", "3/2"), "a shard is written as 2/8, the second of eight, and not as '3/2'"),
        (("one-eech",), "no configuration is named 'one-eech'; did you mean one-each?"),
        (("--merge",), "nothing to merge"),
        (("--merge", "missing.json"), "cannot read missing.json: No such file or directory"),
    ],
    ids=["shard", "name", "nothing", "missing"],
)
def test_bad_input_ends_with_2_and_one_line(words: tuple[str, ...], said: str) -> None:
    """Whatever was wrong with it."""
    ran = run("walk", *words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kiloclaw: {said}")


def test_the_pace_is_told_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Not before there is something to wait for, and not at every word of it."""
    ticks = count(step=8)
    pace = WalkPace(lambda: float(next(ticks)))
    for done in (50, 100, 150):
        pace("one-each", done, 200, done * 40)
    pace.stop()

    assert capsys.readouterr().err == "one-each: 100 of 200 walks, 4,000 steps, 250 steps/s\n"
