"""The model stepped beside the trace of any service: where it would do otherwise, as advice and never as a verdict."""

from __future__ import annotations

from kiloclaw_adapters.following.advice import Advice, Kind
from kiloclaw_adapters.following.showing import HEADING, row, summary
from kiloclaw_adapters.following.traces import Followed, follow, follow_file

__all__ = ("HEADING", "Advice", "Followed", "Kind", "follow", "follow_file", "row", "summary")
