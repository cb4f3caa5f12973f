"""JSON text and the tree that it spells: one text for each tree, and a refusal with its place for any other text.

Canonical text has its keys sorted, no spaces and nothing but ASCII, so that equal records are equal bytes in every
process. What a tree means is decided in `values.py`.
"""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder, JSONEncoder
from typing import Final

from attrs import frozen
from returns.result import Failure, Result, Success


@frozen
class CodecError:
    """Why a text was not read, and where in it, as a path from `$`."""

    message: str
    path: str

    def __str__(self) -> str:
        return f"{self.message} at {self.path}"


@frozen
class Twice:
    """What stands in a tree for an object that names this key twice, until its place is known."""

    key: str


def spell(tree: object) -> str:
    """The one canonical text of a tree; a number that is not finite raises a `ValueError`, being our own mistake."""
    return _ENCODER.encode(tree)


def read(text: str) -> Result[object, CodecError]:
    """The tree that a text spells, whatever its spacing and the order of its keys."""
    try:
        tree: object = _DECODER.decode(text)
    except JSONDecodeError as error:
        return _malformed(f"{error.msg}, line {error.lineno} column {error.colno}")
    except RecursionError:
        return _malformed("nested too deeply")
    except ValueError:  # Python refuses whole numbers of thousands of digits
        return _malformed("a number has too many digits")
    return Success(tree)


def _malformed(why: str) -> Result[object, CodecError]:
    return Failure(CodecError(f"malformed JSON ({why})", "$"))


def _object(pairs: list[tuple[str, object]]) -> object:
    tree = dict(pairs)
    if len(tree) == len(pairs):
        return tree
    keys = [key for key, _ in pairs]
    return Twice(next(key for key in keys if keys.count(key) > 1))


_ENCODER: Final = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
_DECODER: Final = JSONDecoder(object_pairs_hook=_object)
