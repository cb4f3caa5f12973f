"""A system as a product of components: named parts, a bag of slots, and rules that say what they read.

Because every rule declares its footprint, an explorer may remember what a rule answered and never ask twice. What the
parts and slots are is left to the author of the product; they only have to be frozen values that compare by equality.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from typing import Never, Protocol, TypeAlias

from attrs import fields, frozen, has

from kiloclaw_core.explore.model import Claim, Move, SceneT, When

BAG = "bag"
"""The name by which a claim reads the slots; a rule meets them one by one, or sweeps them."""


@frozen
class Joint:
    """One state of a product: the values of its parts, in the order of `names`, and its slots."""

    parts: tuple[Hashable, ...]
    bag: tuple[Hashable, ...]


@frozen
class Local:
    """A rule over parts alone: `step` takes the values it reads, in that order, and gives the moves they allow.

    A rule of any sort may name fields of a part, as in "budget.crashes": its step takes the whole part, once, but goes
    by these fields alone and changes no other.

    All moves of a rule that is `quiet` are, so that nobody need ask it where a calm move is enabled.
    """

    reads: tuple[str, ...]
    step: Callable[..., Iterable[Move]]
    quiet: bool = False


@frozen
class EachSlot:
    """A rule asked once for each distinct slot: `step(slot, blocked, *parts)`.

    `blocked` says whether `blocks(slot, other)` is true of any other slot in the bag, so that a slot can wait for
    another; without `blocks` it is always False.
    """

    reads: tuple[str, ...]
    step: Callable[..., Iterable[Move]]
    blocks: Callable[..., bool] | None = None


@frozen
class Sweep:
    """A rule that goes through the whole bag: each slot becomes `each(slot)`, or is dropped where that is None.

    Then the writes and spawned slots of the move apply: a crash, a take-over.
    """

    reads: tuple[str, ...]
    step: Callable[..., Iterable[Move]]
    each: Callable[..., Hashable | None]


Rule: TypeAlias = Local | EachSlot | Sweep


@frozen
class Pruning:
    """Which slots stay in the bag: `keeps(slot, *parts)` is asked after every move, and what is not kept is gone.

    A slot that can have no effect any more (an answer that nobody waits for) only multiplies states.
    """

    reads: tuple[str, ...]
    keeps: Callable[..., bool]


@frozen
class Mirror:
    """An exchange under which a system goes on as before: of two users, say, and of all that is named after them.

    `swaps` are parts that change places, `image` gives the mirror image of a part or of a slot, and of an image what
    was mirrored. The initial joint has to be its own image, and no claim may tell a joint from its image. That every
    image has the moves of what it mirrors is audited. Numbers are mere names then: which of two is older may depend on
    the order of names, so `numbers` has to give those of a part in an order that does not depend on what they are, the
    next of the anchor last, and slots that differ in more than numbers may not share a `slot_key` once all of their
    numbers are alike.
    """

    swaps: tuple[tuple[str, str], ...]
    image: Callable[..., Hashable]


class Ordered(Protocol):
    """A value that can be sorted among values of its own type."""

    def __lt__(self, other: Never, /) -> bool:
        """Whether this value comes before the other."""
        ...


Aspect: TypeAlias = Callable[..., Hashable]
"""What can be seen of a part, or of the tuple of all slots."""


class Product(Protocol[SceneT]):
    """A system as named parts, a bag of slots, the rules that move them and the claims about them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The named parts, in the order in which a `Joint` holds them; none of them is called "bag"."""
        ...

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, mildest first: their order is the order of choices."""
        ...

    @property
    def claims(self) -> tuple[Claim[SceneT], ...]:
        """What is claimed of the system; every claim has a name of its own."""
        ...

    @property
    def anchor(self) -> str | None:
        """The part whose numbers are renumbered first, so that it looks the same whatever else is about.

        Its own numbers get the ranks from nought, all others those from `ASIDE` on; without an anchor all are ranked
        together, which keeps their order.
        """
        ...

    @property
    def pruning(self) -> Pruning | None:
        """Which slots need not be kept, or None where all are."""
        ...

    @property
    def aspects(self) -> Mapping[str, Aspect]:
        """What claims see of a part, or of the bag, that they read, where that is less than all of it.

        Two values that look the same are judged once, so `scene` may depend on nothing else of them.
        """
        ...

    @property
    def mirror(self) -> Mirror | None:
        """The exchange under which it goes on as before, so that one state stands for two; or None."""
        ...

    @property
    def allowance(self) -> str | None:
        """The part that says how much may still happen, so many of each sort; or None, where no state is passed over.

        Else a state is passed over where one was found that differs only in having more left. Whatever can happen with
        less left has to be possible with more, what is calm spends nothing and has to be possible however much is left,
        and no claim may read it: the first two are audited.
        """
        ...

    def initial(self) -> Joint:
        """The one state in which everything begins."""
        ...

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The live numbers (ids) that a part or a slot mentions, in any order unless there is a mirror."""
        ...

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The same part or slot with its numbers replaced; the mapping has every number the value mentions."""
        ...

    def slot_key(self, slot: Hashable, /) -> Ordered:
        """Where a slot stands in the bag: a total order in which only equal slots share a place."""
        ...

    def scene(self, joint: Joint, /) -> SceneT:
        """What claims look at."""
        ...


