"""What is asked of the controller's cache, and why it may be refused before anything is done."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.pairing.requests import Kind, Subject


@frozen
class StartCache:
    """Read at once and then periodically: the gateway is up."""


@frozen
class StopCache:
    """Never read nor run anything again; who waits is answered now, what runs is killed."""


@frozen
class Refresh:
    """Read this list anew; the asker is answered when that has ended, whatever it came to."""

    ask: AskId
    kind: Kind


@frozen
class Approve:
    """Approve this request; whoever asks for the same one while it runs shares its answer."""

    ask: AskId
    subject: Subject


PairingCommand = StartCache | StopCache | Refresh | Approve


class PairingRefusal(Enum):
    """Why a command was not granted; nothing was done, and nothing will be."""

    SHUTTING_DOWN = "the cache is shutting down"
    NO_CHANNEL = "that is no name of a channel"
    NO_CODE = "that is no pairing code"
    NO_REQUEST = "that is no id of a request"
    BUSY = "too many approvals are waiting"
