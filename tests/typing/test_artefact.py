"""What somebody installs has types: the wheel says so, and two checkers agree on what everything in it is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from ..house.sources import SOURCES
from .artefact import OURS, Installed, installed

Checker: TypeAlias = Callable[[Installed], list[str]]
HERE = Path(__file__).parent
WRONG = """
from kiloclaw_core import absorb, decide

absorb(decide, 1)
decide().nothing
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed."""
    return installed(tmp_path_factory.mktemp("wheel"))


def test_the_wheel_has_all_of_both_packages_and_says_that_they_are_typed(there: Installed) -> None:
    """And nothing that is only ours, such as tests."""
    with zipfile.ZipFile(there.wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == set(OURS)
    assert {f"{one}/py.typed" for one in OURS} <= names
    written = {path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.py")}
    assert written == {name for name in names if name.endswith(".py")}


def checked(command: list[str], folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run this checker on programs in a folder of their own, as somebody would who has installed us."""
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program, encoding="utf-8")
    told = [sys.executable, "-m", *command, *(f"{name}.py" for name in programs)]
    around = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}}
    return subprocess.run(told, cwd=folder, env=around, capture_output=True, text=True, check=False)  # noqa: S603 (ours)


def mypy(there: Installed) -> list[str]:
    """How mypy is asked."""
    return ["mypy", "--strict", "--no-incremental", "--cache-dir=/dev/null", "--python-executable", str(there.python)]


def pyright(there: Installed) -> list[str]:
    """How pyright is asked."""
    return ["pyright", "--pythonpath", str(there.python)]


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_a_checker_knows_what_everything_is(checker: Checker, there: Installed, tmp_path: Path) -> None:
    """Strictly: nothing that somebody uses is of an unknown type, and what is used wrongly is told."""
    api = (HERE / "api.py").read_text(encoding="utf-8")
    ran = checked(checker(there), tmp_path, api=api, wrong=WRONG)
    told = [line for line in ran.stdout.splitlines() if "error:" in line]
    assert (ran.returncode, [line for line in told if "wrong.py:" not in line]) == (1, []), ran.stdout + ran.stderr
    assert {line for line in range(1, 9) if any(f"wrong.py:{line}:" in one for one in told)} == {4, 5}
