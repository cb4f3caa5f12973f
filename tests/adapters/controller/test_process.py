"""`kiloclaw controller` as a process, over a real child: it serves, supervises, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from attrs import frozen

from .suite import (
    BEARER,
    CODE,
    REQUEST,
    TOKEN,
    alive,
    channel_file,
    device_file,
    leaks,
    number_in,
    openclaw,
    script,
)

pytestmark = pytest.mark.xdist_group("by the clock on the wall")

PROGRAM = (sys.executable, "-m", "kiloclaw_adapters.cli", "controller", "--json", "--port", "0")
CHATTERS = (
    "echo $$ > {folder}/pid; while :; do echo 'pairing request {code}'; echo 'approve {code}' >&2; sleep 0.02; done"
)
COUNTS = """
echo "$$" >> "$HOME/started"
sleep 0.1
case "$*" in
  "pairing list"*) echo '{"requests": []}' ;;
  "devices list"*) echo '{"pending": []}' ;;
  *) exit 0 ;;
esac
"""


@frozen
class Served:
    """A controller that runs, and where it is asked."""

    process: subprocess.Popen[str]
    http: httpx.Client


@contextmanager
def controller(folder: Path, *options: str, gateway: str, read: bool = True) -> Iterator[Served]:
    """The process, with OpenClaw's home in this folder; what it says is read all along, on stdout only if asked."""
    claw = openclaw(folder)
    environment = {**os.environ, "OPENCLAW_GATEWAY_TOKEN": TOKEN.revealed, "OPENCLAW_STATE_DIR": str(claw.state)}
    line = [*PROGRAM, "--home", str(folder), *options, "--", gateway]
    errors = (folder / "stderr").open("w", encoding="utf-8")
    with errors, subprocess.Popen(line, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment) as running:  # noqa: S603
        copying = threading.Thread(target=_copied, args=(running, folder / "stdout"), daemon=True)
        try:
            assert running.stdout is not None
            base = json.loads(running.stdout.readline())["base"]
            if read:
                copying.start()
            with httpx.Client(base_url=base, headers=BEARER, trust_env=False, timeout=20.0) as http:
                yield Served(running, http)
        finally:
            running.kill()
            if copying.is_alive():
                copying.join(20)  # its end is that of the pipe, which is closed below


def _copied(running: subprocess.Popen[str], path: Path) -> None:
    assert running.stdout is not None
    with path.open("w", encoding="utf-8") as file:
        for line in running.stdout:
            file.write(line)


def wait_for(folder: Path, name: str) -> int:
    """The number that a program writes, once it has."""
    end = time.monotonic() + 20.0
    while not number_in(folder / name):
        assert time.monotonic() < end, f"nobody wrote {name}"
        time.sleep(0.01)  # no event tells of another process
    return number_in(folder / name)


def test_it_serves_what_is_pending_and_ends_with_everything_gone(tmp_path: Path) -> None:
    """From the first request to the last process, and the log holds no code though the gateway's output does."""
    gateway = script(tmp_path / "gateway", CHATTERS.format(folder=tmp_path, code=CODE))
    claw = openclaw(tmp_path)
    channel_file(claw, CODE)
    device_file(claw, REQUEST)
    with controller(tmp_path, gateway=gateway) as served:
        wait_for(tmp_path, "pid")
        listed = served.http.get("/_kilo/pairing/channels?refresh=true").json()
        state = served.http.get("/_kilo/gateway/status").json()["state"]
        title = Path(f"/proc/{served.process.pid}/cmdline").read_text(encoding="utf-8")
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(20)

    lines = [line for line in (tmp_path / "stderr").read_text(encoding="utf-8").splitlines() if line[:1] == "{"]
    assert ([one["code"] for one in listed["requests"]], state, code) == ([CODE], "running", 0)
    assert alive(gateway) == []
    assert f"pairing request {CODE}" in (tmp_path / "stdout").read_text(encoding="utf-8")
    assert lines != []
    assert leaks(title, *lines) == []


def test_it_ends_though_nobody_reads_what_the_gateway_writes(tmp_path: Path) -> None:
    """Our output is full, and whoever writes to it waits for ever: not the end of the controller (pairing PW13)."""
    gateway = script(tmp_path / "gateway", f"echo $$ > {tmp_path}/pid; while :; do echo {'x' * 4000}; done")
    with controller(tmp_path, gateway=gateway, read=False) as served:
        wait_for(tmp_path, "pid")
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(25)
    assert (code, alive(gateway)) == (0, [])


def test_a_gateway_that_ignores_sigterm_does_not_outlive_it(tmp_path: Path) -> None:
    """Ten seconds after it was asked it is killed (pairing PW13)."""
    text = f"trap '' TERM INT; echo $$ > {tmp_path}/pid; while :; do sleep 0.05; done"
    gateway = script(tmp_path / "gateway", text)
    with controller(tmp_path, gateway=gateway) as served:
        wait_for(tmp_path, "pid")
        began_s = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(30)
        took_s = time.monotonic() - began_s

    assert (code, alive(gateway)) == (0, [])
    assert 10.0 <= took_s < 20.0


def test_at_most_one_command_is_ever_alive(tmp_path: Path) -> None:
    """Counted from the process table, with a chattering gateway and ten callers (pairing PW1, PW3)."""
    gateway = script(tmp_path / "gateway", CHATTERS.format(folder=tmp_path, code=CODE))
    program = script(tmp_path / "claw", COUNTS)
    most, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            most[0] = max(most[0], len(alive(program)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with controller(tmp_path, "--program", program, "--source", "commands", gateway=gateway) as served:
            wait_for(tmp_path, "pid")
            threads = [threading.Thread(target=_ask, args=(served.http, number)) for number in range(10)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
    finally:
        done.set()
        watching.join(10)

    started = (tmp_path / "started").read_text(encoding="utf-8").split()
    assert most == [1]
    assert 5 <= len(started) <= 20


def _ask(http: httpx.Client, number: int) -> None:
    if number % 2:
        http.get("/_kilo/pairing/devices?refresh=true")
    else:
        http.post("/_kilo/pairing/channels/approve", json={"channel": "telegram", "code": f"A{number}"})


@pytest.mark.parametrize("token", ["", "  ", "two words"])
def test_without_a_token_it_does_not_start(token: str) -> None:
    """Else everybody would be let in, or nobody."""
    environment = {**os.environ, "OPENCLAW_GATEWAY_TOKEN": token}
    ran = subprocess.run(PROGRAM, capture_output=True, text=True, env=environment, timeout=60, check=False)  # noqa: S603

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("kiloclaw: OPENCLAW_GATEWAY_TOKEN is not set to a token")
