"""Verdicts as JUnit XML, which build servers show: a suite for each file, a case for each rule."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from kiloclaw_adapters.check.files import Judged
from kiloclaw_core.rules import RuleVerdict


def junit(judged: Sequence[Judged]) -> str:
    """One document for all of these. A rule that is not judged is skipped, never passed."""
    root = Element("testsuites")
    for one in judged:
        counts = {word: sum(each.verdict == word for each in one.verdicts) for word in ("broken", "not_judged")}
        suite = SubElement(
            root,
            "testsuite",
            name=_plain(one.file),
            tests=str(len(one.verdicts)),
            failures=str(counts["broken"]),
            errors="0",
            skipped=str(counts["not_judged"]),
        )
        for verdict in one.verdicts:
            _case(suite, one.file, verdict)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: Element, file: str, verdict: RuleVerdict) -> None:
    case = SubElement(suite, "testcase", classname="kiloclaw.rules", name=verdict.rule.name, file=_plain(file))
    if verdict.line is not None:
        case.set("line", str(verdict.line))
    if verdict.verdict == "broken":
        failure = SubElement(case, "failure", message=_plain(f"line {verdict.line}: {verdict.message}"))
        failure.text = _plain(f"{verdict.rule.sentence} Instead: {verdict.rule.instead}")
    elif verdict.verdict == "not_judged":
        SubElement(case, "skipped", message=_plain(verdict.message))


def _plain(text: str) -> str:
    """Text without what XML cannot say; names come from whoever wrote the trace."""
    return "".join(one if one.isprintable() else "?" for one in text)
