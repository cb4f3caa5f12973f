"""What the routes of a controller ask of whoever is behind them, so that a simulated machine can stand there too."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from kiloclaw_core.pairing import Kind, PendingView, Said, Subject
from kiloclaw_core.supervisor import Standing, SupervisorRefusal, SupervisorView


@frozen
class Readiness:
    """Whether the gateway serves: the status for it, and what is said beside the load."""

    status: int
    words: tuple[tuple[str, object], ...]


class Desk(Protocol):
    """A controller, as far as its routes must know it. Nothing here raises."""

    def standing(self) -> Standing:
        """How far it has come up."""
        ...

    async def pending(self, kind: Kind, *, anew: bool) -> PendingView:
        """What is pending, read anew or not."""
        ...

    async def approve(self, subject: Subject) -> Said:
        """Approve a request, and say how that ended."""
        ...

    def gateway(self) -> tuple[SupervisorView, int | None]:
        """How the gateway is, and its process."""
        ...

    async def start(self) -> SupervisorRefusal | None:
        """Have a gateway."""
        ...

    async def stop(self) -> SupervisorRefusal | None:
        """Have none."""
        ...

    async def restart(self) -> SupervisorRefusal | None:
        """Have another one."""
        ...

    async def readiness(self) -> Readiness:
        """Whether the gateway serves."""
        ...
