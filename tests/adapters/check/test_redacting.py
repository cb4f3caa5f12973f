"""`kiloclaw redact`: nothing that names anybody is left, and everything is judged as it was."""

from __future__ import annotations

import errno
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given

from kiloclaw_adapters.check import redact
from kiloclaw_adapters.cli import checking
from kiloclaw_core.rules import check
from kiloclaw_core.trace import MalformedTraceError
from tests.adapters.cli.conftest import run
from tests.story.rules.telling import RUNS, fails, logs, makes, sends, trace, volume

from .strategies import SECRETS, traces


def verdicts(lines: list[str]) -> list[tuple[str, str, int | None]] | None:
    """What became of each rule, and where; None of what is no trace."""
    try:
        return [(one.rule.name, one.verdict, one.line) for one in check(lines)]
    except MalformedTraceError:
        return None


@given(traces)
def test_a_redacted_trace_is_judged_as_it_was_and_names_nobody(lines: list[str]) -> None:
    """Whatever was in it."""
    before = verdicts(lines)
    assume(before is not None)
    clean = list(redact(lines))
    assert verdicts(clean) == before
    assert [secret for secret in SECRETS if secret in "\n".join(clean)] == []


def test_the_same_name_becomes_the_same_word() -> None:
    """In one file; what belongs together still does."""
    told = (*makes("c1", volume("v2")), *fails("call of Ann", "delete_volume", 412, "k1", "no volume", volume_id="v2"))
    clean = [json.loads(line) for line in redact(trace(RUNS, *told))]
    assert clean[2]["args"] == {"name": "name-7", "app": "name-3", "region": "iad"}
    shown, asked = clean[4]["volumes"][0]["id"], clean[6]["args"]["volume_id"]
    assert shown == asked
    assert clean[7] == {"kind": "answer", "at": 6, "id": clean[6]["id"], "status": 412, "error": "volume"}


def test_regions_stay_where_they_are_spelt_like_one() -> None:
    """Several of them as well."""
    asked = sends("c1", "create_volume", region=["iad", "house of Ann"], app="app-1")
    (line,) = (json.loads(text) for text in list(redact(trace(RUNS, asked)))[2:])
    assert line["args"] == {"app": "name-3", "region": ["iad", "name-7"]}


def test_an_event_keeps_what_rules_look_for() -> None:
    """Where its name is not spelt like a program's, no more than that."""
    told = (logs("reconcile.destroy_machine_ok", machine_id="m1"), logs("Ann lost: data_loss", data_loss=True))
    clean = [json.loads(line) for line in redact(trace(RUNS, *told))]
    assert (clean[2]["name"], clean[2]["fields"]) == ("reconcile.destroy_machine_ok", {})
    assert clean[3]["name"].split()[1:] == ["data_loss"]
    assert clean[3]["fields"] == {"data_loss": True}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trace in a file of its own folder."""
    monkeypatch.chdir(tmp_path)
    text = "".join(f"{line}\n" for line in trace(RUNS))
    Path("mine.jsonl").write_text(text, encoding="utf-8")
    return "mine.jsonl"


def test_a_file_is_redacted_to_stdout_or_into_another(mine: str) -> None:
    """The same lines; as JSON it is said how many."""
    ran = run("redact", mine)
    assert (ran.code, ran.err, len(ran.out.splitlines())) == (0, "", 2)
    ran_too = run("redact", mine, "--output", "clean.jsonl", "--json")
    assert json.loads(ran_too.out) == {"file": mine, "output": "clean.jsonl", "lines": 2}
    assert Path("clean.jsonl").read_text(encoding="utf-8") == ran.out


def test_what_cannot_be_redacted_is_told(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    assert run("redact", mine, "--json").err.strip() == "kiloclaw: --json goes with --output, for stdout is the trace's"
    assert run("redact", "nowhere").err.strip() == "kiloclaw: cannot read nowhere: No such file or directory"
    ran = run("redact", mine, "--output", "no/where")
    assert (ran.code, ran.err.strip()) == (2, "kiloclaw: cannot write no/where: No such file or directory")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert run("redact", "-").code == 2


@pytest.mark.parametrize("output", ["mine.jsonl", "./mine.jsonl", "link.jsonl", "hard.jsonl"])
def test_a_trace_is_not_redacted_into_itself(output: str, mine: str) -> None:
    """It would be gone before it is read; under whatever name."""
    Path("link.jsonl").symlink_to(mine)
    Path("hard.jsonl").hardlink_to(mine)
    before = Path(mine).read_text(encoding="utf-8")
    ran = run("redact", mine, "--output", output)
    said = f"kiloclaw: {Path(output)} is the trace itself, and would be lost: name another file as --output"
    assert (ran.code, ran.out, ran.err.strip()) == (2, "", said)
    assert Path(mine).read_text(encoding="utf-8") == before


def test_what_cannot_be_redacted_to_its_end_leaves_what_was_there(mine: str) -> None:
    """No half of a trace, beside it neither."""
    with Path(mine).open("a", encoding="utf-8") as file:
        file.write("{")
    Path("clean.jsonl").write_text("before\n", encoding="utf-8")
    assert [run("redact", mine, "--output", name).code for name in ("clean.jsonl", "new.jsonl")] == [2, 2]
    assert Path("clean.jsonl").read_text(encoding="utf-8") == "before\n"
    assert sorted(one.name for one in Path().iterdir()) == ["clean.jsonl", mine]


def test_what_is_written_keeps_who_may_read_it_and_a_device_is_no_file(mine: str) -> None:
    """A file is replaced; what only passes lines on gets them as they come."""
    Path("clean.jsonl").touch(mode=0o600)
    assert run("redact", mine, "--output", "clean.jsonl").code == 0
    assert (Path("clean.jsonl").stat().st_mode & 0o777, len(Path("clean.jsonl").read_bytes()) > 0) == (0o600, True)
    assert run("redact", mine, "--output", "/dev/null").code == 0
    ran = run("redact", mine, "--output", "/dev/full")
    assert (ran.code, ran.err.strip()) == (2, "kiloclaw: cannot write /dev/full: No space left on device")


def closed(_lines: Iterable[str]) -> Iterator[str]:
    """What it is to write for `head` once that has what it wanted."""
    raise BrokenPipeError(errno.EPIPE, "nobody reads any more")


def test_whoever_has_read_enough_is_told_nothing(mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that is closed early is no fault of the trace."""
    monkeypatch.setattr(checking, "redact", closed)
    ran = run("redact", mine)
    assert (ran.code, ran.out, ran.err) == (1, "", "")
