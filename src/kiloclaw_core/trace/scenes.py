"""A trace as scenes: what the lines so far allow claims to look at, in the words that the explored system has.

A line after which everything that claims look at is known has one scene. Where evidence is missing, the line has every
scene that the evidence allows: of each thing in doubt the least and the most that it may be. What a trace can never
tell (`UNTOLD` in `judging.py`) stands as it does in a healthy system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final

from attrs import define, evolve, field

from kiloclaw_core.trace.calls import FENCED, Calls, open_call
from kiloclaw_core.trace.hearing import heard, sent, unheard
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    CallOp,
    Command,
    CommandOp,
    Effect,
    Event,
    Evict,
    Happening,
    Header,
    Initial,
    Quiesce,
    Reply,
    Status,
    Wanted,
    World,
    Write,
    Written,
)
from kiloclaw_core.trace.outside import Outside, either
from kiloclaw_core.trace.parsing import in_order
from kiloclaw_core.world.scene import RecordWords, Scene

WANTED: Final[Mapping[str, str]] = {
    Status.PROVISIONED.value: Wanted.STOPPED.value,
    Status.STOPPING.value: Wanted.STOPPED.value,
    Status.STOPPED.value: Wanted.STOPPED.value,
    Status.STARTING.value: Wanted.RUNNING.value,
    Status.RUNNING.value: Wanted.RUNNING.value,
    Status.RESTARTING.value: Wanted.RUNNING.value,
    Status.RECOVERING.value: Wanted.RUNNING.value,
    Status.DESTROYING.value: Wanted.GONE.value,
}
"""What a status says of what is wanted, for records that do not; of `restoring` either may be."""
ISSUED: Final = frozenset(FENCED) - {CallOp.STOP_MACHINE}
"""What must not be asked for any more once destroy is granted."""


@define(eq=False)
class Telling:
    """What one trace has told so far."""

    calls: Calls
    outside: Outside
    record: Written | None
    due: int | None
    destroy_granted: bool = False
    _issued_late: frozenset[str] = field(init=False, default=frozenset())
    _mounted: tuple[str, ...] = field(init=False, default=())
    _perhaps_mounted: tuple[str, ...] = field(init=False, default=())
    """The first volume that was asked to go too early, as is certain or possible: one is enough."""

    def tell(self, number: int, line: Happening) -> bool:
        """Go on with this line; answer whether claims may see something else after it."""
        match line:
            case Command(op=CommandOp.PROVISION):
                self._provisioned()
                return False
            case Command() | Reply() | Event():
                return False
            case AlarmSet(due=due):
                self.due = due
                return False
            case Call():
                self._called(line, number)
            case Effect(id=name):
                self.calls.land(name)
            case Answer():
                call = self.calls.answer(line.id, line.status, number)
                heard(self.outside, call, line, number)
            case Write(record=record):
                self._wrote(record, number)
            case World():
                self.outside.change(line, number)
            case Evict():
                self.calls.evict(number)
                unheard(self.outside)
            case Quiesce():
                self.outside.rest()
        return True

    def _provisioned(self) -> None:
        """What was destroyed and wiped, and is provisioned afresh, begins a new life."""
        if self.record is None and self.destroy_granted:
            self.destroy_granted = False
            self._issued_late = frozenset()
            self.outside.live_again()

    def _called(self, line: Call, number: int) -> None:
        call = open_call(line, number)
        self.calls.leave(call)
        if self.destroy_granted and call.op in ISSUED:
            self._issued_late |= {FENCED[call.op]}
        if call.op is CallOp.DELETE_VOLUME and self.record is not None:
            certainly, perhaps = self.outside.mounting(call.target, self.record.words.machine_ids)
            self._mounted = self._mounted or ((call.target,) if certainly else ())
            self._perhaps_mounted = self._perhaps_mounted or ((call.target,) if perhaps else ())
        sent(self.outside, call)

    def _wrote(self, record: Written | None, number: int) -> None:
        """A record that says destroying has granted it; one that is wiped can have been granted nothing else."""
        was_wiped = self.record is not None and record is None
        self.record = record
        self.destroy_granted = self.destroy_granted or was_wiped or is_destroying(record)
        if record is not None:
            self.outside.claim(record.words, number)

    def scenes(self, *, resting: bool) -> Iterator[Scene]:
        """Every scene that the lines so far allow."""
        for record, machines, volumes, lost, pending, mounted, written in product(
            self._records(),
            self.outside.own_machines(),
            self.outside.own_volumes(),
            self.outside.strangers_lost(),
            either(*self.calls.pending()),
            either(self._mounted, self._perhaps_mounted),
            self.outside.written(),
        ):
            yield Scene(
                record=record,
                machines=machines,
                volumes=volumes,
                strangers_lost=lost,
                pending=pending,
                mounted_deletes=mounted,
                destroy_granted=self.destroy_granted,
                issued_after_destroy=tuple(sorted(self._issued_late)),
                resting=resting,
                armed=self.due is not None,
                noted=self.record is not None and self.record.noted,
                written=written,
            )

    def _records(self) -> tuple[RecordWords | None, ...]:
        """The record with what is wanted, which its status may say."""
        if self.record is None:
            return (None,)
        words = self.record.words
        if words.desired is not None:
            return (words,)
        wanted = None if words.status is None else WANTED.get(words.status)
        every = (Wanted.STOPPED.value, Wanted.RUNNING.value) if wanted is None else (wanted,)
        return tuple(evolve(words, desired=one) for one in every)


def is_destroying(record: Written | None) -> bool:
    """Whether a record says that destroy was granted."""
    return record is not None and record.words.status == Status.DESTROYING.value


def scenes(lines: Iterable[str]) -> Iterator[tuple[int, Scene]]:
    """The scenes of a trace by the numbers of their lines, from line 1.

    The lines are read as they are asked for, and nothing is kept of them but what is live or open. A trace that does
    not say how things stood when it began has no scenes. Raises MalformedTraceError.
    """
    told = in_order(lines)
    _, header = next(told)
    number, initial = next(told, (1, header))
    assert isinstance(header, Header), "a trace begins with its header"
    if not isinstance(initial, Initial):
        for _ in told:
            pass  # nothing can be said of it, but what is malformed is
        return
    telling = begin_telling(header, initial, number)
    yield from ((number, scene) for scene in telling.scenes(resting=False))
    for after, line in told:
        assert not isinstance(line, Header | Initial), "nothing but what happens comes after the beginning"
        if telling.tell(after, line):
            yield from ((after, scene) for scene in telling.scenes(resting=isinstance(line, Quiesce)))


def begin_telling(header: Header, initial: Initial, number: int) -> Telling:
    """How things stood at first, on this line."""
    calls = Calls()
    outside = Outside(header.sandbox_id, calls, header.user_id)
    words = None if initial.record is None else initial.record.words
    outside.begin(initial, words, number)
    return Telling(calls, outside, initial.record, initial.alarm_due, is_destroying(initial.record))
