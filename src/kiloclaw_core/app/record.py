"""The durable record of one owner's app, what a transition of it is, and the small verbs that build one.

A record has one story, to have the app, so an attempt is no more than the tries it has left; that it is under way
shows in the phase. The verbs decide nothing.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from kiloclaw_core.app.commands import Ensure
from kiloclaw_core.app.effects import AppEffect
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.app.phases import AppPhase
from kiloclaw_core.instance import NOW, Note, Remembered
from kiloclaw_core.names import AppName, OpId, OwnerKey, UserId
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Look
from kiloclaw_core.policy import Policy


class Standing(Enum):
    """What is known of the app outside, learnt from answers alone."""

    UNKNOWN = "unknown"
    MADE = "made"
    """Ours: our create was answered, so nothing is in it but what we put there."""
    FOUND = "found"
    """Ours, but what is in it is not surely known: an absence takes two looks."""


@frozen
class AppIdentity:
    """Whose the app is and where: durable before any call, supplied by the caller, the same for ever."""

    owner: OwnerKey
    user: UserId
    app: AppName
    org_slug: str
    network: str


@frozen
class AppNote:
    """Why the app is not ready, in Fly's own words, until it is."""

    why: Why
    text: str = field(default="", eq=False)
    at: int = field(default=NOW, eq=False)


@frozen
class AppAbsent:
    """The record of an app that nobody has asked for."""

    policy: Policy = Policy()
    first_op: OpId = OpId(0)


@frozen
class App:
    """The durable record of one owner's app.

    `asked` is the op of a granted command that no transition has looked at yet, `tries` what the attempt has left.
    `addresses` are those that an answer has shown or granted.
    """

    phase: AppPhase
    identity: AppIdentity
    key: str = field(repr=False)
    ops: OpId
    asked: OpId | None
    tries: int
    standing: Standing = Standing.UNKNOWN
    addresses: tuple[AddressKind, ...] = ()
    note: AppNote | None = None
    granted: tuple[Remembered, ...] = ()
    policy: Policy = Policy()

    @property
    def missing(self) -> tuple[AddressKind, ...]:
        """The addresses it still lacks, in the order in which they are allocated."""
        return tuple(kind for kind in AddressKind if kind not in self.addresses)


AppRecord = AppAbsent | App


@frozen
class AppTransition:
    """The next record, to be made durable before any of the effects is performed, and lines for the log."""

    record: AppRecord
    effects: tuple[AppEffect, ...] = ()
    notes: tuple[Note, ...] = ()


def identity_of(command: Ensure) -> AppIdentity:
    """The identity that a command asks for."""
    return AppIdentity(command.owner, command.user, command.app, command.org_slug, command.network)


def go(app: App, phase: AppPhase, *effects: AppEffect, notes: tuple[Note, ...] = ()) -> AppTransition:
    """Into this phase, sending these effects, which were numbered from `app.ops` on."""
    return AppTransition(evolve(app, phase=phase, ops=OpId(app.ops + len(effects))), effects, notes)


def stay(app: App) -> AppTransition:
    """The app as it is, but for what was already written into it."""
    return go(app, app.phase)


def holding(app: App, *kinds: AddressKind) -> App:
    """The app with these addresses among those it is known to have."""
    known = {*app.addresses, *kinds}
    return evolve(app, addresses=tuple(kind for kind in AddressKind if kind in known))


def doubted(app: App) -> App:
    """The app once something may have been put into it unseen."""
    return evolve(app, standing=Standing.FOUND)


def forgotten(app: App) -> App:
    """The app once an answer says that it is not there, or not ours: all that was known of it is void."""
    return evolve(app, standing=Standing.UNKNOWN, addresses=())


def pause_of(app: App, look: Look) -> float:
    """How long to wait before this look: the second must not share a stale view with the first."""
    match look:
        case Look.FIRST:
            return 0.0
        case Look.SECOND:
            return app.policy.look_apart_s
