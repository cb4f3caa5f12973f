"""Verdicts as JUnit XML, which build servers show: a suite for each file, a case for each rule."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from kiloclaw_adapters.check.files import Judged, Unread
from kiloclaw_core.rules import RuleVerdict


def junit(judged: Sequence[Judged | Unread]) -> str:
    """One document for all of these. A rule that is not judged is skipped, never passed.

    A file of which nothing could be judged has an error, as a case of its own, so that whoever counts cases sees it.
    """
    root = Element("testsuites")
    for one in judged:
        match one:
            case Judged(file=file, verdicts=verdicts, oddities=oddities, trouble=trouble):
                suite = _suite(root, file, verdicts, trouble)
                for verdict in verdicts:
                    _case(suite, file, verdict)
                if oddities:
                    SubElement(suite, "system-err").text = "\n".join(_plain(f"{file}:{odd}") for odd in oddities)
            case Unread(file=file, why=why):
                _suite(root, file, (), why)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: Element, file: str, verdicts: Sequence[RuleVerdict], trouble: str | None) -> Element:
    counts = {word: sum(each.verdict == word for each in verdicts) for word in ("broken", "not_judged")}
    errors = 0 if trouble is None else 1
    suite = SubElement(
        root,
        "testsuite",
        name=_plain(file),
        tests=str(len(verdicts) + errors),
        failures=str(counts["broken"]),
        errors=str(errors),
        skipped=str(counts["not_judged"]),
    )
    if trouble is not None:
        case = SubElement(suite, "testcase", classname="kiloclaw.rules", name="read", file=_plain(file))
        SubElement(case, "error", message=_plain(trouble))
    return suite


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
