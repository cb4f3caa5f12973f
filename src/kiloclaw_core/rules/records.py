"""Rules about what the record says: destroyed for good, in motion for a while, true, and never without an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import define

from kiloclaw_core.rules.asked import BOOTS, CREATES, DELETES, ERRORS, MISSING, Place
from kiloclaw_core.rules.book import UP, Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.durable import CLEANING, MARKS
from kiloclaw_core.trace.lines import Answer, Call, Command, CommandOp, Quiesce, Write

MINUTE: Final = 60_000
CEILINGS: Final[Mapping[str, int]] = {
    "starting": 8 * MINUTE,
    "restarting": 18 * MINUTE,
    "recovering": 13 * MINUTE,
    "restoring": 33 * MINUTE,
}
"""How long each status may last, in milliseconds (traces' README, 11)."""
IN_MOTION: Final = frozenset(CEILINGS) | {"stopping"}
DESTROYING: Final = "destroying"
RESTING: Final = frozenset({"stopped", "provisioned"})
BRINGS: Final = BOOTS | CREATES
RAZES: Final = frozenset({CommandOp.ALARM, CommandOp.DESTROY})
"""The commands that go on with a destroy; a look at it proves nothing of what the provider refuses."""


@define(eq=False)
class DestroyedStaysDestroyed:
    """After destroy was granted the record says something else, or something is created, changed or started."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if book.granted is None or book.granted.number == step.number:
            return None
        if isinstance(step.line, Call) and step.line.op in BRINGS:
            message = f"{step.line.op.value} was asked for after destroy"
            return Break(step.place, message, led(book.granted, book.wiped))
        return self._wrote(book, step) if isinstance(step.line, Write) else None

    def _wrote(self, book: Book, step: Step) -> Break | None:
        if step.now.status not in {None, DESTROYING}:
            return Break(step.place, f"the record says {step.now.status} after destroy", led(book.granted, book.wiped))
        if book.wiped is not None and not step.now.is_wiped:
            return Break(step.place, "a record that was wiped is written again", led(book.granted, book.wiped))
        return None


@define(eq=False)
class BoundedTransition:
    """A status that must end does not: it is still there at rest, or lasts longer than its ceiling.

    The clock begins anew only when the status does, or when a user asks for it again. `refusal` is where the provider
    refused a delete since the destroy last went on: while it does, destroying cannot end.
    """

    since: int = 0
    began: Place | None = None
    refusal: Place | None = None

    def hear(self, _: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if self.began is None:
            mark = MARKS.get(step.was.status or "", "")
            self.since, self.began = step.was.marks.get(mark, step.at), step.place
        found = self._too_long(step)
        self._follow(step)
        status = step.now.status
        if found is None and isinstance(step.line, Quiesce) and status is not None:
            stuck = status in IN_MOTION or (status == DESTROYING and self.refusal is None)
            return Break(step.place, f"at rest the record says {status}", led(self.began)) if stuck else None
        return found

    def _too_long(self, step: Step) -> Break | None:
        ceiling = None if step.was.status is None else CEILINGS.get(step.was.status)
        if ceiling is None or step.at - self.since <= ceiling:
            return None
        minutes = (step.at - self.since) // MINUTE
        return Break(step.place, f"{step.was.status} has lasted for {minutes} minutes", led(self.began))

    def _follow(self, step: Step) -> None:
        status = step.now.status
        asked_again = step.task is not None and step.task.is_users and step.was.marks != step.now.marks
        if step.was.status != status or (asked_again and step.was is not step.now):
            self.since, self.began = step.at, step.place
        if isinstance(step.line, Command) and step.line.op in RAZES:
            self.refusal = None
        if isinstance(step.line, Answer) and step.call is not None and step.call.op in DELETES:
            refused = step.line.status < 200 or (step.line.status >= ERRORS and step.line.status != MISSING)  # noqa: PLR2004 (HTTP)
            self.refusal = step.place if refused else None


@define(eq=False)
class StatusTruth:
    """At rest the status says something else than the world: running and not up, or stopped and up."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if not isinstance(step.line, Quiesce):
            return None
        record = book.record
        machine = book.machines.get(record.text("machine_id") or "")
        is_up = machine is not None and machine.state == UP and machine.volume_id == record.text("volume_id")
        if record.status == "running" and not is_up:
            state = "there is none" if machine is None else f"{machine.id} is {machine.state} on {machine.volume_id}"
            return Break(step.place, f"the record says running, but of its machine: {state}")
        up = [one.id for one in book.own_machines() if one.state == UP and one.id not in record.leaving]
        if record.status in RESTING and up:
            return Break(step.place, f"the record says {record.status}, but {', '.join(up)} is started")
        return None


@define(eq=False)
class AlarmArmed:
    """At rest there is something to look after, and no alarm that will."""

    set_last: Place | None = None
    due: int | None = None

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if book.due != self.due:
            self.due, self.set_last = book.due, step.place
        owes = book.record.status is not None or CLEANING in book.record.keys
        if not (isinstance(step.line, Quiesce) and owes):
            return None
        if book.due is None:
            return Break(step.place, "no alarm is set", led(self.set_last))
        if book.due < step.at:
            return Break(step.place, f"the alarm is overdue by {step.at - book.due} ms", led(self.set_last))
        return None
