"""The entry point: what it needs, and what it says without it."""

from __future__ import annotations

from importlib.machinery import ModuleSpec

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


def test_a_command_that_is_not_there_ends_with_2() -> None:
    """As any command line does."""
    assert run("frolic").code == 2
