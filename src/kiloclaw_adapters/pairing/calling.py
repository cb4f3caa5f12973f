"""Calls controllers of any age: does what the core's call asks for next, and tells it what came of it, until it ends.

What a machine's controller said that it can do is remembered for as long as the machine is the same, and a list that
was had without a controller for a while, under an epoch. Nothing is decided here.
"""

from __future__ import annotations

from attrs import define, field

from kiloclaw_adapters.pairing.client import ControllerClient, Target
from kiloclaw_adapters.pairing.executing import Executing, Seen
from kiloclaw_adapters.pairing.patience import CALLERS, require_patience
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_core.names import AppName, MachineId
from kiloclaw_core.pairing import Kind, Subject
from kiloclaw_core.pairing.caller import (
    ApproveCall,
    ApproveEnd,
    ApproveHeard,
    AskVersion,
    CacheDone,
    CacheDrop,
    CacheGet,
    CacheGot,
    CachePut,
    CallApprove,
    CallEffect,
    CallerPolicy,
    CallFact,
    CallList,
    Capabilities,
    ExecApprove,
    ExecEnded,
    ExecList,
    ExecListed,
    Failed,
    Failing,
    Kept,
    Known,
    ListCall,
    ListEnd,
    ListHeard,
    LookAtMachine,
    Told,
    VersionHeard,
    approve_begun,
    approve_heard,
    dropped,
    list_begun,
    list_heard,
    put,
    shown,
)


@define(eq=False)
class PairingCalls:
    """Calls to controllers, with what is remembered between them; `policy` is the one that they run under.

    Raises ValueError where it would wait for less time than controllers count on.
    """

    controllers: ControllerClient
    executing: Executing
    clock: Clock = SystemClock()
    policy: CallerPolicy = CALLERS
    _kept: dict[tuple[AppName, MachineId, Kind], Kept] = field(init=False, factory=dict, repr=False)
    _capable: dict[MachineId, tuple[str, Capabilities]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """See that the time-outs are in order."""
        require_patience(self.policy)

    async def pending(self, target: Target, kind: Kind, *, anew: bool = False) -> ListEnd:
        """What is pending, or why that cannot be said."""
        seen = await self.executing.look(target)
        calling = list_begun(ListCall(kind, anew, self._known(target, seen)))
        while calling.effect is not None:
            fact = await self._perform(target, seen, calling.effect)
            assert isinstance(calling.call, ListCall), "a call for a list stays one"
            calling = list_heard(calling.call, fact)
        assert isinstance(calling.call, ListCall), "a call for a list stays one"
        assert calling.call.end is not None, "a call with nothing more to do has ended"
        self._doubt(target, calling.call.end)
        return calling.call.end

    async def approve(self, target: Target, subject: Subject) -> ApproveEnd:
        """Have it approved, and say how that ended."""
        seen = await self.executing.look(target)
        calling = approve_begun(ApproveCall(subject, self._known(target, seen)))
        while calling.effect is not None:
            fact = await self._perform(target, seen, calling.effect)
            assert isinstance(calling.call, ApproveCall), "a call that approves stays one"
            calling = approve_heard(calling.call, fact)
        assert isinstance(calling.call, ApproveCall), "a call that approves stays one"
        assert calling.call.end is not None, "a call with nothing more to do has ended"
        self._doubt(target, calling.call.end)
        return calling.call.end

    # -- what is known -------------------------------------------------------------------------------------------

    def _known(self, target: Target, seen: Seen) -> Known:
        version, capabilities = self._capable.get(target.machine, ("", None))
        return Known(capabilities=capabilities if version == seen.version else None, policy=self.policy)

    def _doubt(self, target: Target, end: ListEnd | ApproveEnd) -> None:
        """Forget what a controller can do that is contradicted: the next call asks it again."""
        if end == Failed(Failing.CONTRADICTED):
            self._capable.pop(target.machine, None)

    # -- doing ---------------------------------------------------------------------------------------------------

    async def _perform(self, target: Target, seen: Seen, effect: CallEffect) -> CallFact:
        match effect:
            case LookAtMachine():
                return seen.machine
            case AskVersion(timeout_s=timeout_s):
                return await self._version(target, seen, timeout_s)
            case CallList(kind=kind, anew=anew, timeout_s=timeout_s):
                return ListHeard(await self.controllers.pending(target, kind, timeout_s, anew=anew))
            case CallApprove(subject=subject, timeout_s=timeout_s):
                return ApproveHeard(await self.controllers.approve(target, subject, timeout_s))
            case ExecList(kind=kind, timeout_s=timeout_s):
                return ExecListed(await self.executing.pending(target, kind, timeout_s))
            case ExecApprove(subject=subject, timeout_s=timeout_s):
                return ExecEnded(await self.executing.approve(target, subject, timeout_s))
            case CacheGet() | CachePut() | CacheDrop():
                return self._keep(target, effect)

    async def _version(self, target: Target, seen: Seen, timeout_s: float) -> CallFact:
        verdict = await self.controllers.version(target, timeout_s)
        if isinstance(verdict, Told) and verdict.capabilities is not None and seen.version:
            self._capable[target.machine] = (seen.version, verdict.capabilities)
        return VersionHeard(verdict)

    def _keep(self, target: Target, effect: CacheGet | CachePut | CacheDrop) -> CallFact:
        key, now_ms = (target.app, target.machine, effect.kind), self.clock.now_ms()
        kept = self._kept.get(key, Kept())
        match effect:
            case CacheGet():
                return CacheGot(kept.epoch, shown(kept, now_ms))
            case CachePut(epoch=epoch, requests=requests, ttl_s=ttl_s):
                self._kept[key] = put(kept, epoch, requests, now_ms + round(ttl_s * 1000))
            case CacheDrop():
                self._kept[key] = dropped(kept)
        return CacheDone()
