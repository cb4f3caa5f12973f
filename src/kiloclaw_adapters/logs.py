"""Structured lines about what happens, best effort: a log that fails is told to Python's own last resort and no more.

Lines are a name and fields, through structlog where it is installed, else as JSON through `logging`. No line carries an
effect or a record, so that none can carry a secret.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from importlib.util import find_spec
from typing import Generic, TypeAlias

from attrs import frozen

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
from kiloclaw_adapters.ports import CommandT, EffectT, OutcomeT, RecordT
from kiloclaw_core.outcomes import Rejected, Unknown

Fields: TypeAlias = dict[str, str | int | None]
Logger: TypeAlias = Callable[[str, Fields], None]
"""Takes the name of a line and its fields."""


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line."""


LAST_RESORT = logging.getLogger("kiloclaw")


def default_logger() -> Logger:
    """Structlog where it is installed, else `logging`."""
    if find_spec("structlog") is None:
        return json_logger
    return structlog_logger()


def json_logger(name: str, fields: Fields) -> None:
    """One JSON object a line, through `logging`."""
    LAST_RESORT.info("%s", json.dumps({"event": name, **fields}, sort_keys=True))


def structlog_logger() -> Logger:
    """Lines through structlog, as it is configured when they are written."""
    import structlog  # noqa: PLC0415 - an extra: only who has it can import it

    def log(name: str, fields: Fields) -> None:
        structlog.get_logger("kiloclaw").info(name, **fields)

    return log


@frozen
class LogWatch(Generic[CommandT, RecordT, EffectT, OutcomeT]):
    """Writes a line for whatever people who run this want to know."""

    log: Logger

    def saw(self, key: str, moment: Moment[CommandT, RecordT, EffectT, OutcomeT]) -> None:
        """Write the lines of this moment; never raises."""
        try:
            for name, fields in _lines(moment):
                self.log(name, {"key": key, **fields})
        except Exception:  # noqa: BLE001 - a log is best effort: work goes on, and logging itself says what became of it
            LAST_RESORT.exception("a line for the log was lost")


def _lines(moment: Moment[CommandT, RecordT, EffectT, OutcomeT]) -> tuple[tuple[str, Fields], ...]:
    match moment:
        case Asked(id=command_id, command=command):
            return (("command", {"id": command_id, "command": type(command).__name__}),)
        case Refused(id=command_id, code=code, message=message):
            return (("refused", {"id": command_id, "code": code, "message": message}),)
        case Held(took_over=took_over):
            return (("took_over", {}),) if took_over else ()
        case Wrote(notes=notes):
            return tuple((note.name, dict(note.fields)) for note in notes)
        case Returned(effect=effect, outcome=Rejected() | Unknown() as outcome):
            return (("not_applied", {"effect": type(effect).__name__, "op": effect.op, **_why(outcome)}),)
        case Failed(doing=doing, error=error):
            frames = "".join(traceback.format_tb(error.__traceback__))
            return (("failed", {"doing": doing, "error": type(error).__name__, "text": str(error), "trace": frames}),)
        case Answered() | Rang() | Called() | Returned() | LetGo():
            return ()


def _why(outcome: Rejected | Unknown) -> Fields:
    match outcome:
        case Rejected(why=why, text=text):
            return {"why": why.value, "text": text}
        case Unknown(text=text):
            return {"why": "unknown", "text": text}
