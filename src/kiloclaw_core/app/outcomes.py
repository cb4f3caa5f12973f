"""What a request about an app came to; refusals, doubts and plain success are those of the instance's requests."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.names import UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown


class AddressKind(Enum):
    """The addresses an app needs to be reached (Fly: fly.md 1.2)."""

    V6 = "v6"
    SHARED_V4 = "shared_v4"


@frozen
class AppMade:
    """A create answered 201: the app is new, and ours."""


@frozen
class AppShown:
    """A get answered with the organisation that the app is in."""

    org_slug: str


@frozen
class OwnersListed:
    """A listing of an app's machines, reduced to whom their `kiloclaw_user_id` names.

    `named` are the users named, sorted, each once; `unnamed` counts the machines that name nobody, `unreadable` those
    whose metadata the answer did not show (an unreachable host).
    """

    named: tuple[UserId, ...] = ()
    unnamed: int = 0
    unreadable: int = 0


@frozen
class AddressesListed:
    """A listing of an app's addresses: the kinds it has of those it needs, sorted, each once."""

    kinds: tuple[AddressKind, ...] = ()


@frozen
class SecretSet:
    """The secret is set, as of this version of the app's secrets."""

    version: int


AppOutcome = AppMade | AppShown | OwnersListed | AddressesListed | SecretSet | Done | Rejected | Unknown
