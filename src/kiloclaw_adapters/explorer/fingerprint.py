"""Which core it is that is searched and walked: what was found of one is no finding of another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

from kiloclaw_adapters.overriding import in_place


def fingerprint() -> str:
    """What tells one core from another: a digest of its sources, in the order of their names, and what is replaced."""
    digest = hashlib.blake2b(digest_size=8)
    for name, text in sorted(_sources(files("kiloclaw_core"), "")):
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return " with ".join((digest.hexdigest(), *in_place()))


def _sources(folder: Traversable, above: str) -> Iterable[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _sources(one, f"{above}{one.name}/")
        elif one.name.endswith(".py"):
            yield f"{above}{one.name}", one.read_bytes()
