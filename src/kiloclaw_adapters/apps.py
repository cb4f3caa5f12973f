"""Performs the effects of an app's record at Fly: the bridge from requests about apps to their outcomes.

Which request an effect is, and what a success shows, stands here (Fly: fly.md 1.1 to 1.3); the connections are the
client's, and what a refusal means is `classify`'s.
"""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Final, TypeAlias, TypeVar

from attrs import evolve, frozen
from cattrs import transform_error
from cattrs.errors import BaseValidationError

from kiloclaw_adapters.fly import Answer, FlyClient, NoAnswer, NotSent, Reply
from kiloclaw_adapters.fly.classify import classify
from kiloclaw_adapters.fly.limit import MaySend
from kiloclaw_adapters.fly.shapes import CONVERTER, WireMachine
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.app import (
    AddressesListed,
    AddressKind,
    AllocateAddress,
    AppChanging,
    AppMade,
    AppOutcome,
    AppReading,
    AppShown,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    OwnersListed,
    SecretSet,
    SetSecret,
)
from kiloclaw_core.machine import USER_KEY
from kiloclaw_core.names import UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.turn import may_send

Shape = TypeVar("Shape")

AppRequest: TypeAlias = AppReading | AppChanging
SUCCESSES: Final = range(200, 300)
FORBIDDEN: Final = 403


@frozen
class WireOrganization:
    """An organisation."""

    slug: str


@frozen
class WireApp:
    """An app."""

    organization: WireOrganization


@frozen
class WireAddress:
    """An address of an app."""

    ip: str
    shared: bool = False


@frozen
class WireAddresses:
    """The addresses of an app; without any, Fly may leave the list out."""

    ips: tuple[WireAddress, ...] | None = None


@frozen
class WireSecret:
    """A secret that was set: the version of the app's secrets, whose key was capitalised once (Fly: fly.md 1.3)."""

    version: int | None = None
    Version: int | None = None


@frozen
class FlyApps:
    """Performs the requests about apps; `clock` is given by tests."""

    client: FlyClient
    policy: Policy = Policy()
    clock: Clock = SystemClock()

    async def perform(self, effect: AppRequest, *, committed_at: float) -> AppOutcome:
        """Perform the effect, which was committed at this moment of `clock`, and tell what it came to.

        What changes something is not sent later than `send_by_s` after its commit.
        """

        def in_time(in_s: float) -> bool:
            return may_send(self.clock.monotonic() + in_s - committed_at, self.policy)

        return outcome_of(effect, await self._ask(effect, in_time))

    async def _ask(self, effect: AppRequest, in_time: MaySend) -> Reply:
        match effect:
            case CreateApp(app=app, org_slug=org_slug, network=network):
                return await self.client.create_app(app, org_slug, network, in_time)
            case AllocateAddress(app=app, kind=kind):
                return await self.client.create_address(app, kind.value, in_time)
            case SetSecret(app=app, name=name, value=value):
                return await self.client.set_secret(app, name, value, in_time)
            case GetApp() | ListOwners() | ListAddresses():
                await self.clock.sleep(effect.pause_s)
                return await self._look(effect)

    async def _look(self, effect: AppReading) -> Reply:
        match effect:
            case GetApp(app=app):
                return await self.client.get_app(app)
            case ListOwners(app=app):
                return await self.client.list_machines(app)
            case ListAddresses(app=app):
                return await self.client.list_addresses(app)


def outcome_of(effect: AppRequest, reply: Reply) -> AppOutcome:
    """What the effect came to, by the reply to its request."""
    match reply:
        case NotSent(why=why):
            return Rejected(Why.NOT_SENT, text=why)
        case NoAnswer(text=text):
            return Unknown(text)
        case Answer(status=status, body=body) if status not in SUCCESSES:
            return _refused(effect, status, body)
        case Answer(body=body):
            try:
                return _shown(effect, body)
            except UnreadableError as error:
                return Unknown(f"the answer was a success that cannot be read: {error}")


def _refused(effect: AppRequest, status: int, body: str) -> AppOutcome:
    refused = classify(status, body, effect)
    assert isinstance(refused, Rejected | Unknown), "no refusal of a request about an app grants it"
    if isinstance(refused, Rejected) and isinstance(effect, CreateApp) and status == FORBIDDEN:
        return evolve(refused, why=Why.UNAUTHORIZED)  # nobody's app yet: the organisation is not open to us
    return refused


def _shown(effect: AppRequest, body: str) -> AppOutcome:
    match effect:
        case CreateApp():
            return AppMade()
        case AllocateAddress():
            return Done()
        case GetApp():
            return AppShown(_read(body, WireApp).organization.slug)
        case ListAddresses():
            return _addresses(_read(body, WireAddresses).ips or ())
        case ListOwners():
            return _owners(_read(body, tuple[WireMachine, ...]))
        case SetSecret():
            return SecretSet(_version(body))


def _addresses(ips: tuple[WireAddress, ...]) -> AddressesListed:
    """The kinds that an app needs; a private address, or one of its own in IPv4, is none of them."""
    kinds: set[AddressKind] = set()
    for one in ips:
        try:
            address = ip_address(one.ip)
        except ValueError as error:
            raise UnreadableError(f"body.ips: {error}") from error
        if address.version == 4 and one.shared:  # noqa: PLR2004 - the version of the protocol
            kinds.add(AddressKind.SHARED_V4)
        elif address.version == 6 and address.is_global:  # noqa: PLR2004 - the version of the protocol
            kinds.add(AddressKind.V6)
    return AddressesListed(tuple(kind for kind in AddressKind if kind in kinds))


def _owners(machines: tuple[WireMachine, ...]) -> OwnersListed:
    """Whom the machines name. One that shows no metadata names nobody that we could read (Fly: fly.md 2.3)."""
    metadata = [
        next((one.metadata for one in (machine.config, machine.incomplete_config) if one and one.metadata), None)
        for machine in machines
    ]
    shown = [one for one in metadata if one is not None]
    named = {UserId(one[USER_KEY]) for one in shown if one.get(USER_KEY)}
    unnamed = sum(1 for one in shown if not one.get(USER_KEY))
    return OwnersListed(tuple(sorted(named)), unnamed, len(metadata) - len(shown))


def _version(body: str) -> int:
    shown = _read(body, WireSecret)
    version = shown.Version if shown.version is None else shown.version
    if version is None:
        raise UnreadableError("body.version: missing")
    return version


def _read(body: str, shape: type[Shape]) -> Shape:
    try:
        return CONVERTER.structure(json.loads(body), shape)
    except BaseValidationError as error:
        raise UnreadableError("; ".join(transform_error(error, path="body"))) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableError(f"body: {error}") from error
