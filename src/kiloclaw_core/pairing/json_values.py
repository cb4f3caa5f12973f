"""JSON values as they were parsed, read without a surprise: every function here is total.

A tree is what a strict parser gives: `None`, booleans, numbers, strings, lists and objects. What JavaScript means by
truth and by text is said here too, because the files that are read are written by JavaScript (pairing 1.11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from attrs import frozen

LARGEST: Final = 1.7976931348623157e308
DEEPEST: Final = 32
"""How deep a frozen value is at most; what lies deeper is null."""


@frozen
class FrozenObject:
    """A JSON object that cannot be changed, its keys in the order in which they came."""

    items: tuple[tuple[str, Frozen], ...]


@frozen
class FrozenList:
    """A JSON list that cannot be changed."""

    items: tuple[Frozen, ...]


Frozen: TypeAlias = bool | int | float | str | FrozenObject | FrozenList | None


def object_of(tree: object) -> Mapping[str, object]:
    """The tree's keys and values; of what is no object, none."""
    return {key: value for key, value in tree.items() if isinstance(key, str)} if isinstance(tree, dict) else {}


def list_of(tree: object) -> tuple[object, ...]:
    """The tree's members; of what is no list, none."""
    return tuple(tree) if isinstance(tree, list) else ()


def text_of(tree: object) -> str | None:
    """The text that the tree is, if it is one that can be written down again."""
    return tree if isinstance(tree, str) and well_formed(tree) == tree else None


def number_of(tree: object) -> int | float | None:
    """The number that the tree is; a boolean is none, and neither is what JavaScript would call infinite."""
    if isinstance(tree, bool) or not isinstance(tree, int | float):
        return None
    return tree if -LARGEST <= tree <= LARGEST else None


def is_truthy(tree: object) -> bool:
    """Whether JavaScript takes the tree for true: empty lists and objects are, nought and no text are not."""
    if isinstance(tree, dict | list):
        return True
    return bool(tree) and tree == tree  # noqa: PLR0124 - what is no number is not equal to itself


def spelled(tree: object) -> str:
    """The tree as JavaScript writes it into a text; what has no text of its own is empty."""
    if isinstance(tree, str):
        return well_formed(tree)
    if isinstance(tree, bool):
        return "true" if tree else "false"
    number = number_of(tree)
    if number is None:
        return ""  # null, absent, a list, an object: nothing that an id could be
    return str(int(number)) if number == int(number) else str(number)


def well_formed(text: str) -> str:
    """The text with every half of a pair that stands alone replaced: such a half cannot be sent on."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def freeze(tree: object, deepest: int = DEEPEST) -> Frozen:
    """The tree as a value that cannot be changed; what JSON cannot say, or what lies too deep, is null."""
    if deepest < 0:
        return None
    if isinstance(tree, dict):
        members = object_of(tree).items()
        return FrozenObject(tuple((well_formed(key), freeze(value, deepest - 1)) for key, value in members))
    if isinstance(tree, list):
        return FrozenList(tuple(freeze(one, deepest - 1) for one in tree))
    if isinstance(tree, bool):
        return tree
    return well_formed(tree) if isinstance(tree, str) else number_of(tree)


def thaw(value: Frozen) -> object:
    """The tree again, for whoever writes it down."""
    match value:
        case FrozenObject(items=items):
            return {key: thaw(one) for key, one in items}
        case FrozenList(items=members):
            return [thaw(one) for one in members]
        case bool() | int() | float() | str() | None:
            return value
