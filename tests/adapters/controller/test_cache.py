"""The cache as it lives: effects performed, alarms kept, and everybody answered once. Waiting takes no time here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from attrs import define, field

from kiloclaw_adapters.controller.cache import Cache
from kiloclaw_adapters.controller.sources import PairingOperation
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Break,
    Broken,
    ChannelName,
    ChannelRequest,
    ChannelSubject,
    Code,
    CommandEnd,
    ConfigRead,
    EntryId,
    Kind,
    ListChannel,
    ListDevices,
    Ok,
    PairingOutcome,
    PairingPolicy,
    ReadConfig,
    RunApprove,
    Said,
    Source,
)
from tests.adapters.interpreter.outside import CLOCK, VirtualLoop

from .suite import CODE, Lines, leaks

pytestmark = pytest.mark.anyio

TELEGRAM, SLACK = ChannelName("telegram"), ChannelName("slack")
ADA = ChannelRequest(TELEGRAM, Code(CODE), EntryId("ada"), since_ms=9e15)
SUBJECT = ChannelSubject(TELEGRAM, Code(CODE))


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Asyncio, on a loop in which waiting takes no time."""
    return "asyncio", {"loop_factory": VirtualLoop}


@define
class Imagined:
    """An OpenClaw in which reading takes `takes_s`, and a command for ever until it is killed, if it is `wedged`."""

    takes_s: float = 0.01
    wedged: bool = False
    pending: tuple[ChannelRequest, ...] = (ADA,)
    began: list[tuple[float, str]] = field(factory=list)
    commands: int = 0
    most_commands: int = 0
    _killed: dict[OpId, asyncio.Event] = field(factory=dict)

    async def perform(self, effect: PairingOperation) -> PairingOutcome:
        """What comes of it."""
        self.began.append((CLOCK.monotonic(), type(effect).__name__))
        match effect:
            case ReadConfig():
                await CLOCK.sleep(self.takes_s)
                return ConfigRead((TELEGRAM,))
            case ListChannel(source=Source.FILES) | ListDevices(source=Source.FILES):
                await CLOCK.sleep(self.takes_s)
                return Ok(self.pending if isinstance(effect, ListChannel) else ())
            case ListChannel() | ListDevices() | RunApprove():
                return await self._command(effect)

    async def _command(self, effect: ListChannel | ListDevices | RunApprove) -> PairingOutcome:
        killed = self._killed[effect.op] = asyncio.Event()
        self.commands += 1
        self.most_commands = max(self.most_commands, self.commands)
        if self.wedged:
            await killed.wait()
        await CLOCK.sleep(self.takes_s)
        self.commands -= 1
        if isinstance(effect, RunApprove):
            self.pending = ()
            return CommandEnd.KILLED if self.wedged else CommandEnd.SUCCEEDED
        return Ok(self.pending if isinstance(effect, ListChannel) else ())

    def kill(self, op: OpId) -> None:
        """The command ends."""
        self._killed[op].set()

    def reads(self, name: str = "ListDevices") -> int:
        """How often this was read."""
        return sum(one == name for _, one in self.began)


def cache(imagined: Imagined, log: Callable[[str, dict[str, str | int | None]], None] | None = None) -> Cache:
    """A cache before it is started."""
    return Cache(imagined, CLOCK, log or Lines())


async def test_nobody_waits_for_the_first_reading() -> None:
    """What was not yet read is shown as it is (pairing 6.2, L4)."""
    one = cache(Imagined(takes_s=9.0))
    one.start()

    assert (await one.pending(Kind.CHANNELS, anew=False)).requests == ()
    await CLOCK.sleep(20.0)
    assert (await one.pending(Kind.CHANNELS, anew=False)).requests == (ADA,)
    await one.close()


async def test_a_list_that_is_wanted_anew_is_read_first() -> None:
    """By one reading, however many ask."""
    imagined = Imagined()
    one = cache(imagined)
    views = await asyncio.gather(*(one.pending(Kind.CHANNELS, anew=True) for _ in range(10)))

    assert {view.requests for view in views} == {(ADA,)}
    assert imagined.reads("ListChannel") <= 2
    await one.close()


async def test_a_list_that_could_not_be_read_anew_is_stale() -> None:
    """What was known before is shown, and not as if it were new, to whoever forced it and to whoever asks after."""
    imagined = Imagined()
    one = cache(imagined)
    stale = [(await one.pending(Kind.CHANNELS, anew=False)).stale, (await one.pending(Kind.CHANNELS, anew=True)).stale]
    imagined.takes_s, began_s = 1000.0, CLOCK.monotonic()
    views = [await one.pending(Kind.CHANNELS, anew=anew) for anew in (True, False)]

    assert stale == [True, False]
    assert [(view.requests, view.stale) for view in views] == [((ADA,), True)] * 2
    assert CLOCK.monotonic() - began_s == one.policy.read_s
    await one.close()


