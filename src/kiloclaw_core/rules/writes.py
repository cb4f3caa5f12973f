"""The rule about who may write: nobody over what another committed since, nor after a destroy that ended him."""

from __future__ import annotations

from attrs import define, field, frozen

from kiloclaw_core.rules.asked import MISSING, OK, Place, Task
from kiloclaw_core.rules.book import Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.durable import STATUS, STEERING
from kiloclaw_core.trace.lines import Answer, Write


@frozen
class Committed:
    """Who changed a key of the record last, and where."""

    by: str | None
    place: Place


@define(eq=False)
class StaleWrite:
    """A task changes a status or an id that another committed after it began, or writes though destroy ended it.

    An id may go when the task itself has just heard that what it names is gone. `is_unsigned` says that a write did
    not say whose it was, while more than one task was under way.
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
        return self._wrote(book, step, step.line.by) if isinstance(step.line, Write) else None

    def _heard_gone(self, step: Step) -> None:
        call = step.call
        if call is None or call.target is None or call.by is None or call.target not in step.now.names:
            return
        if call.status == MISSING or call.op.value in {"destroy_machine", "delete_volume"}:
            self.gone[call.target] = (call.by, call.place.number)

    def _wrote(self, book: Book, step: Step, by: str | None) -> Break | None:
        changed = tuple(key for key in STEERING if step.was.text(key) != step.now.text(key))
        if by is None:
            busy = [one for one in book.tasks.values() if not one.is_over]
            self.is_unsigned = self.is_unsigned or (bool(changed) and len(busy) > 1)
        found = self._stale(step, changed) or self._superseded(step, changed)
        for key in changed:
            self.last[key] = Committed(by, step.place)
        if book.granted is not None and (book.granted.number == step.number or book.wiped == step.place):
            self.destroyed = Committed(by, step.place)
        self.gone = {name: one for name, one in self.gone.items() if name in step.now.names}
        return found

    def _stale(self, step: Step, changed: tuple[str, ...]) -> Break | None:
        task = step.task
        for key in changed if task is not None else ():
            other = self.last.get(key)
            assert task is not None, "somebody wrote"
            if other is None or other.by in {None, task.id} or other.place.number < task.place.number:
                continue
            was = step.was.text(key)
            if key != STATUS and was is not None and self._knows_gone(was, task, other):
                continue
            message = f"{task.id} changes {key} from {was} to {step.now.text(key)}, which {other.by} wrote since"
            return Break(step.place, message, led(task.place, other.place))
        return None

    def _knows_gone(self, name: str, task: Task, other: Committed) -> bool:
        by, asked = self.gone.get(name, ("", 0))
        return by == task.id and asked > other.place.number

    def _superseded(self, step: Step, changed: tuple[str, ...]) -> Break | None:
        task, destroyed = step.task, self.destroyed
        if task is None or destroyed is None or destroyed.by == task.id:
            return None
        if destroyed.place.number < task.place.number:
            return None
        left = not step.now.is_wiped and step.was.is_wiped
        if not changed and not left:
            return None
        message = f"{task.id} writes after {destroyed.by} destroyed what it worked on"
        return Break(step.place, message, led(task.place, destroyed.place))
