"""How large configurations were when they were searched last, so that a search is begun in time and its end foretold.

Only what is searched at every change of ours is known: the instance's configurations of the suite `ci`. After a change
of the core a search may be larger or smaller, so nothing that is found depends on it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from kiloclaw_adapters.explorer.worlds import AnyConfiguration

TABLE: Final = "sizes.toml"


@cache
def known_sizes() -> Mapping[str, int]:
    """How many states each configuration had, by its name."""
    table = tomllib.loads(files("kiloclaw_adapters.explorer").joinpath(TABLE).read_text(encoding="utf-8"))
    return {name: int(states) for name, states in table.items()}


def longest_first(configurations: Iterable[AnyConfiguration]) -> list[AnyConfiguration]:
    """The same, the largest first, and before them those of which nothing is known, as they came.

    So what is searched last is short, and no core waits long for another.
    """
    known = known_sizes()
    return sorted(configurations, key=lambda one: (one.name in known, -known.get(one.name, 0)))
