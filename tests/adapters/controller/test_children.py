"""The gateway's process as it lives: its lines heard, its signals sent, and gone when it is said to be gone."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import define, evolve, field

from kiloclaw_adapters.controller import children
from kiloclaw_adapters.controller.children import ERR, OUT, Gateway, to_our_own
from kiloclaw_adapters.controller.outlets import children_heard
from kiloclaw_adapters.ports import SystemClock
from kiloclaw_core.supervisor import Signal, SupervisorRefusal

from .suite import CODE, QUICK_SUPERVISING, TOKEN, Lines, alive, descriptors, leaks, no_thread, number_in, script, until

pytestmark = pytest.mark.anyio

STUBBORN = "trap '' TERM; echo $$ > {pid}; while :; do sleep 0.05; done"


@define
class Hearing:
    """What was passed on, and how often a line told of pairing."""

    passed: dict[int, bytes] = field(factory=dict)
    told: int = 0

    async def pass_out(self, stream: int, chunk: bytes) -> None:
        """Keep it."""
        self.passed[stream] = self.passed.get(stream, b"") + chunk

    def tell(self) -> None:
        """Count it."""
        self.told += 1


def gateway(line: tuple[str, ...], hearing: Hearing | None = None, log: Lines | None = None) -> Gateway:
    """A gateway with little patience."""
    ear = hearing or Hearing()
    return Gateway(line, SystemClock(), log or Lines(), ear.tell, ear.pass_out, policy=QUICK_SUPERVISING)


def state(one: Gateway) -> Callable[[], str]:
    """How it is, asked anew each time."""
    return lambda: one.view().state


async def test_it_runs_until_it_is_stopped(tmp_path: Path) -> None:
    """A stop is answered when the process is gone."""
    program = script(tmp_path / "gateway", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    one = gateway((program,))
    assert one.start() is None
    assert one.start() is SupervisorRefusal.ALREADY_RUNNING
    await until(lambda: number_in(tmp_path / "pid") > 0)
    assert (one.view().state, one.pid) == ("running", number_in(tmp_path / "pid"))

    assert await one.stop() is None
    assert (one.view().state, one.pid, alive(program)) == ("stopped", None, [])
    assert one.pass_on(Signal.USR1) is SupervisorRefusal.NO_CHILD


async def test_one_that_ignores_sigterm_is_gone_within_the_bound(tmp_path: Path) -> None:
    """With its children, and a shutdown stands in no queue behind the stop (pairing PW13)."""
    child = script(tmp_path / "child", STUBBORN.format(pid=tmp_path / "child.pid"))
    program = script(tmp_path / "gateway", f"{child} & " + STUBBORN.format(pid=tmp_path / "pid"))
    one = gateway((program,))
    one.start()
    await until(lambda: number_in(tmp_path / "pid") > 0 and number_in(tmp_path / "child.pid") > 0)
    stopping = asyncio.create_task(one.stop())
    await asyncio.sleep(0)
    began_s = SystemClock().monotonic()
    async with asyncio.timeout(20):
        await one.shut_down()
        refusal = await stopping
    took_s = SystemClock().monotonic() - began_s

    assert refusal is None
    assert QUICK_SUPERVISING.escalate_s <= took_s < QUICK_SUPERVISING.escalate_s + 5.0
    assert (alive(program), alive(child), one.view().state) == ([], [], "shutting_down")
    assert one.start() is SupervisorRefusal.SHUTTING_DOWN
    assert await one.restart() is SupervisorRefusal.SHUTTING_DOWN


async def test_what_it_writes_is_passed_on_and_heard_from_both_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upstream never looks at standard error (pairing 1.10)."""
    monkeypatch.setattr(children, "LAST_WORDS_S", 20.0)  # nobody holds a pipe open: its end is waited for
    hearing = Hearing()
    program = script(tmp_path / "gateway", "echo ready; echo 'Pairing request' >&2; printf 'device request'; sleep 60")
    one = gateway((program,), hearing)
    one.start()
    await until(lambda: len(hearing.passed.get(OUT, b"")) > 10 and ERR in hearing.passed)
    assert hearing.told == 1
    await one.shut_down()

    assert hearing.passed == {OUT: b"ready\ndevice request", ERR: b"Pairing request\n"}
    assert hearing.told == 2  # the line that was never ended tells as well


