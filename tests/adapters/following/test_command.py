"""`kiloclaw follow`: advice side by side, as text and as JSON, from files and from a stream, and what it refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from kiloclaw_adapters.following import Advice, Followed, Kind, follow, follow_file
from tests.adapters.cli.conftest import run
from tests.story.rules.telling import (
    HEADER,
    NOTHING,
    RESTS,
    RUNS,
    STOPPED,
    Story,
    Words,
    asks,
    destroys,
    granted,
    machine,
    record,
    sends,
    trace,
    volume,
    world,
    writes,
)

DESTROYED: Story = (
    asks("k1", "destroy"),
    writes(record("destroying")),
    *destroys("c1", machine()),
    writes(None),
    granted("k1"),
    RESTS,
)
"""A destroy that forgets the volume."""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder."""
    monkeypatch.chdir(tmp_path)


def written(name: str, *lines: tuple[str, ...]) -> str:
    """Traces, one after the other, in a file of this name."""
    Path(name).write_text("".join(f"{line}\n" for each in lines for line in each), encoding="utf-8")
    return name


def test_a_difference_is_shown_side_by_side() -> None:
    """Their line, and what the model would have done; it is advice, so that all is well."""
    ran = run("follow", written("bad.jsonl", trace(RUNS, *DESTROYED)))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "bad.jsonl",
        "  line    seconds  the service                                   the model",
        (
            "     9       0.01  k1 commits that nothing is left"
            "               commits destroying, leaving v1, then delete_volume v1 (Clearing)"
        ),
        "  ki_1: 4 writes and calls were compared, and the model would have done otherwise once",
    ]


def test_a_service_that_does_as_the_model_does_is_told_so() -> None:
    """And where there is nothing to compare, that."""
    same, nothing = written("same.jsonl", trace(RUNS, RESTS)), written("nothing.jsonl", trace(RUNS))
    ran = run("follow", same, nothing)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "same.jsonl",
            "  ki_1: 1 writes and calls were compared, and the model would have done the same",
            "nothing.jsonl",
            "  ki_1: nothing could be compared",
        ],
    )


def test_advice_as_json_is_one_list_of_traces() -> None:
    """For programs: a file may hold several traces, each from its header on, and lines are counted through."""
    other = {**HEADER, "sandbox_id": "ki_9"}
    both = written("both.jsonl", trace(RUNS, *DESTROYED), trace(NOTHING, RESTS, header=other))
    ran = run("follow", both, "--json")
    assert (ran.code, json.loads(ran.out)) == (
        0,
        [
            {
                "file": "both.jsonl",
                "sandbox": "ki_1",
                "compared": 4,
                "differences": 1,
                "advice": [
                    {
                        "line": 9,
                        "seconds": 0.007,
                        "kind": "differs",
                        "service": "k1 commits that nothing is left",
                        "model": "commits destroying, leaving v1, then delete_volume v1 (Clearing)",
                    }
                ],
            },
            {"file": "both.jsonl", "sandbox": "ki_9", "compared": 1, "differences": 0, "advice": []},
        ],
    )


def test_advice_comes_while_the_trace_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than is needed for what is told."""
    lines = iter(trace(RUNS, *DESTROYED))
    advice = next(follow(lines))
    assert (isinstance(advice, Advice), len(list(lines))) == (True, 2)
    text = "".join(f"{line}\n" for line in trace(RUNS, RESTS)).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert list(follow_file("-")) == [Followed("ki_1", 1, 0)]


BEGINNING = "".join(f"{line}\n" for line in trace(RUNS)).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BEGINNING + b'{"kind":"evict"', "bad.jsonl:3:16: malformed JSON (Expecting ',' delimiter)"),
        (BEGINNING + BEGINNING[:-9], "bad.jsonl:4:425: malformed JSON (Expecting property name enclosed in double"),
        (b"", "bad.jsonl:1:1: expected a header, but the trace is empty"),
        (b'{"kind":"quiesce","at":1}', "bad.jsonl:1:1: expected a header before anything else"),
        (BEGINNING + b'{"kind":"header"}', "bad.jsonl:3:1: trace: missing"),
    ],
    ids=["cut off", "cut off in the second", "empty", "headless", "no second trace"],
)
def test_what_is_no_trace_is_told_with_file_line_and_column(text: bytes, said: str) -> None:
    """As bad input."""
    Path("bad.jsonl").write_bytes(text)
    ran = run("follow", "bad.jsonl", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"kiloclaw: {said}")


def test_what_cannot_be_read_is_told() -> None:
    """In one line, as bad input."""
    ran = run("follow", "nowhere.jsonl")
    assert (ran.code, ran.err.strip()) == (2, "kiloclaw: cannot read nowhere.jsonl: No such file or directory")


def test_what_a_trace_says_cannot_steer_a_terminal() -> None:
    """Names come from whoever wrote it."""
    call = sends("c1", "delete_volume", volume_id="v\x1b[2J")
    ran = run("follow", written("steering.jsonl", trace(STOPPED, call)))
    assert "\x1b" not in ran.out
    assert "delete_volume v\\x1b[2J" in ran.out
    assert Kind.DIFFERS.value not in ran.out


def shown(*lines: Words | Story) -> list[str]:
    """What is told of these lines of a sandbox that runs, without the truth if they tell none."""
    return [f"{one.line} {one.service} | {one.model}" for one in follow(trace(RUNS, *lines)) if isinstance(one, Advice)]


def test_without_the_truth_a_look_of_the_model_is_not_answered() -> None:
    """Nothing is made up: after a request that may have changed something, the model looks and waits."""
    stop = (asks("k1", "stop"), sends("c1", "stop_machine", machine_id="m1"))
    silent = (*stop, {"kind": "answer", "id": "c1", "status": 200}, writes(record("stopped")))
    assert shown(*silent) == [
        (
            "6 k1 commits stopped, machine m1, volume v1"
            " | commits running, machine m1, volume v1, then wait_machine m1 stopped (Awaiting(stopped))"
        )
    ]
    truth = (stop, world("c1", [machine(state="stopped")]), {"kind": "answer", "id": "c1", "status": 200})
    assert shown(*truth, writes(record("stopped"))) == []
    assert volume()["id"] == "v1"
