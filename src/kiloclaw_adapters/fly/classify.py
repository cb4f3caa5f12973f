"""Decides what a refusal of Fly's means: the only place that looks at an error's status and text.

Fly uses one status for many things (409 alone means five), so its `status` word counts first, then the text, and the
code only where neither says anything (Fly: fly.md 4.2, reconcile 4.0). Whatever may have been applied is Unknown, and
no text can change that. Each marker was seen in production or in Fly's own documents, unless it says otherwise; an
unmarked refusal is never taken for lack of capacity.
"""

from __future__ import annotations

import json
import re
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters.fly.wire import machine_state
from kiloclaw_core.app.effects import AppChanging, AppReading, CreateApp
from kiloclaw_core.effects import (
    AwaitState,
    Changing,
    CopyOf,
    CreateMachine,
    CreateVolume,
    Creating,
    DeleteMachine,
    DeleteVolume,
    Deleting,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    StartMachine,
    UpdateMachine,
)
from kiloclaw_core.names import hinted_machine
from kiloclaw_core.outcomes import Done, Rejected, StateElsewhere, Unknown, Why

Looking: TypeAlias = GetMachine | GetVolume | ListMachines | ListVolumes
"""The reads that may have to be paused before."""
FlyEffect: TypeAlias = Creating | Changing | Deleting | Looking | ListSnapshots | AwaitState
AppEffect: TypeAlias = AppReading | AppChanging
Asked: TypeAlias = FlyEffect | AppEffect

REFUSALS: Final = range(400, 500)
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
TIMED_OUT: Final = 408
CONFLICTING: Final = 409
TOO_SOON: Final = 412
UNPROCESSABLE: Final = 422
ELSEWHERE: Final = re.compile(r"currently '?([a-z_]+)")
STILL_STARTING: Final = "still attempting to start"
NO_ROOM: Final = (400, FORBIDDEN, CONFLICTING, TOO_SOON, UNPROCESSABLE)
"""The codes under which Fly says that there is no room; none of them says so alone (Fly: fly.md 4.2)."""

WORDS: Final = {
    "insufficient_capacity": Why.CAPACITY_REGION,
    "volume_placement_capacity": Why.CAPACITY_HOST,
    "name_taken": Why.NAME_TAKEN,
}
"""Fly's own words for some refusals; `unknown` and whatever comes later say nothing (Fly: fly.md 1.0)."""


@frozen
class Marker:
    """A piece of text that tells what a refusal means, under one of these codes; under any, where none is named."""

    why: Why
    texts: tuple[str, ...]
    codes: tuple[int, ...] = ()

    def marks(self, status: int, text: str) -> bool:
        """Whether a refusal of this status and lower-case text means this."""
        return (not self.codes or status in self.codes) and any(one in text for one in self.texts)


MARKERS: Final = (
    Marker(Why.ALREADY_EXISTS, ("already_exists",), (CONFLICTING,)),
    Marker(
        Why.MISSING_VOLUME,
        ("volume does not exist", "volume not found", "could not find volume"),
        (400, NOT_FOUND, UNPROCESSABLE),
    ),
    Marker(
        Why.CAPACITY_HOST,
        (
            "insufficient resources to create new machine with existing volume",
            "could not reserve resource for machine",
            "deploys to this host are temporarily disabled",
            "governor policy",
        ),
        NO_ROOM,
    ),
    Marker(
        Why.CAPACITY_REGION,
        ("could not find a candidate host", "no capacity", "insufficient resources available to fulfill request"),
        NO_ROOM,
    ),
    Marker(Why.QUOTA, ("over the allowed quota",), NO_ROOM),
    Marker(Why.LIMIT, ("machine limit", "payment method"), (UNPROCESSABLE,)),
    Marker(Why.VOLUME_CLAIMED, ("volume already claimed",)),
    Marker(Why.VOLUME_BOUND, ("currently bound to machine",)),
    Marker(
        Why.TOO_EARLY, ("unable to start machine from current state", "still active", "getting replaced"), (TOO_SOON,)
    ),
    Marker(Why.TOO_EARLY, (STILL_STARTING,), (CONFLICTING,)),
    Marker(Why.CONFLICT, ("lease currently held", "lease held", "concurrent update"), (CONFLICTING,)),
    Marker(Why.VERSION_MISMATCH, ("current_version", "machine_version", "min_secrets_version"), (TOO_SOON,)),
    Marker(Why.INVALID, ("target region",)),  # else the 404 of a fork would tell of its source
)
"""In the order in which they count."""