async def test_a_flood_of_lines_is_heard_in_handfuls(tmp_path: Path) -> None:
    """A hundred thousand lines of pairing are told some hundred times, and passed on whole."""
    hearing = Hearing()
    program = f"import sys; sys.stdout.write('pairing {CODE}\\n' * 100_000)"
    lines = Lines()
    one = gateway((sys.executable, "-c", program), hearing, lines)
    one.start()
    await until(lambda: hearing.passed.get(OUT, b"").count(b"\n") >= 100_000)
    await one.shut_down()

    assert 1 <= hearing.told < 2_000
    assert leaks(lines.told, repr(one), repr(one.record)) == []


async def test_a_crash_is_followed_by_another_child(tmp_path: Path) -> None:
    """And told with how the last one ended."""
    program = script(tmp_path / "gateway", f"[ -f {tmp_path}/once ] && exec sleep 60; touch {tmp_path}/once; exit 7")
    one = gateway((program,))
    one.start()
    await until(lambda: one.view().restarts == 1 and one.view().state == "running")
    shown = one.view()
    await one.shut_down()

    assert shown.last_exit is not None
    assert shown.last_exit.code == 7


async def test_one_that_cannot_be_started_is_tried_again() -> None:
    """It counts as a crash, nothing is stuck, and the log tells why, without the token among its arguments (PW14)."""
    lines = Lines()
    one = gateway(("/nonexistent/gateway", "--token", TOKEN.revealed), log=lines)
    one.start()
    await until(lambda: one.view().restarts >= 2)
    await one.shut_down()

    assert one.view().state == "shutting_down"
    assert lines.told[0] == ("gateway.not_started", {"program": "/nonexistent/gateway", "error": "FileNotFoundError"})
    assert set(lines.names) == {"gateway.not_started"}  # what never was has not exited
    assert leaks(lines.told, one) == []


async def test_a_restart_is_answered_when_the_old_one_is_gone(tmp_path: Path) -> None:
    """There are never two that want the same port."""
    program = script(tmp_path / "gateway", "exec sleep 60")
    one = gateway((program,))
    one.start()
    await until(lambda: one.pid is not None)
    first = one.pid
    assert await one.restart() is None
    await until(lambda: one.pid not in {None, first})
    second = one.pid
    await one.shut_down()

    assert second != first


async def test_a_signal_is_passed_on(tmp_path: Path) -> None:
    """Even one that comes while the child is being spawned."""
    hearing = Hearing()
    program = script(tmp_path / "gateway", "trap 'echo heard' USR1; echo ready; while :; do sleep 0.02; done")
    one = gateway((program,), hearing)
    one.start()
    await until(lambda: b"ready" in hearing.passed.get(OUT, b""))
    assert one.pass_on(Signal.USR1) is None
    await until(lambda: b"heard" in hearing.passed.get(OUT, b""))
    await one.shut_down()


async def test_a_stop_while_it_is_spawned_reaches_it() -> None:
    """What it is to be sent is kept until it is there."""
    one = gateway(("/bin/sleep", "60"))
    one.start()
    assert await one.stop() is None

    assert one.view().state == "stopped"


async def test_whoever_it_leaves_behind_is_gone_before_the_next(tmp_path: Path) -> None:
    """It may hold the port."""
    child = script(tmp_path / "child", STUBBORN.format(pid=tmp_path / "child.pid"))
    text = f"{child} & while [ ! -s {tmp_path}/child.pid ]; do sleep 0.01; done; exit 3"
    one = evolve(gateway((script(tmp_path / "gateway", text),)), policy=evolve(QUICK_SUPERVISING, back_off_s=60.0))
    one.start()
    await until(lambda: one.view().state == "crashed")
    left = alive(child)
    await one.shut_down()

    assert left == []


async def test_output_that_cannot_be_passed_on_is_dropped_and_the_gateway_lives(tmp_path: Path) -> None:
    """Whoever read our output has gone: that is told once, and is no reason for the child to die of a broken pipe."""
    program = script(
        tmp_path / "gateway", f"for n in 1 2 3 4; do echo pairing $n; done; echo $$ > {tmp_path}/pid; exec sleep 60"
    )
    hearing, log = Hearing(), Lines()

    async def broken(_stream: int, _chunk: bytes) -> None:
        raise BrokenPipeError

    one = Gateway((program,), SystemClock(), log, hearing.tell, broken, policy=QUICK_SUPERVISING)
    one.start()
    await until(lambda: number_in(tmp_path / "pid") > 0 and "gateway.output_lost" in log.names)
    assert (one.view().state, one.view().restarts, hearing.told > 0) == ("running", 0, True)
    await one.shut_down()
    assert log.names.count("gateway.output_lost") == 1


