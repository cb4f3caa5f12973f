"""What in a trace may be a slip: told beside the verdicts, and refused only where somebody asks for that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from kiloclaw_adapters.check import oddities
from kiloclaw_adapters.check.oddities import Oddities
from tests.adapters.cli.conftest import run
from tests.story.rules.telling import (
    RESTS,
    RUNS,
    SIZE,
    Story,
    asks,
    granted,
    hears,
    initial,
    lands,
    machine,
    record,
    refused,
    sends,
    stops,
    trace,
    volume,
    world,
    writes,
)

STOP: Final = asks("k1", "stop")
LOOK: Final = sends("c1", "get_machine", None, machine_id="m1")
SLIPS: Final[dict[str, tuple[Story, list[str]]]] = {
    "none": ((STOP, *stops("c1", machine()), writes(record("stopped")), granted("k1"), RESTS), []),
    "a command that is asked twice": ((STOP, STOP, granted("k1"), granted("k1")), []),
    "a record of another habit": (
        (writes({"userId": "u", "state": "running", "machine_size": {**SIZE, "memoryMb": 1}}, None),) * 2,
        [
            "3: record: the format has no key 'state', in 2 lines",
            "3: record: the format has no key 'userId' (it has 'user_id'), in 2 lines",
            "3: machine_size: the format has no key 'memoryMb' (it has 'memory_mb'), in 2 lines",
        ],
    ),
    "a key of a line": (({**LOOK, "By": "k0", "extra": 1},), ["3: call: the format has no key 'By' (it has 'by')"]),
    "keys of what is shown": (
        (
            world(
                None, [machine("m1", volumeId="v1"), machine("m2", volumeId="v2", more=1)], [volume("v1", Data="d1")]
            ),
            world(None, [machine("m1", volumeId="v1")]),
        ),
        [
            "3: machines: the format has no key 'volumeId' (it has 'volume_id'), in 2 lines",
            "3: volumes: the format has no key 'Data' (it has 'data')",
        ],
    ),
    "an argument": (
        (sends("c1", "create_machine", None, volumeId="v1", image="i1"),),
        ["3: args of create_machine: the format has no key 'volumeId' (it has 'volume_id')"],
    ),
    "ids that nothing bears": (
        (
            STOP,
            writes(record("stopped"), "K1"),
            writes(record("stopped"), "K2"),
            granted("k9"),
            lands("c9"),
            world("c8"),
            {**LOOK, "by": "K1"},
            hears("c1"),
            lands("c1"),
        ),
        [
            "4: by: no command 'K1' was asked before, in 2 lines",
            "6: id: no command 'k9' was asked before",
            "7: id: no call 'c9' left before",
            "8: cause: no call 'c8' left before",
            "9: by: no command 'K1' was asked before",
        ],
    ),
    "an id of two commands": (
        (STOP, refused("k1"), asks("k1", "start")),
        ["5: id: the command 'k1' was another before"],
    ),
}


@pytest.mark.parametrize(("told", "said"), SLIPS.values(), ids=SLIPS)
def test_what_may_be_a_slip_is_told_once_for_each_sort(told: Story, said: list[str]) -> None:
    """With its first line, and how many have it; a key of somebody's own beside those of the format is none."""
    assert slips(trace(RUNS, *told)) == said


def slips(lines: tuple[str, ...]) -> list[str]:
    """What is odd of this trace, which is passed on as it is."""
    odd = Oddities()
    assert tuple(odd.passed(lines)) == lines
    return [str(one) for one in odd.told()]


def test_no_trace_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more ids than are remembered nothing more is said, and of many sorts the first are told."""
    monkeypatch.setattr(oddities, "NAMES", 2)
    monkeypatch.setattr(oddities, "SORTS", 2)
    told = (
        STOP,
        asks("k2", "poll"),
        granted("k9"),
        asks("k3", "poll"),
        granted("k8"),
        granted("k1"),
        asks("k1", "start"),
    )
    odd = "5: id: no command 'k9' was asked before"
    assert slips(trace(RUNS, *told)) == [odd]
    many = writes({"a": 1, "b": 2}, None)
    assert slips(trace(RUNS, *told, many)) == [odd, "10: record: the format has no key 'a'"]


MISSPELT: Final = initial({"userId": "u", "state": "running"}, [machine()], [volume()])


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A trace in another habit."""
    monkeypatch.chdir(tmp_path)
    Path("odd.jsonl").write_text("".join(f"{line}\n" for line in trace(MISSPELT, world(), RESTS)), encoding="utf-8")
    return "odd.jsonl"


WHY: Final = ("record: the format has no key 'state'", "record: the format has no key 'userId' (it has 'user_id')")


def test_slips_are_told_beside_the_verdicts(odd: str) -> None:
    """To people, to programs and to build servers; what became of the rules says the exit code."""
    ran = run("check", odd, "--junit", "report.xml")
    shown = [f"{odd}:2: {why}" for why in WHY]
    assert (ran.code, ran.err.splitlines()) == (1, [f"kiloclaw: {one}" for one in shown])
    assert ran.out.startswith(f"{odd}\n")
    (suite,) = ET.fromstring(Path("report.xml").read_text(encoding="utf-8"))  # noqa: S314 (our own)
    assert suite.findtext("system-err") == "\n".join(shown)
    (judged,) = json.loads(run("check", odd, "--json").out)
    assert judged["warnings"] == [{"line": 2, "message": why, "lines": 1} for why in WHY]


def test_whoever_is_strict_has_slips_refused(odd: str, tmp_path: Path) -> None:
    """A build fails on a misspelt key, and not on a trace without one."""
    assert run("check", "--strict", odd).code == 2
    (tmp_path / "good.jsonl").write_text("".join(f"{line}\n" for line in trace(RUNS, world(), RESTS)), encoding="utf-8")
    assert run("check", "--strict", "good.jsonl").code == 0
