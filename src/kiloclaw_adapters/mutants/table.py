"""Every bug that is brought back, of whatever world, and the weaknesses that cannot be.

A mutant shows that a rule is needed and that its claim can fail. Each is a small override of one function of the core;
a weakness that our design has no place for stands in `placeless`, with its reason and the test that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from kiloclaw_adapters.explorer import World
from kiloclaw_adapters.mutants import (
    answers,
    apps,
    caches,
    callers,
    children,
    destroys,
    doubts,
    freed_slots,
    held_slots,
    moves,
    overtakings,
    recoveries,
    sizes,
    starts,
    unfounded,
    waits,
    wishes,
)
from kiloclaw_adapters.mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *starts.MUTANTS,
    *answers.MUTANTS,
    *wishes.MUTANTS,
    *moves.MUTANTS,
    *recoveries.MUTANTS,
    *destroys.MUTANTS,
    *doubts.MUTANTS,
    *overtakings.MUTANTS,
    *sizes.MUTANTS,
    *apps.MUTANTS,
    *held_slots.MUTANTS,
    *freed_slots.MUTANTS,
    *unfounded.MUTANTS,
    *caches.MUTANTS,
    *waits.MUTANTS,
    *children.MUTANTS,
    *callers.MUTANTS,
)
"""World by world; no two of them share a name."""


class UnknownMutantError(ValueError):
    """No mutant has this name, and none is this row; the message says what may have been meant."""


def mutants_of(world: World) -> tuple[Mutant, ...]:
    """Every mutant of one world."""
    return tuple(one for one in MUTANTS if one.world is world)


def mutants_called(names: Iterable[str]) -> tuple[Mutant, ...]:
    """The mutants of these names, and those that are these rows, each once, as the table has them.

    Raises `UnknownMutantError` at the first word that is neither.
    """
    wanted = set[str]()
    for name in names:
        found = {one.name for one in MUTANTS if name == one.name or name in one.rows}
        if not found:
            raise UnknownMutantError(_unknown(name))
        wanted |= found
    return tuple(one for one in MUTANTS if one.name in wanted)


def _unknown(name: str) -> str:
    known = dict.fromkeys((*(one.name for one in MUTANTS), *(row for one in MUTANTS for row in one.rows)))
    close = get_close_matches(name, known)
    hint = f"did you mean {' or '.join(close)}?" if close else "docs/reference/mutants.md names those there are"
    return f"no mutant is named {name!r}, or is that row; {hint}"
