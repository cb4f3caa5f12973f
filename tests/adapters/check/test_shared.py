"""The traces of the production service, whose labels were made by hand: each is judged as it is labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters.check import judge_rules, redact
from kiloclaw_core.rules import RuleVerdict, check

EVIDENCE: Final = (frozenset({"effect", "world"}), frozenset({"world"}), frozenset({"effect"}))

pytestmark = pytest.mark.shared


def traces(shared: Path) -> list[Path]:
    """Every trace there is."""
    found = sorted((shared / "traces").glob("*.jsonl"))
    assert found != []
    return found


def seen(verdicts: tuple[RuleVerdict, ...]) -> list[tuple[str, str, int | None]]:
    """What became of each rule, and where."""
    return [(one.rule.name, one.verdict, one.line) for one in verdicts]


def test_each_trace_breaks_just_the_rules_of_its_label(shared: Path) -> None:
    """The first of them on its line; of a good one, every rule is held."""
    labels = json.loads((shared / "traces" / "labels.json").read_text(encoding="utf-8"))
    wrong = []
    for path in traces(shared):
        judged, label = judge_rules(str(path)), labels[path.name]
        broken = {one.rule.name: one.line for one in judged.broken}
        first = broken.get(label["expect"][0]) if label["expect"] else None
        unsure = [one.rule.name for one in judged.verdicts if one.verdict == "not_judged"]
        if (sorted(broken), first, unsure) != (sorted(label["expect"]), label["line"], []):
            wrong.append((path.name, broken, unsure))
    assert wrong == []
    assert len(labels) == len(traces(shared))


@pytest.mark.parametrize("hidden", EVIDENCE, ids=lambda kinds: " and ".join(sorted(kinds)))
def test_without_the_truth_a_verdict_may_be_missing_but_is_never_another(hidden: frozenset[str], shared: Path) -> None:
    """The same lives with less evidence."""
    turned = []
    for path in traces(shared):
        lines = path.read_text(encoding="utf-8").splitlines()
        less = [line for line in lines if json.loads(line)["kind"] not in hidden]
        pairs = zip(seen(check(lines)), seen(check(less)), strict=True)
        turned += [(path.name, one, other) for one, other in pairs if other[1] not in {one[1], "not_judged"}]
    assert turned == []


def test_redacted_they_are_judged_as_they_were(shared: Path) -> None:
    """Line for line."""
    for path in traces(shared):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert seen(check(redact(lines))) == seen(check(lines)), path.name
