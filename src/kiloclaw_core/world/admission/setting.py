"""What an exploration of admission begins with: who asks, how much may go wrong, and what claims are told besides."""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry.positions import Beginning, Flow, Request
from kiloclaw_core.registry.record import Opener, Phase, Registry, RouteState
from kiloclaw_core.registry.update import Update, UpdateRequest
from kiloclaw_core.world.admission.instances import Attempted, Wanted
from kiloclaw_core.world.admission.rows import Row
from kiloclaw_core.world.setting import Suite

OWNER: Final = OwnerKey("org:claws")
ANN: Final = UserId("ann")
BOB: Final = UserId("bob")
SMALL: Final = Policy(tries=1, probe_waits_s=(1.0,) * 9)
"""Waits are not told apart here; that there are many has every probe of a search counted."""


@frozen
class Caller:
    """Somebody who wants an instance, or wants theirs changed, by the name under which they are drawn."""

    name: str
    request: Request | UpdateRequest


def wanting(name: str, user: UserId) -> Caller:
    """A caller who wants an instance of their own; the attempt is called as they are."""
    return Caller(name, Request(OWNER, user, AttemptId(name), SandboxId(f"{name}'s"), opened_by(name)))


def opened_by(name: str) -> Opener:
    """Who asks, in which request: every time the same."""
    return Opener(name, f"request of {name}")


FIRST: Final = wanting("first", ANN)
SECOND: Final = wanting("second", ANN)
OTHER: Final = wanting("other", BOB)
OLD: Final = SandboxId("old")
OLD_KEY: Final = SandboxId("ann as she was called then")
OLD_INSTANCE: Final = Attempted(OLD, None, Wanted.RUNNING, there=True, key=OLD_KEY)
OLD_ROW: Final = Row(OLD, ANN, subscribed=True, key=OLD_KEY)
"""An instance that is older than the registry, whose record is named after its user, and its row."""
HERSELF: Final = OwnerKey("user:ann")
NEWCOMER: Final = Caller(
    "newcomer", Request(HERSELF, ANN, AttemptId("newcomer"), SandboxId("newcomer's"), opened_by("newcomer"))
)
OLD_TIMER: Final = Caller("old-timer", UpdateRequest(HERSELF, ANN, OLD))
UPDATER: Final = Caller("updater", UpdateRequest(OWNER, ANN, FIRST.request.instance, bootstrap=True))
"""Somebody who changes what the first caller has, and may subscribe it."""


def key_of(instance: SandboxId) -> SandboxId:
    """The name of an instance's record, as its row has it."""
    return OLD_KEY if instance == OLD else instance


def begun(caller: Caller, tries: int) -> Flow | Update:
    """The request from where it asks for the slot, or for the row; that it is entitled is no race."""
    match caller.request:
        case Request() as request:
            return Flow(request, Beginning(), tries)
        case UpdateRequest() as request:
            return Update(request, tries=tries)


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
    """What happened and no record remembers: fences given, attempts ended, and routes that once were not live.

    That an attempt ended is known for as long as the registry remembers the attempt, and no longer.
    """

    admitted: tuple[tuple[UserId, Fence, AttemptId], ...] = ()
    ended: tuple[AttemptId, ...] = ()
    doomed: tuple[SandboxId, ...] = ()


def witnessed(ghost: AdmissionGhost, registry: Registry) -> AdmissionGhost:
    """What happened, once the registry looks like this."""
    given = {(one.user, one.fence, one.attempt) for one in registry.reservations if not one.born}
    ended = {one.attempt for one in registry.reservations if one.phase is Phase.RELEASED}
    remembered = {one.attempt for one in registry.reservations}
    doomed = {one.instance for one in registry.routes if one.state is not RouteState.LIVE}
    after = AdmissionGhost(
        tuple(sorted({*ghost.admitted, *given})),
        tuple(sorted(({*ghost.ended} & remembered) | ended)),
        tuple(sorted({*ghost.doomed, *doomed})),
    )
    return ghost if after == ghost else after


@frozen
class AdmissionConfiguration:
    """A system to explore: who asks for what, how much may go wrong, and how many probes a slot may take to be free."""

    name: str
    sentence: str
    callers: tuple[Caller, ...]
    budget: AdmissionBudget
    lockout: int | None = None
    """After so many probes at the most is a slot free, and in some state only then; None where there are outages."""
    tries: int = 0
    policy: Policy = SMALL
    old: bool = False
    """Whether the first caller's user has an instance that is older than the registry."""
    unheard: bool = False
    """Whether an owner may destroy what nobody has asked for yet."""
    witnesses: tuple[str, ...] = ()
    """What must be seen when it is searched whole."""
    suite: Suite = Suite.CI
    mirrored: bool = False
    """Whether its two callers may be exchanged, so that one state stands for two."""
    covering: bool = False
    """Whether a state is passed over where one was found that differs only in having more of its budget left."""


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
