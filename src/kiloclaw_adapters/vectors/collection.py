"""The vectors as they are shipped: lines of JSON, the first of which names the format and all policies.

They are kept packed beside this file, being made anew only when the core decides otherwise: the tests follow each of
them again, and hold their cells to those that the searches of CI reach.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Final, TypeAlias

from kiloclaw_adapters.vectors.caches import CACHES, Caches
from kiloclaw_adapters.vectors.elsewhere import APPS, REGISTRIES, SUPERVISORS, Apps, Registries, Supervisors
from kiloclaw_adapters.vectors.instances import INSTANCES, Instances
from kiloclaw_adapters.vectors.kinds import NoVectorError, Tree

AnyKind: TypeAlias = Instances | Apps | Registries | Supervisors | Caches

FORMAT: Final = "kiloclaw-vectors/1"
FILE: Final = "vectors.jsonl.gz"
KINDS: Final[tuple[AnyKind, ...]] = (INSTANCES, APPS, REGISTRIES, SUPERVISORS, CACHES)


@cache
def lines() -> tuple[str, ...]:
    """Every line, the header first."""
    packed = resources.files(__package__).joinpath(FILE).read_bytes()
    return tuple(gzip.decompress(packed).decode("ascii").splitlines())


def packed(texts: Iterable[str]) -> bytes:
    """What the file of these lines holds: nothing but them, so that it says nothing of when it was made."""
    return gzip.compress("".join(f"{one}\n" for one in texts).encode("ascii"), compresslevel=9, mtime=0)


def tree(line: str) -> Tree:
    """The object that a line is; raises `NoVectorError`."""
    read: object = json.loads(line)
    if not isinstance(read, dict):
        raise NoVectorError("a line is an object")
    return read
