"""One trace of two witnesses: what kiloclaw recorded of itself, and what really happened at Fly.

The recorder cannot know when a request landed; the simulated Fly can. Its `effect` and `world` lines are put between
the recorder's own (trace-format.md), each where it belongs in time: after the call that did it, before its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters.demo.outside import Change, Thing

TraceLine: TypeAlias = Mapping[str, object]

CALLED: Final = {
    "update_machine": "update_machine",
    "start_machine": "start_machine",
    "stop_machine": "stop_machine",
    "delete_machine": "destroy_machine",
    "delete_volume": "delete_volume",
}
"""What the trace calls the requests that name what they change."""


@frozen
class _Call:
    """A call of the trace: its place, when it left, when its answer came, if it came, and what it named."""

    id: str
    place: int
    op: str
    of: str
    at_ms: int
    answered_ms: int | None


def recorded(path: Path) -> tuple[TraceLine, ...]:
    """The lines of a trace; one that a killed process left unfinished is none."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return tuple(json.loads(line) for line in whole.splitlines())


def merged(lines: tuple[TraceLine, ...], changes: tuple[Change, ...]) -> tuple[TraceLine, ...]:
    """The recorder's lines with Fly's between them."""
    calls = _calls(lines)
    placed = [((_moment(line), float(place)), line) for place, line in enumerate(lines)]
    for change in changes:
        call = _call_of(change, calls)
        at_ms, place = _place(change, call)
        placed += [((at_ms, place), {**line, "at": at_ms}) for line in _truth(change, call)]
    return tuple(line for _, line in sorted(placed, key=lambda one: one[0]))


def _moment(line: TraceLine) -> int:
    """When a line was; the header has no moment and comes first."""
    at = line.get("at")
    return at if isinstance(at, int) else 0


def _calls(lines: tuple[TraceLine, ...]) -> dict[str, _Call]:
    answered = {str(line["id"]): _moment(line) for line in lines if line["kind"] == "answer"}
    calls = {}
    for place, line in enumerate(lines):
        match line:
            case {"kind": "call", "id": str() as call, "op": str() as op, "args": dict() as args}:
                of = args.get("volume_id") if op == "delete_volume" else args.get("machine_id")
                calls[call] = _Call(call, place, op, str(of), _moment(line), answered.get(call))
            case _:
                pass  # any other line is no call
    return calls


def _call_of(change: Change, calls: Mapping[str, _Call]) -> _Call | None:
    """The call that did this: the one whose mark the new thing bears, else the last that asked for it before."""
    if change.by is None:
        return None
    if change.before is None and change.after is not None:
        return calls.get(f"c{change.after.op}")
    op, of, landed_ms = CALLED.get(change.by.operation), change.by.of, change.by.landed_ms
    asked = [call for call in calls.values() if (call.op, call.of) == (op, of) and call.at_ms <= landed_ms + 1]
    return asked[-1] if asked else None


def _place(change: Change, call: _Call | None) -> tuple[int, float]:
    """When and where its lines belong: two clocks may differ by a millisecond, the order of cause and effect not."""
    if call is None:
        return change.at_ms, -1.0
    latest_ms = change.at_ms if call.answered_ms is None else min(change.at_ms, call.answered_ms)
    return max(latest_ms, call.at_ms), call.place + 0.5


def _truth(change: Change, call: _Call | None) -> Iterator[TraceLine]:
    if call is not None:
        yield {"kind": "effect", "id": call.id}
    thing = change.after or change.before
    assert isinstance(thing, Thing), "what neither was nor is did not change"
    words = {**thing.fields, "gone": True} if change.after is None else thing.fields
    yield {"kind": "world", f"{thing.kind}s": [words], **({} if call is None else {"cause": call.id})}
