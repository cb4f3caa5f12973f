"""Why a tree is not a value of the type asked for, and where: from what the hooks raise to what people are told."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Final

from cattrs import ClassValidationError, IterableValidationError

from kiloclaw_core.codec.text import CodecError, Twice

KINDS: Final[Mapping[type, str]] = {
    NoneType: "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a number with a fraction",
    str: "a string",
    list: "a list",
    dict: "an object",
    Twice: "an object",
}
"""What people call the kinds of trees; of a tree itself nothing is told but names, for it may be a secret."""


class MisfitError(ValueError):
    """A tree that is not a value of the type asked for; its text says why."""

    def told(self, noun: str) -> str:
        """What people are told; `noun` is the field that the tree was to be."""
        del noun  # the text says it all
        return str(self)


class UnknownNameError(MisfitError):
    """A tag, or the value of an enum, that the type does not have; its text is that name."""

    def told(self, noun: str) -> str:
        """What people are told; `noun` is the field that the tree was to be."""
        return f"unknown {noun} {str(self)!r}"


def mistaken(wanted: type, tree: object) -> MisfitError:
    """The misfit of a tree of another kind than the wanted one."""
    return MisfitError(f"expected {KINDS[wanted]}, not {KINDS[type(tree)]}")


def located(error: Exception, path: str, noun: str) -> CodecError:
    """The first misfit in the order of the fields, and its path, as far as the error tells the way from `path` on."""
    if isinstance(error, IterableValidationError):
        (inner, place), *_ = error.group_exceptions()[0]
        return located(inner, f"{path}[{place.index}]", noun)
    if isinstance(error, ClassValidationError):
        in_fields, in_whole = error.group_exceptions()
        if not in_fields:
            return located(in_whole[0], path, noun)
        inner, attribute = in_fields[0]
        return located(inner, f"{path}.{attribute.name}", attribute.name)
    return CodecError(error.told(noun) if isinstance(error, MisfitError) else str(error), path)
