"""What a suite is pointed at: functions of the core, each with what stands in its place.

A mutant is such a change as well, so that what catches a bug of ours catches one of yours.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Protocol

from attrs import frozen

from kiloclaw_adapters.overriding import overridden


class Replacing(Protocol):
    """One function of the core, and what stands in its place: a `Change`, or a mutant."""

    @property
    def module(self) -> ModuleType:
        """The module of the core."""
        ...

    @property
    def function(self) -> str:
        """The name of its function."""
        ...

    @property
    def override(self) -> Callable[..., object]:
        """What stands in its place, with the same signature."""
        ...


@frozen
class Change:
    """One function of the core, and yours in its place."""

    module: ModuleType
    function: str
    override: Callable[..., object]


class ChangeError(ValueError):
    """A change that is told in words cannot be made; the message says what was told, and what is wrong with it."""


@contextmanager
def changed(changes: Iterable[Replacing]) -> Iterator[None]:
    """With all these changes in place; what was there is put back whatever happens."""
    with ExitStack() as stack:
        for change in changes:
            stack.enter_context(overridden(change.module, change.function, change.override))
        yield


def read_change(text: str) -> Change:
    """The change that is written as `kiloclaw_core.stop:unwanted=ours.stop:unwanted`; raises `ChangeError`."""
    replaced, _, replacing = text.partition("=")
    module, function, _ = _found(text, replaced)
    _, _, override = _found(text, replacing)
    return Change(module, function, override)


def _found(text: str, place: str) -> tuple[ModuleType, str, Callable[..., object]]:
    """The module, the name and the function that are written as `module:function`."""
    module_name, _, name = place.partition(":")
    if not module_name or not name:
        raise ChangeError(f"a change is written as module:function=module:function, and not as {text!r}")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ChangeError(f"{text!r}: {error}") from error
    found = getattr(module, name, None)
    if not callable(found):
        raise ChangeError(f"{text!r}: {module_name} has no function {name!r}")
    return module, name, found
