"""What may be watched of a key's life: one frozen value for each thing that happens, and whoever is shown them.

The interpreter and the façade show; logs and the recorder look on. Watching decides nothing.
"""

from __future__ import annotations

from typing import Generic, Protocol, TypeAlias

from attrs import frozen

from kiloclaw_adapters.ports import CommandT, EffectT, OutcomeT, RecordT
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Unknown


@frozen
class Asked(Generic[CommandT, RecordT]):
    """A caller's command arrived, under this id. This is the record it met, and its earliest alarm."""

    id: str
    command: CommandT
    record: RecordT
    due_ms: int | None


@frozen
class Answered(Generic[RecordT]):
    """That command was granted and, where the caller waited, served; this is the record now."""

    id: str
    record: RecordT


@frozen
class Refused:
    """That command was not granted, or not served."""

    id: str
    code: str
    message: str


@frozen
class Held(Generic[RecordT]):
    """The key was taken under a lease. This is its record then, and its earliest alarm.

    `took_over` says that the holder before did not let go of it in time.
    """

    record: RecordT
    due_ms: int | None
    took_over: bool


@frozen
class Rang:
    """An alarm of the record is about to be absorbed."""

    alarm: str
    of: OpId


@frozen
class Wrote(Generic[RecordT]):
    """A commit was applied. `due_ms` is the earliest alarm now kept, `by` the command it was for, if it was for one.

    `version` is what the store calls the record now, `decided_on` what it called the one that was read: 0 is nothing.
    """

    record: RecordT
    notes: tuple[Note, ...]
    due_ms: int | None
    by: str | None
    decided_on: int
    version: int


@frozen
class Called(Generic[EffectT]):
    """An effect is being performed."""

    effect: EffectT


@frozen
class Returned(Generic[EffectT, OutcomeT]):
    """An effect was answered."""

    effect: EffectT
    outcome: OutcomeT | Unknown


@frozen
class Failed:
    """Our own plumbing failed: a performer raised, or a key could not be worked on. Work goes on."""

    doing: str
    error: Exception


@frozen
class LetGo(Generic[RecordT]):
    """The key was let go in good order: nothing was in flight. This is its record."""

    record: RecordT


Moment: TypeAlias = (
    Asked[CommandT, RecordT]
    | Answered[RecordT]
    | Refused
    | Held[RecordT]
    | Rang
    | Wrote[RecordT]
    | Called[EffectT]
    | Returned[EffectT, OutcomeT]
    | Failed
    | LetGo[RecordT]
)


class Watch(Protocol[CommandT, RecordT, EffectT, OutcomeT]):
    """Somebody who is shown what happens, in the order it happens: a log, a recorder."""

    def saw(self, key: str, moment: Moment[CommandT, RecordT, EffectT, OutcomeT]) -> None:
        """Show this moment in the life of this key; it must not wait, and what it raises stops work on the key."""


@frozen
class Watches(Generic[CommandT, RecordT, EffectT, OutcomeT]):
    """Several who look on, in this order."""

    each: tuple[Watch[CommandT, RecordT, EffectT, OutcomeT], ...]

    def saw(self, key: str, moment: Moment[CommandT, RecordT, EffectT, OutcomeT]) -> None:
        """Show every one of them the moment."""
        for one in self.each:
            one.saw(key, moment)
