"""`worker` and `fly-sim` as processes of their own: they say where they are, work, and end when they are told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from .conftest import CANARY, run

PROGRAM = (sys.executable, "-m", "kiloclaw_adapters.cli")


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `kiloclaw` with these words, for as long as the block lasts."""
    running = subprocess.Popen(  # noqa: S603 (our own program)
        [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with running:
        try:
            yield running
        finally:
            running.kill()


def first_line(stream: object) -> str:
    """What a process says first; it has said it when it is ready."""
    readline = getattr(stream, "readline")  # noqa: B009 (a pipe, whose type says that it may be none)
    return str(readline())


def title(running: subprocess.Popen[str]) -> str:
    """What everybody on the machine may read of a process."""
    return Path(f"/proc/{running.pid}/cmdline").read_text(encoding="utf-8")


def test_the_simulator_says_where_it_is_lets_our_token_in_and_ends_when_told() -> None:
    """The first thing a newcomer runs, and what other programs' tests start."""
    with process("fly-sim", "--json", "--boot-ms", "0") as running:
        base = json.loads(first_line(running.stdout))["base"]
        known = httpx.get(f"{base}/v1/apps/none", headers={"Authorization": f"Bearer {CANARY}"})
        stranger = httpx.get(f"{base}/v1/apps/none", headers={"Authorization": "Bearer fo1_stranger"})
        shown = title(running)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)

    assert (known.status_code, stranger.status_code) == (404, 401)
    assert CANARY not in shown + out + err


def test_the_simulator_tells_a_shell_what_to_export() -> None:
    """`eval "$(kiloclaw fly-sim ...)"` would wait, but the line can be copied."""
    with process("fly-sim") as running:
        line = first_line(running.stdout)

    assert line.startswith("export FLY_API_BASE=http://127.0.0.1:")
    assert " KILOCLAW_CONTROLLER_BASE=http://127.0.0.1:" in line


def test_the_simulator_is_as_strict_as_it_is_told_to_be() -> None:
    """Whoever holds under both presets depends on nothing that nobody knows."""
    rules = {}
    for preset in ("lenient", "strict"):
        with process("fly-sim", "--json", "--preset", preset) as running:
            base = json.loads(first_line(running.stdout))["base"]
            rules[preset] = httpx.get(f"{base}/_sim/rules").json()["fork_refuses_size"]

    assert rules == {"lenient": False, "strict": True}


def test_a_port_that_is_taken_gets_one_line_and_2() -> None:
    """Somebody else listens there, and two cannot."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = run("fly-sim", "--port", str(port))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"kiloclaw: port {port} cannot be listened on: Address already in use\n"


@pytest.mark.usefixtures("fly")
def test_a_worker_does_what_nobody_waits_for_and_ends_cleanly_when_told() -> None:
    """What was granted is done by whoever works, and SIGTERM leaves nothing half-written."""
    run("provision", "ki_work", "--user", "user-work")
    with process("worker", "--json") as running:
        ready = first_line(running.stderr)
        asked = run("start", "ki_work", "--async")
        served = run("start", "ki_work", "--json")  # waits, while the worker works
        shown = title(running)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)

    assert ready == "kiloclaw: working on sqlite:///kiloclaw.db; SIGTERM stops\n"
    assert (asked.code, json.loads(served.out)["status"]) == (0, "running")
    assert (running.returncode, json.loads(out)) == (0, {"store": "sqlite:///kiloclaw.db", "stopped": True})
    assert CANARY not in shown + out + err


def test_a_worker_without_a_token_gets_one_line_and_2(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that Fly will never let in had better not begin."""
    monkeypatch.delenv("FLY_API_TOKEN")
    ran = run("worker")

    assert (ran.code, ran.err) == (2, "kiloclaw: FLY_API_TOKEN is not set, and Fly is asked for something\n")
    assert not os.path.exists("kiloclaw.db")  # noqa: PTH110
