"""Keeps the gateway's process while the controller lives: spawns it, sends it signals, hears its lines and its end.

Everything is decided by `kiloclaw_core.supervisor`. What the child writes is passed on as it is; of its lines only
whether they tell of pairing is told on.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from attrs import define, field
from returns.pipeline import is_successful

from kiloclaw_adapters.controller.driving import Questions, UnderWay, fresh_ask, write_down
from kiloclaw_adapters.controller.outlets import Outlet, begun, ended, signal_session
from kiloclaw_adapters.controller.ringing import Alarms
from kiloclaw_adapters.controller.threads import apart
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import tells_of_pairing
from kiloclaw_core.supervisor import (
    Arrived,
    Exit,
    Exited,
    LineBuffer,
    NotSpawned,
    PassOn,
    RestartChild,
    SendSignal,
    ShutDown,
    Signal,
    Spawn,
    Spawned,
    StartChild,
    StopChild,
    Supervisor,
    SupervisorAlarmName,
    SupervisorFact,
    SupervisorPolicy,
    SupervisorRang,
    SupervisorRefusal,
    SupervisorTransition,
    SupervisorView,
    Wish,
    drained,
    fed,
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_ask,
    supervisor_view,
)

PassOut: TypeAlias = Callable[[int, bytes], Awaitable[None]]
"""Passes on what a child wrote, to standard output (1) or standard error (2)."""

OUT: Final = 1
ERR: Final = 2
LAST_WORDS_S: Final = 1.0
"""How long a child that is gone is still read: somebody of another session may hold its pipe open."""


@define(eq=False)
class Child:
    """One process, from before it is there: what it is to be sent meanwhile is kept."""

    pid: int | None = None
    owed: list[Signal] = field(factory=list)

    def send(self, number: Signal) -> None:
        """Send it this, or do so once it is there; a kill is for all its session."""
        if self.pid is None:
            self.owed.append(number)
        elif number is Signal.KILL:
            signal_session(self.pid, signal.SIGKILL)
        else:
            _send(self.pid, signal.Signals[number.value])

    def went(self) -> None:
        """It is gone: its number may soon be somebody else's."""
        self.pid = None

    def came(self, pid: int) -> None:
        """It is there, and gets what it was to be sent."""
        self.pid = pid
        for number in self.owed:
            self.send(number)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return  # a signal that could not be sent is no exit: the supervisor has an alarm for it