SCARCE: Final = ("insufficient resources", "insufficient memory", "insufficient cpus", "insufficient ips")
"""Capacity without a place: for a volume the region's, for a machine its host's, as a volume pins it (fly.md 3)."""

AWAY: Final = re.compile(
    r"\bhost(?:_status)?\b.{0,80}\b(?:unreachable|unavailable|is down|not (?:ok|reachable|available|responding))\b"
    r"|\b(?:unreachable|unavailable) host\b",
    re.DOTALL,
)
"""A host that does not answer. No such refusal was seen yet: these are the words of `host_status`, and like ones."""

CODES: Final = {
    400: Why.INVALID,
    401: Why.UNAUTHORIZED,
    FORBIDDEN: Why.UNAUTHORIZED,
    NOT_FOUND: Why.NOT_FOUND,
    UNPROCESSABLE: Why.INVALID,
    429: Why.RATE_LIMITED,
}
APP_CODES: Final = {FORBIDDEN: Why.COLLISION, CONFLICTING: Why.CONFLICT}
"""What differs for an app: a 403 hides somebody else's, a 409 means that it is there already (Fly: fly.md 1.1, 1.2).

A 403 on making one is about the organisation, which is not open to us.
"""


def classify(status: int, body: str, asked: Asked) -> Rejected | Unknown | Done | StateElsewhere:
    """What an answer means that did not grant what was asked: total, and never surer than the answer is.

    `Rejected` only for a 4xx; 408, 5xx and everything unheard of may have been applied and is `Unknown`, and so is a
    2xx, which is brought here when it cannot be read.
    """
    word, text = _said(body)
    low = text.lower()
    if status == TIMED_OUT and isinstance(asked, AwaitState):
        return _elsewhere(low, body)
    if status == TIMED_OUT or status not in REFUSALS:
        return Unknown(f"HTTP {status}: {body}")
    if _is_fulfilled(status, low, asked):
        return Done()
    why = WORDS.get(word) or _marked(status, low, asked) or _by_code(status, asked)
    holder = hinted_machine(text) if why is Why.ALREADY_EXISTS else None
    return Rejected(why, holder, status, body)


def _said(body: str) -> tuple[str, str]:
    """Fly's word for the refusal, if it gave one, and its text; what is no JSON object is all text."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return "", body
    if not isinstance(envelope, dict):
        return "", body
    word, error, message = (envelope.get(key) for key in ("status", "error", "message"))
    text = next((one for one in (error, message) if isinstance(one, str)), body)
    return word if isinstance(word, str) else "", text


def _elsewhere(low: str, body: str) -> StateElsewhere | Unknown:
    found = ELSEWHERE.search(low)
    if found is None:
        return Unknown(f"HTTP {TIMED_OUT}: {body}")
    return StateElsewhere(machine_state(found.group(1)))


def _is_fulfilled(status: int, low: str, asked: Asked) -> bool:
    """Whether the refusal says that what was asked for is so already."""
    if isinstance(asked, DeleteMachine | DeleteVolume):
        return status == NOT_FOUND
    return isinstance(asked, StartMachine) and status == CONFLICTING and STILL_STARTING in low


def _marked(status: int, low: str, asked: Asked) -> Why | None:
    for marker in MARKERS:
        if marker.marks(status, low) and (marker.why is not Why.MISSING_VOLUME or _refers_to_volume(status, asked)):
            return marker.why
    if status in NO_ROOM and any(one in low for one in SCARCE):
        return Why.CAPACITY_REGION if isinstance(asked, CreateVolume) else Why.CAPACITY_HOST
    return Why.HOST_DOWN if _is_placed(asked) and AWAY.search(low) else None


def _refers_to_volume(status: int, asked: Asked) -> bool:
    """Whether a volume that is missing is one that the request refers to; of a fork's 404 the code says it already."""
    if isinstance(asked, CreateVolume):
        return isinstance(asked.content, CopyOf) and status != NOT_FOUND
    return isinstance(asked, CreateMachine | UpdateMachine | StartMachine)


def _is_placed(asked: Asked) -> bool:
    """Whether only one host can do what is asked: that of the machine, of its volume, or of the volume it copies."""
    if isinstance(asked, CreateVolume):
        return isinstance(asked.content, CopyOf)
    return isinstance(asked, CreateMachine | Changing | Deleting)


def _by_code(status: int, asked: Asked) -> Why:
    about_app = isinstance(asked, AppReading | AppChanging)
    if about_app and status in APP_CODES and not (status == FORBIDDEN and isinstance(asked, CreateApp)):
        return APP_CODES[status]
    return CODES.get(status, Why.UNRECOGNISED)
