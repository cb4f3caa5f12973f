"""The truth about apps: whose they are, what is in them, and what each request about one does when it lands.

A landing is one instant: truth before, truth after, and the answer, with the status and text of the real service
(fly.md 1.1 to 1.3). What a lagging view may show is `stale`; what the network loses is decided by whoever uses this.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.app.effects import (
    AllocateAddress,
    AppChanging,
    AppEffect,
    AppReading,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    SetSecret,
)
from kiloclaw_core.app.outcomes import (
    AddressesListed,
    AddressKind,
    AppMade,
    AppOutcome,
    AppShown,
    OwnersListed,
    SecretSet,
)
from kiloclaw_core.effects import Settle
from kiloclaw_core.names import AppName, UserId
from kiloclaw_core.outcomes import Done, Rejected, Why


@frozen
class Tenant:
    """A machine in an app: whom its metadata names, and whether an answer can show that (its host may be down)."""

    user: UserId | None
    readable: bool = True


@frozen
class TrueApp:
    """An app as it really is; `addresses` has each address by its kind, so that a second one shows."""

    app: AppName
    org_slug: str
    network: str
    tenants: tuple[Tenant, ...] = ()
    addresses: tuple[AddressKind, ...] = ()
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    version: int = 0

    def secret(self, name: str) -> str | None:
        """The value of a secret, if it is set."""
        return dict(self.secrets).get(name)


@frozen
class Apps:
    """All apps, sorted by their names, which are global, and the organisations that our token opens."""

    opened: tuple[str, ...]
    apps: tuple[TrueApp, ...] = ()

    def app(self, name: AppName) -> TrueApp | None:
        """The app of this name, whosever it is."""
        return next((one for one in self.apps if one.app == name), None)

    def having(self, app: TrueApp) -> Apps:
        """The apps with this one, in place of what it was."""
        return evolve(self, apps=tuple(sorted((*self.lacking(app.app).apps, app), key=lambda one: one.app)))

    def lacking(self, name: AppName) -> Apps:
        """The apps once the one of this name is deleted, and all that was in it."""
        return evolve(self, apps=tuple(one for one in self.apps if one.app != name))


def land(apps: Apps, effect: AppEffect) -> tuple[Apps, AppOutcome]:
    """The apps after this effect has landed, and what it answered."""
    match effect:
        case CreateApp() | AllocateAddress() | SetSecret():
            return _change(apps, effect)
        case GetApp() | ListOwners() | ListAddresses():
            return apps, read(apps, effect)
        case Settle():
            return apps, Done()


def _change(apps: Apps, effect: AppChanging) -> tuple[Apps, AppOutcome]:
    if isinstance(effect, CreateApp):
        return _create(apps, effect)
    found = _open(apps, effect.app)
    if isinstance(found, Rejected):
        return apps, found
    match effect:
        case AllocateAddress(kind=kind):
            return _allocate(apps, found, kind)
        case SetSecret(name=name, value=value):
            secrets = tuple(sorted({**dict(found.secrets), name: value}.items()))
            changed = evolve(found, secrets=secrets, version=found.version + 1)
            return apps.having(changed), SecretSet(changed.version)


def _create(apps: Apps, effect: CreateApp) -> tuple[Apps, AppOutcome]:
    if effect.org_slug not in apps.opened:
        return apps, Rejected(Why.UNAUTHORIZED, status=403, text='{"error":"unauthorized"}')
    if apps.app(effect.app) is not None:
        text = '{"error":"Validation failed: Name has already been taken","status":"name_taken"}'
        return apps, Rejected(Why.NAME_TAKEN, status=422, text=text)
    return apps.having(TrueApp(effect.app, effect.org_slug, effect.network)), AppMade()


def _allocate(apps: Apps, found: TrueApp, kind: AddressKind) -> tuple[Apps, AppOutcome]:
    """A v6 address is another one each time; of the shared ones an app has one at most."""
    match kind:
        case AddressKind.SHARED_V4 if kind in found.addresses:
            return apps, Rejected(Why.INVALID, status=422, text='{"error":"the app has a shared address"}')
        case AddressKind.V6 | AddressKind.SHARED_V4:
            addresses = tuple(sorted((*found.addresses, kind), key=lambda one: one.value))
            return apps.having(evolve(found, addresses=addresses)), Done()


def read(apps: Apps, effect: AppReading) -> AppOutcome:
    """What a read shows at this instant."""
    found = _open(apps, effect.app)
    if isinstance(found, Rejected):
        return found
    match effect:
        case GetApp():
            return AppShown(found.org_slug)
        case ListOwners():
            seen = [one.user for one in found.tenants if one.readable]
            named = sorted({user for user in seen if user is not None})
            return OwnersListed(tuple(named), seen.count(None), len(found.tenants) - len(seen))
        case ListAddresses():
            return AddressesListed(tuple(kind for kind in AddressKind if kind in found.addresses))


def stale(effect: AppReading) -> AppOutcome:
    """What a view that has not caught up shows: no app, or nothing in it (Fly: fly.md 4.4)."""
    match effect:
        case GetApp():
            return not_found()
        case ListOwners():
            return OwnersListed()
        case ListAddresses():
            return AddressesListed()


def not_found() -> Rejected:
    """The refusal of a request about an app that is not there."""
    return Rejected(Why.NOT_FOUND, status=404, text='{"error":"app not found"}')


def _open(apps: Apps, name: AppName) -> TrueApp | Rejected:
    """The app of this name, where it is there and in an organisation that is open to us."""
    found = apps.app(name)
    if found is None:
        return not_found()
    if found.org_slug not in apps.opened:
        return Rejected(Why.COLLISION, status=403, text='{"error":"unauthorized"}')
    return found
