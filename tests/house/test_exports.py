"""What a package shows is what its `__all__` says: every public name of its own, in order, and no empty promise."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from .sources import Source, source, sources, within

PACKAGES = tuple(one for one in sources() if one.package)


def promised(one: Source) -> tuple[str, ...] | None:
    """The names in `__all__`, or None if the package has none that can be read off."""
    for node in one.tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="__all__")], value=value)
                | ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value)
            ):
                return tuple(ast.literal_eval(value))
            case _:
                pass
    return None


def bound(one: Source) -> Iterator[tuple[str, bool]]:
    """Every name that the package binds at its top, and whether it is its own: defined here, or in a module below."""
    for node in one.tree.body:
        match node:
            case ast.ImportFrom(names=names):
                own = within(one.named(node), one.module)
                yield from ((each.asname or each.name, own) for each in names)
            case ast.Import(names=names):
                yield from ((each.asname or each.name, False) for each in names)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name, True
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, True
            case _:
                pass  # any other statement names nothing


def place(name: str) -> tuple[int, str]:
    """Where a name stands in `__all__`: constants, then types, then functions, each by the alphabet."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def faults(one: Source) -> Iterator[str]:
    """Every way in which this package's `__all__` is not what the package shows."""
    names = promised(one)
    if names is None:
        yield f"{one.module} has no __all__ that is written out"
        return
    if list(names) != sorted(names, key=place):
        yield f"{one.module}.__all__ is not in order"
    there = {name for name, _ in bound(one)}
    own = {name for name, is_own in bound(one) if is_own and not name.startswith("_")}
    yield from (f"{one.module}.__all__ lacks {name}" for name in sorted(own - set(names)))
    yield from (f"{one.module}.__all__ names {name}, which is not there" for name in sorted(set(names) - there))


@pytest.mark.parametrize("one", PACKAGES, ids=lambda one: one.module)
def test_a_package_shows_what_it_says(one: Source) -> None:
    """What `__all__` leaves out is read as private, and moves without notice."""
    assert list(faults(one)) == []


@pytest.mark.parametrize("one", PACKAGES, ids=lambda one: one.module)
def test_every_promised_name_can_be_imported(one: Source) -> None:
    """A name that only the text knows breaks the first importer."""
    package = importlib.import_module(one.module)

    assert [name for name in promised(one) or () if not hasattr(package, name)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1", ["shop has no __all__ that is written out"]),
        ("from .goods import b, a\n__all__ = ('b', 'a')", ["shop.__all__ is not in order"]),
        ("from shop.goods import a\n__all__ = ()", ["shop.__all__ lacks a"]),
        ("__all__ = ('a',)", ["shop.__all__ names a, which is not there"]),
        (
            "from .goods import MOST, Coin, pay, _till\nfrom street import door\n__all__ = ('MOST', 'Coin', 'pay')",
            [],
        ),
    ],
    ids=["absent", "unordered", "incomplete", "empty promise", "right"],
)
def test_each_fault_of_a_package_is_found(text: str, found: list[str], tmp_path: Path) -> None:
    """A check that cannot fail guards nothing."""
    path = tmp_path / "shop" / "__init__.py"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")

    assert list(faults(source(tmp_path, path))) == found
