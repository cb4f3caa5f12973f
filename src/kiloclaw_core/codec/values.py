"""Values and their trees, by type: fast as long as the tree fits, and in detail where it does not."""

from __future__ import annotations

from typing import Final, Generic, TypeVar, get_args

from cattrs import ClassValidationError, Converter, IterableValidationError
from returns.result import Failure, Result, Success

from kiloclaw_core.codec.hooks import strict_converter
from kiloclaw_core.codec.misfits import located
from kiloclaw_core.codec.text import CodecError

ValueT = TypeVar("ValueT")


class Of(Generic[ValueT]):
    """A type as a value, unions included, which Python's own `type[...]` cannot hold: `Of[Start | Stop]`."""


def tree_of(of: type[Of[ValueT]], value: ValueT) -> object:
    """The tree of a value of this type."""
    (kind,) = get_args(of)
    tree: object = _FAST.unstructure(value, unstructure_as=kind)
    return tree


def value_of(of: type[Of[ValueT]], tree: object, path: str, noun: str) -> Result[ValueT, CodecError]:
    """The value of this type that the tree at `path` is; a tree that is none is read again, to learn where it fails."""
    return _attempt(_FAST, of, tree, path, noun).lash(lambda _: _attempt(_DETAILED, of, tree, path, noun))


def _attempt(
    converter: Converter, of: type[Of[ValueT]], tree: object, path: str, noun: str
) -> Result[ValueT, CodecError]:
    (kind,) = get_args(of)
    try:
        value: ValueT = converter.get_structure_hook(kind)(tree, kind)
    except (ValueError, ClassValidationError, IterableValidationError) as error:
        return Failure(located(error, path, noun))
    return Success(value)


_FAST: Final = strict_converter(detailed=False)
_DETAILED: Final = strict_converter(detailed=True)
