"""One function of the core replaced for a while: the one way to put a bug, or a change somebody tries, in its place.

The core knows nothing of it, because stories call one another through their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TypeAlias

from kiloclaw_core.world import moment

Override: TypeAlias = Callable[..., object]
"""A function with the signature of the one it replaces."""


@contextmanager
def overridden(module: ModuleType, function: str, override: Override) -> Iterator[None]:
    """With this function of a core module replaced; what was there is put back whatever happens.

    A module without such a function raises an `AttributeError` that names both.
    """
    original = getattr(module, function)
    setattr(module, function, override)
    _forget()
    try:
        yield
    finally:
        setattr(module, function, original)
        _forget()


def _forget() -> None:
    """What was worked out with the other function in place is no answer any more."""
    moment.said_of.cache_clear()
    moment.seen_of.cache_clear()
