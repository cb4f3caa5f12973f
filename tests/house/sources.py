"""What the house's rules read: the source files as modules, and what each of them imports and says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

PROJECT = Path(__file__).parents[2]
SOURCES = PROJECT / "src"


@frozen
class Source:
    """One source file: the module it is, where it stands, its text and its tree."""

    module: str
    package: bool  # it is an __init__.py
    text: str
    tree: ast.Module

    def imports(self) -> Iterator[tuple[int, str]]:
        """Every import, wherever it stands: its line and the dotted name, `a.b.c` for `from a.b import c`."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from ((node.lineno, one.name) for one in names)
                case ast.ImportFrom(names=names):
                    yield from ((node.lineno, f"{self.named(node)}.{one.name}") for one in names)
                case _:
                    pass  # nothing else imports

    def named(self, node: ast.ImportFrom) -> str:
        """The full name of the module that a `from` import names, dots resolved."""
        if node.level == 0:
            return node.module or ""
        home = self.module.split(".")
        up = node.level - 1 if self.package else node.level
        return ".".join([*home[: len(home) - up], *([node.module] if node.module else [])])


def sources(root: Path = SOURCES) -> tuple[Source, ...]:
    """Every source file below this folder, by the name of its module."""
    return tuple(source(root, path) for path in sorted(root.rglob("*.py")))


def source(root: Path, path: Path) -> Source:
    """One source file, read."""
    parts = path.relative_to(root).with_suffix("").parts
    package = parts[-1] == "__init__"
    text = path.read_text(encoding="utf-8")
    return Source(".".join(parts[:-1] if package else parts), package, text, ast.parse(text, str(path)))


def within(module: str, room: str) -> bool:
    """The module is this one or stands below it."""
    return module == room or module.startswith(f"{room}.")
