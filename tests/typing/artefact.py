"""The wheel as somebody installs it: built from this folder, beside our dependencies, and nothing else of ours."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from attrs import frozen
from packaging.requirements import Requirement

from ..house.sources import PROJECT

OURS: Final = ("kiloclaw_adapters", "kiloclaw_core")
ASKED: Final = "kiloclaw"


@frozen
class Installed:
    """An environment into which the wheel was unpacked."""

    wheel: Path
    python: Path
    packages: Path


def installed(folder: Path) -> Installed:
    """Build the wheel and unpack it into an environment of its own in this folder."""
    wheel = built(folder)
    venv.create(folder / "there", with_pip=False)
    (packages,) = (folder / "there" / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(packages)
    for entry in {top for one in needed(ASKED) for top in tops(one)}:
        link = packages / entry.name
        if not link.exists():
            link.symlink_to(entry)
    return Installed(wheel, folder / "there" / "bin" / "python", packages)


def built(folder: Path) -> Path:
    """The wheel of this project."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 (our own)
    assert ran.returncode == 0, ran.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def needed(name: str) -> Iterator[Distribution]:
    """What a distribution needs to be imported, without extras, and what that needs."""
    for line in distribution(name).requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield distribution(wanted.name)
            yield from needed(wanted.name)


def tops(one: Distribution) -> Iterator[Path]:
    """The folders and modules that a distribution has put among the others."""
    names = {file.parts[0] for file in one.files or () if file.parts[0] not in {"..", "__pycache__"}}
    for name in names:
        yield Path(str(one.locate_file(name)))
