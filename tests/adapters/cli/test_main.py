"""The entry point: what it needs, and what it says without it."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from subprocess import PIPE

import pytest

from kiloclaw_adapters import cli
from kiloclaw_adapters.cli import main, telling

from .conftest import run

COMMANDS = (
    *("provision", "start", "stop", "destroy", "status", "debug", "list", "worker", "fly-sim"),
    *("explore", "replay", "table", "demo"),
)


def nothing_found(_name: str) -> ModuleSpec | None:
    """No module is installed."""
    return None


def test_without_the_extra_the_command_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library's user who types the command should be one line away from having it."""
    monkeypatch.setattr(cli, "find_spec", nothing_found)

    with pytest.raises(SystemExit) as ended:
        main()

    assert (ended.value.code, capsys.readouterr().err) == (
        2,
        "kiloclaw needs typer and rich: pip install 'kiloclaw[cli]'\n",
    )


@pytest.mark.parametrize("command", ["demo", "fly-sim"])
def test_without_the_simulators_extra_its_commands_say_what_to_install(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the command line works without it."""
    monkeypatch.setattr(telling, "find_spec", nothing_found)
    ran = run(command)

    assert (ran.code, ran.err) == (
        2,
        "kiloclaw: this needs starlette and uvicorn: pip install 'kiloclaw[simulator]'\n",
    )


def test_every_command_is_there_and_speaks_json() -> None:
    """The promise of the issue, command by command."""
    assert [command for command in COMMANDS if "--json" not in run(command, "--help").out] == []


INTERRUPTED = """
import os, signal, sys
from kiloclaw_adapters.cli import main

class Interrupting:
    def find_spec(self, name, path, target=None):
        if name == "kiloclaw_core.commands":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
main()
"""


def test_ctrl_c_before_anything_is_begun_ends_without_a_word() -> None:
    """Everything has to be imported first, which takes a moment."""
    ended = subprocess.run(  # noqa: S603 - it is this interpreter
        [sys.executable, "-c", INTERRUPTED, "list"], capture_output=True, check=False, text=True
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")


FULL = [
    ("vectors", "--schema"),
    ("vectors", "--kind", "cache", "--json"),
    ("explore", "--list"),
    ("check", "-"),
    ("redact", "-"),
    ("--help",),
]
HEADER = '{"kind": "header", "trace": "kiloclaw-trace/1", "source": "mine", "sandbox_id": "s-1", "user_id": "user-1"}\n'


@pytest.mark.parametrize("words", FULL, ids=[" ".join(words) for words in FULL])
def test_what_cannot_be_written_gets_one_line_and_2(words: tuple[str, ...]) -> None:
    """A full disk is no claim that is broken, which is what 1 would say."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "kiloclaw_adapters.cli", *words]
        ran = subprocess.run(  # noqa: S603 (our own program)
            command, input=HEADER, stdout=full, stderr=PIPE, text=True, check=False
        )

    assert (ran.returncode, ran.stderr) == (2, "kiloclaw: cannot write stdout: No space left on device\n")


def test_a_command_that_is_not_there_ends_with_2() -> None:
    """As any command line does."""
    assert run("frolic").code == 2
