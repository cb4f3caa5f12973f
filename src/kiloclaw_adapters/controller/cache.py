"""Keeps the cache of pairing requests while the controller lives: one record, its alarms, and whoever waits for it.

Everything is decided by `kiloclaw_core.pairing`.
"""

from __future__ import annotations

import asyncio
from typing import Final

from attrs import define, field
from returns.pipeline import is_successful

from kiloclaw_adapters.controller.driving import Questions, UnderWay, fresh_ask, write_down
from kiloclaw_adapters.controller.ringing import Alarms
from kiloclaw_adapters.controller.sources import PairingOperation, PairingPerformer
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    KillCommand,
    Kind,
    LineSeen,
    ListChannel,
    ListDevices,
    NotApproved,
    Pairing,
    PairingAlarmName,
    PairingAnswer,
    PairingCommand,
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
    _questions: Questions[PairingAnswer] = field(init=False, factory=Questions)
    _under_way: UnderWay = field(init=False, factory=UnderWay)
    _alarms: Alarms[PairingAlarmName] = field(init=False)
    _line_seen: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        """Begin with nothing read."""
        self.record = Pairing(policy=self.policy)
        self._alarms = Alarms(self.clock, self._ring)

    # -- what is asked -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Read by itself from now on; nobody waits for what is read first. Nothing once it was stopped."""
        self._put(StartCache())  # refused on the way down, when nothing begins

    def stop(self) -> None:
        """Read no more and run nothing; whoever waits is answered now."""
        self._put(StopCache())  # never refused

    async def pending(self, kind: Kind, *, anew: bool) -> PendingView:
        """What is pending; with `anew` it is read first, and is stale unless all of it was."""
        told = await self._ask(Refresh(fresh_ask(), kind)) if anew else None
        return pending_view(self.record, kind, self.clock.now_ms(), told)

    async def approve(self, subject: Subject) -> Said:
        """Approve it, and say how that ended."""
        answer = await self._ask(Approve(fresh_ask(), subject))
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
        await self._under_way.ended(patience_s)
        await self.give_up()

    async def give_up(self) -> None:
        """Kill what is under way, and wait for that as long as a kill may take."""
        self._alarms.end()
        await self._under_way.given_up()

    # -- how -----------------------------------------------------------------------------------------------------

    async def _ask(self, command: Refresh | Approve) -> PairingAnswer | PairingRefusal:
        return await self._questions.answer_to(command.ask, lambda: self._put(command))

    def _put(self, command: PairingCommand) -> PairingRefusal | None:
        asked = pairing_ask(self.record, command)
        if not is_successful(asked):
            return asked.failure()
        self._go(asked.unwrap())
        return None

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
                    self._under_way.begin(self._perform(effect))
                case KillCommand(of=of):
                    self.performer.kill(of)
                case Reply(ask=ask, answer=answer):
                    self._questions.answer(ask, answer)
        self._alarms.want(pairing_alarms_of(self.record))
        write_down(self.log, transition.notes)

    async def _perform(self, effect: PairingOperation) -> None:
        outcome = await self.performer.perform(effect)
        self._go(pairing_absorb(self.record, PairingReplied(effect.op, outcome, self.clock.now_ms())))
