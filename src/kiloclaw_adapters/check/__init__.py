"""Judging traces of any service by the rules of the lifecycle: files in, verdicts out, and traces without secrets."""

from __future__ import annotations

from kiloclaw_adapters.check.files import STANDARD_INPUT, Judged, Unread, judge_rules, judged_or_unread, lines_of
from kiloclaw_adapters.check.junit import junit
from kiloclaw_adapters.check.lanes import lanes
from kiloclaw_adapters.check.oddities import Oddity
from kiloclaw_adapters.check.pages import PAGE, rules_page
from kiloclaw_adapters.check.redacting import redact
from kiloclaw_adapters.check.trace_pages import TRACE_PAGE, trace_page

__all__ = (
    "PAGE",
    "STANDARD_INPUT",
    "TRACE_PAGE",
    "Judged",
    "Oddity",
    "Unread",
    "judge_rules",
    "judged_or_unread",
    "junit",
    "lanes",
    "lines_of",
    "redact",
    "rules_page",
    "trace_page",
)
