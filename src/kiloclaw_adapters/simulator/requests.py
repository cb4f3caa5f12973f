"""Keeps what was asked of the simulator: which request, when it came, landed and was answered, and how.

Bodies are not kept: they carry secrets.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from attrs import asdict, define, field

from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.reading import Json

KEPT: Final = 10_000
"""How many requests are remembered; older ones are forgotten."""


@define
class Asked:
    """One request; moments are in milliseconds since 1970, by the simulator's clock. None: not yet, or never."""

    number: int
    operation: Operation
    app: str
    of: str
    came_ms: int
    landed_ms: int | None = None
    ended_ms: int | None = None
    held: str | None = None
    """It stands still: before its effect, or after it."""
    answered: int | None = None
    """The HTTP status that was sent; None once ended means that the connection was closed."""
    faults: tuple[int, ...] = ()

    def shown(self) -> Json:
        """The request as the control surface shows it."""
        return {**asdict(self), "operation": self.operation.value, "faults": list(self.faults)}


@define
class RequestLog:
    """The requests, the oldest first."""

    kept: deque[Asked] = field(factory=lambda: deque(maxlen=KEPT))
    _came: int = 0

    def came(self, operation: Operation, app: str, of: str, moment_ms: int) -> Asked:
        """A request has come."""
        self._came += 1
        asked = Asked(self._came, operation, app, of, moment_ms)
        self.kept.append(asked)
        return asked
