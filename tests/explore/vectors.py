"""How the vectors are made anew: `.venv/bin/python -m tests.explore.vectors` searches `ci`, which takes minutes.

Worlds that are named, as in `python -m tests.explore.vectors cache`, are searched alone, and the vectors of the others
stay as they are. Look at what moved before you commit it: `kiloclaw vectors` prints them, before and after, for any
program that compares lines. Every vector is followed again by the quick tests, and their cells are held to the page of
transitions, so this is to be run when those fail.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import kiloclaw_adapters.vectors
from kiloclaw_adapters.explorer import World, suite_called, world_of
from kiloclaw_adapters.vectors import KINDS, Tree, lines, made, packed, tree
from kiloclaw_core.codec.text import spell

from .pins import SUITE

FILE: Final = Path(kiloclaw_adapters.vectors.__file__).with_name("vectors.jsonl.gz")


def tell(name: str) -> None:
    """Say what is searched now."""
    sys.stderr.write(f"{name}\n")


def joined(before: tuple[str, ...], anew: tuple[str, ...]) -> Iterator[str]:
    """The lines that were made anew, and of the kinds that were not those from before."""
    moved = {str(tree(line)["kind"]) for line in anew[1:]}
    kept = [line for line in before[1:] if tree(line)["kind"] not in moved]
    policies = {
        **{name: one for name, one in policies_of(before).items() if name.rpartition("-")[0] not in moved},
        **policies_of(anew),
    }
    yield spell({**tree(anew[0]), "policies": policies})
    for kind in KINDS:
        yield from (line for line in (*kept, *anew[1:]) if tree(line)["kind"] == kind.name)


def policies_of(every: tuple[str, ...]) -> Tree:
    """The policies that the header names."""
    policies = tree(every[0])["policies"]
    assert isinstance(policies, dict), f"{policies} are no policies"
    return policies


def main(worlds: frozenset[World]) -> None:
    """Search these worlds, or all of them, and write what was found."""
    gc.disable()  # what a search remembers goes round in no circle
    anew = made([one for one in suite_called(SUITE) if not worlds or world_of(one) in worlds], tell)
    FILE.write_bytes(packed(joined(lines(), anew) if worlds else anew))


if __name__ == "__main__":
    main(frozenset(map(World, sys.argv[1:])))
