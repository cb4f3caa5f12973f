"""One trace of two witnesses: what kiloclaw recorded of itself, and what really happened at Fly.

The recorder cannot know when a request landed; the simulated Fly can. Its `effect` and `world` lines are put between
the recorder's own (trace-format.md), each where it belongs in time: after the call that did it, before its answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters.demo.outside import Change, Landing, Thing

TraceLine: TypeAlias = Mapping[str, object]

OPERATIONS: Final = {"destroy_machine": "delete_machine", "health": "probe_health"}
"""What Fly calls the requests that the trace calls otherwise."""
ON_A_VOLUME: Final = frozenset({"get_volume", "delete_volume"})
ON_A_MACHINE: Final = frozenset(
    {"get_machine", "update_machine", "start_machine", "stop_machine", "destroy_machine", "wait_machine", "health"}
)
CLOCKS_DIFFER_MS: Final = 2
"""Two processes may tell one moment so differently."""


@frozen
class Call:
    """A call of the trace: its place, when it left, when its answer came, if it came, and whom it asked for what."""

    id: str
    place: int
    operation: str
    of: str
    at_ms: int
    answered_ms: int | None


def recorded(path: Path) -> tuple[TraceLine, ...]:
    """The lines of a trace; one that a killed process left unfinished is none."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return tuple(json.loads(line) for line in whole.splitlines())


def merged(
    lines: tuple[TraceLine, ...], landings: Iterable[Landing], changes: Iterable[Change]
) -> tuple[TraceLine, ...]:
    """The recorder's lines with Fly's between them."""
    caused = matched(calls_of(lines), landings)
    placed = [((_moment(line), place, 0), line) for place, line in enumerate(lines)]
    for call, landing in caused.values():
        at_ms = _dated(landing.landed_ms, call)
        placed.append(((at_ms, call.place, 1), {"kind": "effect", "id": call.id, "at": at_ms}))
    for change in changes:
        if change.by is None or change.by.number not in caused:
            placed.append(((change.at_ms, -1, 0), {**_world(change), "at": change.at_ms}))
        else:
            cause, _ = caused[change.by.number]
            at_ms = _dated(change.at_ms, cause)
            placed.append(((at_ms, cause.place, 2), {**_world(change), "at": at_ms, "cause": cause.id}))
    return tuple(line for _, line in sorted(placed, key=lambda one: one[0]))


def calls_of(lines: Iterable[TraceLine]) -> tuple[Call, ...]:
    """The calls of a trace, in order."""
    lines = tuple(lines)
    answered = {str(line["id"]): _moment(line) for line in lines if line["kind"] == "answer"}
    calls = []
    for place, line in enumerate(lines):
        match line:
            case {"kind": "call", "id": str() as call, "op": str() as op, "args": dict() as args}:
                operation = OPERATIONS.get(op, op)
                calls.append(Call(call, place, operation, _whom(op, args), _moment(line), answered.get(call)))
            case _:
                pass  # any other line is no call
    return tuple(calls)


def _whom(op: str, args: Mapping[str, object]) -> str:
    """What the path of the request names below its app."""
    if op in ON_A_VOLUME:
        return str(args["volume_id"])
    return str(args["machine_id"]) if op in ON_A_MACHINE else ""


def matched(calls: tuple[Call, ...], landings: Iterable[Landing]) -> dict[int, tuple[Call, Landing]]:
    """Each landing, by its number, with the call that it was: the oldest that may have been it and is not taken.

    A landing without a call was somebody else's, or repeats a look whose first answer was lost.
    """
    free, caused = list(calls), {}
    for landing in sorted(landings, key=lambda one: one.number):
        for call in free:
            if _may_be(call, landing):
                caused[landing.number] = (call, landing)
                free.remove(call)
                break
    return caused


def _may_be(call: Call, landing: Landing) -> bool:
    """Whether the call asked for just this, and was under way when it came."""
    left = call.at_ms <= landing.came_ms + CLOCKS_DIFFER_MS
    waits = call.answered_ms is None or call.answered_ms + CLOCKS_DIFFER_MS >= landing.came_ms
    return left and waits and (call.operation, call.of) == (landing.operation, landing.of)


def _moment(line: TraceLine) -> int:
    """When a line was; the header has no moment and comes first."""
    at = line.get("at")
    return at if isinstance(at, int) else 0


def _dated(moment_ms: int, call: Call) -> int:
    """The moment, but after the call and before its answer: clocks may differ, the order of cause and effect not."""
    latest_ms = moment_ms if call.answered_ms is None else min(moment_ms, call.answered_ms)
    return max(latest_ms, call.at_ms)


def _world(change: Change) -> TraceLine:
    thing = change.after or change.before
    assert isinstance(thing, Thing), "what neither was nor is did not change"
    words = {**thing.fields, "gone": True} if change.after is None else thing.fields
    return {"kind": "world", f"{thing.kind}s": [words]}
