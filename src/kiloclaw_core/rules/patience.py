"""Rules about trying: not for ever at the same pace, and never so that a user cannot get in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from attrs import define, evolve, field, frozen

from kiloclaw_core.rules.asked import ERRORS, MISSING, PROBES, STARTING, Place, Sent, Task, is_unhealthy
from kiloclaw_core.rules.book import Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.rules.records import IN_MOTION
from kiloclaw_core.trace.lines import Answer, Call, CallOp, Command, CommandOp, Quiesce, Reply, Write

TOO_OFTEN: Final = 10
MOVES: Final = 3
HOUR_MS: Final = 3_600_000
UNEVEN: Final = 3
"""A pace is constant where its longest pause is less than so many times its shortest."""
FAULTS: Final = 500
"""From here on an answer says nothing of what was made."""
AT_ONCE_MS: Final = 1_000
"""Requests that are nearer to one another are one try."""


@frozen
class Failing:
    """A request that fails again and again: where it began, and the last tries."""

    first: Place
    times: tuple[int, ...]


@define(eq=False)
class BoundedRetry:
    """The same request fails ten times at the same pace, or three moves within an hour that no user asked for.

    A move that was refused is none: it left everything where it was.
    """

    failing: dict[tuple[str, str], Failing] = field(factory=dict)
    moving: frozenset[str] = frozenset()
    moves: tuple[tuple[str | None, int, Place], ...] = ()

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if isinstance(step.line, Command) and step.task is not None and step.task.is_users:
            self.failing, self.moves = {}, ()
        if isinstance(step.line, Call) and step.call is not None and is_move(step.call, step.now.status):
            self.moving |= {step.call.id}
        if isinstance(step.line, Answer) and step.call is not None and step.call.op not in PROBES:
            return self._moved(step.call) or self._answered(book, step, step.call)
        return None

    def _moved(self, call: Sent) -> Break | None:
        was_sent, self.moving = call.id in self.moving, self.moving - {call.id}
        if not was_sent or is_refused(call):
            return None
        if call.by is not None and any(by == call.by for by, _, _ in self.moves):
            return None
        recent = tuple(one for one in self.moves if call.at - one[1] < HOUR_MS)
        self.moves = (*recent[-MOVES + 1 :], (call.by, call.at, call.place))
        if len(self.moves) < MOVES:
            return None
        places = tuple(place for _, _, place in self.moves)
        return Break(places[0], f"{MOVES} moves within an hour, of which this is the first", led(*places[1:]))

    def _answered(self, book: Book, step: Step, call: Sent) -> Break | None:
        key = (f"{call.op.value} {call.action or ''}".rstrip(), call.target or "")
        fails = call.status is not None and (call.status == 0 or call.status >= ERRORS) and call.status != MISSING
        if not fails:
            self.failing.pop(key, None)
            return None
        known = self.failing.get(key, Failing(call.place, ()))
        again = known.times and call.at - known.times[-1] < AT_ONCE_MS
        times = known.times if again else (*known.times, call.at)[-TOO_OFTEN:]
        self.failing[key] = evolve(known, times=times)
        live = {*book.machines, *book.volumes, ""}
        self.failing = {one: tries for one, tries in self.failing.items() if one == key or one[1] in live}
        if len(times) < TOO_OFTEN or not is_constant(times):
            return None
        message = f"{key[0]} failed {TOO_OFTEN} times at the same pace, of which this is the first"
        return Break(known.first, message, led(call.place, step.place))


def is_move(call: Sent, status: str | None) -> bool:
    """Whether the request makes a volume that is to take another's place: a copy, or any while it recovers."""
    return call.op is CallOp.CREATE_VOLUME and (call.source is not None or status == "recovering")


def is_refused(call: Sent) -> bool:
    """Whether the request was answered with a no, so that it surely made nothing."""
    return call.status is not None and ERRORS <= call.status < FAULTS


