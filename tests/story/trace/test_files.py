"""Traces in files: ours to the byte, and the production service's, whose labels were made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters.errors import MalformedError
from kiloclaw_adapters.tracing import judge_file
from kiloclaw_core.trace import judge

from .telling import HEALTHY, QUIESCE, STOPPED, trace, write

FOUND: Final = {
    "bad-capacity-undeleted-machine-wrong-region": {
        "tracked at rest": 116,
        "machines go before volumes": 29,
        "leads home": 116,
    },
    "bad-data-stale-404-replaces-new-volume": {"no silent empty disk": 97, "tracked at rest": 116, "leads home": 116},
    "bad-data-stop-vs-alarm-recovery": {"the data is kept": 93},
    "bad-destroy-clobbered-by-stop": {"destroyed stays destroyed": 34},
    "bad-destroy-leaks-retained-volume": {"nothing is left behind": 40, "leads home": 40},
    "bad-destroy-sweep-deletes-foreign-volume": {"strangers are left alone": 42},
    "bad-poll-masks-unexpected-stop": {"leads home": 31, "truthful at rest": 31},
    "bad-reprovision-loses-alarm": {"an alarm is armed": 70},
    "bad-start-empty-list-second-machine": {
        "one machine at most": 26,
        "no silent empty disk": 30,
        "tracked at rest": 91,
        "leads home": 91,
    },
    "good-destroy-called-again-while-pending": {"machines go before volumes": 13},
}
"""The broken claims of each trace and their lines; every trace that is not here breaks none.

The last is good by the production service's rules, which let it ask for a volume before its machine is gone; ours do
not.
"""
EVIDENCE: Final = (frozenset({"effect", "world"}), frozenset({"world"}), frozenset({"effect"}))


def test_a_file_is_judged_as_its_lines_are(tmp_path: Path) -> None:
    """Streamed, line by line."""
    lines = trace(HEALTHY, write(STOPPED), QUIESCE)
    path = tmp_path / "trace.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert judge_file(path) == judge(lines)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (b'{"kind":"evict"', "line 3, column 16: malformed JSON (Expecting ',' delimiter)"),
        (b'{"kind":"ev\xffct"}', "line 3, column 12: not UTF-8 (invalid start byte)"),
    ],
    ids=["cut off", "not text"],
)
def test_what_is_no_trace_is_told_with_its_file_and_line(more: bytes, told: str, tmp_path: Path) -> None:
    """Whoever asked hears where to look."""
    path = tmp_path / "trace.jsonl"
    path.write_bytes("".join(f"{line}\n" for line in trace(HEALTHY)).encode() + more)
    with pytest.raises(MalformedError) as raised:
        judge_file(path)
    assert str(raised.value) == f"{path}: {told}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As the system says it."""
    with pytest.raises(FileNotFoundError):
        judge_file(tmp_path / "nowhere.jsonl")


@pytest.mark.shared
def test_the_traces_of_the_production_service_break_what_their_labels_say(shared: Path) -> None:
    """Each at its line; and no other claim is broken by any of them, least of all by a good one."""
    paths = sorted((shared / "traces").glob("*.jsonl"))
    broken = {path.stem: {one.claim: one.line for one in judge_file(path) if one.verdict == "broken"} for path in paths}
    assert len(paths) == len(json.loads((shared / "traces" / "labels.json").read_text(encoding="utf-8")))
    assert {stem: claims for stem, claims in broken.items() if claims} == FOUND


@pytest.mark.shared
@pytest.mark.parametrize("hidden", EVIDENCE, ids=lambda kinds: " and ".join(sorted(kinds)))
def test_without_the_truth_a_verdict_may_be_missing_but_is_never_another(hidden: frozenset[str], shared: Path) -> None:
    """The same lives with less evidence: what was broken is not held then, nor what was held broken."""
    turned = []
    for path in sorted((shared / "traces").glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        less = [line for line in lines if json.loads(line)["kind"] not in hidden]
        pairs = zip(judge(lines), judge(less), strict=True)
        turned += [
            (path.stem, whole, part) for whole, part in pairs if part.verdict not in {whole.verdict, "not_judged"}
        ]
    assert turned == []
