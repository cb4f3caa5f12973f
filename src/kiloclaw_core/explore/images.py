"""Mirror images of states in ints, and which of a state and its image stands for both.

What an image is, the product says, one part or slot at a time; each is asked for once.
"""

from __future__ import annotations

from typing import Generic

from attrs import define, field

from kiloclaw_core.explore.canonical import image
from kiloclaw_core.explore.components import Components, State
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Mirror


@define(eq=False)
class Images(Generic[SceneT]):
    """The images of everything in these tables, which hold the images as well."""

    components: Components[SceneT]
    mirror: Mirror
    places: tuple[int, ...] = field(init=False)
    """For each place, the one where the image of the part there stands."""
    _known: dict[State, State] = field(init=False, factory=dict)

    @places.default
    def _places(self) -> tuple[int, ...]:
        names = self.components.product.names
        swapped = dict(self.mirror.swaps) | {other: one for one, other in self.mirror.swaps}
        return tuple(names.index(swapped.get(name, name)) for name in names)

    def __attrs_post_init__(self) -> None:
        """Refuse a mirror in which the beginning looks otherwise: a `ValueError`, for it mirrors no way from there."""
        product = self.components.product
        initial = self.components.joint_of(self.components.state_of(product.initial()))
        if image(product, self.mirror, initial) != initial:
            msg = f"the mirror image of the initial joint is another: {image(product, self.mirror, initial)}"
            raise ValueError(msg)

    def part(self, place: int, part: int) -> int:
        """The image of a part, which stands at the place of its image."""
        parts = self.components.parts
        return parts[self.places[place]].intern(self.mirror.image(parts[place].values[part]))

    def bag(self, bag: int) -> int:
        """The image of a bag."""
        bags = self.components.bags
        return bags.intern([bags.slots.intern(self.mirror.image(slot)) for slot in bags.value(bag)])

    def standing(self, state: State) -> tuple[State, bool]:
        """What stands for this state, it or its image, and whether they are one."""
        known = self._known.get(state)
        if known is None:
            known = self._known[state] = self._image(state)
        return min(state, known, key=self._content), state == known

    def _content(self, state: State) -> tuple[tuple[int, ...], int]:
        """What a state is compared by: the same of two states comes first, whatever else they share."""
        return self.components.vectors.contents[state[0]], state[1]

    def _image(self, state: State) -> State:
        vectors = self.components.vectors
        content = vectors.contents[state[0]]
        mirrored = list(content)
        for place, part in enumerate(content):
            mirrored[self.places[place]] = self.part(place, part)
        return self.components.settled(vectors.intern(tuple(mirrored)), self.bag(state[1]))
