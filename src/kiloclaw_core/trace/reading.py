"""The JSON of one line: a text becomes a tree whose every part knows its place, so that what is wrong can be named.

Keys that nobody asks for are ignored. What the keys mean is decided in `parsing.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NoReturn, TypeVar

from attrs import frozen

EnumT = TypeVar("EnumT", bound=Enum)

KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a number with a fraction",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class MalformedTraceError(ValueError):
    """A line is not of `kiloclaw-trace/1`; `line` and, where its JSON is broken, `column` count from 1."""

    def __init__(self, why: str, line: int, column: int | None = None) -> None:
        place = f"line {line}" if column is None else f"line {line}, column {column}"
        super().__init__(f"{place}: {why}")
        self.why = why
        self.line = line
        self.column = column


@frozen
class Node:
    """A JSON object, the line it stands on, and the way to it from there: empty for the line itself."""

    keys: Mapping[str, object]
    line: int
    path: str = ""

    def wrong(self, key: str, why: str) -> MalformedTraceError:
        """The error that says this of what stands under the key."""
        return MalformedTraceError(f"{self.way(key)}: {why}", self.line)

    def way(self, key: str) -> str:
        """The way to what stands under the key."""
        return f"{self.path}.{key}" if self.path else key

    def required(self, key: str) -> object:
        """What stands under the key, be it null."""
        if key not in self.keys:
            raise self.wrong(key, "missing")
        return self.keys[key]

    def text(self, key: str) -> str:
        """The string under the key."""
        value = self.required(key)
        if not isinstance(value, str):
            raise self.mistaken(key, str)
        return value

    def text_or_none(self, key: str) -> str | None:
        """The string under the key, or None where there is nothing."""
        return None if self.keys.get(key) is None else self.text(key)

    def number(self, key: str) -> int:
        """The whole number under the key."""
        value = self.required(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.mistaken(key, int)
        return value

    def number_or_none(self, key: str) -> int | None:
        """The whole number under the key, or None where there is nothing."""
        return None if self.keys.get(key) is None else self.number(key)

    def whole_or_none(self, key: str) -> int | None:
        """The whole number under a key of ours, or None: another service may mean something else by its name."""
        value = self.keys.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def nullable_number(self, key: str) -> int | None:
        """The whole number under the key, which may be null but not missing."""
        return None if self.required(key) is None else self.number(key)

    def flag(self, key: str) -> bool:
        """The boolean under the key."""
        value = self.required(key)
        if not isinstance(value, bool):
            raise self.mistaken(key, bool)
        return value

    def one_of(self, key: str, words: type[EnumT]) -> EnumT:
        """The word under the key, which is one of these."""
        text = self.text(key)
        for word in words:
            if word.value == text:
                return word
        raise self.wrong(key, f"{text!r} is none of {', '.join(str(word.value) for word in words)}")

    def one_of_or_none(self, key: str, words: type[EnumT]) -> EnumT | None:
        """The word under the key, which is one of these, or None where there is nothing."""
        return None if self.keys.get(key) is None else self.one_of(key, words)

    def node(self, key: str) -> Node:
        """The object under the key."""
        return _node(self.required(key), self, key)

    def node_or_none(self, key: str) -> Node | None:
        """The object under the key, or None where there is nothing."""
        return None if self.keys.get(key) is None else self.node(key)

    def nodes(self, key: str) -> tuple[Node, ...]:
        """The objects of the array under the key."""
        return tuple(_node(one, self, f"{key}[{nth}]") for nth, one in enumerate(self._array(key)))

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of the array under the key; none where there is nothing."""
        if self.keys.get(key) is None:
            return ()
        each = self._array(key)
        texts = tuple(one for one in each if isinstance(one, str))
        if len(texts) < len(each):
            raise self.wrong(key, "expected an array of strings")
        return texts

    def _array(self, key: str) -> Sequence[object]:
        value = self.required(key)
        if not isinstance(value, list):
            raise self.mistaken(key, list)
        return value

    def mistaken(self, key: str, wanted: type) -> MalformedTraceError:
        """The error of another kind of value under the key than the wanted one; the value itself is not repeated."""
        return self.wrong(key, f"expected {KINDS[wanted]}, not {KINDS[type(self.keys[key])]}")


def _node(value: object, parent: Node, key: str) -> Node:
    if not isinstance(value, dict):
        raise parent.wrong(key, f"expected an object, not {KINDS[type(value)]}")
    return Node(value, parent.line, parent.way(key))


def node_of(text: str, line: int) -> Node:
    """The object that this line spells. Raises MalformedTraceError."""
    try:
        tree: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedTraceError(f"malformed JSON ({error.msg})", line, error.pos + 1) from None
    except RecursionError:
        raise MalformedTraceError("malformed JSON (nested too deeply)", line) from None
    except ValueError as error:  # a key twice, a number that JSON does not have, or one of thousands of digits
        raise MalformedTraceError(f"malformed JSON ({error})", line) from None
    if not isinstance(tree, dict):
        raise MalformedTraceError(f"expected an object, not {KINDS[type(tree)]}", line)
    return Node(tree, line)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands there twice")
    return tree


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
