"""How a value of one annotation is walked for the numbers in it: read, or replaced.

What is walked often is decided once, so that a walk is a few calls: whoever knows the annotation has chosen its walk.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from operator import attrgetter, is_
from typing import TypeAlias

from attrs import frozen

Change: TypeAlias = Callable[[int], int]
Numbers: TypeAlias = set[int]


@frozen
class Label:
    """How a labelled value carries its number: `read` gives it, or None; `make` gives the value for a number."""

    read: Callable[..., int | None]
    make: Callable[[int], Hashable]


@frozen
class Walk:
    """How to read the numbers of a value into a set, and how to make the value with its numbers changed."""

    read: Callable[..., None]
    change: Callable[..., Hashable]


@frozen
class Shape:
    """How values of an attrs class are made, and the walks of those fields that may hold numbers."""

    make: Callable[..., Hashable]
    made_of: tuple[tuple[str, str], ...]
    """The fields that it is made of: name and argument."""
    walks: tuple[tuple[str, Callable[..., Hashable], Walk], ...]
    """An argument, how its field is read, and its walk."""

    def read(self, value: Hashable, seen: Numbers) -> None:
        """Read the numbers of a value of this class."""
        for _, get, walk in self.walks:
            walk.read(get(value), seen)

    def change(self, value: Hashable, change: Change) -> Hashable:
        """The value with its numbers changed; itself where none does."""
        changes: dict[str, Hashable] = {}
        for argument, get, walk in self.walks:
            old = get(value)
            new = walk.change(old, change)
            if new is not old:
                changes[argument] = new
        if not changes:
            return value
        # what `attrs.evolve` does, but for looking the class up each time
        return self.make(**{argument: getattr(value, name) for name, argument in self.made_of} | changes)


def getter(name: str) -> Callable[..., Hashable]:
    """How a field is read."""
    return attrgetter(name)


def labelled(label: Label) -> Walk:
    """The walk of what carries one number, or none."""
    number_of = label.read

    def read(value: Hashable, seen: Numbers) -> None:
        number = number_of(value)
        if number is not None:
            seen.add(number)

    def change(value: Hashable, change: Change) -> Hashable:
        number = number_of(value)
        if number is None:
            return value
        changed = change(number)
        return value if changed == number else label.make(changed)

    return Walk(read, change)


def each(inner: Walk) -> Walk:
    """The walk of a tuple all of whose items are walked alike."""
    read_one, change_one = inner.read, inner.change

    def read(value: tuple[Hashable, ...], seen: Numbers) -> None:
        for item in value:
            read_one(item, seen)

    def change(value: tuple[Hashable, ...], change: Change) -> Hashable:
        return _or_itself(value, [change_one(item, change) for item in value])

    return Walk(read, change)


def by_place(inner: tuple[Walk | None, ...]) -> Walk:
    """The walk of a tuple each of whose places has a walk of its own, or none."""

    def read(value: tuple[Hashable, ...], seen: Numbers) -> None:
        for walk, item in zip(inner, value, strict=True):
            if walk is not None:
                walk.read(item, seen)

    def change(value: tuple[Hashable, ...], change: Change) -> Hashable:
        places = zip(inner, value, strict=True)
        return _or_itself(value, [item if walk is None else walk.change(item, change) for walk, item in places])

    return Walk(read, change)


def by_class(inner: Mapping[type, Walk | None], otherwise: Walk) -> Walk:
    """The walk of what shows by its class how it is walked, if at all; `otherwise` is for a class not among these."""

    def read(value: Hashable, seen: Numbers) -> None:
        walk = inner.get(type(value), otherwise)
        if walk is not None:
            walk.read(value, seen)

    def change(value: Hashable, change: Change) -> Hashable:
        walk = inner.get(type(value), otherwise)
        return value if walk is None else walk.change(value, change)

    return Walk(read, change)


def _or_itself(value: tuple[Hashable, ...], items: list[Hashable]) -> Hashable:
    """The items as a tuple, or the value they were made of where none of them changed: most never do."""
    return value if all(map(is_, items, value)) else tuple(items)
