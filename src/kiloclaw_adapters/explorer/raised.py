"""What is told of an exception that the core raised: where, and the way to it."""

from __future__ import annotations

import traceback
from typing import Final

from attrs import frozen

from kiloclaw_adapters.explorer.raising import Met
from kiloclaw_adapters.explorer.worlds import AnyConfiguration

FRAMES: Final = -2
"""How many of the places that an exception came through are told: the last ones."""


@frozen
class Raised:
    """What was raised, as text that no process keeps for itself: in which configuration, where, and the way to it."""

    configuration: AnyConfiguration
    error: str
    lines: tuple[str, ...]
    """The last places that it came through, and itself, as Python tells of it."""
    code: str | None
    """What leads to where it was raised; nothing where the configuration does not even begin."""


class SearchRaisedError(RuntimeError):
    """The core raised an exception while it was searched or walked; it tells what, and the way there."""

    def __init__(self, raised: Raised) -> None:
        """Say it in a line."""
        super().__init__(raised)
        self.raised = raised

    def __str__(self) -> str:
        """The configuration and the exception."""
        return f"{self.raised.configuration.name}: the core raised {self.raised.error}"


def raised(configuration: AnyConfiguration, met: Met) -> SearchRaisedError:
    """What is told of an exception that was met."""
    _, *lines = "".join(traceback.format_exception(met.error, limit=FRAMES, chain=False)).splitlines()
    error = " ".join("".join(traceback.format_exception_only(met.error)).split())
    return SearchRaisedError(Raised(configuration, error, tuple(lines), met.code))
