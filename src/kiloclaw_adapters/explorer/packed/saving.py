"""A search kept in a file as far as it is, so that it goes on from there to the same report.

Kept are the states and what is known of each, and the parts, slots and bags that their numbers stand for, in order.
What rules and claims answered is not: they are asked again, and give the same numbers. Like any program, such a file
can do whatever it wants to whoever opens it: it is for whoever wrote it.
"""

from __future__ import annotations

import pickle
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.keeping import Keeping, KeptSearchError
from kiloclaw_adapters.explorer.packed.covering import CoveredRows
from kiloclaw_adapters.explorer.packed.expanding import Expansion
from kiloclaw_adapters.explorer.packed.narrow import KeptRows, NarrowRows
from kiloclaw_adapters.explorer.packed.rows import Ints, Marks
from kiloclaw_adapters.explorer.packed.tables import Kept
from kiloclaw_core.explore.components import Components
from kiloclaw_core.explore.model import Cell, SceneT

UNREADABLE: Final = (pickle.UnpicklingError, AttributeError, EOFError, ImportError, IndexError, TypeError, ValueError)
"""What reading a file may come to that nobody kept a search in."""


class Searching(Protocol[SceneT]):
    """What there is to a search."""

    components: Components[SceneT]
    expansion: Expansion[SceneT]
    states: NarrowRows | CoveredRows
    parents: Kept[np.int32]
    homes: dict[int, Kept[np.bool_]]
    first: dict[int, int]
    calm_counts: Kept[np.uint16]
    calm_targets: Kept[np.int32]
    edges: int
    depth: int
    followed: int
    level: int
    level_end: int
    stood_for: int


@frozen(eq=False)
class Saved:
    """All that is kept of a search, as it stands in the file."""

    what: str
    values: tuple[tuple[Hashable, ...], ...]
    """Those of each part, and behind them the slots."""
    bags: tuple[tuple[int, ...], ...]
    states: KeptRows
    parents: Ints
    homes: dict[int, Marks]
    calm_counts: NDArray[np.uint16]
    calm_targets: Ints
    first: dict[int, int]
    cells: frozenset[Cell]
    counts: tuple[int, int, int, int, int, int]
    """Edges, depth, states followed, level and its end, and how many states are stood for."""


def keep(search: Searching[SceneT], keeping: Keeping) -> None:
    """Write down how far a search is; whoever reads the file meanwhile finds what was kept before."""
    components = search.components
    saved = Saved(
        keeping.what,
        tuple(tuple(one.values) for one in (*components.parts, components.slots)),
        tuple(components.bags.contents),
        search.states.keeping(),
        search.parents.all,
        {claim: home.all for claim, home in search.homes.items()},
        search.calm_counts.all,
        search.calm_targets.all,
        search.first,
        frozenset(search.expansion.cells),
        (search.edges, search.depth, search.followed, search.level, search.level_end, search.stood_for),
    )
    with _beside(keeping.path) as beside:
        with beside.open("wb") as file:
            pickle.dump(saved, file, pickle.HIGHEST_PROTOCOL)
        beside.replace(keeping.path)


def check_place(path: Path) -> None:
    """Raise `KeptSearchError` where nothing can be kept: before anybody has waited for it."""
    with _beside(path) as beside, beside.open("wb"):
        pass


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Where a file is written before it takes the place of another; nothing is left there."""
    beside = path.with_name(f"{path.name}.part")
    try:
        yield beside
        beside.unlink(missing_ok=True)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise KeptSearchError(f"cannot keep a search in {path}: {error.strerror}") from error


def go_on(search: Searching[SceneT], keeping: Keeping) -> None:
    """Have a search that was just begun stand where the one stood that is kept; raises `KeptSearchError`."""
    saved = _read(keeping)
    components = search.components
    for known, values in zip((*components.parts, components.slots), saved.values, strict=True):
        if [known.intern(value) for value in values] != list(range(len(values))):
            raise KeptSearchError(f"{keeping.path} numbers what is in it otherwise than this search")
    for bag in saved.bags:
        components.bags.intern(bag)
    search.states.restore(saved.states)
    search.parents.restore(saved.parents)
    for claim, home in search.homes.items():
        home.restore(saved.homes[claim])
    search.calm_counts.restore(saved.calm_counts)
    search.calm_targets.restore(saved.calm_targets)
    search.first = saved.first
    search.expansion.cells.update(saved.cells)
    search.edges, search.depth, search.followed, search.level, search.level_end, search.stood_for = saved.counts


def _read(keeping: Keeping) -> Saved:
    """What is kept there of this very search."""
    try:
        with keeping.path.open("rb") as file:
            saved: object = pickle.load(file)  # noqa: S301 (a file of one's own, as the docs say)
    except OSError as error:
        raise KeptSearchError(f"cannot read {keeping.path}: {error.strerror}") from error
    except UNREADABLE as error:
        raise KeptSearchError(f"{keeping.path} keeps no search: {error}") from error
    if not isinstance(saved, Saved):
        raise KeptSearchError(f"{keeping.path} keeps no search")
    if saved.what != keeping.what:
        why = f"{keeping.path} keeps another search: of {saved.what}, not of {keeping.what}"
        raise KeptSearchError(f"{why}; remove it to begin anew")
    return saved
