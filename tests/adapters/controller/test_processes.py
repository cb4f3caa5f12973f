"""A command runs to its end and no longer: with its arguments, its time, its output, and all the processes it makes."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from kiloclaw_adapters.controller.processes import Command, NotStarted, Ran
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.provider import SYSTEM_CLOCK

from .suite import Forbearing, alive, number_in, script, until

pytestmark = pytest.mark.anyio

STUBBORN = "trap '' TERM; {then} while :; do sleep 0.05; done"


def command(grace_s: float = 0.2, clock: Clock = SYSTEM_CLOCK) -> Command:
    """A command that is not yet run."""
    return Command(clock, grace_s)


async def ran(one: Command, *line: str, timeout_s: float = 10.0, most_output: int = 1000) -> Ran | NotStarted:
    """What it came to."""
    return await one.run(line, timeout_s=timeout_s, most_output=most_output, environment=os.environ)


async def started(folder: Path) -> int:
    """The process that has written who it is into `pid`."""
    await until(lambda: number_in(folder / "pid") > 0)
    return number_in(folder / "pid")


async def test_arguments_are_passed_as_they_are(tmp_path: Path) -> None:
    """There is no shell that could read anything else into them."""
    program = script(tmp_path / "program", 'printf "%s|" "$@"; exit 3')

    assert await ran(command(), program, "; rm -rf /", "$(id)", "--all") == Ran(3, b"; rm -rf /|$(id)|--all|")


@pytest.mark.parametrize("line", [("/nonexistent/program",), ("/bin/echo", "a\0b")])
async def test_what_cannot_be_started_is_told_apart(line: tuple[str, ...]) -> None:
    """Nothing was done, and it may be tried again."""
    assert await ran(command(), *line) == NotStarted()


async def test_a_command_that_heeds_sigterm_tells_how_it_ended(tmp_path: Path) -> None:
    """If it exits with 0, what it was to do is done, whatever was sent to it."""
    pid = tmp_path / "pid"
    program = script(tmp_path / "program", f"trap 'exit 0' TERM; echo $$ > {pid}; while :; do sleep 0.05; done")

    assert await ran(command(20.0, Forbearing(pid)), program, timeout_s=0.1) == Ran(0, cut=True)


async def test_a_command_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    """Else a time-out would be a wish (pairing PW15)."""
    pid = tmp_path / "pid"
    child = script(tmp_path / "child", STUBBORN.format(then=f"echo $$ > {pid};"))
    program = script(tmp_path / "program", STUBBORN.format(then=f"{child} &"))

    assert await ran(command(clock=Forbearing(pid)), program, timeout_s=0.1) == Ran(None, cut=True)
    assert (number_in(pid) > 0, alive(child)) == (True, [])


async def test_whoever_a_command_leaves_behind_is_gone_before_it_is_answered(tmp_path: Path) -> None:
    """The answer is what lets the next command start."""
    child = script(tmp_path / "child", STUBBORN.format(then=""))
    program = script(tmp_path / "program", f"echo done; {child} >/dev/null & exit 0")

    assert await ran(command(), program) == Ran(0, b"done\n")
    assert alive(child) == []


async def test_a_command_that_says_too_much_is_ended(tmp_path: Path) -> None:
    """Its output is kept in memory."""
    program = script(tmp_path / "program", "while :; do echo 0123456789; done")

    outcome = await ran(command(), program, most_output=100)

    assert isinstance(outcome, Ran)
    assert (outcome.code, outcome.cut, len(outcome.output)) == (None, True, 101)


async def test_exactly_as_much_as_it_may_say_is_whole(tmp_path: Path) -> None:
    """The limit itself is allowed."""
    program = script(tmp_path / "program", "printf 0123456789")

    assert await ran(command(), program, most_output=10) == Ran(0, b"0123456789")


async def test_an_end_that_is_wanted_before_there_is_a_process_is_not_lost() -> None:
    """A stop may come while it is being spawned."""
    one = command()
    one.end()

    assert await ran(one, "/bin/sleep", "60") == Ran(None, cut=True)


async def test_an_end_that_is_wanted_again_kills_at_once(tmp_path: Path) -> None:
    """The core wants it killed once more while it is there."""
    one = command(grace_s=0.0)
    program = script(tmp_path / "program", STUBBORN.format(then=f"echo $$ > {tmp_path}/pid;"))
    running = asyncio.create_task(ran(one, program))
    await started(tmp_path)
    one.end()
    await asyncio.sleep(0)
    one.end()

    assert await running == Ran(None, cut=True)
    one.end()  # and nothing is signalled that may be somebody else's by now


async def test_what_it_wrote_is_not_shown() -> None:
    """It may hold codes."""
    assert "secret" not in repr(await ran(command(), "/bin/echo", "secret"))


async def test_without_a_pipe_a_command_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has only so many descriptors."""

    def scarce() -> tuple[int, int]:
        raise OSError(errno.EMFILE, "too many open files")

    one = command()
    with monkeypatch.context() as patched:
        patched.setattr(os, "pipe", scarce)
        assert await ran(one, "true") == NotStarted()
    assert await ran(command(), "true") == Ran(0)
