"""What pytest is given by the extra `testing`: a change of the core for a whole run, and one for a single test.

Nothing of the library is imported before somebody asks for it, so that a run which does not is as quick as before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Final, TypeAlias

import pytest

OPTION: Final = "--kiloclaw-change"
CHANGES: Final = "kiloclaw_changes"

Put: TypeAlias = Callable[[ModuleType, str, Callable[..., object]], None]
"""Puts a function of yours in the place of one of the core's."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be told of changes."""
    parser.getgroup("kiloclaw").addoption(
        OPTION,
        action="append",
        default=[],
        dest=CHANGES,
        metavar="MODULE:FUNCTION=MODULE:FUNCTION",
        help="Put the second function in the place of the first, which is one of kiloclaw's core, for the whole run.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put the changes in place; each process of a run that is spread does so for itself."""
    asked: list[str] = config.getoption(CHANGES)
    if not asked:
        return
    from kiloclaw_adapters.testing.changes import ChangeError, changed, read_change  # noqa: PLC0415 (asked for now)

    stack = ExitStack()
    try:
        stack.enter_context(changed([read_change(text) for text in asked]))
    except ChangeError as error:
        raise pytest.UsageError(f"{OPTION}: {error}") from error
    config.add_cleanup(stack.close)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say on what core the tests run, where it is not the one that is installed."""
    asked: list[str] = config.getoption(CHANGES)
    return [f"kiloclaw: {text}" for text in asked]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it once more below what failed: without the change it may not."""
    asked: list[str] = config.getoption(CHANGES)
    if terminalreporter.stats.get("failed"):
        for text in asked:
            terminalreporter.write_line(f"kiloclaw: failed on a core that is changed: {text}")


@pytest.fixture
def changing() -> Iterator[Put]:
    """Put functions of yours in the place of the core's until the test is over: `changing(stop, "unwanted", mine)`."""
    from kiloclaw_adapters.testing import overridden  # noqa: PLC0415 (asked for now)

    with ExitStack() as stack:

        def put(module: ModuleType, function: str, override: Callable[..., object]) -> None:
            stack.enter_context(overridden(module, function, override))

        yield put
