"""What a system begins with: who is in it, how much may go wrong, and what claims must be told besides the record."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.commands import Identity
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, Region, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.landing import Outside

SANDBOX: Final = SandboxId("ki_1")
IDENTITY: Final = Identity(SANDBOX, UserId("user-1"), AppName("app-1"))
SPEC: Final = Spec("image-1", regions=(Region("ams"),))
SMALL: Final = Policy(tries=1, delete_failures_before_slowing=1, recoveries_a_day=1, stale_provision_s=None)


@frozen
class Budget:
    """How much may still happen that is not calm; with two processes a crash may as well be a take-over.

    A trouble is a fault or a crash, whichever comes.
    """

    starts: int = 0
    stops: int = 0
    destroys: int = 0
    restarts: int = 0
    restores: int = 0
    reassociations: int = 0
    recovers: int = 0
    clean_ups: int = 0
    resizes: int = 0
    provisions: int = 0
    quits: int = 0
    full: int = 0
    migrations: int = 0
    losses: int = 0
    outages: int = 0
    troubles: int = 0
    faults: int = 0
    crashes: int = 0
    processes: int = 1
    early: int = 0
    blind: int = 0
    stalls: int = 0
    overstays: int = 0
    conflicts: int = 0
    resurrections: int = 0

    @property
    def after_fault(self) -> Budget | None:
        """What is left once something went wrong, or None if nothing more may."""
        if self.faults:
            return evolve(self, faults=self.faults - 1)
        return evolve(self, troubles=self.troubles - 1) if self.troubles else None

    @property
    def after_crash(self) -> Budget | None:
        """What is left once a process died, or None if none may any more."""
        if self.crashes:
            return evolve(self, crashes=self.crashes - 1)
        return evolve(self, troubles=self.troubles - 1) if self.troubles else None


@frozen
class Ghost:
    """What happened and no record remembers, so that claims can speak of it."""

    destroy_granted: bool = False
    issued_after_destroy: tuple[str, ...] = ()
    mounted_deletes: tuple[str, ...] = ()
    conflicted: bool = False
    dropped: bool = False
    strangers: frozenset[str] = frozenset()
    wanted: str | None = None
    restarted: int = 0
    went_back: bool = False
    turned_away: tuple[str, ...] = ()
    cut_short: bool = False
    unwell: bool = False


class Suite(Enum):
    """When a configuration is searched: at every change, at night, or when somebody asks."""

    CI = "ci"
    NIGHTLY = "nightly"
    ASKED = "asked"


class Beginning(Enum):
    """Where an instance stands when the search begins: how it came there without any trouble is not searched again."""

    PROVISIONED = "provisioned"
    STOPPED = "stopped"
    RUNNING = "running"
    HALTED = "halted"


@frozen
class Configuration:
    """A system to explore: its budgets, the policy it runs under, and how things stand before it begins.

    `without` names claims that this beginning breaks by itself, each with the reason beside the configuration.
    """

    name: str
    sentence: str
    budget: Budget
    policy: Policy = SMALL
    identity: Identity = IDENTITY
    outside: Outside = Outside()
    without: tuple[str, ...] = ()
    spec: Spec = SPEC
    beginning: Beginning = Beginning.PROVISIONED
    witnesses: tuple[str, ...] = ()
    """What must be seen when it is searched whole."""
    suite: Suite = Suite.ASKED
    snapshots: int = 0
    """How many snapshots of its volume there are when the search begins."""
    polls: bool = False
    """Whether callers look, too: that takes a moment, and by itself changes nothing."""
