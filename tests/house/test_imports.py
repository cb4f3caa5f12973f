"""Imports point one way, and the core stays pure: who may import what, and which words the core never says."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from .sources import Source, sources, within

CORE = "kiloclaw_core"
ADAPTERS = "kiloclaw_adapters"

# What any room of the core may import from elsewhere: values, names for values, and pure functions.
PURE = (
    "__future__",
    "attrs",
    "collections",
    "enum",
    "functools",
    "hashlib",
    "itertools",
    "math",
    "operator",
    "re",
    "typing",
)

# Each room of the core, what else it may import from elsewhere, and which other rooms it may see. The first room that
# a module stands in is its own; the last is every story and the vocabulary.
ROOMS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (f"{CORE}.explore", ("array", "types"), ()),
    (f"{CORE}.codec", ("returns.result", "json", "types", "cattrs"), (CORE,)),
    (f"{CORE}.world", ("returns.result",), (CORE, f"{CORE}.codec", f"{CORE}.claims", f"{CORE}.explore")),
    (f"{CORE}.claims", ("returns.result",), (CORE, f"{CORE}.world", f"{CORE}.explore")),
    (f"{CORE}.trace", ("json",), (CORE, f"{CORE}.world", f"{CORE}.claims", f"{CORE}.explore")),
    (f"{CORE}.rules", (), (CORE, f"{CORE}.trace", f"{CORE}.world", f"{CORE}.claims", f"{CORE}.explore")),
    (CORE, ("returns.result",), ()),
)

FORBIDDEN_NAMES = ("Any", "cast", "TYPE_CHECKING")
FORBIDDEN_CALLS = ("__import__", "breakpoint", "eval", "exec", "id", "input", "open", "print")

Rule = Callable[[Source], Iterator[str]]


def room_of(module: str) -> str:
    """The room of the core that this module, or this imported name, stands in."""
    return next(room for room, _, _ in ROOMS if within(module, room))


def strays(one: Source) -> Iterator[str]:
    """Every import that the room of this module does not allow."""
    own = room_of(one.module)
    _, allowed, seen = next(entry for entry in ROOMS if entry[0] == own)
    for line, name in one.imports():
        if within(name, CORE):
            if one.module != CORE and room_of(name) not in (own, *seen):
                yield f"{one.module}:{line} is in {own}, which may not import {name}"
        elif not any(within(name, package) for package in (*PURE, *allowed)):
            yield f"{one.module}:{line} is in {own}, which may not import {name}"


def impure_words(one: Source) -> Iterator[str]:
    """Every word by which a module of the core would wait, reach outside, or talk its way past the types."""
    for node in ast.walk(one.tree):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word) if word in FORBIDDEN_NAMES:
                yield f"{one.module}:{node.lineno} says {word}"
            case ast.Call(func=ast.Name(id=word)) if word in FORBIDDEN_CALLS:
                yield f"{one.module}:{node.lineno} calls {word}"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"{one.module}:{node.lineno} waits"
            case ast.match_case(pattern=ast.MatchAs(pattern=None), guard=None):
                yield f"{one.module}:{node.pattern.lineno} matches anything: write every case"
            case _:
                pass  # any other node is welcome


def silenced_types(one: Source) -> Iterator[str]:
    """Every comment that tells the type checker to look away."""
    for token in tokenize.generate_tokens(io.StringIO(one.text).readline):
        if token.type == tokenize.COMMENT and "type:" in token.string and "ignore" in token.string:
            yield f"{one.module}:{token.start[0]} silences the type checker"


def returning(one: Source) -> Iterator[str]:
    """Every import of the adapters by the core."""
    return (f"{one.module}:{line} imports {name}" for line, name in one.imports() if within(name, ADAPTERS))


CORE_RULES: tuple[Rule, ...] = (strays, impure_words, silenced_types, returning)


def circle(modules: tuple[Source, ...]) -> tuple[str, ...]:
    """A way round through names taken out of modules, each module taking from the next; nothing if there is none.

    A module imported whole does not count: that is how stories call one another, so that a test can override one
    function (decisions.md, 1.14).
    """
    known = {one.module for one in modules}
    graph = {one.module: {home(name) for _, name in one.imports() if name not in known} & known for one in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def home(name: str) -> str:
    """The module that an imported name is taken out of."""
    return name.rpartition(".")[0]


def written(root: Path, module: str, text: str) -> Source:
    """A module of this name and text, written below a folder and read back."""
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return next(one for one in sources(root) if one.module == module)


@pytest.mark.parametrize("rule", CORE_RULES, ids=lambda rule: rule.__name__)
def test_the_core_keeps_every_rule(rule: Rule) -> None:
    """One impure import or one unsaid case, and what was searched is no longer what runs."""
    core = [one for one in sources() if within(one.module, CORE)]

    assert [fault for one in core for fault in rule(one)] == []


def test_no_names_are_taken_in_a_circle() -> None:
    """A circle means that a type stands one floor too high."""
    assert circle(sources()) == ()


FAULTS = (
    (strays, f"{CORE}.start", "import socket", f"{CORE}.start:1 is in {CORE}, which may not import socket"),
    (
        strays,
        f"{CORE}.start",
        "from cattrs import Converter",
        f"{CORE}.start:1 is in {CORE}, which may not import cattrs.Converter",
    ),
    (
        strays,
        f"{CORE}.start",
        "def late():\n    from .world import fly",
        f"{CORE}.start:2 is in {CORE}, which may not import {CORE}.world.fly",
    ),
    (
        strays,
        f"{CORE}.explore.home",
        f"from {CORE}.names import OpId",
        f"{CORE}.explore.home:1 is in {CORE}.explore, which may not import {CORE}.names.OpId",
    ),
    (returning, f"{CORE}.start", f"import {ADAPTERS}.store", f"{CORE}.start:1 imports {ADAPTERS}.store"),
    (impure_words, f"{CORE}.start", "import typing\nx: typing.Any = 1", f"{CORE}.start:2 says Any"),
    (impure_words, f"{CORE}.start", "from typing import cast", f"{CORE}.start:1 says cast"),
    (impure_words, f"{CORE}.start", "from typing import TYPE_CHECKING", f"{CORE}.start:1 says TYPE_CHECKING"),
    (impure_words, f"{CORE}.start", "async def go(): ...", f"{CORE}.start:1 waits"),
    (impure_words, f"{CORE}.start", "print(1)", f"{CORE}.start:1 calls print"),
    (
        impure_words,
        f"{CORE}.start",
        "match 1:\n    case 1: pass\n    case _: pass",
        f"{CORE}.start:3 matches anything: write every case",
    ),
    (silenced_types, f"{CORE}.start", "x = 1  # type: ignore[misc]", f"{CORE}.start:1 silences the type checker"),
)


@pytest.mark.parametrize(
    ("rule", "module", "text", "fault"), FAULTS, ids=[f"{n}-{fault[0].__name__}" for n, fault in enumerate(FAULTS)]
)
def test_each_rule_finds_its_fault(rule: Rule, module: str, text: str, fault: str, tmp_path: Path) -> None:
    """A rule that cannot fail guards nothing."""
    assert list(rule(written(tmp_path, module, text))) == [fault]


def test_a_circle_is_found_and_told(tmp_path: Path) -> None:
    """Even one that hides in a function."""
    written(tmp_path, f"{CORE}.one", f"from {CORE}.two import name")
    written(tmp_path, f"{CORE}.two", f"def late():\n    from {CORE}.one import other")

    assert set(circle(sources(tmp_path))) == {f"{CORE}.one", f"{CORE}.two"}


def test_stories_may_call_one_another_through_their_modules(tmp_path: Path) -> None:
    """Otherwise a mutant could not override one function."""
    written(tmp_path, f"{CORE}.one", f"from {CORE} import two")
    written(tmp_path, f"{CORE}.two", f"from {CORE} import one")

    assert circle(sources(tmp_path)) == ()
