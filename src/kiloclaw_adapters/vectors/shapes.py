"""JSON Schema made from types: what the codec writes, exactly, and nothing that it would refuse.

The rules are the codec's own: a class is an object with its fields as keys and no others, a member of a union has its
name under `is` besides, enums are their values, tuples are lists, None is null, and a policy is never part of a record.
A schema cannot say that a whole number has no fraction: 1.0 passes for 1, which the codec refuses.
"""

from __future__ import annotations

import inspect
from enum import Enum
from types import NoneType, UnionType
from typing import Final, NewType, TypeAlias, Union, get_args, get_origin, get_type_hints

from attrs import AttrsInstance, define, field, fields, has

from kiloclaw_core.codec import Of

Schema: TypeAlias = dict[str, object]

CORE: Final = "kiloclaw_core."
TAG: Final = "is"
POLICY: Final = "policy"
PRIMITIVES: Final[dict[object, str]] = {str: "string", int: "integer", bool: "boolean", float: "number"}

WHOLE: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}


def either(shapes: list[Schema]) -> Schema:
    """Exactly one of these, or the one there is."""
    return shapes[0] if len(shapes) == 1 else {"oneOf": shapes}


def listed(shape: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": shape}


def const(word: str) -> Schema:
    """This text and no other."""
    return {"const": word}


def keyed(required: dict[str, Schema], optional: dict[str, Schema] | None = None, *, closed: bool = True) -> Schema:
    """An object with these keys; a closed one has no others."""
    shape: Schema = {"type": "object", "properties": {**required, **(optional or {})}, "required": sorted(required)}
    return {**shape, "additionalProperties": False} if closed else shape


@define(eq=False)
class Shapes:
    """The shapes of types, each class defined once, under its name and that of its module.

    Where they are not `closed`, further keys may come with a later release: that is for what is shown and never read.
    """

    closed: bool = True
    definitions: dict[str, Schema] = field(factory=dict)

    def of(self, wrapped: object) -> Schema:
        """The shape of the type that an `Of[...]` holds."""
        assert get_origin(wrapped) is Of, f"{wrapped} holds no type"
        (kind,) = get_args(wrapped)
        return self.shape(kind)

    def shape(self, kind: object) -> Schema:
        """The shape of a type."""
        if kind in PRIMITIVES:
            return {"type": PRIMITIVES[kind]}
        if kind is NoneType:
            return {"type": "null"}
        if isinstance(kind, NewType):
            return self.shape(kind.__supertype__)
        if get_origin(kind) in (Union, UnionType):
            return self._union(get_args(kind))
        if get_origin(kind) is tuple:
            return self._tuple(get_args(kind))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self._defined(kind, "", {"enum": [one.value for one in kind]})
        assert isinstance(kind, type), f"{kind} is not written down"
        assert has(kind), f"{kind} is not written down"
        return self._object(kind)

    def _union(self, members: tuple[object, ...]) -> Schema:
        """One of several; classes have their tag, unless one alone may be absent, and new names are not told apart."""
        several = len([one for one in members if one is not NoneType]) > 1
        shapes = [self._member(one) if several else self.shape(one) for one in members]
        if WHOLE in shapes and NUMBER in shapes:
            shapes.remove(WHOLE)  # which is a number as well
        return either([one for number, one in enumerate(shapes) if one not in shapes[:number]])

    def _member(self, kind: object) -> Schema:
        return self._object(kind, tag_of(kind)) if isinstance(kind, type) and has(kind) else self.shape(kind)

    def _tuple(self, items: tuple[object, ...]) -> Schema:
        if items[-1] is Ellipsis:
            return listed(self.shape(items[0]))
        each = [self.shape(one) for one in items]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}

    def _object(self, kind: type[AttrsInstance], tag: str = "") -> Schema:
        """A class, with its tag where it is one of several."""
        name = named(kind, tag)
        if name not in self.definitions:
            self.definitions[name] = {}  # a type may hold itself
            hints = get_type_hints(kind)
            keys = {one.name: self.shape(hints[one.name]) for one in fields(kind) if one.name != POLICY}
            tagged = {TAG: const(tag), **keys} if tag else keys
            self._defined(kind, tag, keyed(tagged, closed=self.closed))
        return reference(name)

    def _defined(self, kind: type, tag: str, shape: Schema) -> Schema:
        said = inspect.getdoc(kind) or ""
        self.definitions[named(kind, tag)] = {"description": said.partition("\n\n")[0].replace("\n", " "), **shape}
        return reference(named(kind, tag))


def tag_of(kind: type) -> str:
    """What a member of a union has under `is`: its name in snake case."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).removeprefix("_")


def named(kind: type, tag: str) -> str:
    """What a class is defined as; with its tag it is another thing than without."""
    name = f"{kind.__module__.removeprefix(CORE)}.{kind.__name__}"
    return f"{name}.tagged" if tag else name


def reference(name: str) -> Schema:
    """What is defined under this name."""
    return {"$ref": f"#/$defs/{name}"}
