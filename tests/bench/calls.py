"""Fly calls made for each operation, counted over the pure world: against upstream, and against the least of them.

Of upstream it is the writing calls that count. The least is found, not declared: calls are left out one by one, the
others are landed on the same world, and a call whose absence leaves the end as it was is one too many. A wait is needed
where a machine is to be known to have arrived.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .journeys import Call, ended, least
from .measuring import Effort, Line
from .operations import OPERATIONS, Counted, Operation, counted


def lines(_: Effort) -> Iterator[Line]:
    """The calls of each operation; they are counted, so that one round tells all."""
    for operation in OPERATIONS:
        made = counted(operation)
        yield against_upstream(operation, made)
        if not made.refused:  # what was refused did not land, and could not be left out
            yield against_the_least(operation, made)


def against_upstream(operation: Operation, made: Counted) -> Line:
    """The writing calls, against upstream's; the reading ones of both stand in the note."""
    note = f"reads {told(map(word, made.reads))}; upstream's {told(operation.reads)}"
    return Line(f"writes, {operation.name} / upstream", len(made.writes), len(operation.writes), "calls", note)


def against_the_least(operation: Operation, made: Counted) -> Line:
    """All calls, against those without which the end would be another."""
    end = made.after.end()
    assert ended(made.before, made.calls) == end, f"the calls of {operation.name} alone end elsewhere"
    needed = least(made.before, made.calls)
    note = f"beyond {told(map(word, needed))}: {told(word(call) for call in made.calls if call not in needed)}"
    return Line(f"Fly calls, {operation.name} / the least", len(made.calls), len(needed), "calls", note)


def further_reads(operation: Operation, made: Counted) -> Counter[str]:
    """The reading calls that upstream does not make, each with how often."""
    return Counter(map(word, made.reads)) - Counter(operation.reads)


def word(call: Call) -> str:
    """A call as people read it: `GetMachine` is `get machine`."""
    return "".join(f" {one.lower()}" if one.isupper() else one for one in type(call).__name__).strip()


def told(words: Iterable[str]) -> str:
    """The words in the order in which they first come, each with how often it comes."""
    counts = Counter(words)
    return ", ".join(one if count == 1 else f"{count} x {one}" for one, count in counts.items()) or "none"
