"""What a command that waits says meanwhile, and when somebody will wait no longer."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator

import pytest

from kiloclaw_adapters.cli import awaiting

from ..interpreter.outside import VirtualLoop
from .conftest import outward, run, told
from .test_serving import first_line, process


@pytest.fixture
def slow_fly(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A simulated Fly whose machines take an hour to come up."""
    with process("fly-sim", "--json", "--boot-ms", "3600000") as running:
        base = json.loads(first_line(running.stdout))["base"]
        monkeypatch.setenv("FLY_API_BASE", base)
        monkeypatch.setenv("KILOCLAW_CONTROLLER_BASE", base)
        monkeypatch.setenv("GATEWAY_TOKEN_SECRET", "simulated")
        yield base


def test_whoever_waits_is_told_each_phase_after_two_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that says nothing for minutes looks as if it hung."""
    monkeypatch.setattr(awaiting, "PATIENCE_S", 2.0)
    phases = iter(["", "CreatingVolume(volume)", *["CreatingMachine"] * 4, "Awaiting(started)"])

    async def phase() -> str:
        return next(phases, "Awaiting(started)")

    async def wait() -> None:
        async with awaiting.told("starting alice-1", phase):
            await asyncio.sleep(1.9)
            assert capsys.readouterr() == ("", "")
            await asyncio.sleep(60)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(wait())

    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        [
            "kiloclaw: starting alice-1, 2 s",
            "kiloclaw: starting alice-1, 2 s: CreatingVolume(volume)",
            "kiloclaw: starting alice-1, 3 s: CreatingMachine",
            "kiloclaw: starting alice-1, 5 s: Awaiting(started)",
        ],
    )


@pytest.mark.usefixtures("slow_fly")
def test_whoever_will_wait_no_longer_is_told_that_what_they_asked_stands() -> None:
    """They would ask again otherwise, or think that they had prevented it; what they are told is not on stdout."""
    assert run("provision", "ki_slow", "--user", "user-slow").code == 0
    with process("start", "ki_slow", "--json") as waiting:
        said = first_line(waiting.stderr)
        waiting.send_signal(signal.SIGINT)
        out, err = waiting.communicate(timeout=20)

    stands = "kiloclaw: starting ki_slow is not waited for any more; what was asked stands, and a worker does it\n"
    waited = re.match(r"kiloclaw: starting ki_slow, (\d+) s: ", said)
    assert waited is not None
    assert int(waited[1]) >= 2
    assert (waiting.returncode, out, err.endswith(stands)) == (130, "", True)
    assert outward(told("status", "ki_slow")) == ("starting", "starting")
