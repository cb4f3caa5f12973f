"""JSON from outside read into shapes, strictly: nothing is coerced, and what is wrong is named by its place.

Each outside has shapes of its own; how strictly they are read is decided here, once. What is said of an answer that
cannot be read holds places and types, and never a value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar, get_origin

from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.dispatch import StructureHook
from cattrs.errors import BaseValidationError

Shape = TypeVar("Shape")
HookFactory: TypeAlias = Callable[[type, Converter], StructureHook]


class UnreadableError(ValueError):
    """An answer that should have shown something cannot be read; the message says what was wrong and where."""


def strict_converter() -> Converter:
    """A converter that takes texts, whole numbers, booleans and lists for what they are; of shapes it knows none."""
    converter = Converter()
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook_factory(_is_tuple, shaped(list, homogenous_tuple_structure_factory))
    return converter


def shaped(kind: type, factory: HookFactory) -> HookFactory:
    """A factory whose hooks take this JSON shape alone: cattrs would read an object as a list, and the reverse."""

    def made(shape: type, converter: Converter) -> StructureHook:
        inner = factory(shape, converter)

        def structured(value: object, shape: type) -> object:
            if type(value) is not kind:
                raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
            return inner(value, shape)

        return structured

    return made


def structured(converter: Converter, tree: object, shape: type[Shape]) -> Shape:
    """What the tree shows, in this shape. Raises UnreadableError."""
    try:
        return converter.structure(tree, shape)
    except BaseValidationError as error:
        raise UnreadableError("; ".join(transform_error(error, path="body"))) from None
    except TypeError as error:
        raise UnreadableError(f"body: {error}") from None


def _exactly(kind: type[Shape]) -> Callable[[object, type[Shape]], Shape]:
    def structured(value: object, _kind: type[Shape]) -> Shape:
        if type(value) is not kind:  # cattrs would turn 1.9 into 1 and null into "None"; True is no number either
            raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
        return value

    return structured


def _is_tuple(shape: object) -> bool:
    return get_origin(shape) is tuple
