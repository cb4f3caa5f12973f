"""`kiloclaw check`: verdicts as text, as JSON and as JUnit, from files and from a stream, and what it refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from kiloclaw_core.rules import RULES
from tests.adapters.cli.conftest import run
from tests.story.rules.telling import (
    EVICTED,
    HEADER,
    RESTS,
    RUNS,
    Story,
    Words,
    asks,
    fails,
    granted,
    lands,
    logs,
    machine,
    record,
    refused,
    sends,
    sets,
    stops,
    trace,
    volume,
    world,
    writes,
)

STOP = asks("k1", "stop")
UNDONE: Story = (STOP, *stops("c1", machine()), refused("k1"), world(None, [machine()]), RESTS)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def written(name: str, *told: Words | Story, beginning: Words = RUNS) -> str:
    """A trace in a file of this name."""
    Path(name).write_text("".join(f"{line}\n" for line in trace(beginning, *told)), encoding="utf-8")
    return name


def test_a_trace_that_keeps_the_rules_says_so_and_ends_well() -> None:
    """One line a rule."""
    ran = run("check", written("good.jsonl", world(), RESTS))
    rows = [f"  ✓  {rule.name:<27}held" for rule in RULES]
    assert (ran.code, ran.err, ran.out.splitlines()) == (0, "", ["good.jsonl", *rows])


def test_what_is_broken_is_told_with_what_led_there_and_what_to_do_instead() -> None:
    """Only the lines that matter, each in its lane."""
    ran = run("check", written("bad.jsonl", *UNDONE))
    shown = ran.out.partition("BROKEN  stop-intent")[2].splitlines()
    assert ran.code == 1
    assert [" ".join(line.split()) for line in shown] == [
        ": What was stopped stays stopped until somebody asks for a start.",
        "at bad.jsonl, line 9: m1 is started again after a stop",
        "line seconds caller service provider",
        "3 0.00 k1 stop",
        "4 0.00 c1 stop_machine m1 →",
        "5 0.00 c1 takes effect",
        "9 0.01 m1 is started, volume_id v1",
        "instead Write that it is to be stopped before sending the stop, and let nothing but a command change that.",
        "see docs/reference/rules.md#stop-intent",
    ]


LINES: Story = (
    asks("k1", "destroy"),
    writes(record("destroying"), "k1"),
    sets(90_000),
    sets(None),
    logs("destroy_complete"),
    granted("k1"),
    refused("k1"),
    EVICTED,
    *fails("c1", "list_volumes", 503),
    *fails("c2", "delete_volume", 0, "k1", "reset", volume_id="v1"),
    writes(None, None),
    world(None, [{**machine(), "gone": True}], [volume(), volume("v2", None, state="created")]),
    lands("c2"),
    RESTS,
)


def test_every_kind_of_line_has_its_lane() -> None:
    """Told in words."""
    from kiloclaw_adapters.check.lanes import told  # noqa: PLC0415
    from kiloclaw_core.trace import parse  # noqa: PLC0415
    from kiloclaw_core.trace.lines import Header  # noqa: PLC0415

    every = [parse(text, number) for number, text in enumerate(trace(RUNS, *LINES), 1)]
    assert [told(line) for line in every if not isinstance(line, Header)] == [
        ("provider", "at first: m1 is started, volume_id v1; v1 is there, data d1"),
        ("caller", "k1 destroy"),
        ("service", "k1 commits destroying m1 v1"),
        ("service", "alarm in 90 s"),
        ("service", "no alarm"),
        ("service", "logs destroy_complete"),
        ("caller", "k1 is granted"),
        ("caller", "k1 is refused"),
        ("service", "loses its memory"),
        ("service", "c1 list_volumes →"),
        ("provider", "← c1 is answered 503, no"),
        ("service", "c2 delete_volume v1 →"),
        ("provider", "← c2 is never answered, reset"),
        ("service", "somebody commits nothing"),
        ("provider", "m1 is gone; v1 is there, data d1; v2 is created"),
        ("provider", "c2 takes effect"),
        ("provider", "all is at rest"),
    ]


def test_verdicts_as_json_are_one_list_of_files() -> None:
    """For programs; the worst of them decides the exit code."""
    good, bad = written("good.jsonl", world(), RESTS), written("bad.jsonl", *UNDONE)
    ran = run("check", good, bad, "--json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert [one["file"] for one in told] == [good, bad]
    assert {one["verdict"] for one in told[0]["verdicts"]} == {"held"}
    (broken,) = (one for one in told[1]["verdicts"] if one["rule"] == "stop-intent")
    said = {"rule": "stop-intent", "verdict": "broken", "line": 9, "message": "m1 is started again after a stop"}
    assert broken == said


def test_a_verdict_of_the_claims_is_told_with_what_led_there_too() -> None:
    """Where no truth is told: who is meant, and which lines showed them."""
    listed = (sends("c1", "list_machines", None, metadata={}), answered())
    ran = run("check", written("two.jsonl", *listed))
    said = ran.out.partition("BROKEN  single-machine")[2].partition("instead")[0]
    assert ran.code == 1
    assert [" ".join(line.split()) for line in said.splitlines()[1:]] == [
        "at two.jsonl, line 4: there are the machines m1 and m2",
        "line seconds caller service provider",
        "2 0.00 at first: m1 is started, volume_id v1; v1 is there, data d1",
        "3 0.00 c1 list_machines →",
        "4 0.00 ← c1 is answered 200",
    ]


def answered() -> Words:
    """A listing that shows two machines."""
    return {"kind": "answer", "id": "c1", "status": 200, "body": [machine(), machine("m2")]}


def test_verdicts_as_junit_pass_fail_or_are_skipped() -> None:
    """A rule that is not judged is never passed; and no name breaks the document."""
    name = written("a&b.jsonl", *UNDONE[:-1])
    ran = run("check", name, "--junit", "report.xml")
    (suite,) = ET.fromstring(Path("report.xml").read_text(encoding="utf-8"))  # noqa: S314 (our own)
    assert ran.code == 1
    counted = {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
    assert counted == {"name": name, "tests": "19", "failures": "2", "errors": "0", "skipped": "4"}
    cases = {case.get("name"): case for case in suite}
    (failure,) = cases["stop-intent"]
    assert (failure.tag, failure.get("message")) == ("failure", "line 9: m1 is started again after a stop")
    (skipped,) = cases["alarm-armed"]
    assert (skipped.tag, skipped.get("message")) == ("skipped", "the trace never comes to rest")
    assert list(cases["last-copy"]) == []


def test_a_trace_may_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is written."""
    text = "".join(f"{line}\n" for line in trace(RUNS, world(), RESTS)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    from kiloclaw_adapters.check import judge_rules  # noqa: PLC0415

    assert judge_rules("-").broken == ()


BEGINNING = "".join(f"{line}\n" for line in trace(RUNS)).encode()
MISTAKES: tuple[tuple[str, bytes, str], ...] = (
    ("cut off", BEGINNING + b'{"kind":"evict"', "bad.jsonl:3:16: malformed JSON (Expecting ',' delimiter)"),
    ("not text", BEGINNING + b'{"kind":"ev\xffct"}', "bad.jsonl:3:12: not UTF-8 (invalid start byte)"),
    (
        "wrong",
        BEGINNING + b'{"kind":"quiesce","at":"soon"}',
        "bad.jsonl:3:1: at: expected a whole number, not a string",
    ),
    ("empty", b"", "bad.jsonl:1:1: expected a header, but the trace is empty"),
)


@pytest.mark.parametrize(("_", "text", "said"), MISTAKES, ids=[name for name, _, _ in MISTAKES])
def test_what_is_no_trace_is_told_with_file_line_and_column(_: str, text: bytes, said: str) -> None:
    """And nothing is judged; a program finds it in its place."""
    Path("bad.jsonl").write_bytes(text)
    ran = run("check", "bad.jsonl")
    assert (ran.code, ran.out, ran.err.strip()) == (2, "", f"kiloclaw: {said}")
    ran = run("check", "bad.jsonl", "--json")
    assert (ran.code, ran.err.strip()) == (2, f"kiloclaw: {said}")
    assert json.loads(ran.out) == [{"file": "bad.jsonl", "error": said, "warnings": [], "verdicts": []}]


def test_what_cannot_be_read_or_written_is_told() -> None:
    """In one line, as bad input."""
    ran = run("check", "nowhere.jsonl")
    assert (ran.code, ran.err.strip()) == (2, "kiloclaw: cannot read nowhere.jsonl: No such file or directory")
    ran = run("check", written("good.jsonl", RESTS), "--junit", "no/where.xml")
    assert (ran.code, ran.err.strip()) == (2, "kiloclaw: cannot write no/where.xml: No such file or directory")
    assert ran.out.startswith("good.jsonl\n")


def test_a_file_that_cannot_be_read_hides_no_verdict_on_another() -> None:
    """Each is judged and reported, and the exit code says that not all could be."""
    Path("bad.jsonl").write_bytes(b"")
    names = [written("good.jsonl", world(), RESTS), "nowhere.jsonl", "bad.jsonl", written("undone.jsonl", *UNDONE)]
    ran = run("check", *names, "--junit", "report.xml")
    lacking = "cannot read nowhere.jsonl: No such file or directory"
    empty = "bad.jsonl:1:1: expected a header, but the trace is empty"
    assert (ran.code, ran.err.splitlines()) == (2, [f"kiloclaw: {lacking}", f"kiloclaw: {empty}"])
    assert [line for line in ran.out.splitlines() if line.endswith(".jsonl")] == [names[0], names[3]]
    suites = list(ET.fromstring(Path("report.xml").read_text(encoding="utf-8")))  # noqa: S314 (our own)
    counted = [tuple(suite.get(key) for key in ("name", "tests", "failures", "errors")) for suite in suites]
    expected = [(names[0], "19", "0", "0"), (names[1], "1", "0", "1"), (names[2], "1", "0", "1")]
    assert counted == [*expected, (names[3], "19", "2", "0")]
    ((error,),) = suites[1]
    assert (error.tag, error.get("message")) == ("error", lacking)


def test_a_trace_of_which_nothing_can_be_judged_is_no_good_one() -> None:
    """No build is green because the line that says how things stood was forgotten."""
    Path("headless.jsonl").write_text("".join(f"{line}\n" for line in trace(STOP, RESTS)), encoding="utf-8")
    never = "the trace does not say how things stood when it began"
    why = f"headless.jsonl: nothing could be judged: {never} (it has no `initial` line)"
    ran = run("check", "headless.jsonl", written("good.jsonl", world(), RESTS), "--junit", "report.xml")
    assert (ran.code, ran.err.strip()) == (2, f"kiloclaw: {why}")
    assert f"  ·  {RULES[0].name:<27}not judged: {never}" in ran.out.splitlines()
    suite, good = ET.fromstring(Path("report.xml").read_text(encoding="utf-8"))  # noqa: S314 (our own)
    assert [suite.get(key) for key in ("tests", "errors", "skipped")] == ["20", "1", "19"]
    assert [good.get(key) for key in ("tests", "errors", "skipped")] == ["19", "0", "0"]
    (told,) = json.loads(run("check", "headless.jsonl", "--json").out)
    assert (told["error"], len(told["verdicts"])) == (why, 19)


def test_what_a_trace_says_cannot_steer_a_terminal() -> None:
    """Names come from whoever wrote it."""
    told = (STOP, *stops("c1", machine()), world(None, [machine("\x1b[31mm1")]))
    written("bad.jsonl", *told)
    assert "\x1b" not in run("check", "bad.jsonl").out
    assert HEADER["sandbox_id"] == "ki_1"
