"""States passed over because one was found that is the same, but has more left of what may still happen.

Whatever can happen with less left can happen with more, and no claim looks at what is left; so whoever follows the one
has followed the other. What is left stands in one part of a joint, the product's allowance: so many of each sort.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeAlias

from attrs import define, field, fields, has

from kiloclaw_core.explore.components import Components, State
from kiloclaw_core.explore.model import SceneT, When
from kiloclaw_core.explore.naive import Choice, ProductModel
from kiloclaw_core.explore.product import Joint, Product

Amounts: TypeAlias = tuple[int, ...]
"""How many of each sort are left."""
Led: TypeAlias = tuple[Choice, Joint]
"""A choice, and where it leads."""


def amounts_of(allowance: Hashable) -> Amounts:
    """How many of each sort are left, in the order of the fields; a `TypeError` names what is no count."""
    owner = type(allowance)
    names = [one.name for one in fields(owner)] if has(owner) else []
    amounts = tuple(getattr(allowance, name) for name in names)
    if not amounts or not all(isinstance(amount, int) for amount in amounts):
        raise TypeError(f"{allowance} is no allowance: every field of one is a count")
    return amounts


def place_of_allowance(product: Product[SceneT]) -> int:
    """Where the allowance stands in a joint."""
    assert product.allowance is not None, "nothing says how much is left"
    return product.names.index(product.allowance)


def covers(more: Amounts, less: Amounts) -> bool:
    """Whether as much is left of every sort, or more."""
    return all(one >= other for one, other in zip(more, less, strict=True))


def with_left_of(product: Product[SceneT], joint: Joint, other: Joint) -> Joint:
    """The joint with as much left as the other has; where nothing is an allowance, the joint itself."""
    if product.allowance is None:
        return joint
    place = place_of_allowance(product)
    return Joint((*joint.parts[:place], other.parts[place], *joint.parts[place + 1 :]), joint.bag)


@define(eq=False)
class Covering(Generic[SceneT]):
    """What was found so far, by all but what is left."""

    components: Components[SceneT]
    place: int = field(init=False)
    """Where the allowance stands."""
    _found: dict[Hashable, list[tuple[Amounts, int]]] = field(factory=dict)

    @place.default
    def _place(self) -> int:
        return place_of_allowance(self.components.product)

    def number(self, state: State) -> int | None:
        """The last state found that is the same and has as much left, or more; or None."""
        rest, left = self._cut(state)
        found = reversed(self._found.get(rest, ()))
        return next((number for more, number in found if covers(more, left)), None)

    def add(self, state: State, number: int) -> None:
        """Note a state that was found."""
        rest, left = self._cut(state)
        self._found.setdefault(rest, []).append((left, number))

    def _cut(self, state: State) -> tuple[Hashable, Amounts]:
        content = self.components.vectors.contents[state[0]]
        left = self.components.parts[self.place].values[content[self.place]]
        return (content[: self.place], content[self.place + 1 :], state[1]), amounts_of(left)


# -- audited -----------------------------------------------------------------------------------------------------


def audit_allowance(product: Product[SceneT], joint: Joint) -> None:
    """Expand what has one less left of some sort by the rules themselves, for each sort.

    Whatever may happen there has to be possible in the joint, alike, with no less left afterwards; and whatever is calm
    in the joint spends nothing and has to be possible there. Else an `AssertionError` names the move.
    """
    more = _led(product, joint)
    for choice, end in more:
        if choice.move.when is not When.FREE and _left(product, end) != _left(product, joint):
            raise AssertionError(f"{choice}: is calm, but changes how much is left in {joint}")
    for less in _with_less(product, joint):
        fewer = _led(product, less)
        for one in fewer:
            if not any(_covers(product, other, one) for other in more):
                raise AssertionError(f"{one[0]}: happens where less is left, but not in {joint}")
        for other in more:
            if other[0].move.when is not When.FREE and not any(_covers(product, other, one) for one in fewer):
                raise AssertionError(f"{other[0]}: is calm, but does not happen where less is left, in {less}")


def _led(product: Product[SceneT], joint: Joint) -> list[Led]:
    model = ProductModel(product)
    return [(choice, model.next(joint, choice)) for choice in model.actions(joint)]


def _covers(product: Product[SceneT], more: Led, less: Led) -> bool:
    """Whether two choices are alike and lead to the same, but for what is left, of which the one leaves no less."""
    (one, there), (other, end) = more, less
    alike = (one.rule, one.move.action, one.move.when) == (other.rule, other.move.action, other.move.when)
    return alike and with_left_of(product, there, end) == end and covers(_left(product, there), _left(product, end))


def _left(product: Product[SceneT], joint: Joint) -> Amounts:
    return amounts_of(joint.parts[place_of_allowance(product)])


def _with_less(product: Product[SceneT], joint: Joint) -> Iterator[Joint]:
    """The same joint with one less left, of each sort of which there is any."""
    place = place_of_allowance(product)
    owner: type = type(joint.parts[place])
    make: Callable[..., Hashable] = owner
    counts = dict(zip((one.name for one in fields(owner)), amounts_of(joint.parts[place]), strict=True))
    for name, amount in counts.items():
        if amount:
            less = make(**counts | {name: amount - 1})
            yield Joint((*joint.parts[:place], less, *joint.parts[place + 1 :]), joint.bag)
