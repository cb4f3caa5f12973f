"""Finding the numbers in a frozen value by its field annotations, so that a product need not be told field by field.

A `Renumbering` walks attrs values and tuples. What carries a number is said once, by annotation: a NewType such as
`OpId` over int, or `MachineId` over str. Everything that is not labelled is left alone, and so are fields with
eq=False, which are no part of a state. Where an annotation leaves it open what a value means, it refuses to guess.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Literal, NewType, Union, get_args, get_origin, get_type_hints

from attrs import field, fields, frozen, has

from kiloclaw_core.explore.labels import Change, Label, Numbers, Shape, Walk, by_class, by_place, each, getter, labelled

LEAVES = (bool, bytes, float, int, str, NoneType, Enum)


@frozen
class Renumbering:
    """Reads and replaces the numbers of attrs values and tuples, by annotation.

    `labels` maps an annotation to its label. A part or slot has to be an attrs value, or a tuple of such: a bare int at
    the top has no annotation and is left alone. A `TypeError` names the annotation that cannot be decided: a union
    whose members look alike at run time, or a labelled value inside something that is no tuple.
    """

    labels: Mapping[object, Label]
    _shapes: dict[type, Shape] = field(factory=dict, init=False, eq=False, repr=False)
    _visits: Walk = field(init=False, eq=False, repr=False)
    """The walk of a value by what it is, where no annotation says more."""

    @_visits.default
    def _by_what_it_is(self) -> Walk:
        return Walk(self._read, self._change)

    def numbers(self, value: Hashable) -> tuple[int, ...]:
        """The numbers that a value mentions, ascending, each once."""
        seen: Numbers = set()
        self._read(value, seen)
        return tuple(sorted(seen))

    def renumber(self, value: Hashable, mapping: Mapping[int, int]) -> Hashable:
        """The value with its numbers replaced; a number that the mapping lacks raises a `KeyError`."""
        return self._change(value, mapping.__getitem__)

    def _read(self, value: Hashable, seen: Numbers) -> None:
        shape = self._shape_of(value)
        if shape is not None:
            shape.read(value, seen)
        elif isinstance(value, tuple):
            for item in value:
                self._read(item, seen)

    def _change(self, value: Hashable, change: Change) -> Hashable:
        shape = self._shape_of(value)
        if shape is not None:
            return shape.change(value, change)
        return each(self._visits).change(value, change) if isinstance(value, tuple) else value

    def _shape_of(self, value: Hashable) -> Shape | None:
        """The shape of an attrs value, worked out when the first of its class is met; None for anything else."""
        owner = type(value)
        shape = self._shapes.get(owner)
        if shape is None and has(owner):
            shape = self._shapes[owner] = self._shape(owner)
        return shape

    def _shape(self, owner: type) -> Shape:
        """What an attrs class is made of, and its fields that may hold numbers."""
        hints = get_type_hints(owner)
        made_of = [(attribute.name, attribute.alias or attribute.name) for attribute in fields(owner) if attribute.init]
        found = []
        for attribute in fields(owner):
            walk = self._walk(hints[attribute.name]) if attribute.eq else None
            if walk is not None:
                found.append((attribute.alias or attribute.name, getter(attribute.name), walk))
        return Shape(owner, tuple(made_of), tuple(found))

    def _walk(self, annotation: object) -> Walk | None:
        """How to walk values of this annotation, or None where they hold no numbers."""
        label = self.labels.get(annotation)
        if label is not None:
            return labelled(label)
        origin, members = get_origin(annotation), get_args(annotation)
        if isinstance(annotation, NewType):
            return self._walk(annotation.__supertype__)
        if origin in {Union, UnionType}:
            return self._union(annotation, members)
        if origin is Literal or (isinstance(annotation, type) and issubclass(annotation, LEAVES)):
            return None
        if origin is tuple:
            return self._tuple(members)
        if any(self._walk(member) is not None for member in members):
            msg = f"cannot renumber inside {annotation}: keep numbers in attrs values and tuples"
            raise TypeError(msg)
        return self._visits if origin is not None or self._may_hold(annotation) else None

    def _may_hold(self, annotation: object) -> bool:
        """Whether a value of this class may hold a number anywhere; yes, where more than the class may stand there."""
        waiting, seen = [annotation], list[object]()
        while waiting:
            one = waiting.pop()
            if one in seen:
                continue
            seen.append(one)
            if one in self.labels:
                return True
            if get_args(one) and get_origin(one) is not Literal:
                waiting += [member for member in get_args(one) if member is not Ellipsis]
            elif isinstance(one, NewType):
                waiting.append(one.__supertype__)
            elif isinstance(one, type) and has(one) and not one.__subclasses__():
                waiting += _annotations(one)
            elif get_origin(one) is not Literal and not (isinstance(one, type) and issubclass(one, LEAVES)):
                return True
        return False

    def _tuple(self, members: tuple[object, ...]) -> Walk | None:
        """How to walk a tuple: one walk for all items, or one for each place."""
        walks = tuple(self._walk(member) for member in members if member is not Ellipsis)
        if walks and walks[0] is not None and Ellipsis in members:
            return each(walks[0])
        return by_place(walks) if any(walks) else None

    def _union(self, annotation: object, members: tuple[object, ...]) -> Walk | None:
        """How to walk a union: by the class that a value shows at run time."""
        walks: dict[type, Walk | None] = {}
        for member in members:
            shown, walk = _class_of(member), self._walk(member)
            if shown in walks and (walk is not None or walks[shown] is not None):
                msg = f"cannot tell the {shown.__name__} values of {annotation} apart"
                raise TypeError(msg)
            walks[shown] = walk
        return by_class(walks, self._visits) if any(walks.values()) else None


def _annotations(owner: type) -> list[object]:
    """The annotations of the fields of an attrs class that are part of a state; any object, where they cannot be read.

    An alias that names its own parts can only be read where it is written.
    """
    try:
        hints = get_type_hints(owner)
    except NameError:
        return [object]
    return [hints[attribute.name] for attribute in fields(owner) if attribute.eq]


def _class_of(annotation: object) -> type:
    """The class that values of an annotation show at run time; of a literal, that of its first value."""
    if isinstance(annotation, NewType):
        return _class_of(annotation.__supertype__)
    if get_origin(annotation) is Literal:
        return type(get_args(annotation)[0])
    shown = get_origin(annotation) or annotation
    return shown if isinstance(shown, type) else object
