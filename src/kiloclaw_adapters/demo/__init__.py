"""The demo: a real lifecycle on real processes, with a race and two crashes, shown in lanes and judged afterwards."""

from __future__ import annotations

from kiloclaw_adapters.demo.judging import Judgement, judge
from kiloclaw_adapters.demo.processes import DemoError
from kiloclaw_adapters.demo.running import Played, run_demo

__all__ = ("DemoError", "Judgement", "Played", "judge", "run_demo")
