"""What an exploration of admission begins with: who asks, how much may go wrong, and what claims must be told besides."""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry.flow import Beginning, Flow, Request
from kiloclaw_core.registry.record import Phase, Registry, RouteState
from kiloclaw_core.world.setting import Suite

OWNER: Final = OwnerKey("org:claws")
ANN: Final = UserId("ann")
BOB: Final = UserId("bob")
SMALL: Final = Policy(tries=1, probe_waits_s=(1.0,) * 9)
"""Waits are not told apart here; that there are many has every probe of a search counted."""


def request(name: str, user: UserId, instance: str | None = None) -> Request:
    """A request by this name, for an instance of its own where no other is named."""
    return Request(OWNER, user, AttemptId(name), SandboxId(f"{name}'s" if instance is None else instance))


FIRST: Final = request("first", ANN)
SECOND: Final = request("second", ANN)
OTHER: Final = request("other", BOB)


def begun(asked: Request, tries: int) -> Flow:
    """The request from where it asks for the slot; that it is entitled is no race."""
    return Flow(asked, Beginning(), tries)


@frozen
class AdmissionBudget:
    """How much may still happen that is not calm.

    `again` are callers who ask once more after no good answer, `destroys` and `releases` what owners and operators do.
    `faults` are answers that get lost, `deaths` of whoever serves a request, `crashes` of an instance's process,
    `takeovers` of the registry's, `outages` of rows, instances or the provider, and `early` alarms before their time.
    """

    again: int = 0
    destroys: int = 0
    releases: int = 0
    faults: int = 0
    deaths: int = 0
    crashes: int = 0
    takeovers: int = 0
    outages: int = 0
    early: int = 0
    refusals: int = 0


@frozen
class Outages:
    """What does not answer at present."""

    rows: bool = False
    instances: bool = False
    provider: bool = False

    @property
    def any(self) -> bool:
        """Whether anything does not."""
        return self.rows or self.instances or self.provider


@frozen
class AdmissionGhost:
    """What happened and no record remembers: fences that were given, attempts that ended, routes that were no longer
    live.
    """

    admitted: tuple[tuple[UserId, Fence, AttemptId], ...] = ()
    ended: tuple[AttemptId, ...] = ()
    doomed: tuple[SandboxId, ...] = ()


def witnessed(ghost: AdmissionGhost, registry: Registry) -> AdmissionGhost:
    """What happened, once the registry looks like this."""
    given = {(one.user, one.fence, one.attempt) for one in registry.reservations}
    ended = {one.attempt for one in registry.reservations if one.phase is Phase.RELEASED}
    doomed = {one.instance for one in registry.routes if one.state is not RouteState.LIVE}
    after = AdmissionGhost(
        tuple(sorted({*ghost.admitted, *given})),
        tuple(sorted({*ghost.ended, *ended})),
        tuple(sorted({*ghost.doomed, *doomed})),
    )
    return ghost if after == ghost else after


@frozen
class AdmissionConfiguration:
    """A system to explore: who asks for what, how much may go wrong, and how many probes a slot may take to be free."""

    name: str
    sentence: str
    requests: tuple[Request, ...]
    budget: AdmissionBudget
    lockout: int
    """After so many probes at the most is a slot free, whatever happened; some state needs as many."""
    tries: int = 0
    policy: Policy = SMALL
    witnesses: tuple[str, ...] = ()
    """What must be seen when it is searched whole."""
    suite: Suite = Suite.CI


def spent(budget: AdmissionBudget, what: str) -> AdmissionBudget | None:
    """What is left once this has happened, or None if it may not."""
    left = {
        "again": budget.again,
        "destroys": budget.destroys,
        "releases": budget.releases,
        "faults": budget.faults,
        "deaths": budget.deaths,
        "crashes": budget.crashes,
        "takeovers": budget.takeovers,
        "outages": budget.outages,
        "early": budget.early,
        "refusals": budget.refusals,
    }[what]
    return evolve(budget, **{what: left - 1}) if left else None
