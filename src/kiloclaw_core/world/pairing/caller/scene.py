"""One moment of two calls, their controller, the truth and what is kept, as claims look at it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_core.pairing.caller.flow import ApproveCall, CallEffect, ListCall
from kiloclaw_core.pairing.caller.keeping import Kept


class Controller(Enum):
    """How a machine's controller is, or is not."""

    CURRENT = "it has the routes and says so"
    SILENT = "it has the routes and does not say so"
    CODED = "it has no routes, and a 401 with a code says so"
    UNCODED = "it has no routes, and a 404 without a code says so"
    WITHOUT = "it has no routes, and does not say that it has"
    BARE = "it has no routes, and a bare 401 says nothing"
    STARTING = "it is starting"
    DOWN = "the machine is down"


ROUTED: Final = frozenset({Controller.CURRENT, Controller.SILENT})
GONE_ROUND: Final = frozenset({Controller.CODED, Controller.UNCODED, Controller.WITHOUT})
"""Whom exec may go round: those without the routes, where that can be known."""


@frozen
class Truth:
    """Whether the request is pending, how often something tried to approve it, and whether it is approved."""

    pending: bool = True
    tries: int = 0
    approved: bool = False


@frozen
class CallerScene:
    """One moment: both calls, the truth, what is kept, and what is on its way."""

    controller: Controller
    listing: ListCall
    approving: ApproveCall
    truth: Truth
    kept: Kept
    under_way: tuple[tuple[str, CallEffect], ...]
    """What is on its way to somebody, each after the call that asks it."""
    dropped: bool
    """Whether the cache was told of an approval, and took it."""
    troubled: bool = False
    """Whether anything went wrong so far."""
    misled: tuple[str, ...] = ()
    """The calls to which a stranger said that a route is missing which may be there, each as often as one did."""

    @property
    def effects(self) -> tuple[CallEffect, ...]:
        """What is on its way, whoever asks it."""
        return tuple(effect for _, effect in self.under_way)
