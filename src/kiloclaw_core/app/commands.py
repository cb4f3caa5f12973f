"""What callers ask of an app's record: to have the app, under names that they supply, and why they may be refused."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.names import AppName, CommandId, OwnerKey, UserId


@frozen
class Ensure:
    """Have the owner's app exist, be ours, addressed and keyed; asked again, have its key set again.

    `user` is whom the machines in the app name as theirs (for an instance's app that is not the owner key). `key` is
    a secret that the caller has made up: the first one stays, because machines were configured with it.
    """

    id: CommandId
    owner: OwnerKey
    user: UserId
    app: AppName
    org_slug: str
    network: str
    key: str = field(repr=False)
    at: int = field(default=0, eq=False)


class AppRefusal(Enum):
    """Why a command was not granted; read it after "because"."""

    ANOTHER_OWNER = "the app belongs to another owner, user, organisation or network"
    UNNAMED = "the owner, the user, the organisation, the network and the key must all be named"
    MISNAMED = "the app's name is not one that Fly takes"
