"""Whether a machine is well: what is asked, how long for, and what counts as up (pairing 4.5, PW10).

Ready is what the controller's own readiness route says, for it asks the gateway. A controller too old for the route is
asked for its gateway's state, and believed if it has no such route when it is asked once more. That something,
anything, answers on `/` says nothing: with the proxy token enforced it is 401 whatever the gateway does. No request
outlives the time that is left, and how it ended is told.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.pairing.caller.verdicts import is_success, is_unknown_route
from kiloclaw_core.pairing.json_values import object_of

RUNNING: Final = "running"
DENIALS: Final = frozenset({401, 403})
ABOUT_THE_LOAD: Final = frozenset({"loadAverage", "settled"})
"""What a controller adds to whatever the gateway says of its readiness (pairing 2.4)."""


class Route(Enum):
    """What is asked."""

    READY = "/_kilo/gateway/ready"
    STATUS = "/_kilo/gateway/status"


class Trouble(Enum):
    """What was last heard of a machine that is not well."""

    NOTHING = "nothing was heard"
    DENIED = "the controller does not accept us"
    STARTING = "the controller is starting"
    NOT_READY = "the gateway is not ready"


@frozen
class HealthPolicy:
    """Durations end in `_s` and are seconds; the defaults are upstream's where it has one (pairing 5)."""

    most_s: float = 60.0
    """How long a machine may take to be well."""
    request_s: float = 5.0
    """How long one request may take, and never longer than what is left."""
    pause_s: float = 3.0


@frozen
class Health:
    """A probe: which route is asked, and what was last heard."""

    route: Route = Route.READY
    heard: Trouble = Trouble.NOTHING
    runs: bool = False
    """Whether the gateway was just said to run, which counts if there is no readiness route to say more."""
    policy: HealthPolicy = HealthPolicy()


@frozen
class Probe:
    """Ask this route, for so long."""

    route: Route
    timeout_s: float


@frozen
class Well:
    """The gateway serves; by the state alone where the controller is too old to say more."""

    by: Route


@frozen
class Unwell:
    """The time is up, and this was last heard."""

    trouble: Trouble


def next_probe(health: Health, left_s: float) -> Probe | Unwell:
    """What is asked now, with this much time left, or that there is none."""
    if left_s <= 0:
        return Unwell(health.heard)
    return Probe(health.route, min(health.policy.request_s, left_s))


def pause_s(health: Health, left_s: float) -> float:
    """How long to wait before the next request: not beyond the end."""
    return max(0.0, min(health.policy.pause_s, left_s))


def health_heard(health: Health, status: int, body: object) -> Health | Well:
    """What an answer means.

    A controller that is older than the readiness route may deny it, as one denies whoever has a wrong token: the older
    route tells the two apart (pairing PW9). A proxy may say either, once, while the machine boots: so one whose
    gateway runs is asked for the route again.
    """
    match health.route:
        case Route.READY:
            return _readiness_heard(health, status, body)
        case Route.STATUS if is_success(status) and object_of(body).get("state") == RUNNING:
            return evolve(health, route=Route.READY, runs=True)
        case Route.STATUS:
            return evolve(health, heard=trouble_of(status, body))


def _readiness_heard(health: Health, status: int, body: object) -> Health | Well:
    unknown = is_unknown_route(status, body)
    if unknown or status in DENIALS:
        heard = health.heard if unknown else Trouble.DENIED
        return Well(Route.STATUS) if health.runs else evolve(health, route=Route.STATUS, heard=heard)
    if is_success(status) and _is_ready(body):
        return Well(Route.READY)
    return evolve(health, heard=trouble_of(status, body), runs=False)


def health_unheard(health: Health) -> Health:
    """No answer, or none in time."""
    return evolve(health, heard=Trouble.NOTHING, runs=False)


def _is_ready(body: object) -> bool:
    said = object_of(body)  # a page for people is none, whatever its status (pairing 3.5)
    return bool(said.keys() - ABOUT_THE_LOAD) and said.get("ready", True) is True


def trouble_of(status: int, body: object) -> Trouble:
    """What an answer that is not well says."""
    if status in DENIALS:
        return Trouble.DENIED
    return Trouble.STARTING if object_of(body).get("error") == "Service starting" else Trouble.NOT_READY
