"""The command line as tests run it: in this process, against a simulated Fly on a real port, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve, frozen
from typer.testing import CliRunner, Result

from kiloclaw_adapters.cli import awaiting, places
from kiloclaw_adapters.cli.application import application_for
from kiloclaw_adapters.demo.terms import POLICY
from kiloclaw_adapters.simulator import CONTROLLER_SECRET, Settings, Simulator, serving
from kiloclaw_adapters.store import open_store

UNHURRIED = evolve(
    POLICY,
    send_by_s=5.0,
    request_s=15.0,
    answer_patience_s=18.0,
    settle_s=21.0,
    starting_ceiling_s=120.0,
    relocating_ceiling_s=120.0,
    retention_s=604_800.0,
)
CANARY = "fo1_canary-that-nobody-may-see"
"""The token of every test here; should it appear anywhere, a test says so."""


@frozen
class Line:
    """What a command left: its exit code, and all that it said."""

    code: int
    out: str
    err: str


def run(*words: str) -> Line:
    """Run `kiloclaw` with these words; what it says is never wrapped."""
    result: Result = CliRunner().invoke(application_for(words), words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception  # a traceback, which no user may see
    return Line(result.exit_code, result.stdout, result.stderr)


def told(*words: str) -> dict[str, object]:
    """The object that a command prints, which must have gone well."""
    ran = run(*words, "--json")
    assert (ran.code, ran.err) == (0, "")
    shown: dict[str, object] = json.loads(ran.out)
    return shown


def outward(view: dict[str, object]) -> tuple[object, object]:
    """What a view says for all to see."""
    return view["status"], view["busy"]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, with a token, and with nothing else that the environment may name."""
    monkeypatch.chdir(tmp_path)
    for name in ("FLY_API_BASE", "FLY_ORG", "KILOCLAW_CONTROLLER_BASE", "KILOCLAW_SECRETS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FLY_API_TOKEN", CANARY)
    monkeypatch.setenv("GATEWAY_TOKEN_SECRET", CONTROLLER_SECRET)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(awaiting, "PATIENCE_S", 600.0)  # however busy the machine is


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> Iterator[None]:
    """Have what is started here hear Ctrl-C: in the background a shell has it ignored, and that is inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def store() -> None:
    """A store in that folder, with nothing in it."""
    asyncio.run(open_store(places.DEFAULT_STORE).aclose())


@pytest.fixture(scope="session")
def fly_base() -> Iterator[str]:
    """The URL of a simulated Fly that lets the canary in; it serves from a thread, so that commands may block."""
    simulator = Simulator(
        Settings(tokens=((CANARY, "personal"),), boot_s=0.05, stop_s=0.02, fill_s=0.01, snapshot_s=0.0)
    )
    ready, base = threading.Event(), [""]
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with serving(simulator) as url:
            base[0] = url
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(60), "the simulated Fly is not ready"
    yield base[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(60)
    loop.close()


@pytest.fixture
def fly(fly_base: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment that leads to the simulated Fly, and a policy in whose time nobody has to wait.

    But for an answer, which may take its time on a busy machine; and a week is a week.
    """
    monkeypatch.setenv("FLY_API_BASE", fly_base)
    monkeypatch.setenv("KILOCLAW_CONTROLLER_BASE", fly_base)
    monkeypatch.setattr(places, "POLICY", UNHURRIED)
    return fly_base
