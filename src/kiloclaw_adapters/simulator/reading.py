"""Reads JSON that came from outside, field by field, and says what was wrong and where.

What the values mean is decided by whoever asks for them; nothing is coerced.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from attrs import define, field

Json: TypeAlias = dict[str, object]
"""A JSON object."""

Value = TypeVar("Value")
WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


class MalformedError(ValueError):
    """What was sent cannot be read; its text names the place and what stands there."""


@define
class Fields:
    """The fields of one JSON object; `where` is its place in what was sent."""

    values: Mapping[str, object]
    where: str
    _read: set[str] = field(init=False, factory=set)

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._read.add(name)
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """The text in this field; without a default it must be there."""
        return self._value(name, str, default)

    def number(self, name: str, default: int | None = None, at_least: int = 0) -> int:
        """The whole number in this field, not below `at_least`; without a default it must be there."""
        found = self._value(name, int, default)
        if found < at_least:
            raise MalformedError(f"{self.where}.{name}: must be at least {at_least}, not {found}")
        return found

    def share(self, name: str, default: float) -> float:
        """The number in this field, whole or not."""
        if self.has(name) and isinstance(self.values[name], int):
            return float(self.number(name))
        return self._value(name, float, default)

    def truth(self, name: str, *, default: bool) -> bool:
        """The yes or no in this field."""
        return self._value(name, bool, default)

    def inner(self, name: str, default: Json | None = None) -> Fields:
        """The object in this field; without a default it must be there."""
        found: Json = self._value(name, dict, default)
        return Fields(found, f"{self.where}.{name}")

    def entries(self, name: str) -> list[object]:
        """The list in this field; one that is missing is empty."""
        return self._value(name, list, [])

    def texts(self, name: str) -> dict[str, str]:
        """The object of texts in this field; one that is missing is empty."""
        inner = self.inner(name, {})
        return {key: inner.text(key) for key in inner.values}

    def nothing_else(self) -> None:
        """Refuse a field that nobody asked for: it would be a wish without effect."""
        unknown = sorted(set(self.values) - self._read)
        if unknown:
            raise MalformedError(f"{self.where}.{unknown[0]}: no such field; there are {', '.join(sorted(self._read))}")

    def _value(self, name: str, kind: type[Value], default: Value | None) -> Value:
        self._read.add(name)
        found = self.values.get(name)
        if found is None:
            if default is None:
                raise MalformedError(f"{self.where}.{name}: is missing")
            return default
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise MalformedError(f"{self.where}.{name}: must be {WORDS[kind]}, not {json.dumps(found)}")
        return found


def read_object(raw: bytes, where: str = "body") -> Fields:
    """The JSON object in these bytes; no bytes at all are an empty one. Raises `MalformedError`."""
    if not raw.strip():
        return Fields({}, where)
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise MalformedError(f"{where}: is no JSON: {error}") from error
    return as_object(value, where)


def as_object(value: object, where: str) -> Fields:
    """This value as a JSON object. Raises `MalformedError`."""
    if not isinstance(value, dict):
        raise MalformedError(f"{where}: must be an object, not {json.dumps(value)[:80]}")
    return Fields(value, where)
