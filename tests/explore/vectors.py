"""How the vectors are made anew: `.venv/bin/python -m tests.explore.vectors` searches `ci`, which takes minutes.

Look at what moved before you commit it: `kiloclaw vectors` prints them, before and after, for any program that compares
lines. Every vector is followed again by the quick tests, and their cells are held to the page of transitions, so this
is to be run when those fail.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Final

import kiloclaw_adapters.vectors
from kiloclaw_adapters.explorer import suite_called
from kiloclaw_adapters.vectors import made, packed

from .pins import SUITE

FILE: Final = Path(kiloclaw_adapters.vectors.__file__).with_name("vectors.jsonl.gz")


def tell(name: str) -> None:
    """Say what is searched now."""
    sys.stderr.write(f"{name}\n")


def main() -> None:
    """Search, and write what was found."""
    gc.disable()  # what a search remembers goes round in no circle
    lines = made(suite_called(SUITE), tell)
    FILE.write_bytes(packed(lines))


if __name__ == "__main__":
    main()
