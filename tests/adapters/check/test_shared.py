"""The traces of the production service, whose labels were made by hand: each is judged as it is labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters.check import judge_rules, redact
from kiloclaw_core.rules import RuleVerdict, check, opened
from kiloclaw_core.trace.lines import Header, Initial
from kiloclaw_core.trace.parsing import in_order

from .variants import VARIANTS, Words

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
    """The first of them on its line; of a good one, every rule is held. None has a word that may be a slip."""
    labels = json.loads((shared / "traces" / "labels.json").read_text(encoding="utf-8"))
    wrong = []
    for path in traces(shared):
        judged, label = judge_rules(str(path)), labels[path.name]
        broken = {one.rule.name: one.line for one in judged.broken}
        first = broken.get(label["expect"][0]) if label["expect"] else None
        unsure = [one.rule.name for one in judged.verdicts if one.verdict == "not_judged"]
        if (sorted(broken), first, unsure, judged.oddities) != (sorted(label["expect"]), label["line"], [], ()):
            wrong.append((path.name, broken, unsure, judged.oddities))
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


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.__name__)
def test_told_otherwise_they_are_judged_as_they_were(
    variant: Callable[[list[Words]], list[Words]], shared: Path
) -> None:
    """Rule for rule: what the format leaves open decides nothing."""
    for path in traces(shared):
        lines = path.read_text(encoding="utf-8").splitlines()
        told = [json.dumps(line) for line in variant([json.loads(line) for line in lines])]
        words = [(rule, verdict) for rule, verdict, _ in seen(check(lines))]
        assert [(rule, verdict) for rule, verdict, _ in seen(check(told))] == words, path.name


def test_a_trace_that_is_cut_off_breaks_no_rule_that_the_whole_does_not(shared: Path) -> None:
    """Wherever it ends: what is under way is no break."""
    for path in traces(shared):
        lines = path.read_text(encoding="utf-8").splitlines()
        whole = {one.rule.name for one in check(lines) if one.verdict == "broken"}
        for number, verdicts in judged_at_each_end(lines):
            broken = {one.rule.name for one in verdicts if one.verdict == "broken"}
            assert broken <= whole, (path.name, number)


def judged_at_each_end(lines: list[str]) -> Iterator[tuple[int, tuple[RuleVerdict, ...]]]:
    """The verdicts if the trace ended after each of its lines."""
    told = in_order(lines)
    (_, header), (number, initial) = next(told), next(told)
    assert isinstance(header, Header)
    assert isinstance(initial, Initial)
    going = opened(header, initial, number)
    for after, line in told:
        assert not isinstance(line, Header | Initial)
        going.tell(after, line)
        yield after, going.verdicts()
