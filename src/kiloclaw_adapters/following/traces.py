"""Traces as streams, each with the model beside it: nothing is kept of their lines but what is live or open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from attrs import define, frozen

from kiloclaw_adapters.check.files import lines_of
from kiloclaw_adapters.following.advice import Advice, Kind
from kiloclaw_adapters.following.following import Following
from kiloclaw_adapters.following.told import Told
from kiloclaw_core.trace.lines import Header
from kiloclaw_core.trace.parsing import in_order
from kiloclaw_core.trace.reading import node_of


@frozen
class Followed:
    """A trace that is over: whose it was, how many of its writes and calls were compared, and how often they parted."""

    sandbox: str
    steps: int
    differences: int


def follow_file(file: str) -> Iterator[Advice | Followed]:
    """Follow the traces of this file, or of standard input; see `follow`.

    Raises OSError where it cannot be read, and MalformedError, which names file, line and column, where it is no trace.
    """
    with lines_of(file) as lines:
        yield from follow(lines)


def follow(lines: Iterable[str]) -> Iterator[Advice | Followed]:
    """Step the model beside these lines: each advice as it comes, and at the end of each trace what was followed.

    Several traces may stand one after the other, each from its header on. Raises MalformedTraceError.
    """
    turn, is_empty = Turn(), True
    for _, numbered in groupby(enumerate(lines, 1), turn.of):
        is_empty = False
        yield from _followed(numbered)
    if is_empty:
        next(in_order(()))  # says what is wrong with it


@define(eq=False)
class Turn:
    """Which of several traces it is the turn of."""

    nth: int = 0

    def of(self, numbered: tuple[int, str]) -> int:
        """The number of the trace that this line is of: a header begins another."""
        number, text = numbered
        if '"header"' in text and node_of(text, number).keys.get("kind") == "header":
            self.nth += 1
        return self.nth


def _followed(numbered: Iterator[tuple[int, str]]) -> Iterator[Advice | Followed]:
    first, text = next(numbered)
    told = in_order(_texts(text, numbered), first)
    _, header = next(told)
    assert isinstance(header, Header), "a trace begins with its header"
    going, differences = Following(header, Told()), 0
    for number, line in told:
        assert not isinstance(line, Header), "another header begins another trace"
        for advice in going.tell(number, line):
            differences += advice.kind is not Kind.NOT_FOLLOWED
            yield advice
    yield Followed(header.sandbox_id, going.steps, differences)


def _texts(first: str, rest: Iterator[tuple[int, str]]) -> Iterator[str]:
    yield first
    yield from (text for _, text in rest)
