"""JSON from outside as a tree, strictly: what the language does not have is refused, whatever Python thinks of it."""

from __future__ import annotations

import json


class NotJsonError(ValueError):
    """The text is not one JSON value; what it was is not said, because it may hold a code."""


def tree_of(text: bytes | str) -> object:
    """The one JSON value that the text is. Raises NotJsonError."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotJsonError from None


def _refuse(_constant: str) -> object:
    raise ValueError  # NaN and Infinity, which JavaScript does not write (pairing 1.11)
