"""Having a request approved: the same way as a list, with an approval sent once and never again by itself.

What is in doubt is looked at: a list that is read anew tells whether the request is still pending (pairing PW4). A
cache that cannot be told never makes a failure of an approval (pairing 6.2, S7).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.pairing.answers import Approved, NotApproved, NotDone, Seen, Unsure
from kiloclaw_core.pairing.caller import ways
from kiloclaw_core.pairing.caller.flow import (
    ApproveCall,
    ApproveEnd,
    ApproveHeard,
    AskVersion,
    CacheDone,
    CacheDrop,
    CacheGot,
    CallApprove,
    CallFact,
    Calling,
    CallList,
    Doing,
    ExecApprove,
    ExecEnded,
    ExecList,
    ExecListed,
    Failed,
    Failing,
    ListHeard,
    LookAtMachine,
    MachineSeen,
    Reach,
    VersionHeard,
)
from kiloclaw_core.pairing.caller.verdicts import (
    ApproveVerdict,
    Granted,
    Listed,
    ListVerdict,
    Miss,
    Turned,
    Unconfirmed,
)
from kiloclaw_core.pairing.caller.ways import Way
from kiloclaw_core.pairing.facts import CommandEnd
from kiloclaw_core.pairing.lifecycle import invalid
from kiloclaw_core.pairing.listings import Broken, Listing, Missing, Ok
from kiloclaw_core.pairing.requests import (
    ChannelRequest,
    ChannelSubject,
    DeviceSubject,
    PendingRequest,
    Subject,
    is_listed,
    kind_of,
)

NO_IDEA = Unsure(Seen.UNREAD)


def approve_begun(call: ApproveCall) -> Calling:
    """The call begins, unless the request is none; exec would not check it again (pairing 2.3)."""
    if invalid(call.subject) is not None:
        return over(call, Failed(Failing.INVALID))
    return Calling(call, LookAtMachine())


def approve_heard(call: ApproveCall, fact: CallFact) -> Calling:
    """What the answer to whatever was asked last leads to; an answer to something else was never asked for."""
    match fact:
        case MachineSeen():
            return go(call, ways.way_seen(call.known, kind_of(call.subject), fact))
        case VersionHeard(verdict=verdict):
            return go(call, ways.way_told(verdict, kind_of(call.subject)))
        case ApproveHeard(verdict=answer):
            return _answered(call, answer)
        case ExecEnded(end=end):
            return _executed(call, end)
        case ListHeard(verdict=listed):
            return over(call, Unsure(seen_in_answer(call.subject, listed)))
        case ExecListed(listing=listing):
            return over(call, Unsure(seen_in_script(call.subject, listing)))
        case CacheDone():
            return _dropped(call)
        case CacheGot():
            return over(call, NO_IDEA)


def over(call: ApproveCall, end: ApproveEnd) -> Calling:
    """The call has ended."""
    return Calling(evolve(call, end=end))


def go(call: ApproveCall, way: Way | Failing) -> Calling:
    """The call goes that way."""
    policy = call.known.policy
    match way:
        case Failing():
            return over(call, Failed(way))
        case Way.VERSION:
            return Calling(evolve(call, doing=Doing.VERSION), AskVersion(policy.version_s))
        case Way.CONTROLLER:
            return Calling(evolve(call, doing=Doing.CONTROLLER), CallApprove(call.subject, policy.approve_s))
        case Way.GUESS:
            return Calling(evolve(call, doing=Doing.GUESS), CallApprove(call.subject, policy.approve_s))
        case Way.ROUND:
            return fall_back(call)


def _answered(call: ApproveCall, verdict: ApproveVerdict) -> Calling:
    match verdict:
        case Granted():
            return over(call, Approved())
        case Turned():
            return over(call, NotApproved(NotDone.FAILED))
        case Unconfirmed(seen=seen):
            return over(call, Unsure(seen))
        case Miss.AMBIGUOUS | Miss.INVALID:
            return look(call)
        case Miss.ROUTE_UNKNOWN | Miss.DENIED | Miss.UNAVAILABLE:
            return go(call, ways.way_missed(verdict, guessing=call.doing is Doing.GUESS))


def look(call: ApproveCall) -> Calling:
    """Nobody knows what became of it: the list is read anew, and the approval is not sent again."""
    effect = CallList(kind_of(call.subject), anew=True, timeout_s=call.known.policy.list_s)
    return Calling(evolve(call, doing=Doing.LOOK), effect)


def fall_back(call: ApproveCall) -> Calling:
    """The controller has no such route: the command is run on the machine, once, where that can be done."""
    match call.known.reach:
        case Reach.NONE:
            return over(call, Failed(Failing.NO_ROUTE))
        case Reach.EXEC:
            return Calling(evolve(call, doing=Doing.EXEC), ExecApprove(call.subject, call.known.policy.exec_approve_s))


def _executed(call: ApproveCall, end: CommandEnd) -> Calling:
    match end:
        case CommandEnd.SUCCEEDED:
            return drop(evolve(call, then=Approved()))
        case CommandEnd.FAILED:
            return over(call, NotApproved(NotDone.FAILED))
        case CommandEnd.NOT_STARTED:
            return over(call, NotApproved(NotDone.NOT_STARTED))
        case CommandEnd.KILLED:
            return drop(call)


def drop(call: ApproveCall) -> Calling:
    """It is approved, or may be: what the cache has is of before, and so is whatever is on its way into it."""
    return Calling(evolve(call, doing=Doing.KEEPING), CacheDrop(kind_of(call.subject)))


def _dropped(call: ApproveCall) -> Calling:
    """The cache was told, or could not be: an approval stands either way, and a doubt is looked into."""
    if call.then != NO_IDEA:
        return over(call, call.then)
    effect = ExecList(kind_of(call.subject), call.known.policy.exec_list_s)
    return Calling(evolve(call, doing=Doing.EXEC_LOOK), effect)


def seen_in_answer(subject: Subject, verdict: ListVerdict) -> Seen:
    """Whether the request is still on the controller's list, if that is said to be as things are.

    One that could not be read anew is of before, and a controller that does not say so may have read nothing anew
    (pairing 1.3, E6; 1.4).
    """
    match verdict:
        case Listed(requests=requests, stale=False):
            return Seen.LISTED if is_listed(subject, requests) else Seen.ABSENT
        case Listed() | Miss():
            return Seen.UNREAD


def seen_in_script(subject: Subject, listing: Listing) -> Seen:
    """Whether the request is still on the script's list.

    The script leaves out a channel that it could not read, and says nothing of it (pairing 1.7): that one was read is
    known only from what it lists.
    """
    match listing:
        case Ok(entries=entries) if is_listed(subject, entries):
            return Seen.LISTED
        case Ok(entries=entries):
            return Seen.ABSENT if is_told_of(subject, entries) else Seen.UNREAD
        case Missing() | Broken():
            return Seen.UNREAD


def is_told_of(subject: Subject, requests: tuple[PendingRequest, ...]) -> bool:
    """Whether a script that lists these has read where the request would stand."""
    match subject:
        case ChannelSubject(channel=channel):
            return any(isinstance(one, ChannelRequest) and one.channel == channel for one in requests)
        case DeviceSubject():
            return True