def is_constant(times: tuple[int, ...]) -> bool:
    """Whether the pauses between these are about the same, and not each longer than the one before."""
    pauses = [later - earlier for earlier, later in pairwise(times)]
    grow = all(earlier < later for earlier, later in pairwise(pauses))
    return max(pauses) < UNEVEN * min(pauses) and not grow


@frozen
class Refused:
    """A user's command that was refused, failed or ignored.

    `during` is the status that must end before it may pass, `behind` the start under way that must.
    """

    place: Place
    task: Task
    during: str | None = None
    behind: str | None = None

    @property
    def may_pass(self) -> bool:
        """Whether it would pass once what is under way has ended."""
        return self.during is not None or self.behind is not None


@define(eq=False)
class NoLockout:
    """Two commands of a user in a row were refused, failed or ignored, and the provider was healthy all the while.

    What is refused while something is under way counts only if that never ends.
    """

    first: Refused | None = None
    second: Refused | None = None
    starting: Task | None = None

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if isinstance(step.line, Answer) and step.call is not None and step.call.op not in PROBES:
            if is_unhealthy(step.call.status or 0, step.call.error):
                self.first = self.second = None
        elif isinstance(step.line, Reply) and step.task is not None and step.task.is_users:
            self._ended(step.task)
            self._replied(book, step, step.task, ok=step.line.ok, value=step.line.value)
        elif isinstance(step.line, Write):
            self._wrote(step)
        elif isinstance(step.line, Quiesce):
            return self._found()
        return self._found() if self.second is not None and not self.second.may_pass else None

    def _ended(self, task: Task) -> None:
        if self.first is not None and self.first.behind == task.id:
            self.first = self.second = None
        elif self.second is not None and self.second.behind == task.id:
            self.second = None

    def _replied(self, book: Book, step: Step, task: Task, *, ok: bool, value: object) -> None:
        said: Mapping[object, object] = value if isinstance(value, dict) else {}
        status = step.now.status
        if not ok:
            excused = task.op is not CommandOp.DESTROY and status in {None, "destroying"}
            if not excused:
                self._refuse(Refused(step.place, task, status if status in IN_MOTION else None))
        elif is_ignored(task, said):
            self._refuse(Refused(step.place, task, status if status in IN_MOTION else None, start_before(book, task)))
        elif task.op is CommandOp.START_ASYNC:
            self.starting = task
        else:
            self.first = self.second = None

    def _refuse(self, refused: Refused) -> None:
        if self.first is None:
            self.first = refused
        elif self.second is None:
            self.second = refused

    def _wrote(self, step: Step) -> None:
        was, now = step.was.status, step.now.status
        if was == now:
            return
        if self.first is not None and self.first.during == was != now:
            self.first = self.second = None
        elif self.second is not None and self.second.during == was != now:
            self.second = None
        if now in {"running", "destroying"}:
            self.starting = None
            if now == "running":
                self.first = self.second = None
        if was == "starting" and now == "stopped" and self.starting is not None:
            self._refuse(Refused(step.place, self.starting))
            self.starting = None

    def _found(self) -> Break | None:
        if self.first is None or self.second is None:
            return None
        ops = f"{self.first.task.op.value} and {self.second.task.op.value}"
        message = f"{ops} were of no use in a row, though the provider was healthy since"
        return Break(self.second.place, message, led(self.first.task.place, self.first.place, self.second.task.place))


def start_before(book: Book, task: Task) -> str | None:
    """The start that is under way already, if this is another."""
    others = (one.id for one in book.tasks.values() if one.op in STARTING and not one.is_over and one.id != task.id)
    return next(others, None) if task.op in STARTING else None


def is_ignored(task: Task, said: Mapping[object, object]) -> bool:
    """Whether a command was granted, did nothing, and what it asked for was not so already."""
    if task.op is CommandOp.STOP:
        return said.get("stopped") is False and said.get("status") not in ("stopped", "provisioned", None)
    return task.op is CommandOp.START and said.get("started") is False and said.get("status") not in ("running", None)
