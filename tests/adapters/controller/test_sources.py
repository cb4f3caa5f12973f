"""What is pending is read from OpenClaw's files or its command line: a list, nothing, or broken; never a guess."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from attrs import evolve

from kiloclaw_adapters.controller.settings import Openclaw
from kiloclaw_adapters.controller.sources import OpenclawPerformer, PairingOperation
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.provider import SYSTEM_CLOCK
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    MOST_OUTPUT,
    Break,
    Broken,
    ChannelName,
    ChannelRequest,
    ChannelSubject,
    Code,
    CommandEnd,
    ConfigRead,
    DeviceId,
    DeviceRequest,
    DeviceSubject,
    EntryId,
    ListChannel,
    ListDevices,
    Meta,
    Missing,
    Ok,
    PairingOutcome,
    ReadConfig,
    RequestId,
    RunApprove,
    Source,
)
from kiloclaw_core.pairing.json_values import freeze

from .suite import (
    CODE,
    DEVICE,
    META,
    REQUEST,
    SENDER,
    Forbearing,
    alive,
    channel_file,
    device_file,
    no_thread,
    number_in,
    openclaw,
    script,
    until,
    write,
)

pytestmark = pytest.mark.anyio

TELEGRAM = ChannelName("telegram")
SLACK = ChannelName("slack")
NOBODY = DeviceSubject(RequestId("00000000-0000-0000-0000-000000000000"))
FILES, COMMAND_LINE = Source.FILES, Source.COMMAND_LINE


async def performed(claw: Openclaw, effect: PairingOperation, clock: Clock = SYSTEM_CLOCK) -> PairingOutcome:
    """What came of it."""
    return await OpenclawPerformer(claw, clock).perform(effect)


def channel(source: Source, name: ChannelName = TELEGRAM) -> ListChannel:
    """Read a channel."""
    return ListChannel(OpId(1), name, source, 5.0, 0.2)


def devices(source: Source) -> ListDevices:
    """Read the devices."""
    return ListDevices(OpId(1), source, 5.0, 0.2)


async def test_the_configuration_says_which_channels_there_are(tmp_path: Path) -> None:
    """Only those that are set up are asked."""
    claw = openclaw(tmp_path)
    assert await performed(claw, ReadConfig(OpId(1))) == ConfigRead((TELEGRAM, SLACK))
    claw.config.write_text("{", encoding="utf-8")
    assert await performed(claw, ReadConfig(OpId(1))) == Broken(Break.NOT_JSON)
    claw.config.unlink()
    assert await performed(claw, ReadConfig(OpId(1))) == Broken(Break.UNREADABLE)


async def test_the_files_say_what_is_pending(tmp_path: Path) -> None:
    """Nothing of a device's key is read into memory at all."""
    claw = openclaw(tmp_path)
    channel_file(claw, CODE)
    device_file(claw, REQUEST)
    created_at, meta = "2999-01-01T00:00:00Z", Meta(freeze({"name": META}))
    request = ChannelRequest(TELEGRAM, Code(CODE), EntryId(SENDER), created_at, meta, since_ms=32_472_144_000_000)
    outcome = await performed(claw, devices(FILES))

    assert await performed(claw, channel(FILES)) == Ok((request,))
    assert isinstance(outcome, Ok)
    (device,) = outcome.entries
    assert isinstance(device, DeviceRequest)
    assert device == DeviceRequest(RequestId(REQUEST), DeviceId(DEVICE), since_ms=device.since_ms)


async def test_no_file_in_a_folder_is_nothing_pending(tmp_path: Path) -> None:
    """Nor is no folder in OpenClaw's own: so a fresh machine looks."""
    claw = openclaw(tmp_path)
    assert (await performed(claw, channel(FILES)), await performed(claw, devices(FILES))) == (Missing(), Missing())
    (claw.state / "devices").rmdir()
    assert await performed(claw, devices(FILES)) == Missing()


async def test_no_openclaw_at_all_is_broken(tmp_path: Path) -> None:
    """Whether anything is pending is not known then."""
    claw = Openclaw(state=tmp_path / "none", credentials=tmp_path / "elsewhere")

    assert await performed(claw, devices(FILES)) == Broken(Break.UNREADABLE)
    assert await performed(claw, channel(FILES)) == Broken(Break.UNREADABLE)


def garbage(claw: Openclaw) -> None:
    """Something that is no JSON."""
    claw.devices.write_text('{"one": NaN}', encoding="utf-8")


def folder(claw: Openclaw) -> None:
    """A folder of that name."""
    claw.devices.mkdir()


def pipe(claw: Openclaw) -> None:
    """A pipe that nobody will ever write to."""
    os.mkfifo(claw.devices)


def flood(claw: Openclaw) -> None:
    """A file that is too large."""
    claw.devices.write_bytes(b" " * (MOST_OUTPUT + 1))


def deep(claw: Openclaw) -> None:
    """More brackets than anybody can count."""
    claw.devices.write_text("[" * 100_000, encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (garbage, Break.NOT_JSON),
        (deep, Break.NOT_JSON),
        (folder, Break.UNREADABLE),
        (pipe, Break.UNREADABLE),
        (flood, Break.UNREADABLE),
    ],
)
async def test_a_file_that_cannot_be_read_is_broken(spoil: object, why: Break, tmp_path: Path) -> None:
    """And nobody waits for it."""
    claw = openclaw(tmp_path)
    assert callable(spoil)
    spoil(claw)

    assert await performed(claw, devices(FILES)) == Broken(why)


