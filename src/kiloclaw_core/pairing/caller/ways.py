"""Which way a call goes: not at all, to ask what the controller can do, to the controller, or round it.

A machine that is down is not called, because a call would wake it (pairing PW20). What the controller says that it can
do decides; only of one that does not say is it guessed, from the very answer to the call (pairing PW9).
"""

from __future__ import annotations

from enum import Enum

from kiloclaw_core.pairing.caller.capabilities import Capabilities
from kiloclaw_core.pairing.caller.flow import Failing, Known, MachineSeen
from kiloclaw_core.pairing.caller.verdicts import Miss, Told, VersionVerdict
from kiloclaw_core.pairing.requests import Kind


class Way(Enum):
    """Where a call goes next."""

    VERSION = "the controller is asked what it can do"
    CONTROLLER = "the controller is asked"
    GUESS = "the controller is asked, and may not have the route"
    ROUND = "the controller has no such route"


def way_seen(known: Known, kind: Kind, seen: MachineSeen) -> Way | Failing:
    """The way once the machine was looked at."""
    match seen:
        case MachineSeen.DOWN:
            return Failing.NOT_RUNNING
        case MachineSeen.UNKNOWN:
            return Failing.UNREACHABLE
        case MachineSeen.UP:
            return Way.VERSION if known.capabilities is None else way_known(known.capabilities, kind)


def way_told(verdict: VersionVerdict, kind: Kind) -> Way | Failing:
    """The way once the controller was asked what it can do."""
    match verdict:
        case Told(capabilities=capabilities):
            return Way.GUESS if capabilities is None else way_known(capabilities, kind)
        case Miss.ROUTE_UNKNOWN:
            return Way.GUESS
        case Miss.DENIED:
            return Failing.DENIED
        case Miss.UNAVAILABLE | Miss.INVALID | Miss.AMBIGUOUS:
            return Failing.UNREACHABLE


def way_known(capabilities: Capabilities, kind: Kind) -> Way:
    """The way where the controller has said what it can do."""
    return Way.CONTROLLER if capabilities.serves(kind) else Way.ROUND


def way_missed(miss: Miss, *, guessing: bool) -> Way | Failing:
    """The way once the controller did not answer, and nothing was done."""
    match miss:
        case Miss.ROUTE_UNKNOWN:
            return Way.ROUND if guessing else Failing.CONTRADICTED
        case Miss.DENIED:
            return Failing.DENIED
        case Miss.UNAVAILABLE | Miss.AMBIGUOUS:
            return Failing.UNREACHABLE
        case Miss.INVALID:
            return Failing.UNREADABLE
