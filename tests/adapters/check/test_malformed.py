"""What is no trace is refused, whatever it is: no traceback, and no end of waiting."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_adapters.check import redact
from kiloclaw_adapters.check.oddities import Oddities
from kiloclaw_core.rules import RULES, Rule, RuleVerdict, check
from kiloclaw_core.trace import MalformedTraceError

from .strategies import traces

trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def is_refused(lines: list[str]) -> bool:
    """Whether it is refused, by judging or by redacting; what is not refused is answered whole."""
    judged, redacted = tried(check, lines), tried(redact, lines)
    assert list(Oddities().passed(lines)) == lines
    assert is_place(judged, lines) or (isinstance(judged, tuple) and by_rules(judged) == RULES)
    assert is_place(redacted, lines) or (isinstance(redacted, tuple) and len(redacted) == len(lines))
    return isinstance(judged, MalformedTraceError) or isinstance(redacted, MalformedTraceError)


def tried(use: Callable[[list[str]], Iterable[object]], lines: list[str]) -> tuple[object, ...] | MalformedTraceError:
    """What this makes of the lines, or how it refuses them; any other error is a traceback."""
    try:
        return tuple(use(lines))
    except MalformedTraceError as error:
        return error


def is_place(said: object, lines: list[str]) -> bool:
    """Whether this refuses one of the lines, and says why; of no lines at all, the first is missing."""
    return isinstance(said, MalformedTraceError) and 1 <= said.line <= max(1, len(lines)) and said.why != ""


def by_rules(verdicts: tuple[object, ...]) -> tuple[Rule, ...]:
    """The rules that these are the verdicts of."""
    return tuple(one.rule for one in verdicts if isinstance(one, RuleVerdict))


@given(lines=traces, at=st.integers(0, 30), path=st.lists(st.integers(0, 5), max_size=3), tree=trees)
def test_a_part_of_a_line_may_be_anything(lines: list[str], at: int, path: list[int], tree: object) -> None:
    """One value is another than the format says: it is refused by its line, or was of no matter, and all is judged."""
    number = at % len(lines)
    line = json.loads(lines[number])
    put(line, path, tree)
    changed = [*lines[:number], json.dumps(line), *lines[number + 1 :]]
    assert is_refused(changed) or by_rules(check(changed)) == RULES


def put(line: dict[str, object], path: list[int], tree: object) -> None:
    """Put a value somewhere into a line."""
    inner: dict[str, object] = line
    for step in path:
        found = list(inner.values())[step % len(inner)] if inner else None
        if not isinstance(found, dict):
            break
        inner = found
    if inner:
        inner[list(inner)[len(path) % len(inner)]] = tree


@given(st.lists(st.text(max_size=40) | trees.map(json.dumps), max_size=5))
def test_what_is_nothing_like_a_trace_is_refused(lines: list[str]) -> None:
    """Text, or JSON of another sort."""
    assert is_refused(lines)


@given(lines=traces, cut=st.integers(0, 10**6))
def test_a_trace_may_end_in_the_middle_of_a_line(lines: list[str], cut: int) -> None:
    """Its writer was killed."""
    last = lines[-1]
    assert is_refused([*lines[:-1], last[: cut % len(last)]])
