"""Keeps the cache of pairing requests while the controller lives: one record, its alarms, and whoever waits for it.

The record is replaced first and what it wants is done afterwards, always on the event loop, so that no two facts meet.
Everything is decided by `kiloclaw_core.pairing`.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import uuid4

from attrs import define, evolve, field
from returns.pipeline import is_successful

from kiloclaw_adapters.controller.ringing import Alarms
from kiloclaw_adapters.controller.sources import PairingOperation, PairingPerformer
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    Fresh,
    KillCommand,
    Kind,
    LineSeen,
    ListChannel,
    ListDevices,
    NotApproved,
    Pairing,
    PairingAlarmName,
    PairingAnswer,
    PairingPolicy,
    PairingRang,
    PairingRefusal,
    PairingReplied,
    PairingTransition,
    PendingView,
    ReadConfig,
    Refresh,
    Refreshed,
    Reply,
    RunApprove,
    Said,
    StartCache,
    StopCache,
    Subject,
    Unsure,
    kind_of,
    pairing_absorb,
    pairing_alarms_of,
    pairing_ask,
    pending_view,
    refusal_said,
    said,
)

ANSWERED_S: Final = 0.5
"""By so much the alarm that answers for a command which is not gone comes before we give up."""


@define(eq=False)
class Cache:
    """The cache of one controller, to be used on one event loop; `close` it at the end."""

    performer: PairingPerformer
    clock: Clock
    log: Logger
    policy: PairingPolicy = PairingPolicy()
    record: Pairing = field(init=False)
    _asked: dict[AskId, asyncio.Future[PairingAnswer]] = field(init=False, factory=dict)
    _under_way: set[asyncio.Task[None]] = field(init=False, factory=set)
    _alarms: Alarms[PairingAlarmName] = field(init=False)
    _line_seen: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        """Begin with nothing read."""
        self.record = Pairing(policy=self.policy)
        self._alarms = Alarms(self.clock, self._ring)

    # -- what is asked -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read by itself from now on; nobody waits for what is read first. Nothing once it was stopped."""
        started = pairing_ask(self.record, StartCache())
        if is_successful(started):  # on the way down nothing begins
            self._go(started.unwrap())

    def stop(self) -> None:
        """Read no more and run nothing; whoever waits is answered now."""
        self._go(pairing_ask(self.record, StopCache()).unwrap())  # it is never refused

    async def pending(self, kind: Kind, *, anew: bool) -> PendingView:
        """What is pending; with `anew` it is read first, and is stale unless all of it was."""
        fresh = not anew or await self._ask(Refresh(_fresh(), kind)) == Refreshed(Fresh.FRESH)
        view = pending_view(self.record, kind, self.clock.now_ms())
        return view if fresh else evolve(view, stale=True)

    async def approve(self, subject: Subject) -> Said:
        """Approve it, and say how that ended."""
        answer = await self._ask(Approve(_fresh(), subject))
        match answer:
            case PairingRefusal():
                return refusal_said(answer)
            case Approved() | NotApproved() | Unsure():
                return said(answer, kind_of(subject))
            case Refreshed():
                raise AssertionError("an approval is not answered as a list is")

    def saw_line(self) -> None:
        """The gateway wrote a line that tells of pairing; of many at once, one is told."""
        if not self._line_seen:
            self._line_seen = True
            asyncio.get_running_loop().call_soon(self._see)

    async def close(self) -> None:
        """Stop, and wait until nothing is under way; what outlives its policy is killed."""
        self.stop()
        patience_s = self.policy.kill_grace_s + self.policy.answer_s + ANSWERED_S
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience_s)
        self._alarms.end()
        for task in tuple(self._under_way):
            task.cancel()

    # -- how -----------------------------------------------------------------------------------------------------

    async def _ask(self, command: Refresh | Approve) -> PairingAnswer | PairingRefusal:
        asked = pairing_ask(self.record, command)
        if not is_successful(asked):
            return asked.failure()
        waiting: asyncio.Future[PairingAnswer] = asyncio.get_running_loop().create_future()
        self._asked[command.ask] = waiting
        self._go(asked.unwrap())
        try:
            return await waiting
        finally:
            del self._asked[command.ask]  # whoever has gone is not told

    def _see(self) -> None:
        self._line_seen = False
        self._go(pairing_absorb(self.record, LineSeen(self.clock.now_ms())))

    def _ring(self, name: PairingAlarmName, of: OpId) -> None:
        self._go(pairing_absorb(self.record, PairingRang(name, of, self.clock.now_ms())))

    def _go(self, transition: PairingTransition) -> None:
        self.record = transition.record
        for effect in transition.effects:
            match effect:
                case ReadConfig() | ListChannel() | ListDevices() | RunApprove():
                    self._begin(effect)
                case KillCommand(of=of):
                    self.performer.kill(of)
                case Reply(ask=ask, answer=answer):
                    self._reply(ask, answer)
        self._alarms.want(pairing_alarms_of(self.record))
        for note in transition.notes:
            self.log(note.name, dict(note.fields))

    def _begin(self, effect: PairingOperation) -> None:
        task = asyncio.create_task(self._perform(effect))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _perform(self, effect: PairingOperation) -> None:
        outcome = await self.performer.perform(effect)
        self._go(pairing_absorb(self.record, PairingReplied(effect.op, outcome, self.clock.now_ms())))

    def _reply(self, ask: AskId, answer: PairingAnswer) -> None:
        waiting = self._asked.get(ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


def _fresh() -> AskId:
    return AskId(str(uuid4()))
