"""The rules of a lifecycle, judged over traces of `kiloclaw-trace/1` of any service.

Each rule is a fold over lines that keeps no more than what is live; `catalogue` says them in English.
"""

from __future__ import annotations

from kiloclaw_core.rules.asked import Place
from kiloclaw_core.rules.catalogue import (
    NEEDS,
    RULES,
    TELLING_ENDS,
    TELLING_EVENTS,
    TELLING_LABELS,
    TELLING_WORDS,
    Need,
    Rule,
)
from kiloclaw_core.rules.finding import Break
from kiloclaw_core.rules.judging import Check, RuleVerdict, RuleWord, check, opened, words

__all__ = (
    "NEEDS",
    "RULES",
    "TELLING_ENDS",
    "TELLING_EVENTS",
    "TELLING_LABELS",
    "TELLING_WORDS",
    "Break",
    "Check",
    "Need",
    "Place",
    "Rule",
    "RuleVerdict",
    "RuleWord",
    "check",
    "opened",
    "words",
)