async def test_a_list_of_which_a_part_could_not_be_read_is_stale() -> None:
    """That part is as it was before."""

    class Halved(Imagined):
        """Of two channels one cannot be read."""

        async def perform(self, effect: PairingOperation) -> PairingOutcome:
            """What comes of it."""
            if isinstance(effect, ReadConfig):
                return ConfigRead((TELEGRAM, SLACK))
            if isinstance(effect, ListChannel) and effect.channel == SLACK:
                return Broken(Break.UNREADABLE)
            return await Imagined.perform(self, effect)

    one = cache(Halved())
    view = await one.pending(Kind.CHANNELS, anew=True)

    assert (view.requests, view.stale) == ((ADA,), True)
    await one.close()


async def test_an_approval_is_made_once_and_said() -> None:
    """Whoever asks for the same while it runs shares its answer."""
    imagined = Imagined()
    one = cache(imagined)
    said = tuple(await asyncio.gather(one.approve(SUBJECT), one.approve(SUBJECT)))

    assert said == (Said(200, "Pairing approved"), Said(200, "Pairing approved"))
    assert imagined.reads("RunApprove") == 1
    await one.close()


async def test_what_cannot_be_approved_is_said_at_once() -> None:
    """Before there is any process."""
    imagined = Imagined()
    one = cache(imagined)

    assert await one.approve(ChannelSubject(TELEGRAM, Code("--all"))) == Said(
        400, "Invalid pairing code", "invalid_code"
    )
    assert imagined.began == []


async def test_a_flood_of_lines_costs_a_reading_every_two_seconds_at_most() -> None:
    """The gateway's output is passed on whole, and it is verbose (pairing 8.3, 4)."""
    imagined = Imagined()
    one = cache(imagined)
    one.start()
    await CLOCK.sleep(1.0)
    before, began_s = imagined.reads(), CLOCK.monotonic()
    for _ in range(1000):
        for _ in range(100):
            one.saw_line()
        await CLOCK.sleep(0.06)
    took_s = CLOCK.monotonic() - began_s
    await one.close()

    assert took_s == pytest.approx(60.0)
    assert 0 < imagined.reads() - before <= 1 + took_s / 2


async def test_a_line_during_the_first_reading_is_not_lost() -> None:
    """It is looked at once that is possible (pairing PW11)."""
    imagined = Imagined(takes_s=5.0)
    one = cache(imagined)
    one.start()
    await CLOCK.sleep(1.0)
    one.saw_line()
    await CLOCK.sleep(30.0)

    assert imagined.reads() == 2
    await one.close()


async def test_one_command_runs_at_a_time_and_a_wedged_one_is_killed() -> None:
    """The storm that upstream saw had 76 alive at once (pairing 0.2)."""
    imagined = Imagined(wedged=True)
    one = Cache(imagined, CLOCK, Lines(), PairingPolicy(source=Source.COMMAND_LINE))
    one.start()
    for _ in range(300):
        one.saw_line()
        await CLOCK.sleep(0.5)

    assert (imagined.most_commands, imagined.commands <= 1) == (1, True)
    await one.close()
    assert imagined.commands == 0


async def test_a_stop_answers_everybody_and_what_was_read_is_still_shown() -> None:
    """And nothing is begun any more."""
    imagined = Imagined(wedged=True)
    one = cache(imagined)
    await one.pending(Kind.CHANNELS, anew=True)
    asked = asyncio.create_task(one.approve(SUBJECT))
    await CLOCK.sleep(0.1)
    await one.close()
    began = len(imagined.began)
    one.start()
    one.saw_line()
    await CLOCK.sleep(600.0)

    assert (await asked).status == 504
    assert await one.approve(SUBJECT) == Said(503, "Cache is shutting down", "shutting_down")
    last = await one.pending(Kind.CHANNELS, anew=True)
    assert (last.requests, last.stale) == ((ADA,), True)
    assert len(imagined.began) == began


async def test_who_goes_away_is_not_waited_for() -> None:
    """The command goes on, and its answer is nobody's."""
    imagined = Imagined()
    one = cache(imagined)
    asked = asyncio.create_task(one.approve(SUBJECT))
    await CLOCK.sleep(0.001)
    asked.cancel()
    await CLOCK.sleep(1.0)

    assert imagined.reads("RunApprove") == 1
    await one.close()


async def test_a_command_that_outlives_every_kill_does_not_keep_the_controller() -> None:
    """It is left to the machine, which goes down."""

    class Undying(Imagined):
        """No kill ends its commands."""

        def kill(self, op: OpId) -> None:
            """Nothing happens."""

    one = cache(Undying(wedged=True))
    asked = asyncio.create_task(one.approve(SUBJECT))
    await CLOCK.sleep(0.1)
    began_s = CLOCK.monotonic()
    await one.close()

    assert CLOCK.monotonic() - began_s == 7.5
    assert (await asked).status == 504


async def test_no_line_of_the_log_shows_a_code() -> None:
    """A code that was not approved opens for an hour (pairing 7)."""
    lines = Lines()
    one = cache(Imagined(wedged=True), lines)
    one.start()
    asked = asyncio.create_task(one.approve(SUBJECT))
    await CLOCK.sleep(400.0)
    await one.close()
    await asked

    assert lines.told != []
    assert leaks(lines.told, repr(one.record), repr(one)) == []
