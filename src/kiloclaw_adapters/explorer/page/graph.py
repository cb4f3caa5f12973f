"""A neighbourhood as a page embeds it: numbers instead of values, and every text, lane and renaming said once.

States are called by their place. A number that a state mentions stands in its texts as `⟦3⟧`, so that the page can
count on from step to step as the lanes of the command line do (`steady`), where the search begins anew at each.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

from attrs import define, field, frozen

from kiloclaw_adapters.explorer.page.near import Neighbourhood, Way
from kiloclaw_adapters.explorer.page.sights import Seen, Sights
from kiloclaw_adapters.explorer.steady import COUNTING, NUMBERS
from kiloclaw_core.explore import Action, Joint, Kind, Product, renamed, renaming
from kiloclaw_core.explore.model import SceneT

ValueT = TypeVar("ValueT", bound=Hashable)

OUT: Final = -1
"""Where a choice leads that leaves the page."""
AFAR: Final = 1_000_000
"""What is added to the numbers of a state while it is told, so that no count of something else is taken for one."""
TOLD: Final = re.compile(r"1(\d{6})(?!\d)")


@frozen
class Claimed:
    """A claim: its name, its kind, and what it says."""

    name: str
    kind: str
    sentence: str


@frozen
class Graph:
    """States and choices, packed.

    A state is its place in `marks`, then one in `cells` for each lane; a cell is a tuple of `texts`, a mark the claims
    that the state tells something about: that an *always* is broken there, that a *sometimes* is seen, that it is home.
    The choices of a state are triples: the place of the action, that of its renaming, and the state that it leads to,
    or `OUT`. An action is who acts, what is done, and when it may. A renaming is a number, what it becomes, and so on.
    """

    lanes: tuple[str, ...]
    texts: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    marks: tuple[tuple[int, ...], ...]
    renamings: tuple[tuple[int, ...], ...]
    actions: tuple[tuple[int, int, str], ...]
    states: tuple[tuple[int, ...], ...]
    ways: tuple[tuple[int, ...], ...]
    beginning: tuple[int, ...]
    """The renaming from the numbers in which the system begins to those of its first state."""
    moves: int
    whole: bool
    about: str
    claims: tuple[Claimed, ...]


@define(eq=False)
class Places(Generic[ValueT]):
    """Values in the order in which they first came, each of them once."""

    known: dict[ValueT, int] = field(factory=dict)

    def place(self, value: ValueT) -> int:
        """Where this value stands."""
        return self.known.setdefault(value, len(self.known))

    def all(self) -> tuple[ValueT, ...]:
        """The values, in their order."""
        return tuple(self.known)


@define(eq=False)
class Packer(Generic[SceneT]):
    """What is packed so far of a system's states and choices."""

    product: Product[SceneT]
    sights: Sights
    here: dict[Joint, int]
    texts: Places[str] = field(factory=Places)
    cells: Places[tuple[int, ...]] = field(factory=Places)
    marks: Places[tuple[int, ...]] = field(factory=Places)
    renamings: Places[tuple[int, ...]] = field(factory=Places)
    actions: Places[tuple[int, int, str]] = field(factory=Places)

    def state(self, joint: Joint) -> tuple[int, ...]:
        """A state: what it tells of the claims, and what each lane shows."""
        cells = (tuple(map(self.texts.place, cell)) for cell in seen_with_marks(self.product, self.sights, joint))
        return (self.marks.place(self._told(joint)), *map(self.cells.place, cells))

    def ways(self, ways: tuple[Way, ...]) -> tuple[int, ...]:
        """The choices of a state."""
        return tuple(number for way in ways for number in self._way(way))

    def _way(self, way: Way) -> tuple[int, int, int]:
        who, what = self.texts.place(way.action.lane), self.texts.place(label_with_marks(way.action))
        return (
            self.actions.place((who, what, way.when.value)),
            self.renamings.place(flat(way.renaming)),
            self.here.get(way.end, OUT),
        )

    def _told(self, joint: Joint) -> tuple[int, ...]:
        """The claims that this state tells something about."""
        scene = self.product.scene(joint)
        return tuple(
            number
            for number, claim in enumerate(self.product.claims)
            if claim.holds(scene) != (claim.kind is Kind.ALWAYS)
        )


def packed(product: Product[SceneT], sights: Sights, near: Neighbourhood) -> Graph:
    """A neighbourhood, packed."""
    packer = Packer(product, sights, {state: place for place, state in enumerate(near.states)})
    states = tuple(map(packer.state, near.states))
    ways = tuple(map(packer.ways, near.ways))
    return Graph(
        lanes=sights.lanes,
        texts=packer.texts.all(),
        cells=packer.cells.all(),
        marks=packer.marks.all(),
        renamings=packer.renamings.all(),
        actions=packer.actions.all(),
        states=states,
        ways=ways,
        beginning=flat(tuple(renaming(product, product.initial()).items())),
        moves=near.moves,
        whole=near.whole,
        about=near.about,
        claims=tuple(Claimed(one.name, one.kind.value, one.sentence) for one in product.claims),
    )


def flat(pairs: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Pairs, one after the other."""
    return tuple(number for pair in pairs for number in pair)


def seen_with_marks(product: Product[SceneT], sights: Sights, joint: Joint) -> Seen:
    """What is shown of a state, with its numbers marked."""
    numbers = {number for value in (*joint.parts, *joint.bag) for number in product.numbers(value)}
    told = sights.of(renamed(product, joint, {number: number + AFAR for number in numbers}))
    return tuple(tuple(TOLD.sub(lambda found: f"⟦{int(found[1])}⟧", text) for text in cell) for cell in told)


def label_with_marks(action: Action) -> str:
    """What was done, without who did it, and with its numbers marked where they are those of a state."""
    label = action.label.removeprefix(f"{action.lane}: ")
    return label if action.lane in COUNTING else NUMBERS.sub(r"⟦\g<0>⟧", label)
