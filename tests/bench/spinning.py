"""How fast a race of a few bytes is searched whole: by us in numpy, against SPIN, which makes a program in C of it.

SPIN is asked where it is installed (Debian's package `spin`, and gcc); elsewhere there is nothing to compare with. Its
own reductions are off, as ours are: `-o1 -o2 -o3`, or it merges states, and `-DNOREDUCE`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from attrs import asdict, evolve

from kiloclaw_adapters.explorer.packed import explore_packed
from kiloclaw_core.explore import Report

from .measuring import Effort, Line, often, race
from .toy_race import Size, ToyRace

MODEL: Final = Path(__file__).with_name("toy_race.pml")
STORED: Final = re.compile(r"^ *(\d+) states, stored$", re.MULTILINE)
NEVER: Final = 1 << 62
NAMES: Final = ("toy race, states / SPIN", "toy race unaudited, states / SPIN")


def is_here() -> bool:
    """Whether SPIN and a compiler for what it writes are installed."""
    return shutil.which("spin") is not None and shutil.which("gcc") is not None


def lines(effort: Effort) -> Iterator[Line]:
    """States in a second, as the explorer searches, and without its audit of one state in a hundred."""
    if not is_here():
        return
    size = Size(*effort.racing)
    with TemporaryDirectory() as folder:
        program = compiled(size, Path(folder))
        ours, theirs = searched(size), stored(program)
        assert ours == theirs, f"we find {ours:,} states of {size}, and SPIN {theirs:,}"
        few = evolve(effort, rounds=min(effort.rounds, 3), sample_s=0.0)
        for name, every in zip(NAMES, (100, NEVER), strict=True):
            pair = race(often(partial(searched, size, every)), often(partial(stored, program)), few, processor_time)
            yield pair.as_rate(name, "states/s", f"{ours:,} states, by both; of {size}", each=ours)


def processor_time() -> float:
    """The seconds of processor time of this process and of all that it has waited for."""
    return sum(os.times()[:4])


def searched(size: Size, audit_every: int = 100) -> int:
    """How many states we find, all of them, with the claim held."""
    report = whole(size, audit_every)
    assert report.complete, f"{size} was not searched whole"
    assert [one.verdict for one in report.verdicts] == ["held"], f"a commit was lost in {size}"
    return report.states


def whole(size: Size, audit_every: int) -> Report:
    """The report of the whole search."""
    search = explore_packed(ToyRace(size), audit_every=audit_every)
    while True:
        try:
            next(search)
        except StopIteration as done:
            report: Report = done.value
            return report


def compiled(size: Size, folder: Path) -> Path:
    """The program that SPIN makes of the race."""
    sizes = [f"-D{name.upper()}={number}" for name, number in asdict(size).items()]
    _run("spin", "-a", "-o1", "-o2", "-o3", *sizes, str(MODEL), folder=folder)
    _run("gcc", "-O2", "-DSAFETY", "-DNOREDUCE", "-o", "pan", "pan.c", folder=folder)
    return folder / "pan"


def stored(program: Path) -> int:
    """How many states SPIN finds, with no error."""
    told = _run(str(program), "-E", "-m100000", "-w24", folder=program.parent)
    assert "errors: 0" in told, told
    found = STORED.search(told)
    assert found is not None, told
    return int(found[1])


def _run(*command: str, folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 (SPIN, and what it made)
    return ran.stdout
