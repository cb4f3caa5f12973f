"""The bugs, by the story they are in: functions with the signatures of those they replace, each a few lines wrong."""

from __future__ import annotations

from kiloclaw_adapters.testing.bugs import answers, destroys, moves, recoveries, starts, wishes

__all__ = ["answers", "destroys", "moves", "recoveries", "starts", "wishes"]
