"""What becomes of the truth when what a caller asked lands, what is answered, and what is heard instead.

The truth is one request that is pending until something approves it, which works once (pairing 1.8).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.pairing.caller import keeping
from kiloclaw_core.pairing.caller.capabilities import OURS, Capabilities
from kiloclaw_core.pairing.caller.flow import (
    ApproveHeard,
    AskVersion,
    CacheDone,
    CacheDrop,
    CacheGet,
    CacheGot,
    CachePut,
    CallApprove,
    CallEffect,
    CallFact,
    CallList,
    ExecApprove,
    ExecEnded,
    ExecList,
    ExecListed,
    ListHeard,
    LookAtMachine,
    MachineSeen,
    VersionHeard,
)
from kiloclaw_core.pairing.caller.keeping import Kept
from kiloclaw_core.pairing.caller.verdicts import Granted, Listed, Miss, Told, Turned
from kiloclaw_core.pairing.facts import CommandEnd
from kiloclaw_core.pairing.listings import Broken, Ok
from kiloclaw_core.pairing.requests import PendingRequest
from kiloclaw_core.world.pairing.caller.scene import ROUTED, Controller, Truth
from kiloclaw_core.world.pairing.truth import MESSAGE

LATER: Final = 1
"""A moment before whatever is kept grows old; this world has no other."""


def pending(truth: Truth) -> tuple[PendingRequest, ...]:
    """What is listed."""
    return (MESSAGE,) if truth.pending else ()


def approve(truth: Truth) -> tuple[Truth, CommandEnd]:
    """What the command does: it works once."""
    if not truth.pending:
        return evolve(truth, tries=truth.tries + 1), CommandEnd.FAILED
    return Truth(pending=False, tries=truth.tries + 1, approved=True), CommandEnd.SUCCEEDED


def missing(controller: Controller) -> Miss:
    """What a route that is not served is answered with."""
    match controller:
        case Controller.CODED | Controller.UNCODED | Controller.WITHOUT:
            return Miss.ROUTE_UNKNOWN
        case Controller.BARE:
            return Miss.DENIED
        case Controller.STARTING | Controller.DOWN | Controller.CURRENT | Controller.SILENT:
            return Miss.UNAVAILABLE


def version(controller: Controller) -> Told | Miss:
    """What the controller says that it can do; the oldest have no such route either."""
    match controller:
        case Controller.CURRENT:
            return Told(Capabilities(OURS))
        case Controller.WITHOUT:
            return Told(Capabilities(("files",)))
        case Controller.SILENT | Controller.CODED:
            return Told(None)
        case Controller.UNCODED | Controller.BARE | Controller.STARTING | Controller.DOWN:
            return missing(controller)


def land(controller: Controller, truth: Truth, kept: Kept, effect: CallEffect) -> tuple[Truth, Kept, CallFact]:
    """What becomes of the truth and of the cache, and what is answered."""
    match effect:
        case LookAtMachine():
            return truth, kept, MachineSeen.DOWN if controller is Controller.DOWN else MachineSeen.UP
        case AskVersion():
            return truth, kept, VersionHeard(version(controller))
        case CallList():
            listed = Listed(pending(truth), said(controller, stale=False))
            return truth, kept, ListHeard(listed if controller in ROUTED else missing(controller))
        case CallApprove():
            if controller not in ROUTED:
                return truth, kept, ApproveHeard(missing(controller))
            after, end = approve(truth)
            return after, kept, ApproveHeard(Granted() if end is CommandEnd.SUCCEEDED else Turned())
        case CacheGet():
            return truth, kept, CacheGot(kept.epoch, keeping.shown(kept, LATER))
        case CachePut(epoch=epoch, requests=requests):
            return truth, keeping.put(kept, epoch, requests, LATER + 1), CacheDone()
        case CacheDrop():
            return truth, keeping.dropped(kept), CacheDone()
        case ExecList():
            return truth, kept, ExecListed(Ok(pending(truth)))
        case ExecApprove():
            after, end = approve(truth)
            return after, kept, ExecEnded(end)


def said(controller: Controller, *, stale: bool) -> bool | None:
    """What a controller says of its list; one that is silent about what it can do is silent about this as well."""
    return None if controller is Controller.SILENT else stale


def lost(controller: Controller, effect: CallEffect) -> tuple[CallFact, ...]:
    """What an answer that never came, or that a stranger gave, is heard as."""
    match effect:
        case LookAtMachine():
            return (MachineSeen.UNKNOWN,)
        case AskVersion():
            return (VersionHeard(Miss.UNAVAILABLE), VersionHeard(Miss.ROUTE_UNKNOWN), VersionHeard(Miss.INVALID))
        case CallList():
            outdated = [Listed(requests, said(controller, stale=True)) for requests in ((), (MESSAGE,))]
            return (ListHeard(Miss.UNAVAILABLE), ListHeard(Miss.INVALID), *map(ListHeard, outdated))
        case CallApprove():
            return (ApproveHeard(Miss.AMBIGUOUS),)
        case CacheGet():
            return (CacheGot(None),)
        case CachePut() | CacheDrop():
            return (CacheDone(well=False),)
        case ExecList():
            return (ExecListed(Broken()), ExecListed(Ok(())))  # the script leaves out what it cannot read
        case ExecApprove():
            return (ExecEnded(CommandEnd.KILLED),)


def stray(effect: CallEffect) -> tuple[CallFact, ...]:
    """What a stranger on the way answers before anything has landed: a 404 without a code, or a refusal."""
    match effect:
        case CallList():
            return (ListHeard(Miss.ROUTE_UNKNOWN),)
        case CallApprove():
            return (ApproveHeard(Miss.ROUTE_UNKNOWN), ApproveHeard(Miss.UNAVAILABLE))
        case ExecApprove():
            return (ExecEnded(CommandEnd.NOT_STARTED),)
        case LookAtMachine() | AskVersion() | CacheGet() | CachePut() | CacheDrop() | ExecList():
            return ()
