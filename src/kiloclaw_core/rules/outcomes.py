"""The rule about what is said: no reply and no event claims what the world contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import define, field

from kiloclaw_core.rules.asked import BOOTS, STARTING, Sent, Task
from kiloclaw_core.rules.book import COMING_UP, UP, Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.rules.holdings import is_made
from kiloclaw_core.trace.durable import START_ERROR
from kiloclaw_core.trace.lines import Call, CallOp, Command, CommandOp, Effect, Event, Quiesce, Reply, ShownMachine

COMPLETE: Final = "destroy_complete"
STARTED: Final = ("instance.started", "recovery_succeeded")
"""How the names of events end that say that a machine is up."""
NO_START: Final = "instance.provisioning_failed"
NO_MACHINE: Final = frozenset({"no_machine_created", "starting_timeout", "starting_machine_gone"})
"""The labels of a failed start that say there is no machine."""
FAILED_WORDS: Final = ("fail", "error", "timeout", "timed_out", "refused", "abort")


@define(eq=False)
class TruthfulOutcome:
    """A reply or an event says what is not so.

    `up_since` is where one of the sandbox's machines was last seen to be started; `accepted` is a start that was
    granted and of which nothing was heard since, `landed` what of the tasks' own requests took effect, and `unwell` the
    tasks whose last request was a health probe, which says nothing of the machine. `made` is where each machine was
    made, `begun` where the record last began to say that it starts, `life` where what it was before was long gone.
    """

    up_since: int = -1
    accepted: Task | None = None
    landed: dict[str, CallOp] = field(factory=dict)
    unwell: frozenset[str] = frozenset()
    made: dict[str, int] = field(factory=dict)
    begun: int = -1
    life: int = -1
    has_begun: bool = False

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        self._follow(book, step)
        if step.begins_life:
            self.life = step.number
        if isinstance(step.line, Reply):
            return self._replied(book, step, ok=step.line.ok, value=step.line.value)
        if isinstance(step.line, Event):
            return self._said(book, step, step.line)
        return self._dropped(book, step) if isinstance(step.line, Quiesce) else None

    # -- what happened -------------------------------------------------------------------------------------------

    def _follow(self, book: Book, step: Step) -> None:
        if not self.has_begun:
            self.has_begun, self.up_since = True, step.number if book.is_up() else -1
        if any(one.own and isinstance(one.after, ShownMachine) and one.after.state == UP for one in step.changes):
            self.up_since, self.accepted = step.number, None
        asked_anew = step.task is not None and step.task.is_users and isinstance(step.line, Command)
        if asked_anew or (START_ERROR in step.now.keys and step.was is not step.now):
            self.accepted = None
        if step.now.status == "starting" != step.was.status:
            self.begun = step.number
        self._follow_machines(step)
        self._follow_call(book, step, step.call)

    def _follow_machines(self, step: Step) -> None:
        for one in step.changes:
            if is_made(one, CallOp.CREATE_MACHINE) and one.after is not None:
                self.made[one.after.id] = step.number
            if one.is_gone and one.before is not None:
                self.made.pop(one.before.id, None)

    def _follow_call(self, book: Book, step: Step, call: Sent | None) -> None:
        if call is None or call.by is None:
            return
        if isinstance(step.line, Effect) and call.op in BOOTS | {CallOp.STOP_MACHINE}:
            self.landed[call.by] = call.op
        if isinstance(step.line, Call):
            probes = call.op is CallOp.HEALTH
            self.unwell = self.unwell | {call.by} if probes else self.unwell - {call.by}
        self.landed = {name: op for name, op in self.landed.items() if name in book.tasks}
        self.unwell &= set(book.tasks)

    # -- what was said -------------------------------------------------------------------------------------------

    def _replied(self, book: Book, step: Step, *, ok: bool, value: object) -> Break | None:
        task = step.task
        if task is None:
            return None
        said = value if isinstance(value, dict) else {"status": value}
        wrong = self._granted(book, task, said) if ok else self._failed(book, task)
        if wrong is not None:
            return Break(step.place, wrong, led(task.place))
        if ok and task.op in STARTING and said.get("started") is not False and self._is_down(book, task):
            self.accepted = task
        return None

    def _is_down(self, book: Book, task: Task) -> bool:
        return not book.is_up() and self.up_since < task.place.number

    def _granted(self, book: Book, task: Task, said: Mapping[object, object]) -> str | None:
        is_final = said.get("finalized") is True or said.get("status") == "finalized"
        if task.op is CommandOp.DESTROY and is_final and task.place.number > self.life:
            return left_over(book, "the reply says finalized")
        if task.op in STARTING and said.get("started") is True and self._is_down(book, task):
            return "the reply says started, but no machine was"
        if task.op is CommandOp.STOP and says_down(book, said):
            return "the reply says stopped, but a machine is up or on its way up"
        return None

    def _failed(self, book: Book, task: Task) -> str | None:
        op = self.landed.get(task.id)
        machine = book.machines.get(book.record.text("machine_id") or "")
        was_there = book.wiped is not None and task.place.number < book.wiped.number
        if task.op is CommandOp.DESTROY and was_there and not (book.own_machines() or book.own_volumes()):
            return "the reply is an error, but everything is destroyed"
        if (
            task.op is CommandOp.STOP
            and op is CallOp.STOP_MACHINE
            and machine is not None
            and machine.state == "stopped"
        ):
            return f"the reply is an error, but {machine.id} is stopped"
        if task.op in STARTING and op in BOOTS and book.is_up() and task.id not in self.unwell:
            return "the reply is an error, but a machine is started"
        return None

    def _said(self, book: Book, step: Step, event: Event) -> Break | None:
        label = str(event.fields.keys.get("label"))
        asked = None if step.task is None else step.task.place
        if event.name.endswith(COMPLETE):
            wrong = left_over(book, "destroy is said to be complete")
            return None if wrong is None else Break(step.place, wrong, led(book.granted))
        if event.name.endswith(STARTED) and step.task is not None and self._is_down(book, step.task):
            return Break(step.place, "the event says started, but no machine was", led(asked))
        if event.name == NO_START:
            since = {name for name, number in self.made.items() if label in NO_MACHINE and number > self.begun}
            machines = [one for one in book.own_machines() if one.id in since or one.state == UP]
            if machines:
                message = f"the start is said to have failed, but {machines[0].id} is {machines[0].state}"
                return Break(step.place, message, led(asked))
        if any(word in event.name for word in FAILED_WORDS):
            self.accepted = None
        return None

    def _dropped(self, book: Book, step: Step) -> Break | None:
        accepted, self.accepted = self.accepted, None
        if accepted is None or START_ERROR in book.record.keys or book.record.is_wiped:
            return None
        message = "a start was granted and never served, and nothing says why"
        return Break(step.place, message, led(accepted.place))


def left_over(book: Book, said: str) -> str | None:
    """What contradicts that everything is gone."""
    left: list[str] = [*(one.id for one in book.own_machines()), *(one.id for one in book.own_volumes())]
    return f"{said}, but {', '.join(left)} is left" if left else None


def says_down(book: Book, said: Mapping[object, object]) -> bool:
    """Whether a stop says that it is stopped while a machine is up or booting.

    Where it says that it was so already, a request that brings one up, and that somebody waits for, contradicts it too.
    """
    is_done = said.get("stopped") is True
    if not is_done and said.get("status") != "stopped":
        return False
    asked = not is_done and any(is_awaited(book, one) for one in book.open.values() if one.op in BOOTS)
    return asked or any(one.state in COMING_UP for one in book.own_machines())


def is_awaited(book: Book, call: Sent) -> bool:
    """Whether this request is under way for a command that is not answered yet."""
    task = book.tasks.get(call.by or "")
    return call.status is None and task is not None and not task.is_over