@pytest.mark.parametrize(
    "effect", [ReadConfig(OpId(1)), channel(FILES), devices(FILES)], ids=["configuration", "channel", "devices"]
)
async def test_without_a_thread_nothing_can_be_read(effect: PairingOperation, tmp_path: Path) -> None:
    """The answer comes all the same: a reading that never ends would be the last one."""
    claw = openclaw(tmp_path)
    with no_thread():
        assert await performed(claw, effect) == Broken(Break.UNREADABLE)


# -- the command line --------------------------------------------------------------------------------------------

PRINTS = """
case "$*" in
  "pairing list telegram --json") echo '{"requests": [{"code": "A1", "id": "ada"}]}' ;;
  "devices list --json") echo '{"pending": [{"requestId": "r", "deviceId": "d", "ts": 1}]}' ;;
  "pairing list slack --json") echo 'Welcome to OpenClaw!'; echo '{"requests": []}' ;;
  *) exit 9 ;;
esac
"""


async def listed(tmp_path: Path, text: str, effect: PairingOperation, clock: Clock = SYSTEM_CLOCK) -> PairingOutcome:
    """What a command line comes to."""
    return await performed(openclaw(tmp_path, script(tmp_path / "openclaw.sh", text)), effect, clock)


async def test_the_command_line_says_what_is_pending(tmp_path: Path) -> None:
    """Its whole output is one JSON value, or it is no list at all (pairing 1.7)."""
    outcome = await listed(tmp_path, PRINTS, channel(COMMAND_LINE))
    assert isinstance(outcome, Ok)
    assert [one for one in outcome.entries if isinstance(one, ChannelRequest)] == [
        ChannelRequest(TELEGRAM, Code("A1"), EntryId("ada"), since_ms=outcome.entries[0].since_ms)
    ]
    device = DeviceRequest(RequestId("r"), DeviceId("d"), ts=1, since_ms=1)
    assert await listed(tmp_path, PRINTS, devices(COMMAND_LINE)) == Ok((device,))
    assert await listed(tmp_path, PRINTS, channel(COMMAND_LINE, SLACK)) == Broken(Break.NOT_JSON)


@pytest.mark.parametrize(
    ("text", "timeout_s", "why"),
    [("exit 1", 20.0, Break.FAILED), ("kill -9 $$", 20.0, Break.CUT_SHORT), ("sleep 60", 0.1, Break.CUT_SHORT)],
)
async def test_a_command_that_fails_lists_nothing(text: str, timeout_s: float, why: Break, tmp_path: Path) -> None:
    """Which is not the same as an empty list."""
    effect = evolve(devices(COMMAND_LINE), timeout_s=timeout_s)

    assert await listed(tmp_path, text, effect) == Broken(why)


async def test_no_command_is_told_apart(tmp_path: Path) -> None:
    """An image without OpenClaw is not one without requests."""
    assert await performed(openclaw(tmp_path), devices(COMMAND_LINE)) == Broken(Break.NO_COMMAND)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('[ "$*" = "devices approve 00000000-0000-0000-0000-000000000000" ]', CommandEnd.SUCCEEDED),
        ("exit 1", CommandEnd.FAILED),
        ("kill -9 $$", CommandEnd.KILLED),
    ],
)
async def test_an_approval_ends_as_its_command_does(text: str, end: CommandEnd, tmp_path: Path) -> None:
    """With its code; where a signal ended it nobody knows how far it came."""
    assert await listed(tmp_path, text, RunApprove(OpId(1), NOBODY, 20.0, 20.0)) is end


@pytest.mark.parametrize(("code", "end"), [(0, CommandEnd.SUCCEEDED), (1, CommandEnd.KILLED)])
async def test_an_approval_that_was_cut_short_has_ended_as_it_says(code: int, end: CommandEnd, tmp_path: Path) -> None:
    """Once it has exited with 0 it is approved, whatever we did to it meanwhile."""
    text = f"trap 'exit {code}' TERM; echo $$ > $FOLDER/pid; while :; do sleep 0.05; done"
    effect = RunApprove(OpId(1), NOBODY, 0.1, 20.0)

    assert await listed(tmp_path, text, effect, Forbearing(tmp_path / "pid")) is end


async def test_an_approval_that_cannot_be_started_has_not_been_made(tmp_path: Path) -> None:
    """It may be tried again."""
    effect = RunApprove(OpId(1), ChannelSubject(TELEGRAM, Code("A1")), 1.0, 1.0)

    assert await performed(openclaw(tmp_path), effect) is CommandEnd.NOT_STARTED


async def test_a_kill_ends_the_command_it_names_and_no_other(tmp_path: Path) -> None:
    """That of an op that does not run is nothing: its command may have ended meanwhile."""
    program = script(tmp_path / "openclaw.sh", "echo $$ > $FOLDER/pid; while :; do sleep 0.05; done")
    performer = OpenclawPerformer(openclaw(tmp_path, program), SYSTEM_CLOCK)
    running = asyncio.create_task(performer.perform(RunApprove(OpId(1), NOBODY, 60.0, 5.0)))
    await until(lambda: number_in(tmp_path / "pid") > 0)
    performer.kill(OpId(7))
    assert alive(program) == [number_in(tmp_path / "pid")]
    performer.kill(OpId(1))
    assert await running is CommandEnd.KILLED
    assert alive(program) == []


async def test_credentials_may_be_elsewhere(tmp_path: Path) -> None:
    """OpenClaw has a variable for it (pairing 1.4)."""
    claw = evolve(openclaw(tmp_path), credentials=tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    write(tmp_path / "elsewhere" / "telegram-pairing.json", {"requests": []})

    assert await performed(claw, channel(FILES)) == Ok(())
