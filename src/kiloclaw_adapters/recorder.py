"""Writes what happens to each sandbox as a `kiloclaw-trace/1`, one file for each, for checkers that know nothing of us.

Several processes may record into one folder: every line is one append under a lock, so that lines stay whole and their
moments never decrease. A line that cannot be written is raised, for a trace with holes would lie. There are no `effect`
and `world` lines: what really happened outside is the provider's to record. A commit says beside what the format asks
for which version of the record it was decided on, so that it can be judged whether anybody was written over.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from kiloclaw_adapters.moments import (
    Answered,
    Asked,
    Called,
    Failed,
    Held,
    LetGo,
    Moment,
    Rang,
    Refused,
    Returned,
    Wrote,
)
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.provider import SYSTEM_CLOCK
from kiloclaw_adapters.serving import is_served
from kiloclaw_adapters.trace_words import Words, answer_words, call_words, command_words, known_world
from kiloclaw_core.commands import Command
from kiloclaw_core.effects import Effect
from kiloclaw_core.instance import Absent, Instance, Note, Record
from kiloclaw_core.names import is_sandbox_id
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.rest import unfulfilled
from kiloclaw_core.status import status_of
from kiloclaw_core.world.scene import written_record

TRACE: Final = "kiloclaw-trace/1"
SOURCE: Final = "kiloclaw"
TAIL: Final = 4096
LAST_MOMENT: Final = re.compile(rb'^\{"at":([0-9]+),', re.MULTILINE)  # keys are sorted, so that "at" comes first
FREE_TEXT: Final = frozenset({"body", "error", "text"})
"""The fields of notes that repeat what came from outside: they may carry anything, and are not written."""


@define(eq=False)
class Recorder:
    """Watches instances and writes `<folder>/<sandbox id>.jsonl`. The folder must exist. Raises OSError."""

    folder: Path
    clock: Clock = SYSTEM_CLOCK
    _ringing: dict[str, str] = field(init=False, factory=dict)
    """For each key, the timer whose turn is being taken."""

    def path(self, key: str) -> Path:
        """Where the trace of this sandbox is."""
        assert is_sandbox_id(key), f"{key!r} would name a file outside the folder"
        return self.folder / f"{key}.jsonl"

    def saw(self, key: str, moment: Moment[Command, Record, Effect, Outcome]) -> None:
        """Write the lines of this moment."""
        match moment:
            case Asked(record=record, due_ms=due_ms) | Held(record=record, due_ms=due_ms):
                self._begin(key, record, due_ms)
            case Answered() | Refused() | Rang() | Wrote() | Called() | Returned() | Failed() | LetGo():
                pass
        lines = tuple(self._lines(key, moment))
        if lines:
            self._append(key, lines)

    def _lines(self, key: str, moment: Moment[Command, Record, Effect, Outcome]) -> Iterator[Words]:
        match moment:
            case Asked(id=command_id, command=command):
                op, args = command_words(command)
                yield {"kind": "command", "id": command_id, "op": op, "args": args}
            case Answered(id=command_id, record=record):
                yield {"kind": "reply", "id": command_id, "ok": True, "value": _value(record)}
            case Refused(id=command_id, code=code):
                yield {"kind": "reply", "id": command_id, "ok": False, "error": {"code": code}}
            case Held(took_over=took_over):
                if took_over:
                    yield {"kind": "evict"}
            case Rang(alarm=alarm, of=of):
                yield from self._rung(key, alarm, of)
            case Wrote():
                yield from self._written(key, moment)
            case Called(effect=effect):
                words = call_words(effect)
                if words is not None:
                    yield {"kind": "call", "id": f"c{effect.op}", "op": words[0], "args": words[1]}
            case Returned(effect=effect, outcome=outcome):
                if call_words(effect) is not None:
                    yield {"kind": "answer", "id": f"c{effect.op}", **answer_words(outcome)}
            case LetGo(record=record):
                if is_quiet(record):
                    yield {"kind": "quiesce"}
            case Failed():
                return  # our own plumbing is not the format's concern

    def _rung(self, key: str, alarm: str, of: int) -> Iterator[Words]:
        """A timer asks. The alarm of an intent is none: it is how a command, which has its line, reaches the holder."""
        if alarm == AlarmName.INTENT.value:
            return
        command_id = self._ringing[key] = f"a{secrets.token_hex(4)}"
        yield {"kind": "command", "id": command_id, "op": "alarm", "args": {"name": alarm, "of": of}}
        yield {"kind": "alarm_set", "due": None}

    def _written(self, key: str, wrote: Wrote[Record]) -> Iterator[Words]:
        command_id = wrote.by or self._ringing.pop(key, None)
        by = {} if command_id is None else {"by": command_id}
        versions = {"decided_on": wrote.decided_on, "became": wrote.version}
        yield {"kind": "write", "record": written_record(wrote.record), **by, **versions}
        yield {"kind": "alarm_set", "due": wrote.due_ms, **by}
        yield from (_event(note) for note in wrote.notes)

    # -- the file ------------------------------------------------------------------------------------------------

    def _begin(self, key: str, record: Record, due_ms: int | None) -> None:
        """Make the file with its first two lines, unless it is there: whole or not at all, whoever else is trying."""
        path = self.path(key)
        if path.exists():
            return
        header: dict[str, object] = {"kind": "header", "trace": TRACE, "source": SOURCE, "sandbox_id": key}
        match record:
            case Instance(identity=who):
                header |= {"user_id": who.user, "app": who.app}
            case Absent():
                pass
        initial = {"kind": "initial", "at": self.clock.now_ms(), "record": written_record(record), "alarm_due": due_ms}
        text = _text(header) + _text({**initial, **known_world(record)})
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.write_bytes(text)
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process began it
        finally:
            draft.unlink()

    def _append(self, key: str, lines: tuple[Words, ...]) -> None:
        with _locked(self.path(key)) as file:
            at = max(self.clock.now_ms(), _last_moment(file))
            for line in lines:
                text = _text({**line, "at": at})
                if os.write(file, text) != len(text):
                    raise OSError(f"{self.path(key)}: a line was cut off")


def is_quiet(record: Record) -> bool:
    """Whether nothing more will happen by itself: served, and as wanted."""
    match record:
        case Absent():
            return True
        case Instance():
            return is_served(record) and not unfulfilled(record)


def _value(record: Record) -> str:
    return status_of(record) or "finalized"


def _event(note: Note) -> Words:
    fields = {name: value for name, value in note.fields if name not in FREE_TEXT}
    return {"kind": "event", "name": note.name, "fields": fields}


def _text(line: Words) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_APPEND)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that dies
        yield file
    finally:
        os.close(file)


def _last_moment(file: int) -> int:
    """The moment of the last line that has one, read from the end: the longest line decides how far."""
    size = os.fstat(file).st_size
    length = TAIL
    while True:
        start = max(0, size - length)
        found = LAST_MOMENT.findall(os.pread(file, size - start, start))
        if found or start == 0:
            return int(found[-1]) if found else 0
        length *= 2
