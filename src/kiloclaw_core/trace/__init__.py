"""Traces of `kiloclaw-trace/1`, of any service, read line by line and judged by the explorer's claims.

Where lines come from, files and streams, is left to `kiloclaw_adapters.tracing`.
"""

from __future__ import annotations

from kiloclaw_core.trace.judging import TRACE_CLAIMS, Verdict, Word, judge
from kiloclaw_core.trace.parsing import parse
from kiloclaw_core.trace.reading import MalformedTraceError
from kiloclaw_core.trace.scenes import scenes

__all__ = ("TRACE_CLAIMS", "MalformedTraceError", "Verdict", "Word", "judge", "parse", "scenes")
