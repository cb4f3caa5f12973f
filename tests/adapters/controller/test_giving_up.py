"""What a controller gives up is killed and seen gone, while there is still an event loop that hears of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from attrs import evolve

from kiloclaw_adapters.controller import children
from kiloclaw_adapters.controller.cache import Cache
from kiloclaw_adapters.controller.children import Gateway
from kiloclaw_adapters.controller.controlling import Controller
from kiloclaw_adapters.controller.processes import Command, Ran
from kiloclaw_adapters.controller.sources import OpenclawPerformer
from kiloclaw_adapters.ports import SystemClock
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import ChannelName, ChannelSubject, Code

from .suite import (
    CODE,
    QUICK,
    QUICK_SUPERVISING,
    Lines,
    alive,
    descriptors,
    is_buried,
    number_in,
    openclaw,
    script,
    settings,
    unheard,
    until,
)

pytestmark = pytest.mark.anyio

STUBBORN = "trap '' TERM; echo $$ > {pid}; while :; do sleep 0.05; done"


class Deaf(OpenclawPerformer):
    """An OpenClaw whose commands outlive every kill of the cache's."""

    def kill(self, op: OpId) -> None:
        """Nothing happens."""


@pytest.fixture
def pid(tmp_path: Path) -> Path:
    """Where a stubborn program writes who it is, once it is stubborn."""
    return tmp_path / "pid"


@pytest.fixture
def stubborn(tmp_path: Path, pid: Path) -> str:
    """A program that only a kill ends."""
    return script(tmp_path / "stubborn", STUBBORN.format(pid=pid))


def run(program: str) -> asyncio.Task[object]:
    """A command that somebody waits for, as long as it takes."""
    waits = Command(SystemClock(), 60.0).run((program,), timeout_s=60.0, most_output=1000, environment={})
    return asyncio.create_task(waits)


def gateway(program: str) -> Gateway:
    """A gateway that nobody listens to."""
    return Gateway((program,), SystemClock(), Lines(), lambda: None, unheard, policy=QUICK_SUPERVISING)


async def test_a_command_that_is_given_up_is_buried(stubborn: str, pid: Path) -> None:
    """Whoever cancels it is let go when it is buried."""
    running = run(stubborn)
    await until(lambda: number_in(pid) > 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert is_buried(number_in(pid))


async def test_a_command_that_is_given_up_before_it_is_there_leaves_no_pipe() -> None:
    """A process has only so many descriptors."""
    assert await run("/bin/true") == Ran(0)  # whatever the loop opens once is open now
    before = descriptors()
    running = run("/bin/true")
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert descriptors() == before


async def test_what_outlives_its_policy_goes_with_the_cache(tmp_path: Path, stubborn: str, pid: Path) -> None:
    """Whoever waits for the approval is told that it is in doubt."""
    policy = evolve(QUICK, kill_grace_s=0.1, answer_s=0.1)
    one = Cache(Deaf(openclaw(tmp_path, stubborn), SystemClock()), SystemClock(), Lines(), policy)
    asked = asyncio.create_task(one.approve(ChannelSubject(ChannelName("telegram"), Code(CODE))))
    await until(lambda: number_in(pid) > 0)
    await one.close()
    assert (is_buried(number_in(pid)), (await asked).status) == (True, 504)


async def test_a_gateway_that_is_given_up_is_buried(stubborn: str, pid: Path) -> None:
    """With its pipes, whatever it still says."""
    before = descriptors()
    one = gateway(stubborn)
    one.start()
    await until(lambda: number_in(pid) > 0)
    await one.give_up()
    assert (is_buried(number_in(pid)), descriptors()) == (True, before)


async def test_a_gateway_that_is_given_up_before_it_is_there_is_not_there(stubborn: str) -> None:
    """It might have been begun at the very last moment."""
    before = descriptors()
    one = gateway(stubborn)
    one.start()
    await asyncio.sleep(0)
    await one.give_up()
    assert (alive(stubborn), descriptors()) == ([], before)


async def test_a_gateway_that_outlives_its_signals_goes_with_the_controller(
    tmp_path: Path, stubborn: str, pid: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is told, because it ought not to be."""
    monkeypatch.setattr(children, "signal_session", lambda *_: None)
    lines = Lines()
    one = Controller(evolve(settings(openclaw(tmp_path), (stubborn,)), closing_s=0.0), lines, pass_out=unheard)
    await one.come_up()
    await until(lambda: number_in(pid) > 0)
    await one.go_down()
    assert (is_buried(number_in(pid)), "controller.gateway_outlives_us" in lines.names) == (True, True)
