"""Watches a run from outside: reads the trace as it grows, looks at Fly, and shows both as lines in lanes.

The trace is what kiloclaw says of itself; the truth is Fly's. `judging` holds the one against the other.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from kiloclaw_adapters.demo.lanes import Line, Screen
from kiloclaw_adapters.demo.outside import Change, Outside, Thing

EVERY_S: Final = 0.02
BEHIND_MS: Final = 200
"""How long after it happened a line is shown, so that what happened before it has been told by then."""
OP_BITS: Final = 32
SILENT: Final = frozenset({"header", "initial", "alarm_set", "event"})


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def short(name: object) -> str:
    """An id as far as the eye needs it."""
    text = str(name)
    return text[:8] if text.startswith("vol_") else text[:6]


@define
class Watcher:
    """Shows what happens to one sandbox on a screen."""

    screen: Screen
    outside: Outside
    trace: Path
    _read: int = field(default=0, init=False)
    _record: Mapping[str, object] = field(factory=dict, init=False)
    _calls: dict[str, str] = field(factory=dict, init=False)

    async def look(self) -> None:
        """Tell the screen what is new in the trace and at Fly."""
        for change in await self.outside.look(now_ms()):
            for line in lines_of(change):
                self.screen.tell(line)
        for line in self._lines_of_trace():
            self.screen.tell(line)

    async def watch(self) -> None:
        """Look on and on."""
        while True:
            await self.look()
            self.screen.show(now_ms() - BEHIND_MS)
            await asyncio.sleep(EVERY_S)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Look on while the block lasts, and once more at its end."""
        task = asyncio.create_task(self.watch())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.look()
        self.screen.show(now_ms())

    def _lines_of_trace(self) -> Iterator[Line]:
        """The lines that the trace has grown by; one that is not whole yet is left for the next look."""
        if not self.trace.exists():
            return
        with self.trace.open("rb") as file:
            file.seek(self._read)
            grown = file.read()
        whole = grown[: grown.rfind(b"\n") + 1]
        self._read += len(whole)
        for text in whole.splitlines():
            told = json.loads(text)
            if told["kind"] not in SILENT:
                yield from self._lines(told)

    def _lines(self, told: Mapping[str, object]) -> Iterator[Line]:
        """One line of the trace as people read it."""
        at_ms = int(str(told["at"]))
        match told:
            case {"kind": "command", "op": "alarm", "args": {"name": name}}:
                yield Line(at_ms, "instance", f"alarm {name}")
            case {"kind": "command", "op": op, "args": {"reason": "admission_closed"}}:
                yield Line(at_ms, "caller", f"registry: {op}")
            case {"kind": "command", "op": op}:
                yield Line(at_ms, "caller", str(op))
            case {"kind": "reply", "ok": ok, **rest}:
                yield Line(at_ms, "caller", "granted" if ok else f"refused, {_code(rest)}", alarming=not ok)
            case {"kind": "call", "id": call, "op": op, "args": args}:
                self._calls[str(call)] = _spell(str(op), args)
                yield Line(at_ms, "in flight", f"{_number(str(call))} {self._calls[str(call)]} →")
            case {"kind": "answer", "id": call, "status": status, **rest}:
                said = rest.get("error") or "ok"
                text = f"← {_number(str(call))} {said}"
                yield Line(at_ms, "in flight", text if status else f"← {_number(str(call))} no answer", not status)
            case {"kind": "write", "record": record}:
                yield from self._written(at_ms, record)
            case {"kind": "evict"}:
                yield Line(at_ms, "instance", "taken over, in doubt", alarming=True)
            case {"kind": "quiesce"}:
                yield Line(at_ms, "instance", "at rest")
            case _:
                yield Line(at_ms, "instance", f"{told['kind']}")

    def _written(self, at_ms: int, record: object) -> Iterator[Line]:
        """What a commit changed of the record, as far as it shows."""
        now: Mapping[str, object] = record if isinstance(record, dict) else {"status": "gone"}
        before, self._record = self._record, now
        said = [str(now[name]) for name in ("status",) if now[name] != before.get(name)]
        said += [f"to be {now[name]}" for name in ("desired",) if name in now and now[name] != before.get(name)]
        for name in ("machine_id", "volume_id"):
            if now.get(name) and now.get(name) != before.get(name):
                said.append(f"holds {short(now[name])}")
        for name in ("pending_destroy_machine_id", "pending_destroy_volume_id"):
            if now.get(name) and now.get(name) != before.get(name):
                said.append(f"condemns {short(now[name])}")
        yield from (Line(at_ms, "instance", one) for one in said)


def lines_of(change: Change) -> Iterator[Line]:
    """A change at Fly as people read it; who mounts a volume shows on the machine."""
    match change:
        case Change(before=None, after=Thing() as made):
            yield Line(change.at_ms, "fly", f"+{short(made.id)} {made.state}")
        case Change(before=Thing() as lost, after=None):
            yield Line(change.at_ms, "fly", f"-{short(lost.id)}")
        case Change(before=Thing() as old, after=Thing() as new) if old.state != new.state:
            said = "is written" if new.kind == "volume" else new.state
            yield Line(change.at_ms, "fly", f"{short(new.id)} {said}")
        case Change():
            return


def _number(call: str) -> str:
    """The number of a call, without the store's incarnation."""
    return str(int(call.removeprefix("c")) % (1 << OP_BITS))


def _spell(op: str, args: object) -> str:
    named = args if isinstance(args, dict) else {}
    of = named.get("machine_id") or (named.get("volume_id") if op.endswith("volume") else None) or named.get("action")
    return f"{op} {short(of) if op != 'registry' else of}" if of else op


def _code(rest: Mapping[str, object]) -> str:
    error = rest.get("error")
    return str(error.get("code")).replace("_", " ") if isinstance(error, dict) else "no reason"
