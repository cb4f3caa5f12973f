"""The rules of a lifecycle, judged over traces of `kiloclaw-trace/1` of any service.

Each rule is a fold over lines that keeps no more than what is live; `catalogue` says them in English.
"""

from __future__ import annotations

from kiloclaw_core.rules.catalogue import NEEDS, RULES, Need, Rule, rule_called
from kiloclaw_core.rules.finding import Break
from kiloclaw_core.rules.judging import RuleVerdict, check, words

__all__ = ("NEEDS", "RULES", "Break", "Need", "Rule", "RuleVerdict", "check", "rule_called", "words")
