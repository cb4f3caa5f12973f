"""Walks that hypothesis draws: by choices, whose draws are the replay code, and by schedules, which go far.

A walk by choices draws at every step, and shrinks to the mildest; a schedule is drawn all at once, which is where the
time goes. Both ask memory, as the explorer does; a walk by the rules asks nothing else, and is an oracle for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import note
from hypothesis import strategies as st

from kiloclaw_adapters.explorer import AnyConfiguration, failure_text, opened
from kiloclaw_adapters.explorer.shortening import shortened
from kiloclaw_adapters.explorer.walking import Draw, Walk, Walks, mildest
from kiloclaw_core.explore import Kind, Product, ProductModel, When
from kiloclaw_core.explore.compiled import Arrow
from kiloclaw_core.explore.model import SceneT

MILD: Final = 192
"""A byte of a schedule below this takes what is calm, where anything is; another takes anything."""


class BrokenError(AssertionError):
    """A claim does not hold; the message says which, and what was noted before it shows the way there."""


def walk_by_choices(walks: Walks, draws: st.DataObject, length: int) -> Walk:
    """At most so many steps, each draw the number of a choice: the draws are the replay code."""
    return walks.walk(lambda arrows: draws.draw(st.integers(0, len(arrows) - 1)), length)


def walk_by_rules(product: Product[SceneT], draws: st.DataObject, length: int) -> Walk:
    """The same walk by the rules themselves, asked afresh in every state: slow, and nothing remembered can be wrong."""
    model, always = ProductModel(product), [claim for claim in product.claims if claim.kind is Kind.ALWAYS]
    state, choices = model.initial(), list[int]()
    while len(choices) < length and (offered := model.actions(state)):
        choice = draws.draw(st.integers(0, len(offered) - 1))
        choices.append(choice)
        state = model.next(state, offered[choice])
        scene = product.scene(state)
        broken = tuple(claim.name for claim in always if not claim.holds(scene))
        if broken:
            return Walk(tuple(choices), broken=broken)
    return Walk(tuple(choices))


def walk_by_schedule(walks: Walks, schedule: bytes) -> Walk:
    """One step for each byte at most, and then home by calm moves; it ends with the first claim that is broken."""
    return walks.homeward(walks.walk(scheduled(schedule), len(schedule)), mildest)


def scheduled(schedule: bytes) -> Draw:
    """Draw what each byte says: most of them something calm, so that trouble comes late as well as early."""
    left = iter(schedule)

    def draw(arrows: Sequence[Arrow]) -> int:
        byte = next(left, 0)
        if byte < MILD:
            calm = [index for index, arrow in enumerate(arrows) if arrow[0].when is not When.FREE]
            return calm[byte % len(calm)] if calm else byte % len(arrows)
        return (byte - MILD) % len(arrows)

    return draw


def assert_holds(configuration: AnyConfiguration, walk: Walk) -> None:
    """Raise `BrokenError` if a claim is broken at the end of a walk; the way there is noted as lanes."""
    __tracebackhide__ = True
    if walk.broken:
        note(Way(configuration, walk))  # hypothesis spells a note only for the example that it reports
        raise BrokenError(f"{walk.broken[0]}: {opened(configuration).sentence(walk.broken[0])}")


class Way:
    """The way to a broken claim, which is drawn when somebody looks at it: shortened, and by the rules themselves."""

    def __init__(self, configuration: AnyConfiguration, walk: Walk) -> None:
        """Keep what is to be drawn."""
        self.configuration, self.walk = configuration, walk

    def __repr__(self) -> str:
        """Lanes, with the command to replay them at the bottom."""
        walks = opened(self.configuration).walker()
        return failure_text(self.configuration, walks.verdict(shortened(walks, self.walk)))
