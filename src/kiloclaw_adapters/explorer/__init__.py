"""The checker with a clock, processes and files: runs configurations, tells what was found, and keeps races."""

from __future__ import annotations

from kiloclaw_adapters.explorer.findings import (
    Json,
    cells_of,
    configuration_json,
    failure_text,
    findings_json,
    phases_diagram,
    raised_json,
    raised_text,
    replay_command,
    replay_text,
    suite_json,
    transitions_json,
    transitions_page,
    verdict_json,
    verdict_line,
)
from kiloclaw_adapters.explorer.keeping import KeptSearchError
from kiloclaw_adapters.explorer.own import OwnConfigurationError
from kiloclaw_adapters.explorer.page.near import PageTooLargeError
from kiloclaw_adapters.explorer.page.writing import Page, page_of_search, page_of_trace, page_text
from kiloclaw_adapters.explorer.races import Race, RaceError, read_race, write_race
from kiloclaw_adapters.explorer.raised import Raised, SearchRaisedError
from kiloclaw_adapters.explorer.run import (
    Exploration,
    SearchInterruptedError,
    SearchTooLargeError,
    UnknownConfigurationError,
    configuration_called,
    run_exploration,
)
from kiloclaw_adapters.explorer.sizes import known_sizes
from kiloclaw_adapters.explorer.steady import steady_passages
from kiloclaw_adapters.explorer.story import lanes_text, sequence_text
from kiloclaw_adapters.explorer.suites import (
    SearchDiedError,
    UnknownSuiteError,
    cores,
    never_seen,
    of_world,
    run_explorations,
    suite_called,
    touched_by,
)
from kiloclaw_adapters.explorer.worlds import (
    AnyConfiguration,
    Searchable,
    World,
    beginning_of,
    budgets_of,
    opened,
    suite_of,
    witnesses_of,
    world_of,
)

__all__ = (
    "AnyConfiguration",
    "Exploration",
    "Json",
    "KeptSearchError",
    "OwnConfigurationError",
    "Page",
    "PageTooLargeError",
    "Race",
    "RaceError",
    "Raised",
    "SearchDiedError",
    "SearchInterruptedError",
    "SearchRaisedError",
    "SearchTooLargeError",
    "Searchable",
    "UnknownConfigurationError",
    "UnknownSuiteError",
    "World",
    "beginning_of",
    "budgets_of",
    "cells_of",
    "configuration_called",
    "configuration_json",
    "cores",
    "failure_text",
    "findings_json",
    "known_sizes",
    "lanes_text",
    "never_seen",
    "of_world",
    "opened",
    "page_of_search",
    "page_of_trace",
    "page_text",
    "phases_diagram",
    "raised_json",
    "raised_text",
    "read_race",
    "replay_command",
    "replay_text",
    "run_exploration",
    "run_explorations",
    "sequence_text",
    "steady_passages",
    "suite_called",
    "suite_json",
    "suite_of",
    "touched_by",
    "transitions_json",
    "transitions_page",
    "verdict_json",
    "verdict_line",
    "witnesses_of",
    "world_of",
    "write_race",
)
