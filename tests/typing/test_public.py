"""Every public name says what it is: in words, and in types."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Final

import pytest

from ..house.sources import sources

PACKAGES: Final = tuple(one.module for one in sources() if one.package)
FROM_OUTSIDE: Final = "kiloclaw_"


def untold(package: str) -> Iterator[str]:
    """Every public class or function of this package without a docstring of its own, or with a type that is missing."""
    module = importlib.import_module(package)
    for name in module.__all__:
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isfunction(value)) or not value.__module__.startswith(FROM_OUTSIDE):
            continue  # what an alias or a constant is, mypy asks where it stands
        if not (value.__doc__ or "").strip():
            yield f"{package}.{name} has no docstring"
        for called, function in functions(name, value):
            yield from (f"{package}.{called}: {part}" for part in lacking(function))


def functions(name: str, value: object) -> Iterator[tuple[str, FunctionType]]:
    """This function, or the public methods of this class."""
    if isinstance(value, FunctionType):
        yield name, value
    for each, method in vars(value).items() if inspect.isclass(value) else ():
        if isinstance(method, FunctionType) and not each.startswith("_"):
            yield f"{name}.{each}", method


def lacking(function: FunctionType) -> Iterator[str]:
    """What this function does not say."""
    if not (function.__doc__ or "").strip():
        yield "no docstring"
    signature = inspect.signature(function)
    for nth, one in enumerate(signature.parameters.values()):
        if one.annotation is inspect.Parameter.empty and not (nth == 0 and one.name in {"self", "cls"}):
            yield f"{one.name} has no type"
    if signature.return_annotation is inspect.Signature.empty:
        yield "its answer has no type"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_told_and_typed(package: str) -> None:
    """Whoever reads the reference, or a tooltip, has nothing else."""
    assert list(untold(package)) == []


def test_what_is_lacking_is_told() -> None:
    """A check that cannot fail guards nothing."""
    told = eval("lambda thing: thing")  # noqa: S307 (a function that says nothing, which no source of ours may have)
    assert list(lacking(told)) == ["no docstring", "thing has no type", "its answer has no type"]
