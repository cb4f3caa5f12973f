"""What an app's record waits for or rests in; a phase of waiting carries the op it waits for."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Look, Pausing

# -- resting -----------------------------------------------------------------------------------------------------


@frozen
class Unready:
    """At rest: not asked yet, or given up with a note, to be tried again by a slow alarm."""


@frozen
class Ready:
    """At rest: the app is ours, addressed and keyed, as of this version of its secrets."""

    secrets_version: int


@frozen
class Collided:
    """At rest: the name is somebody else's. Only a new command looks again."""


# -- waiting -----------------------------------------------------------------------------------------------------


@frozen
class LookingUp:
    """Looking whether the app is there, before anything is created."""

    op: OpId


@frozen
class Creating:
    """A create of the app is in flight."""

    op: OpId


@frozen
class Confirming:
    """A create was refused or is in doubt: looking whether the app is there; if not, the refusal was the answer."""

    op: OpId
    refusal: Rejected
    look: Look


@frozen
class Verifying:
    """An app that we did not make is in our organisation: looking whose machines are in it."""

    op: OpId
    look: Look


@frozen
class ListingAddresses:
    """Looking which addresses the app has."""

    op: OpId
    look: Look


@frozen
class Allocating:
    """The allocation of an address is in flight."""

    op: OpId
    kind: AddressKind


class Sought(Enum):
    """What the request that is being settled would have brought about."""

    APP = "app"
    ADDRESS = "address"


@frozen
class Settling:
    """The outcome of `of` is unknown: waiting until it can no longer land."""

    op: OpId
    of: OpId
    sought: Sought


@frozen
class SettingSecret:
    """The key is being set in the app."""

    op: OpId


AppPhase = (
    Unready
    | Ready
    | Collided
    | Pausing
    | LookingUp
    | Creating
    | Confirming
    | Verifying
    | ListingAddresses
    | Allocating
    | Settling
    | SettingSecret
)
