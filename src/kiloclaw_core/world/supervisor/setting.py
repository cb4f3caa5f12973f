"""What an exploration of the supervisor begins with, and one moment of it as claims look at it."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor.record import Supervisor
from kiloclaw_core.world.supervisor.slots import Alive


@frozen
class SupervisorBudget:
    """How often each thing may still happen; `exits` are those that nobody asked for."""

    starts: int = 1
    stops: int = 1
    restarts: int = 1
    shutdowns: int = 1
    exits: int = 1
    refusals: int = 0
    stubborn: int = 1
    stuck: int = 0


@frozen
class SupervisorScene:
    """One moment: the record, who waits, which children there are, and whether nothing is on its way."""

    record: Supervisor
    asked: tuple[AskId, ...]
    told: tuple[AskId, ...]
    coming: tuple[OpId, ...]
    alive: tuple[Alive, ...]
    quiet: bool
    shut: bool = False
    """Whether it was told to shut down."""

    @property
    def waiting(self) -> bool:
        """Whether somebody waits to be told."""
        return set(self.told) != set(self.asked)
