"""Rules about effects and what is durable of them: a stop is kept, an intent comes first, an id before the wait."""

from __future__ import annotations

from typing import Final

from attrs import define, evolve, field, frozen

from kiloclaw_core.rules.asked import BRINGS_UP, CREATES, OK, Place, place_of
from kiloclaw_core.rules.book import UP, Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.durable import Durable
from kiloclaw_core.trace.lines import (
    Answer,
    Call,
    CallOp,
    Command,
    CommandOp,
    Effect,
    Event,
    Quiesce,
    Reply,
    ShownMachine,
    Write,
)

UNASKED: Final = "unexpected_stop"
WAITS: Final = frozenset({CallOp.WAIT_MACHINE, CallOp.HEALTH})
SAYS_WHY: Final = frozenset({"starting", "stopping", "restarting", "recovering", "restoring", "destroying"})
"""The statuses that say beforehand that something is about to be done."""


@define(eq=False)
class StopIntent:
    """After a stop took effect, or was said to be done, a machine is started again though nobody asked for that."""

    stopped: tuple[Place, ...] = ()
    """The lines that say that it was stopped, since a start was asked for last."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if isinstance(step.line, Command) and step.line.op in BRINGS_UP:
            self.stopped = ()
        if not self.stopped and step.task is not None and (is_stop(step) or says_stopped(step)):
            self.stopped = led(step.task.place, place_of(step.call), step.place)
        if isinstance(step.line, Quiesce) and self.stopped and book.is_up():
            return Break(step.place, "a machine is started at rest, after a stop", self.stopped)
        return self._came_up(step)

    def _came_up(self, step: Step) -> Break | None:
        for one in step.changes if self.stopped else ():
            came = isinstance(one.after, ShownMachine) and one.after.state == UP
            if one.own and came and one.after is not None and (one.before is None or one.before.state != UP):
                return Break(step.place, f"{one.after.id} is started again after a stop", self.stopped)
        return None


def is_stop(step: Step) -> bool:
    """Whether a request to stop landed that somebody's stop command had sent."""
    asked = step.task is not None and step.task.op is CommandOp.STOP
    landed = isinstance(step.line, Effect) and step.call is not None
    return asked and landed and step.call is not None and step.call.op is CallOp.STOP_MACHINE


def says_stopped(step: Step) -> bool:
    """Whether a stop command was answered with stopped."""
    if not isinstance(step.line, Reply) or step.task is None or step.task.op is not CommandOp.STOP:
        return False
    value = step.line.value
    return step.line.ok and (value.get("status") if isinstance(value, dict) else value) == "stopped"


@frozen
class Undeclared:
    """An effect that nothing durable announced, and nothing has recorded yet; `ended` where its operation gave up."""

    op: CallOp
    by: str | None
    place: Place
    target: str
    ended: Place | None = None


@define(eq=False)
class IntentBeforeEffect:
    """An effect without an intent, whose operation died or failed, is then lost or taken for something else."""

    effects: dict[str, Undeclared] = field(factory=dict)

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        found = self._misread(step) or self._lost(book, step)
        self._landed(book, step)
        self._end(book, step)
        if isinstance(step.line, Write):
            self._record(step.line, step.now)
        return found

    # -- what becomes of effects ---------------------------------------------------------------------------------

    def _landed(self, book: Book, step: Step) -> None:
        if step.begins_life or book.granted is not None:
            self.effects = {}
        declared = step.now.status in SAYS_WHY or step.now.text("desired") in {"stopped", "gone"}
        call = step.call
        if isinstance(step.line, Effect) and call is not None and call.op is CallOp.STOP_MACHINE and not declared:
            name = call.machine_id or ""
            if name == step.now.text("machine_id"):
                self.effects[name] = Undeclared(call.op, call.by, call.place, name)
        for one in step.changes:
            is_new = one.own and one.before is None and one.after is not None
            if is_new and one.after is not None and one.cause is not None and one.cause.op in CREATES and not declared:
                self.effects[one.after.id] = Undeclared(one.cause.op, one.cause.by, step.place, one.after.id)
            is_up = isinstance(one.after, ShownMachine) and one.after.state == UP
            name = one.after.id if one.after is not None else one.before.id if one.before is not None else ""
            known = self.effects.get(name)
            if known is not None and (one.is_gone or (is_up and known.op is CallOp.STOP_MACHINE)):
                del self.effects[name]

    def _end(self, book: Book, step: Step) -> None:
        for name, one in self.effects.items():
            task = None if one.by is None else book.tasks.get(one.by)
            is_lost = (
                isinstance(step.line, Answer) and step.call is not None and step.call.failed and step.call.by == one.by
            )
            if one.ended is None and (is_lost or task is None or task.is_over):
                self.effects[name] = evolve(one, ended=step.place)

    def _record(self, line: Write, now: Durable) -> None:
        says = now.status not in {"running", None}
        recorded = [
            name
            for name, one in self.effects.items()
            if (one.op in CREATES and name in now.names)
            or (one.op is CallOp.STOP_MACHINE and says and (line.by == one.by or now.status != "recovering"))
        ]
        self.effects = {name: one for name, one in self.effects.items() if name not in recorded}

    # -- how it shows --------------------------------------------------------------------------------------------

    def _misread(self, step: Step) -> Break | None:
        event = isinstance(step.line, Event) and UNASKED in step.line.name
        recovers = isinstance(step.line, Write) and step.now.status == "recovering" != step.was.status
        for one in self.effects.values() if event or recovers else ():
            if one.op is CallOp.STOP_MACHINE and one.ended is not None:
                message = f"the stop of {one.target} is taken for one that nobody asked for"
                return Break(step.place, message, led(one.place, one.ended))
        return None

    def _lost(self, book: Book, step: Step) -> Break | None:
        made = tuple(one.cause.op for one in step.changes if one.before is None and one.cause is not None)
        for one in self.effects.values():
            is_lost = one.op in made or isinstance(step.line, Quiesce)
            if is_lost and one.op in CREATES and one.ended is not None and one.target not in book.record.names:
                return Break(step.place, f"{one.target} was made and is forgotten", led(one.place, one.ended))
        return None


@define(eq=False)
class IdBeforeWait:
    """A machine that was just made is waited for, and no commit names it yet."""

    made: dict[str, Place] = field(factory=dict)

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        self._follow(book, step)
        call = step.call
        if not isinstance(step.line, Call) or call is None or call.op not in WAITS or call.machine_id not in self.made:
            return None
        return Break(
            step.place, f"{call.machine_id} is waited for before a record names it", led(self.made[call.machine_id])
        )

    def _follow(self, book: Book, step: Step) -> None:
        call = step.call
        if (
            isinstance(step.line, Answer)
            and call is not None
            and call.op is CallOp.CREATE_MACHINE
            and call.status in OK
        ):
            for name in made_by(step.line):
                self.made[name] = step.place
        for one in step.changes:
            if one.is_gone and one.before is not None:
                self.made.pop(one.before.id, None)
        if isinstance(step.line, Quiesce | Write) or step.call is not None:
            self.made = {name: one for name, one in self.made.items() if name not in book.record.names}


def made_by(answer: Answer) -> tuple[str, ...]:
    """The ids of what an answer shows."""
    return tuple(node.text("id") for node in answer.body)
