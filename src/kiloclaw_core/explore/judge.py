"""Claims judged from memory: once for each distinct reading of the components they depend on.

Of a component that has an aspect, only that is read. A judgement is a mask with one bit for each claim that the state
tells something about: that an *always* is broken there, that a *sometimes* is witnessed there, that it is home. Claims
that read the same are judged together.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, Generic

from attrs import define, field

from kiloclaw_core.explore.compiled import Reading, reading
from kiloclaw_core.explore.components import Components, State
from kiloclaw_core.explore.model import Claim, Kind, SceneT
from kiloclaw_core.explore.product import Aspect, place_of

KEPT: Final = 1_000_000
"""How many judgements of a reading are kept at a time."""


def marks_of(claims: tuple[tuple[int, Claim[SceneT]], ...], scene: SceneT) -> int:
    """The bits of the claims that this scene tells something about."""
    return sum(1 << number for number, claim in claims if claim.holds(scene) != (claim.kind is Kind.ALWAYS))


@define(eq=False)
class Readers(Generic[SceneT]):
    """The claims that read the same components, and what they said so far."""

    claims: tuple[tuple[int, Claim[SceneT]], ...]
    reading: Reading
    known: dict[Hashable, int] = field(factory=dict)


@define(eq=False)
class Look:
    """What is seen of one component: an int for each of its ints, the same where they look the same."""

    place: int
    aspect: Aspect
    value: Callable[[int], Hashable]
    """The value behind an int."""
    _looks: dict[int, int] = field(factory=dict)
    _ids: dict[Hashable, int] = field(factory=dict)

    def of(self, known: int) -> int:
        """The int of what is seen of it."""
        look = self._looks.get(known)
        if look is None:
            look = self._looks[known] = self._ids.setdefault(self.aspect(self.value(known)), len(self._ids))
        return look


@define(eq=False, init=False)
class Judge(Generic[SceneT]):
    """All claims of a product, numbered as it lists them."""

    components: Components[SceneT]
    readers: tuple[Readers[SceneT], ...]
    homes: int
    """The bits of the claims that say where home is."""
    looks: tuple[Look, ...]

    def __init__(self, components: Components[SceneT]) -> None:
        """Group the claims of the product behind these tables by what they read."""
        self.components = components
        product = components.product
        self.homes = sum(1 << number for number in self.numbers(Kind.LEADS_HOME))
        groups: dict[tuple[str, ...], list[tuple[int, Claim[SceneT]]]] = {}
        for number, claim in enumerate(product.claims):
            groups.setdefault(claim.reads, []).append((number, claim))
        self.readers = tuple(Readers(tuple(claims), reading(product.names, reads)) for reads, claims in groups.items())
        values: list[Callable[[int], Hashable]] = [part.value for part in components.parts]
        values.append(components.bags.value)
        places = {place_of(product.names, name): aspect for name, aspect in product.aspects.items()}
        self.looks = tuple(Look(place, aspect, values[place]) for place, aspect in places.items())

    def numbers(self, kind: Kind) -> frozenset[int]:
        """The numbers of all claims of a kind."""
        return frozenset(number for number, claim in enumerate(self.components.product.claims) if claim.kind is kind)

    def settling(self, marks: int) -> list[int]:
        """The claims among these bits that one state settles: all but those that say where home is."""
        settled = marks & ~self.homes
        return [number for number in range(settled.bit_length()) if settled >> number & 1]

    def marks(self, state: State) -> int:
        """The bits of the claims that this state tells something about."""
        marks = 0
        content = [*self.components.vectors.contents[state[0]], state[1]]
        for look in self.looks:
            content[look.place] = look.of(content[look.place])
        for group in self.readers:
            key = group.reading(content)
            known = group.known.get(key)
            if known is None:
                if len(group.known) >= KEPT:
                    group.known.clear()  # what was judged can be judged again
                scene = self.components.product.scene(self.components.joint_of(state))
                known = group.known[key] = marks_of(group.claims, scene)
            marks |= known
        return marks
