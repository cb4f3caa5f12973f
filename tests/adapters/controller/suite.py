"""What tests of the controller have in common: a gateway and an OpenClaw of a few lines of shell, and canaries."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from unittest import mock

from attrs import define, evolve, field, frozen

from kiloclaw_adapters.controller.settings import ControllerSettings, Openclaw
from kiloclaw_adapters.logs import Fields
from kiloclaw_adapters.ports import SystemClock
from kiloclaw_core.pairing import PairingPolicy, Source, Token
from kiloclaw_core.supervisor import SupervisorPolicy

TOKEN = Token("t0ken-canary-1f2e3d")
CODE = "C0DECANARY77"
SENDER = "sender-canary-ada"
META = "meta-canary-lovelace"
REQUEST = "0c0ffee0-cafe-4bad-8bad-00000000feed"
DEVICE = "device-canary-55"
CANARIES = (TOKEN.revealed, CODE, SENDER, META, REQUEST, DEVICE)
"""What no line, no error and no answer to a stranger may show."""

QUICK = PairingPolicy(
    list_s=5.0, approve_s=5.0, kill_grace_s=0.2, answer_s=1.0, queue_s=5.0, read_s=5.0, look_s=1.0, caller_margin_s=1.0
)
"""Production's policy, for commands that are shell scripts."""
QUICK_SUPERVISING = SupervisorPolicy(escalate_s=0.3, kill_again_s=0.5, back_off_s=0.05, clean_s=0.1)


@define
class Lines:
    """A log that is kept."""

    told: list[tuple[str, Fields]] = field(factory=list)

    def __call__(self, name: str, fields: Fields) -> None:
        """Keep a line."""
        self.told.append((name, fields))

    @property
    def names(self) -> list[str]:
        """What was told, by name."""
        return [name for name, _ in self.told]


def script(path: Path, text: str) -> str:
    """A program of a few lines of shell."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def openclaw(folder: Path, program: str = "/nonexistent/openclaw") -> Openclaw:
    """OpenClaw in this folder, with Telegram and Slack set up."""
    state = folder / "openclaw"
    (state / "credentials").mkdir(parents=True, exist_ok=True)
    (state / "devices").mkdir(exist_ok=True)
    channels = {"telegram": {"enabled": True, "botToken": "b"}, "slack": {"enabled": True, "appToken": "a"}}
    write(state / "openclaw.json", {"channels": channels})
    return Openclaw(program, state, environment=(("HOME", str(folder)), ("FOLDER", str(folder))))


def write(path: Path, tree: object) -> None:
    """Put JSON into a file, as a program does that is not to be caught halfway."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(tree), encoding="utf-8")
    half.replace(path)


def channel_file(claw: Openclaw, *codes: str, channel: str = "telegram") -> None:
    """Have these codes pending in a channel, asked for just now by whoever clock there is."""
    entries = [
        {"code": code, "id": SENDER, "createdAt": "2999-01-01T00:00:00Z", "meta": {"name": META}} for code in codes
    ]
    write(claw.requests_of(channel), {"requests": entries})


def device_file(claw: Openclaw, *requests: str) -> None:
    """Have these devices pending."""
    write(claw.devices, {one: {"requestId": one, "deviceId": DEVICE, "publicKey": "never shown"} for one in requests})


def settings(claw: Openclaw, line: tuple[str, ...], source: Source = Source.FILES) -> ControllerSettings:
    """A controller over this OpenClaw, with little patience."""
    pairing = evolve(QUICK, source=source)
    return ControllerSettings(TOKEN, line, claw, pairing=pairing, supervising=QUICK_SUPERVISING, closing_s=20.0)


async def unheard(_stream: int, _chunk: bytes) -> None:
    """Pass nothing on."""


async def until(happened: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    async with asyncio.timeout(20):
        while not happened():  # noqa: ASYNC110 - no event tells of another process
            await asyncio.sleep(0.01)


@frozen
class Standing(SystemClock):
    """Our own clock, on which it is always the same moment."""

    def now_ms(self) -> int:
        """Noon of some day."""
        return 1_790_000_000_000


@frozen
class Forbearing:
    """Our own clock, but nobody's time begins to run out before a program has written who it is into this file."""

    written: Path
    clock: SystemClock = SystemClock()

    def monotonic(self) -> float:
        """As it is."""
        return self.clock.monotonic()

    def now_ms(self) -> int:
        """As it is."""
        return self.clock.now_ms()

    async def sleep(self, seconds: float) -> None:
        """Wait, once it is written."""
        await until(lambda: number_in(self.written) > 0)
        await self.clock.sleep(seconds)


def number_in(path: Path) -> int:
    """The number that a program has written into a file; 0 until it has."""
    return int(path.read_text(encoding="utf-8").strip() or 0) if path.exists() else 0


def alive(program: str) -> list[int]:
    """The sessions in which this program runs, as the process table has them; the dead are none.

    A shell that makes a child is there twice for a moment, and so sessions are counted.
    """
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if program.encode() in (folder / "cmdline").read_bytes().split(b"\0")[:2]:
                _, _, rest = (folder / "stat").read_text(encoding="utf-8").rpartition(")")
                found.add(int(rest.split()[2]))
    return sorted(found)


def is_buried(process: int) -> bool:
    """Whether it is not even dead any more."""
    return not Path("/proc", str(process)).exists()


def descriptors() -> int:
    """How many files and pipes this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@contextmanager
def no_thread() -> Iterator[None]:
    """A machine that has as many threads as it may have, as long as the block lasts."""
    refused = RuntimeError("can't start new thread")  # Python's own words
    with mock.patch.object(threading.Thread, "start", side_effect=refused):
        yield


def leaks(*texts: object) -> list[str]:
    """The canaries that any of these texts shows."""
    shown = " ".join(str(text) for text in texts)
    return [canary for canary in CANARIES if canary in shown]


Headers = Mapping[str, str]
BEARER: Headers = {"Authorization": f"Bearer {TOKEN.revealed}"}
