"""What an app's record wants done outside: one request on the wire each, numbered by its op, answered exactly once.

Whoever performs one answers with what its docstring names, with `Rejected` when nothing was done, and with `Unknown`
when it may have been. A 403 about an app is `Why.COLLISION`: the name is somebody else's (Fly: fly.md 1.1). A 403 to a
create is `Why.UNAUTHORIZED`, like any 401: the organisation is not open to us.
"""

from __future__ import annotations

from attrs import field, frozen

from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.effects import Settle
from kiloclaw_core.names import AppName, OpId


@frozen
class GetApp:
    """Look whether there is an app of this name, and whose: `AppShown`. Not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    pause_s: float = 0.0


@frozen
class CreateApp:
    """Make the app, in a network of its own: `AppMade`. Names are global, so that a repeat is refused."""

    op: OpId
    app: AppName
    org_slug: str
    network: str


@frozen
class ListOwners:
    """List the app's machines and whom they name: `OwnersListed`. Not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    pause_s: float = 0.0


@frozen
class ListAddresses:
    """List the app's addresses: `AddressesListed`. Not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    pause_s: float = 0.0


@frozen
class AllocateAddress:
    """Give the app an address of this kind: `Done`. A repeat may give it a second one (Fly: fly.md 1.2)."""

    op: OpId
    app: AppName
    kind: AddressKind


@frozen
class SetSecret:
    """Set a secret of the app: `SecretSet`. Repeating it changes nothing but the version."""

    op: OpId
    app: AppName
    name: str
    value: str = field(repr=False)


AppReading = GetApp | ListOwners | ListAddresses
AppChanging = CreateApp | AllocateAddress | SetSecret
AppEffect = AppReading | AppChanging | Settle
