"""Performs what the cache wants: reads OpenClaw's files or runs its command line, and says only what came of it.

One operation answers once. Reasons are enumerated; what a program or a file said is not passed on (pairing 7).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

from attrs import define, field

from kiloclaw_adapters.controller.processes import Command, NotStarted, Ran
from kiloclaw_adapters.controller.settings import Openclaw
from kiloclaw_adapters.controller.threads import apart
from kiloclaw_adapters.pairing.parsing import NotJsonError, tree_of
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    LIST_DEVICES,
    MOST_OUTPUT,
    Break,
    Broken,
    ChannelName,
    CommandEnd,
    ConfigRead,
    ListChannel,
    ListDevices,
    Listing,
    Missing,
    Ok,
    PairingOutcome,
    PendingRequest,
    ReadConfig,
    RunApprove,
    Source,
    approve_line,
    detect_channels,
    list_channel_line,
    parse_channel_file,
    parse_channel_output,
    parse_device_file,
    parse_device_output,
)

PairingOperation: TypeAlias = ReadConfig | ListChannel | ListDevices | RunApprove
ReadT = TypeVar("ReadT")
Parse: TypeAlias = Callable[[object, int], tuple[PendingRequest, ...]]


class PairingPerformer(Protocol):
    """Whoever does what the cache wants."""

    async def perform(self, effect: PairingOperation) -> PairingOutcome:
        """What came of the effect; total, and for a command only once it is gone."""
        ...

    def kill(self, op: OpId) -> None:
        """End the command of this op, if it runs."""
        ...


@define(eq=False)
class OpenclawPerformer:
    """Performs against OpenClaw on this machine."""

    openclaw: Openclaw
    clock: Clock
    _running: dict[OpId, Command] = field(init=False, factory=dict)

    async def perform(self, effect: PairingOperation) -> PairingOutcome:
        """Read, or run."""
        match effect:
            case ReadConfig():
                return await _begun(self._config)
            case ListChannel(channel=channel, source=source):
                return await self._channel(effect, channel, source)
            case ListDevices(source=source):
                return await self._devices(effect, source)
            case RunApprove(subject=subject):
                return _end_of(await self._run(effect, approve_line(subject)))

    def kill(self, op: OpId) -> None:
        """End the command of this op, if it runs."""
        if op in self._running:
            self._running[op].end()

    # -- files ---------------------------------------------------------------------------------------------------

    def _config(self) -> PairingOutcome:
        try:
            return ConfigRead(detect_channels(tree_of(read_file(self.openclaw.config))))
        except OSError:
            return Broken(Break.UNREADABLE)
        except NotJsonError:
            return Broken(Break.NOT_JSON)

    def _file(self, path: Path, parse: Parse) -> Listing:
        try:
            return Ok(parse(tree_of(read_file(path)), self.clock.now_ms()))
        except FileNotFoundError:
            return Missing() if self._folder_is_readable(path.parent) else Broken(Break.UNREADABLE)
        except OSError:
            return Broken(Break.UNREADABLE)
        except NotJsonError:
            return Broken(Break.NOT_JSON)

    def _folder_is_readable(self, folder: Path) -> bool:
        """Whether the folder can be read, or is not there in OpenClaw's own, which can: nothing was ever pending."""
        try:
            return can_be_read(folder)
        except FileNotFoundError:
            return folder != self.openclaw.state and self._folder_is_readable(self.openclaw.state)

    # -- command lines -------------------------------------------------------------------------------------------

    async def _channel(self, effect: ListChannel, channel: ChannelName, source: Source) -> Listing:
        match source:
            case Source.FILES:
                path, parse = self.openclaw.requests_of(channel), partial(_channel_file, channel)
                return await _begun(partial(self._file, path, parse))
            case Source.COMMAND_LINE:
                ran = await self._run(effect, list_channel_line(channel))
                return self._printed(ran, partial(_channel_output, channel))

    async def _devices(self, effect: ListDevices, source: Source) -> Listing:
        match source:
            case Source.FILES:
                return await _begun(partial(self._file, self.openclaw.devices, parse_device_file))
            case Source.COMMAND_LINE:
                return self._printed(await self._run(effect, LIST_DEVICES), parse_device_output)

    async def _run(self, effect: ListChannel | ListDevices | RunApprove, line: tuple[str, ...]) -> Ran | NotStarted:
        command = self._running[effect.op] = Command(self.clock, effect.grace_s)
        _, *arguments = line
        try:
            return await command.run(
                (self.openclaw.program, *arguments),
                timeout_s=effect.timeout_s,
                most_output=MOST_OUTPUT,
                environment={**os.environ, **dict(self.openclaw.environment)},
            )
        finally:
            del self._running[effect.op]

    def _printed(self, ran: Ran | NotStarted, parse: Parse) -> Listing:
        match ran:
            case NotStarted():
                return Broken(Break.NO_COMMAND)
            case Ran(cut=True) | Ran(code=None):
                return Broken(Break.CUT_SHORT)
            case Ran(code=0, output=output):
                return _listed(output, parse, self.clock.now_ms())
            case Ran():
                return Broken(Break.FAILED)


def _channel_file(channel: ChannelName, tree: object, now_ms: int) -> tuple[PendingRequest, ...]:
    return parse_channel_file(tree, channel, now_ms)


def _channel_output(channel: ChannelName, tree: object, now_ms: int) -> tuple[PendingRequest, ...]:
    return parse_channel_output(tree, channel, now_ms)


def _listed(output: bytes, parse: Parse, now_ms: int) -> Listing:
    try:
        return Ok(parse(tree_of(output), now_ms))
    except NotJsonError:
        return Broken(Break.NOT_JSON)


def _end_of(ran: Ran | NotStarted) -> CommandEnd:
    match ran:
        case NotStarted():
            return CommandEnd.NOT_STARTED
        case Ran(code=0):
            return CommandEnd.SUCCEEDED
        case Ran(cut=True) | Ran(code=None):
            return CommandEnd.KILLED
        case Ran():
            return CommandEnd.FAILED


# -- files -------------------------------------------------------------------------------------------------------


async def _begun(reading: Callable[[], ReadT]) -> ReadT | Broken:
    """What came of a reading, which answers whatever happens in it; one that cannot even be begun reads nothing."""
    try:
        return await apart(reading)
    except OSError:
        return Broken(Break.UNREADABLE)


def read_file(path: Path) -> bytes:
    """What stands in a file, which must be one and no larger than anything we could make sense of; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # nobody waits for a pipe's writer
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        found = file.read(MOST_OUTPUT + 1)
    if len(found) > MOST_OUTPUT:
        raise OSError(errno.EFBIG, "it is too large")
    return found


def can_be_read(folder: Path) -> bool:
    """Whether one can see what is in the folder; raises FileNotFoundError where there is none."""
    try:
        with os.scandir(folder):
            return True
    except FileNotFoundError:
        raise
    except OSError:
        return False
