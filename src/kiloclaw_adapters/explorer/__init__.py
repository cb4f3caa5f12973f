"""The checker with a clock and files: runs named configurations, tells what was found, and keeps traces as races."""

from __future__ import annotations

from kiloclaw_adapters.explorer.findings import (
    Json,
    failure_text,
    findings_json,
    phases_diagram,
    replay_command,
    transitions_page,
    verdict_json,
    verdict_line,
)
from kiloclaw_adapters.explorer.races import Race, RaceError, read_race, write_race
from kiloclaw_adapters.explorer.run import (
    Exploration,
    UnknownConfigurationError,
    configuration_called,
    run_exploration,
)
from kiloclaw_adapters.explorer.story import lanes_text, sequence_text, steady_passages

__all__ = (
    "Exploration",
    "Json",
    "Race",
    "RaceError",
    "UnknownConfigurationError",
    "configuration_called",
    "failure_text",
    "findings_json",
    "lanes_text",
    "phases_diagram",
    "read_race",
    "replay_command",
    "run_exploration",
    "sequence_text",
    "steady_passages",
    "transitions_page",
    "verdict_json",
    "verdict_line",
    "write_race",
)