def place_of(names: tuple[str, ...], part: str) -> int:
    """Where a part that `check_product` has seen stands in a joint, the bag standing last."""
    return len(names) if part == BAG else names.index(part)


@cache
def fields_read(reads: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The parts that are read, in the order in which they are first named, each with its fields if it names any."""
    parts: dict[str, tuple[str, ...]] = {}
    for name in reads:
        part, _, field = name.partition(".")
        parts[part] = (*parts.get(part, ()), field) if field else ()
    return parts


def read(names: tuple[str, ...], joint: Joint, reads: tuple[str, ...]) -> tuple[Hashable, ...]:
    """The values that a rule's step takes, in the order in which it reads them."""
    return tuple([joint.parts[place] for place in places_read(names, reads)])


@cache
def places_read(names: tuple[str, ...], reads: tuple[str, ...]) -> tuple[int, ...]:
    """The places of the parts that a rule's step takes, in the order in which it reads them."""
    return tuple(names.index(part) for part in fields_read(reads))


def is_quiet(rule: Rule) -> bool:
    """Whether a rule need not be asked where a calm move is enabled."""
    return isinstance(rule, Local) and rule.quiet


def _fields_of(part: Hashable) -> tuple[str, ...]:
    """The fields of an attrs value; of anything else there are none."""
    owner = type(part)
    return tuple(field.name for field in fields(owner)) if has(owner) else ()


def describe(rules: tuple[Rule, ...], number: int) -> str:
    """A rule as an error names it: its place, its sort and what it reads."""
    rule = rules[number]
    return f"rule {number} ({type(rule).__name__} reading {', '.join(rule.reads) or 'nothing'})"


def places_written(product: Product[SceneT], number: int, move: Move) -> tuple[tuple[int, Hashable], ...]:
    """Where a move of this rule writes what.

    Raises a `ValueError` naming rule and action when the move writes a part that is not named (the bag is not written
    but spawned into), keeps something although its rule has no slot, or is not quiet although its rule is.
    """
    names = product.names
    unknown = [part for part, _ in move.writes if part not in names]
    if unknown:
        msg = f"{describe(product.rules, number)}: {move.action} writes {unknown[0]!r}, which is no part"
        raise ValueError(msg)
    if move.kept and not isinstance(product.rules[number], EachSlot):
        msg = f"{describe(product.rules, number)}: {move.action} keeps {move.kept[0]}, but its rule has no slot"
        raise ValueError(msg)
    if move.when is not When.QUIET and is_quiet(product.rules[number]):
        msg = f"{describe(product.rules, number)}: {move.action} is {move.when.value}, but its rule is quiet"
        raise ValueError(msg)
    return tuple([(names.index(part), value) for part, value in move.writes])


def check_product(product: Product[SceneT]) -> None:
    """Refuse a product that contradicts itself before anything is explored.

    Raises a `ValueError` that names the part, rule or claim: a part called "bag" or named twice, two claims of one
    name, a reading of an unknown part (only claims read the bag), an initial joint with too many or too few parts.
    """
    names = product.names
    if BAG in names or len(set(names)) != len(names):
        msg = f'the parts {", ".join(names)} need distinct names, none of them "bag"'
        raise ValueError(msg)
    titles = [claim.name for claim in product.claims]
    if len(set(titles)) != len(titles):
        msg = f"the claims {', '.join(titles)} need distinct names"
        raise ValueError(msg)
    known = dict(zip(names, product.initial().parts, strict=False))
    inside = tuple(f"{name}.{field}" for name, part in known.items() for field in _fields_of(part))
    readers = [
        (describe(product.rules, number), rule.reads, (*names, *inside)) for number, rule in enumerate(product.rules)
    ]
    if product.pruning is not None:
        readers.append(("the pruning", product.pruning.reads, names))
    if product.anchor is not None:
        readers.append(("the anchor", (product.anchor,), names))
    if product.mirror is not None:
        readers.append(("the mirror", tuple(part for both in product.mirror.swaps for part in both), names))
    if product.allowance is not None:
        readers.append(("the allowance", (product.allowance,), names))
    readers += [(f"the aspect of {name}", (name,), (*names, BAG)) for name in product.aspects]
    readers += [(f"claim {claim.name!r}", claim.reads, (*names, BAG)) for claim in product.claims]
    for reader, reads, readable in readers:
        unknown = [name for name in reads if name not in readable]
        if unknown:
            close = [name for name in readable if "." not in name or name.partition(".")[0] in unknown[0]]
            msg = f"{reader} reads {unknown[0]!r}, but can read {', '.join(close)}"
            raise ValueError(msg)
        if product.allowance in reads and not reader.startswith(("rule", "the allowance")):
            raise ValueError(f"{reader} reads {product.allowance!r}, the allowance, which only rules may read")
    if len(product.initial().parts) != len(names):
        msg = f"the initial joint has {len(product.initial().parts)} parts, but {len(names)} are named"
        raise ValueError(msg)
