"""Runs commands on a machine through Fly, for controllers that lack a route, and looks at machines, waking none.

What a command printed is read and forgotten; none of it is told on but the list, or how the command ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from kiloclaw_adapters.fly.client import FlyClient
from kiloclaw_adapters.fly.shapes import WireMachine, read_shape
from kiloclaw_adapters.fly.transport import Answer, NoAnswer, NotSent, Reply
from kiloclaw_adapters.pairing.client import Target
from kiloclaw_adapters.pairing.parsing import NotJsonError, tree_of
from kiloclaw_adapters.pairing.shapes import WireExec, printed, read_tree
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.pairing import Break, Broken, CommandEnd, Kind, Listing, Ok, Subject
from kiloclaw_core.pairing.caller import MachineSeen, exec_approve_line, exec_list_line

NOT_FOUND: Final = 404
REFUSALS: Final = range(400, 500)
TIMED_OUT: Final = 408
UP: Final = "started"


@frozen
class Seen:
    """How the provider sees a machine, and which version of it that is."""

    machine: MachineSeen
    version: str = ""


@frozen
class Executing:
    """Looks at machines, and runs commands on them, through this Fly."""

    fly: FlyClient
    clock: Clock = SystemClock()

    async def look(self, target: Target) -> Seen:
        """Whether the machine is up; Fly's API is asked, which wakes nobody (pairing PW20)."""
        match await self.fly.get_machine(target.app, target.machine):
            case Answer(status=status, body=body) if status in range(200, 300):
                return _seen(body)
            case Answer(status=status) if status == NOT_FOUND:
                return Seen(MachineSeen.DOWN)
            case Answer() | NoAnswer() | NotSent():
                return Seen(MachineSeen.UNKNOWN)

    async def pending(self, target: Target, kind: Kind, timeout_s: float) -> Listing:
        """What the script lists."""
        ran = _ran(await self._run(target, exec_list_line(kind), timeout_s))
        match ran:
            case CommandEnd.NOT_STARTED:
                return Broken(Break.NO_COMMAND)
            case CommandEnd.SUCCEEDED | CommandEnd.FAILED | CommandEnd.KILLED:
                return Broken(Break.CUT_SHORT)
            case WireExec(exit_signal=signal) if signal:
                return Broken(Break.CUT_SHORT)
            case WireExec(exit_code=0, stdout=stdout):
                return self._printed(stdout, kind)
            case WireExec():
                return Broken(Break.FAILED)

    async def approve(self, target: Target, subject: Subject, timeout_s: float) -> CommandEnd:
        """How the command that approves ended; sent once."""
        ran = _ran(await self._run(target, exec_approve_line(subject), timeout_s))
        match ran:
            case CommandEnd():
                return ran
            case WireExec(exit_signal=signal) if signal:
                return CommandEnd.KILLED
            case WireExec(exit_code=0):
                return CommandEnd.SUCCEEDED
            case WireExec():
                return CommandEnd.FAILED

    async def _run(self, target: Target, line: Sequence[str], timeout_s: float) -> Reply:
        return await self.fly.exec_machine(target.app, target.machine, line, timeout_s)

    def _printed(self, text: str, kind: Kind) -> Listing:
        try:
            return Ok(printed(tree_of(text), kind, self.clock.now_ms()))
        except (NotJsonError, UnreadableError):
            return Broken(Break.NOT_JSON)


def _seen(body: str) -> Seen:
    try:
        machine = read_shape(body, WireMachine)
    except UnreadableError:
        return Seen(MachineSeen.UNKNOWN)
    return Seen(MachineSeen.UP if machine.state == UP else MachineSeen.DOWN, machine.instance_id or "")


def _ran(reply: Reply) -> WireExec | CommandEnd:
    """What Fly says of the command; of what it does not say, nobody knows how it ended."""
    match reply:
        case NotSent():
            return CommandEnd.NOT_STARTED
        case NoAnswer():
            return CommandEnd.KILLED
        case Answer(status=status) if status in REFUSALS and status != TIMED_OUT:
            return CommandEnd.NOT_STARTED
        case Answer(status=status) if status not in range(200, 300):
            return CommandEnd.KILLED
        case Answer(body=body):
            try:
                return read_tree(tree_of(body), WireExec)
            except (NotJsonError, UnreadableError):
                return CommandEnd.KILLED
