"""The states that a page holds: those that some traces pass, and as many whole rounds of moves about them as fit.

Where the last round finds nothing new, the page holds the whole system.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Generic

from attrs import frozen

from kiloclaw_adapters.explorer.steady import AsItComes
from kiloclaw_core.explore import (
    Action,
    Joint,
    Product,
    ProductModel,
    Trace,
    When,
    passages,
    renamed,
    renaming,
)
from kiloclaw_core.explore.model import SceneT

MOST: Final = 2_500
"""How many states a page holds unless more are asked for: some seconds of work, and less than a megabyte."""


class PageTooLargeError(ValueError):
    """The traces alone pass more states than the page may hold; the message has both numbers."""


@frozen
class Way:
    """A choice that a state offers: what happens, when it may, where it leads, and what its numbers are called there.

    `renaming` has each live number, as the state or the move itself called it, with the one that stands for it after.
    """

    action: Action
    when: When
    end: Joint
    renaming: tuple[tuple[int, int], ...]


@frozen
class Neighbourhood:
    """States with all the choices that each offers, and how far about the traces they reach.

    `states[0]` is where the system begins. A choice may lead to a state that is not here, unless the `whole` is.
    `about` says in words what the moves are counted from.
    """

    states: tuple[Joint, ...]
    ways: tuple[tuple[Way, ...], ...]
    moves: int
    whole: bool
    about: str


@frozen
class Offers(Generic[SceneT]):
    """Asks a system what each state offers, and remembers it."""

    product: Product[SceneT]
    model: ProductModel[Joint]
    known: dict[Joint, tuple[Way, ...]]

    def ways(self, state: Joint) -> tuple[Way, ...]:
        """The choices of a state, in their order."""
        if state not in self.known:
            self.known[state] = tuple(self._ways(state))
        return self.known[state]

    def _ways(self, state: Joint) -> Iterator[Way]:
        for choice in self.model.actions(state):
            after = self.model.next(state, choice)
            ranks = renaming(self.product, after)
            yield Way(choice.move.action, choice.move.when, renamed(self.product, after, ranks), tuple(ranks.items()))


def neighbourhood(
    product: Product[SceneT], near: tuple[Trace, ...], passing: tuple[Trace, ...], most: int
) -> Neighbourhood:
    """The states of all these traces, and every state within so many moves of those of `near` as `most` states allow.

    Raises `PageTooLargeError` where the traces alone pass more than that.
    """
    begin = ProductModel(product).initial()
    reached = dict.fromkeys((begin, *_passed(product, near)))
    passed = dict.fromkeys(_passed(product, passing))
    if (count := len(reached | passed)) > most:
        raise PageTooLargeError(f"the traces alone pass {count:,} states, and the page may hold {most:,}")
    offers = Offers(product, ProductModel(AsItComes(product)), {})
    moves, layer = 0, list(reached)
    while True:
        beyond = dict.fromkeys(way.end for state in layer for way in offers.ways(state) if way.end not in reached)
        if not beyond or len(reached | passed | beyond) > most:
            break
        reached |= beyond
        moves, layer = moves + 1, list(beyond)
    states = tuple(reached | passed)
    about = "the beginning" if not near else "what failed" if passing else "the trace"
    return Neighbourhood(states, tuple(map(offers.ways, states)), moves, not beyond, about)


def _passed(product: Product[SceneT], traces: tuple[Trace, ...]) -> Iterator[Joint]:
    """Every state on these traces but their beginning, which is that of the system."""
    return (after for trace in traces for _, _, after in passages(product, trace))
