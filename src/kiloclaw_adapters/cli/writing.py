"""A file that is written whole or not at all: what stood there stays until the new one is complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO


def write_whole(path: Path, lines: Iterable[str]) -> int:
    """Write these lines beside the file, and put it in their place; answer how many they are.

    What is no file, as a pipe or a terminal, gets them as they come. Raises OSError, and whatever the lines raise.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            return written(file, lines)
    target = path.resolve()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            count = written(file, lines)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return count


def written(file: TextIO, lines: Iterable[str]) -> int:
    """Write these lines; answer how many they are."""
    return sum(file.write(f"{line}\n") > 0 for line in lines)