@define(eq=False)
class Gateway:
    """The gateway of one controller, to be used on one event loop; `told` hears that lines tell of pairing."""

    line: Sequence[str] = field(repr=False)
    clock: Clock
    log: Logger
    told: Callable[[], None] = field(repr=False)
    pass_out: PassOut = field(repr=False)
    environment: Mapping[str, str] = field(factory=dict, repr=False)
    policy: SupervisorPolicy = SupervisorPolicy()
    record: Supervisor = field(init=False)
    _children: dict[OpId, Child] = field(init=False, factory=dict)
    _questions: Questions[None] = field(init=False, factory=Questions)
    _under_way: UnderWay = field(init=False, factory=UnderWay)
    _alarms: Alarms[SupervisorAlarmName] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin without a child."""
        self.record = Supervisor(policy=self.policy)
        self._alarms = Alarms(self.clock, self._ring)

    # -- what is asked -------------------------------------------------------------------------------------------

    def start(self) -> SupervisorRefusal | None:
        """Have a child; None where that is granted."""
        return self._ask(StartChild())

    async def stop(self) -> SupervisorRefusal | None:
        """Have none; None once it is gone."""
        return await self._awaited(StopChild(fresh_ask()))

    async def restart(self) -> SupervisorRefusal | None:
        """Have another one; None once the old one is gone."""
        return await self._awaited(RestartChild(fresh_ask()))

    def begin_end(self) -> None:
        """Have none for ever: from now on none is started, whoever asks."""
        if self.record.wish is not Wish.ENDED:
            self._ask(ShutDown(fresh_ask()))

    async def shut_down(self) -> None:
        """The same; returns once it is gone, and everything that was read of it."""
        await self._awaited(ShutDown(fresh_ask()))
        await self._under_way.ended()
        self._alarms.end()

    async def give_up(self) -> None:
        """Kill whatever would not be gone, and wait for that as long as a kill may take."""
        self._alarms.end()
        await self._under_way.given_up()

    def pass_on(self, number: Signal) -> SupervisorRefusal | None:
        """Send the child a signal."""
        return self._ask(PassOn(number))

    def view(self) -> SupervisorView:
        """How it is now."""
        return supervisor_view(self.record, self.clock.now_ms())

    @property
    def pid(self) -> int | None:
        """The process that there is, if there is one."""
        child = self.record.child
        return None if child is None or child not in self._children else self._children[child].pid

    # -- how -----------------------------------------------------------------------------------------------------

    def _ask(self, command: StartChild | StopChild | RestartChild | ShutDown | PassOn) -> SupervisorRefusal | None:
        asked = supervisor_ask(self.record, command)
        if not is_successful(asked):
            return asked.failure()
        self._go(asked.unwrap())
        return None

    async def _awaited(self, command: StopChild | RestartChild | ShutDown) -> SupervisorRefusal | None:
        return await self._questions.answer_to(command.ask, lambda: self._ask(command))

    def _absorb(self, fact: SupervisorFact) -> None:
        self._go(supervisor_absorb(self.record, fact))

    def _ring(self, name: SupervisorAlarmName, of: OpId) -> None:
        self._absorb(SupervisorRang(name, of, self.clock.now_ms()))

    def _go(self, transition: SupervisorTransition) -> None:
        self.record = transition.record
        for effect in transition.effects:
            match effect:
                case Spawn(child=child):
                    self._begin(child)
                case SendSignal(child=child, signal=number):
                    if child in self._children:
                        self._children[child].send(number)
                case Arrived(ask=ask):
                    self._questions.answer(ask, None)
        self._alarms.want(supervisor_alarms_of(self.record))
        write_down(self.log, transition.notes)

    # -- a child -------------------------------------------------------------------------------------------------

    def _begin(self, child: OpId) -> None:
        self._children[child] = Child()
        self._under_way.begin(self._live(child))

    async def _live(self, child: OpId) -> None:
        """The whole life of a child, told as it goes."""
        try:
            outlets = Outlet.several(2)
            process = await begun(self.line, outlets, {**os.environ, **self.environment})
        except (OSError, ValueError) as error:
            del self._children[child]
            self.log("gateway.not_started", {"program": self.line[0], "error": type(error).__name__})
            self._absorb(NotSpawned(child, self.clock.now_ms()))
            return
        self._children[child].came(process.pid)
        self._absorb(Spawned(child, self.clock.now_ms()))
        exit_ = await self._heard(child, process, outlets)
        del self._children[child]
        self._absorb(Exited(child, exit_, self.clock.now_ms()))

    async def _heard(self, child: OpId, process: asyncio.subprocess.Process, outlets: tuple[Outlet, ...]) -> Exit:
        """How it ended, once it has, and what it wrote is passed on; whoever it leaves behind is killed."""
        hearing = [
            asyncio.create_task(self._hear(child, stream, outlet))
            for stream, outlet in zip((OUT, ERR), outlets, strict=True)
        ]
        try:
            code = await ended(process)
            signal_session(process.pid, signal.SIGKILL)
            self._children[child].went()
            await asyncio.wait(hearing, timeout=LAST_WORDS_S)
        finally:
            for task in hearing:
                task.cancel()
        return Exit(code=code) if code >= 0 else Exit(signal=-code)

    async def _hear(self, child: OpId, stream: int, outlet: Outlet) -> None:
        """Read all that it writes; once that cannot be passed on it is dropped, for else the child would die of it."""
        buffer, passing = LineBuffer(child), True
        async for chunk in outlet.chunks():
            buffer, lines = fed(buffer, chunk)
            self._tell(lines)
            passing = passing and await self._passed_on(stream, chunk)
        self._tell(drained(buffer))

    async def _passed_on(self, stream: int, chunk: bytes) -> bool:
        try:
            await self.pass_out(stream, chunk)
        except OSError as error:
            self.log("gateway.output_lost", {"stream": stream, "error": type(error).__name__})
            return False
        return True

    def _tell(self, lines: Sequence[str]) -> None:
        if any(tells_of_pairing(line) for line in lines):
            self.told()


async def to_our_own(stream: int, chunk: bytes) -> None:
    """Pass it on to our own output of that number, however long that takes: only the child waits for it."""
    await apart(partial(_write, stream, chunk))


def _write(stream: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        select.select([], [stream], [])  # whoever gave us the stream may have made it one that does not wait
        try:
            left = left[os.write(stream, left) :]
        except BlockingIOError:
            continue  # with `2>&1` both streams are one pipe, and the other one had taken the room that there was
