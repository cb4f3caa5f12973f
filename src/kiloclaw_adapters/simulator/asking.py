"""What a request asks of the simulated Fly, and what it is answered, once the wire is off it.

The routes of the real service stand here, in one table. What a request does is decided by `machines`, `volumes` and
`apps`; whether it gets that far, by `gate`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import field, frozen

from kiloclaw_adapters.simulator.reading import Fields
from kiloclaw_core.names import AppName
from kiloclaw_core.outcomes import Rejected


class Operation(Enum):
    """What can be asked, in the words of our own client."""

    CREATE_APP = "create_app"
    GET_APP = "get_app"
    DELETE_APP = "delete_app"
    LIST_ADDRESSES = "list_addresses"
    CREATE_ADDRESS = "create_address"
    LIST_SECRETS = "list_secrets"
    SET_SECRETS = "set_secrets"
    SET_SECRET = "set_secret"  # noqa: S105 - the name of a request
    CREATE_MACHINE = "create_machine"
    GET_MACHINE = "get_machine"
    LIST_MACHINES = "list_machines"
    UPDATE_MACHINE = "update_machine"
    START_MACHINE = "start_machine"
    STOP_MACHINE = "stop_machine"
    SUSPEND_MACHINE = "suspend_machine"
    DELETE_MACHINE = "delete_machine"
    EXEC_MACHINE = "exec_machine"
    WAIT_MACHINE = "wait_machine"
    LIST_EVENTS = "list_events"
    TAKE_LEASE = "take_lease"
    SHOW_LEASE = "show_lease"
    RELEASE_LEASE = "release_lease"
    CREATE_VOLUME = "create_volume"
    GET_VOLUME = "get_volume"
    LIST_VOLUMES = "list_volumes"
    UPDATE_VOLUME = "update_volume"
    EXTEND_VOLUME = "extend_volume"
    DELETE_VOLUME = "delete_volume"
    LIST_SNAPSHOTS = "list_snapshots"
    CREATE_SNAPSHOT = "create_snapshot"
    LIST_ORG_MACHINES = "list_org_machines"
    LIST_ORG_VOLUMES = "list_org_volumes"
    PROBE_HEALTH = "probe_health"


_APP: Final = "/v1/apps/{app}"
_MACHINE: Final = f"{_APP}/machines/{{of}}"
_VOLUME: Final = f"{_APP}/volumes/{{of}}"
HEALTH_PATH: Final = "/_kilo/health"
ROUTES: Final[Mapping[Operation, tuple[str, str]]] = {
    Operation.CREATE_APP: ("POST", "/v1/apps"),
    Operation.GET_APP: ("GET", _APP),
    Operation.DELETE_APP: ("DELETE", _APP),
    Operation.LIST_ADDRESSES: ("GET", f"{_APP}/ip_assignments"),
    Operation.CREATE_ADDRESS: ("POST", f"{_APP}/ip_assignments"),
    Operation.LIST_SECRETS: ("GET", f"{_APP}/secrets"),
    Operation.SET_SECRETS: ("POST", f"{_APP}/secrets"),
    Operation.SET_SECRET: ("POST", f"{_APP}/secrets/{{of}}"),
    Operation.CREATE_MACHINE: ("POST", f"{_APP}/machines"),
    Operation.GET_MACHINE: ("GET", _MACHINE),
    Operation.LIST_MACHINES: ("GET", f"{_APP}/machines"),
    Operation.UPDATE_MACHINE: ("POST", _MACHINE),
    Operation.START_MACHINE: ("POST", f"{_MACHINE}/start"),
    Operation.STOP_MACHINE: ("POST", f"{_MACHINE}/stop"),
    Operation.SUSPEND_MACHINE: ("POST", f"{_MACHINE}/suspend"),
    Operation.DELETE_MACHINE: ("DELETE", _MACHINE),
    Operation.EXEC_MACHINE: ("POST", f"{_MACHINE}/exec"),
    Operation.WAIT_MACHINE: ("GET", f"{_MACHINE}/wait"),
    Operation.LIST_EVENTS: ("GET", f"{_MACHINE}/events"),
    Operation.TAKE_LEASE: ("POST", f"{_MACHINE}/lease"),
    Operation.SHOW_LEASE: ("GET", f"{_MACHINE}/lease"),
    Operation.RELEASE_LEASE: ("DELETE", f"{_MACHINE}/lease"),
    Operation.CREATE_VOLUME: ("POST", f"{_APP}/volumes"),
    Operation.GET_VOLUME: ("GET", _VOLUME),
    Operation.LIST_VOLUMES: ("GET", f"{_APP}/volumes"),
    Operation.UPDATE_VOLUME: ("PUT", _VOLUME),
    Operation.EXTEND_VOLUME: ("PUT", f"{_VOLUME}/extend"),
    Operation.DELETE_VOLUME: ("DELETE", _VOLUME),
    Operation.LIST_SNAPSHOTS: ("GET", f"{_VOLUME}/snapshots"),
    Operation.CREATE_SNAPSHOT: ("POST", f"{_VOLUME}/snapshots"),
    Operation.LIST_ORG_MACHINES: ("GET", "/v1/orgs/{of}/machines"),
    Operation.LIST_ORG_VOLUMES: ("GET", "/v1/orgs/{of}/volumes"),
    Operation.PROBE_HEALTH: ("GET", HEALTH_PATH),
}
"""Each operation's method and path (Fly: fly.md 1.1 to 1.5).

`{of}` is the machine, the volume, the secret or the organisation.
"""


@frozen
class Ask:
    """One request: `of` is what its path names below the app, `query` keeps repeated names, `org` is the caller's."""

    operation: Operation
    app: AppName
    of: str
    query: tuple[tuple[str, str], ...]
    body: Fields
    org: str
    knows_front_end: bool
    """It carries the affinity cookie, and so is answered where its writes were (Fly: fly.md 1.0)."""
    nonce: str = ""
    """Of the lease that it was given, if it brings one (Fly: fly.md 5)."""
    path: str = ""
    authorization: str = field(default="", repr=False)

    def named(self, name: str) -> str | None:
        """The last value of this name in the query, if there is one."""
        return dict(self.query).get(name)

    def listed(self, name: str) -> tuple[str, ...]:
        """Every value of this name in the query, repeated or separated by commas."""
        values = [value for key, value in self.query if key == name]
        return tuple(one for value in values for one in value.split(",") if one)


@frozen
class Answer:
    """An answer: its status, and its body as text."""

    status: int
    text: str = field(repr=False)
    content_type: str = "application/json"


class Refused(Exception):  # noqa: N818 - not a failure: an answer that ends the matter
    """The request is not applied, and this is its answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.answer = Answer(status, text)


def shown(body: object, status: int = 200) -> Answer:
    """The answer that shows this."""
    return Answer(status, json.dumps(body))


def envelope(text: str, status: str | None = None) -> str:
    """Fly's body for a refusal (Fly: fly.md 1.0)."""
    return json.dumps({"error": text} if status is None else {"error": text, "status": status})


def refused(status: int, text: str, enum: str | None = None) -> Refused:
    """The refusal with this text; `enum` is the word that Fly puts beside some."""
    return Refused(status, envelope(text, enum))


def invalid(text: str) -> Refused:
    """The refusal of a request that could never be right."""
    return refused(400, f"invalid_argument: {text}")


def rejected(rejection: Rejected) -> Refused:
    """The refusal that the truth gave, as Fly words it."""
    return Refused(rejection.status, rejection.text)
