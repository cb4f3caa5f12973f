"""An exception out of the core while it is searched or walked, and the way to it, as to a claim that is broken.

Whatever met it knows only that it came. So a search is made once more by a plain breadth-first one, which keeps how it
came to each state: the first exception that this meets has a shortest way. A walk knows its way, and is shortened.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final

from attrs import frozen

from kiloclaw_adapters.explorer.shortening import shortened
from kiloclaw_adapters.explorer.walking import Walk, Walks, in_turn
from kiloclaw_core.explore import Progress
from kiloclaw_core.explore.components import State

TOLD_EVERY: Final = 5_000
"""How many states are followed between two words of how far it is."""


@frozen
class Met:
    """An exception, and the choices that lead to the state in which it is raised, as a replay code.

    There is no code where nothing leads there, because the system does not even begin.
    """

    code: str | None
    error: Exception


def met_again(begun: Callable[[], Walks]) -> Generator[Progress, None, Met | None]:
    """Search breadth-first until anything is raised, and tell the shortest way there; nothing if nothing is raised."""
    try:
        walks = begun()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what was looked for)
        return Met(None, error)
    states, ways, edges = [walks.begin()], [(0, 0)], 0
    index = set(states)
    here, level, level_end = 0, 0, 1
    while here < len(states):
        if here == level_end:
            level, level_end = level + 1, len(states)
        try:
            ends = _ends(walks, states[here])
        except Exception as error:  # noqa: BLE001 (whatever it is, it is what was looked for)
            return Met(_code(ways, here), error)
        edges += len(ends)
        for choice, end in enumerate(ends):
            if end not in index:
                index.add(end)
                states.append(end)
                ways.append((here, choice))
        here += 1
        if here % TOLD_EVERY == 0:
            yield Progress(len(states), edges, level + 1, len(states) - here)
    return None


def _ends(walks: Walks, state: State) -> list[State]:
    """Where a state leads, once it is judged: each claim and each rule is asked."""
    walks.marks(state)
    return [end for _, end in walks.offered(state)]


def _code(ways: list[tuple[int, int]], state: int) -> str:
    """The choices that lead to a state, from each the one before it."""
    choices = list[str]()
    while state:
        state, choice = ways[state]
        choices.append(str(choice))
    return "/".join(reversed(choices))


@frozen
class Raising:
    """Walks that raise an exception of one sort: it is what is broken, by the name of its class."""

    walks: Walks
    name: str

    def again(self, walk: Walk) -> Walk:
        """The same choices once more, and what may happen at their end."""
        met = met_on(self.walks, walk.choices)
        if met is None or type(met[1]).__qualname__ != self.name:
            return Walk(walk.choices)
        return Walk(met[0], broken=(self.name,))


def met_on(walks: Walks, choices: tuple[int, ...]) -> tuple[tuple[int, ...], Exception] | None:
    """What is raised where these choices lead, and as many of them as led there."""
    try:
        walks.walk(in_turn(choices), len(choices) + 1)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what was looked for)
        return walks.so_far, error
    return None


def shortest_met(walks: Walks, choices: tuple[int, ...], error: Exception) -> Met:
    """What was raised on a walk that came as far as these choices, by a walk that is shortened."""
    name = type(error).__qualname__
    short = shortened(Raising(walks, name), Walk(choices, broken=(name,)))
    met = met_on(walks, short.choices)
    return Met(short.code, error if met is None else met[1])
