"""One function of the core replaced for a while: the one way to put a bug, or a change somebody tries, in its place.

The core knows nothing of it, because stories call one another through their modules; whoever tells of what was found
meanwhile asks here what was in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final, TypeAlias

from kiloclaw_core.world import moment

Override: TypeAlias = Callable[..., object]
"""A function with the signature of the one it replaces."""

IN_PLACE: Final = list[str]()
"""What was put in whose place and not taken away again, the earliest first."""


@contextmanager
def overridden(module: ModuleType, function: str, override: Override) -> Iterator[None]:
    """With this function of a core module replaced; what was there is put back whatever happens.

    A module without such a function raises an `AttributeError` that names both.
    """
    original = getattr(module, function)
    setattr(module, function, override)
    IN_PLACE.append(f"{module.__name__}:{function}={_place_of(override)}")
    _forget()
    try:
        yield
    finally:
        setattr(module, function, original)
        IN_PLACE.pop()
        _forget()


def in_place() -> tuple[str, ...]:
    """What stands now in the place of functions of the core, each as `--kiloclaw-change` is told of it."""
    return tuple(IN_PLACE)


def _place_of(override: Override) -> str:
    """Where such a function is written; what has no place of its own goes by what it is."""
    name: str = getattr(override, "__qualname__", type(override).__qualname__)
    return f"{override.__module__}:{name}"


def _forget() -> None:
    """What was worked out with the other function in place is no answer any more."""
    moment.said_of.cache_clear()
    moment.seen_of.cache_clear()