async def test_without_a_thread_output_is_lost_and_the_gateway_lives(tmp_path: Path) -> None:
    """Passing it on takes one; that there is none is told like any other loss."""
    program = script(tmp_path / "gateway", f"while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo $$; sleep 60")
    hearing, log = Hearing(), Lines()
    one = Gateway((program,), SystemClock(), log, hearing.tell, to_our_own, policy=QUICK_SUPERVISING)
    one.start()
    await until(lambda: one.pid is not None)
    with no_thread():
        (tmp_path / "go").touch()
        await until(lambda: "gateway.output_lost" in log.names)
    assert (one.view().state, one.view().restarts) == ("running", 0)
    await one.shut_down()


async def test_two_who_write_to_one_pipe_both_get_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `2>&1` our outputs are one pipe, which may not wait: room that one saw the other has taken by then."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    looks, others, look = [0], bytearray(), select.select

    def overtaken(reads: Iterable[int], writes: Iterable[int], breaks: Iterable[int]) -> object:
        looks[0] += 1
        seen = look(reads, writes, breaks)
        with suppress(BlockingIOError):  # it is full
            while looks[0] == 1:
                others.extend(b"o" * os.write(write_end, b"o" * 4096))
        return seen

    monkeypatch.setattr(select, "select", overtaken)
    passing = asyncio.create_task(to_our_own(write_end, b"late"))
    await until(lambda: looks[0] > 1 or passing.done())  # it has tried, and looks again
    heard = os.read(read_end, len(others))
    await passing
    os.close(write_end)
    with os.fdopen(read_end, "rb") as rest:
        heard += rest.read()

    assert heard == bytes(others) + b"late"


@pytest.mark.parametrize("opened", [0, 1])
async def test_without_pipes_there_is_no_child_and_that_is_told(
    opened: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process has only so many descriptors; with some to spare again the gateway starts."""
    program = script(tmp_path / "gateway", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    real, left = os.pipe, [opened]

    def scarce() -> tuple[int, int]:
        if left[0] == 0:
            raise OSError(errno.EMFILE, "too many open files")
        left[0] -= 1
        return real()

    before = descriptors()
    one = gateway((program,))
    with monkeypatch.context() as patched:
        patched.setattr(os, "pipe", scarce)
        one.start()
        await until(lambda: one.view().state == "crashed")
        assert descriptors() == before
    await until(lambda: number_in(tmp_path / "pid") > 0)
    await one.shut_down()


async def test_from_the_beginning_of_the_end_nobody_starts_one(tmp_path: Path) -> None:
    """Not over HTTP either, while what is under way is still waited for (pairing PW21)."""
    one = gateway((script(tmp_path / "gateway", "exec sleep 60"),))
    one.begin_end()
    assert (one.start(), one.pid) == (SupervisorRefusal.SHUTTING_DOWN, None)
    await one.shut_down()


async def test_an_end_that_was_begun_is_begun_once(tmp_path: Path) -> None:
    """Whoever says so again adds nobody to those who wait for it."""
    one = gateway((script(tmp_path / "gateway", "exec sleep 60"),))
    one.start()
    await until(lambda: one.pid is not None)
    one.begin_end()
    begun = one.record
    one.begin_end()
    assert (one.record, len(begun.waiters)) == (begun, 1)
    await one.shut_down()


def test_a_gateway_comes_and_goes_though_there_is_no_thread(tmp_path: Path) -> None:
    """Else it would come, and nobody would ever hear of it (Python before 3.12 waits for each child in a thread)."""
    program = script(tmp_path / "gateway", f"echo $$ > {tmp_path}/pid; exec sleep 60")

    async def live() -> None:
        with children_heard():
            one = gateway((program,))
            with no_thread():
                one.start()
                await until(lambda: number_in(tmp_path / "pid") > 0 and one.view().state == "running")
                await one.shut_down()

    asyncio.run(live())
    assert alive(program) == []
