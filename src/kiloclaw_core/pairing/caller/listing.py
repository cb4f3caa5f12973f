"""Asking for a list: the machine first, then what its controller can do, then the controller, and exec where it must.

`MACHINE -> VERSION -> CONTROLLER | GUESS -> CACHE -> EXEC -> KEEPING`. Nothing but a proof that the route is missing
leads to exec, and no error to an empty list (pairing 6.2, S11). A machine that is down is not called, because a call
would wake it (pairing PW20).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.pairing.caller import ways
from kiloclaw_core.pairing.caller.flow import (
    ApproveHeard,
    AskVersion,
    CacheDone,
    CacheGet,
    CacheGot,
    CachePut,
    CallFact,
    Calling,
    CallList,
    Doing,
    ExecEnded,
    ExecList,
    ExecListed,
    Failed,
    Failing,
    ListCall,
    ListEnd,
    ListHeard,
    LookAtMachine,
    MachineSeen,
    Reach,
    Shown,
    VersionHeard,
    Via,
)
from kiloclaw_core.pairing.caller.verdicts import Listed, ListVerdict, Miss
from kiloclaw_core.pairing.caller.ways import Way
from kiloclaw_core.pairing.listings import Broken, Listing, Missing, Ok
from kiloclaw_core.pairing.requests import PendingRequest


def list_begun(call: ListCall) -> Calling:
    """The call begins."""
    return Calling(call, LookAtMachine())


def list_heard(call: ListCall, fact: CallFact) -> Calling:
    """What the answer to whatever was asked last leads to; an answer to something else was never asked for."""
    match fact:
        case MachineSeen():
            return go(call, ways.way_seen(call.known, call.kind, fact))
        case VersionHeard(verdict=verdict):
            return go(call, ways.way_told(verdict, call.kind))
        case ListHeard(verdict=answer):
            return _answered(call, answer)
        case CacheGot(epoch=epoch, requests=requests):
            return _looked_up(call, epoch, requests)
        case ExecListed(listing=listing):
            return _printed(call, listing)
        case CacheDone():
            return over(call, Shown(call.got, Via.EXEC))  # whether it is kept is nobody's business
        case ApproveHeard() | ExecEnded():
            return over(call, Failed(Failing.UNREADABLE))


def over(call: ListCall, end: ListEnd) -> Calling:
    """The call has ended."""
    return Calling(evolve(call, end=end))


def go(call: ListCall, way: Way | Failing) -> Calling:
    """The call goes that way."""
    policy = call.known.policy
    match way:
        case Failing():
            return over(call, Failed(way))
        case Way.VERSION:
            return Calling(evolve(call, doing=Doing.VERSION), AskVersion(policy.version_s))
        case Way.CONTROLLER:
            return Calling(evolve(call, doing=Doing.CONTROLLER), CallList(call.kind, call.anew, policy.list_s))
        case Way.GUESS:
            return Calling(evolve(call, doing=Doing.GUESS), CallList(call.kind, call.anew, policy.list_s))
        case Way.ROUND:
            return fall_back(call)


def _answered(call: ListCall, verdict: ListVerdict) -> Calling:
    match verdict:
        case Listed(requests=requests, stale=stale):
            return over(call, Shown(requests, Via.CONTROLLER, stale))
        case Miss():
            return go(call, ways.way_missed(verdict, guessing=call.doing is Doing.GUESS))


def fall_back(call: ListCall) -> Calling:
    """The controller has no such route: the cache is looked into first, for its epoch if for nothing else."""
    match call.known.reach:
        case Reach.NONE:
            return over(call, Failed(Failing.NO_ROUTE))
        case Reach.EXEC:
            return Calling(evolve(call, doing=Doing.CACHE), CacheGet(call.kind))


def _looked_up(call: ListCall, epoch: int | None, requests: tuple[PendingRequest, ...] | None) -> Calling:
    """What is kept is shown, unless the list is wanted anew; a cache that fails is an empty one."""
    if requests is not None and not call.anew:
        return over(call, Shown(requests, Via.CACHE))
    executing = evolve(call, doing=Doing.EXEC, epoch=epoch)
    return Calling(executing, ExecList(call.kind, call.known.policy.exec_list_s))


def _printed(call: ListCall, listing: Listing) -> Calling:
    """The list was had, or was not; it is kept for a while, where it is known in which epoch it was asked for."""
    match listing:
        case Missing() | Broken():
            return over(call, Failed(Failing.UNREADABLE))
        case Ok(entries=entries):
            if call.epoch is None:
                return over(call, Shown(entries, Via.EXEC))
            effect = CachePut(call.kind, call.epoch, entries, call.known.policy.cache_ttl_s)
            return Calling(evolve(call, doing=Doing.KEEPING, got=entries), effect)
