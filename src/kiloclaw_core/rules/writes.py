"""The rule about who may write: nobody over what another committed since, nor after a destroy that ended him."""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from kiloclaw_core.rules.asked import MISSING, OK, Place, Task
from kiloclaw_core.rules.book import Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.durable import STATUS, STEERING
from kiloclaw_core.trace.lines import Answer, Write

SOMEBODY: Final = "somebody"
"""Who commits without saying on whose behalf."""


@frozen
class Committed:
    """Who changed a key of the record last, and where; what that was decided on and became, if that is told."""

    by: str | None
    place: Place
    decided_on: int | None = None
    became: int | None = None


@define(eq=False)
class StaleWrite:
    """A task changes a status or an id that another committed after it began, or writes though destroy ended it.

    A commit that says which version it was decided on needs no task: what it did not know is what was committed between
    that version and its own, in whatever order the lines were written. An id may go when the task itself has just heard
    that what it names is gone. `is_unsigned` says that a commit said neither this nor whose it was, or named nobody who
    is known, while more than one task was under way.
    """

    last: dict[str, Committed] = field(factory=dict)
    gone: dict[str, tuple[str, int]] = field(factory=dict)
    destroyed: Committed | None = None
    is_unsigned: bool = False

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if step.begins_life:
            self.last, self.gone, self.destroyed = {}, {}, None
        if isinstance(step.line, Answer) and (step.line.status in OK or step.line.status == MISSING):
            self._heard_gone(step)
        return self._wrote(book, step, step.line) if isinstance(step.line, Write) else None

    def _heard_gone(self, step: Step) -> None:
        call = step.call
        if call is None or call.target is None or call.by is None or call.target not in step.now.names:
            return
        if call.status == MISSING or call.op.value in {"destroy_machine", "delete_volume"}:
            self.gone[call.target] = (call.by, call.place.number)

    def _wrote(self, book: Book, step: Step, write: Write) -> Break | None:
        changed = tuple(key for key in STEERING if step.was.text(key) != step.now.text(key))
        if step.task is None and changed and not self._is_numbered(write, changed):
            busy = [one for one in book.tasks.values() if not one.is_over]
            self.is_unsigned = self.is_unsigned or len(busy) > 1
        found = self._stale(step, write, changed) or self._superseded(step, write, changed)
        mine = Committed(write.by, step.place, write.decided_on, write.became)
        self.last |= {key: mine for key in changed if not is_later(self.last.get(key), write)}
        if book.granted is not None and (book.granted.number == step.number or book.wiped == step.place):
            self.destroyed = mine
        self.gone = {name: one for name, one in self.gone.items() if name in step.now.names}
        return found

    def _is_numbered(self, write: Write, changed: tuple[str, ...]) -> bool:
        """Whether versions tell what this commit knew of each that it changes something of."""
        others = [self.last[key] for key in changed if key in self.last]
        return write.decided_on is not None and all(are_numbered(write, one) for one in others)

    def _stale(self, step: Step, write: Write, changed: tuple[str, ...]) -> Break | None:
        for key in changed:
            other = self.last.get(key)
            if other is None or (other.by is None and not are_numbered(write, other)) or knew(step.task, write, other):
                continue
            was = step.was.text(key)
            if key != STATUS and was is not None and self._knows_gone(was, write, other):
                continue
            mine, theirs = write.by or SOMEBODY, other.by or SOMEBODY
            message = f"{mine} changes {key} from {was} to {step.now.text(key)}, which {theirs} wrote since"
            return Break(step.place, message, led(began(step.task), other.place))
        return None

    def _knows_gone(self, name: str, write: Write, other: Committed) -> bool:
        by, asked = self.gone.get(name, ("", 0))
        return by == write.by and asked > other.place.number

    def _superseded(self, step: Step, write: Write, changed: tuple[str, ...]) -> Break | None:
        destroyed = self.destroyed
        if destroyed is None or knew(step.task, write, destroyed):
            return None
        left = not step.now.is_wiped and step.was.is_wiped
        if not changed and not left:
            return None
        message = f"{write.by or SOMEBODY} writes after {destroyed.by or SOMEBODY} destroyed what it worked on"
        return Break(step.place, message, led(began(step.task), destroyed.place))


def knew(task: Task | None, write: Write, other: Committed) -> bool:
    """Whether whoever commits knew of the other commit: it is his own, or was there when he read or began.

    Where the other's line came first but its commit stands on top, that one has to have known of this. Of a task that
    never began nothing can be said.
    """
    if write.by is not None and other.by == write.by:
        return True
    if write.decided_on is not None and other.became is not None:
        return is_on_top(other, write) if is_later(other, write) else other.became <= write.decided_on
    return task is None or other.place.number < task.place.number


def are_numbered(write: Write, other: Committed) -> bool:
    """Whether versions tell which of the two commits knew of the other."""
    return write.decided_on is not None and other.became is not None


def is_later(other: Committed | None, write: Write) -> bool:
    """Whether the other commit stands on top of this one, though its line came first: several processes write lines."""
    if other is None or other.became is None or write.became is None:
        return False
    return other.became > write.became


def is_on_top(other: Committed, write: Write) -> bool:
    """Whether the other commit was decided on this one, or on one after it; as far as is told."""
    return other.decided_on is None or write.became is None or other.decided_on >= write.became


def began(task: Task | None) -> Place | None:
    """Where a task began, if it is one."""
    return None if task is None else task.place
