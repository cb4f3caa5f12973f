"""What a trace has told so far, kept as small as what is live: the record, the world, and what is under way.

Rules read it after each line, beside the step that the line was. Nothing is kept of what is gone, answered and over:
the book grows with live resources and open commands, never with the length of the trace.
"""

from __future__ import annotations

from typing import Final

from attrs import define, evolve, field, frozen

from kiloclaw_core.rules.asked import BOOTS, CREATES, DELETES, LOOKS, MISSING, OK, Place, Sent, Task, sent, task
from kiloclaw_core.trace.durable import Durable, Size
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
    ShownMachine,
    ShownVolume,
    World,
    Write,
)

GONE_STATES: Final = frozenset({"destroyed", "destroying", "pending_destroy"})
UP: Final = "started"
COMING_UP: Final = frozenset({"created", "starting", "started", "replacing"})
EMPTY: Final = "empty"
CHANGES: Final = BOOTS | CREATES | DELETES | {CallOp.STOP_MACHINE}
REMEMBERED_MS: Final = 15 * 60_000
"""So long a command that was answered, and of which no request is open, may still write."""
REMEMBERED: Final = 256
"""So many of these at most."""


@frozen
class Change:
    """What a `world` line says of one resource: what it was, what it is, and the request that did it, if it is known.

    None before is new, and None after is gone; `by_request` says that a request did it, be it known or not.
    """

    before: ShownMachine | ShownVolume | None
    after: ShownMachine | ShownVolume | None
    own: bool
    cause: Sent | None
    by_request: bool

    @property
    def is_gone(self) -> bool:
        """Whether it was there, and is not."""
        return self.before is not None and self.after is None


@frozen
class Step:
    """One line, and what it was about: the record before and after it, whose doing it was, and what changed."""

    place: Place
    at: int
    was: Durable
    now: Durable
    task: Task | None = None
    call: Sent | None = None
    changes: tuple[Change, ...] = ()
    begins_life: bool = False

    @property
    def number(self) -> int:
        """The number of the line."""
        return self.place.number

    @property
    def line(self) -> Happening | Initial:
        """The line itself."""
        return self.place.line


@define(eq=False)
class Book:
    """The state of one sandbox as its trace has told it."""

    header: Header
    record: Durable
    due: int | None
    machines: dict[str, ShownMachine] = field(factory=dict)
    volumes: dict[str, ShownVolume] = field(factory=dict)
    ours: set[str] = field(factory=set)
    tasks: dict[str, Task] = field(factory=dict)
    open: dict[str, Sent] = field(factory=dict)
    granted: Place | None = None
    """Where destroy was first granted in this life."""
    wiped: Place | None = None
    had_data: bool = False
    size_at_first: Size | None = None
    is_owner_told: bool = False
    has_rested: bool = False
    has_world: bool = False
    """Something of the world was told since the beginning."""
    is_untold: bool = False
    """A change was answered with success, and no line tells that it landed, or what it did."""
    is_contradicted: bool = False
    """Something was changed, or answered otherwise, than the truth has it that was told so far."""

    # -- reading lines -------------------------------------------------------------------------------------------

    def tell(self, number: int, line: Happening) -> Step:
        """Go on with this line."""
        place, was = Place(number, line), self.record
        match line:
            case Command():
                return self._asked(place, line)
            case Reply(id=name, ok=ok):
                return Step(place, line.at, was, was, self._over(name, granted=ok, at=line.at))
            case Call():
                return self._called(place, line)
            case Effect(id=name):
                return self._landed(place, line, name)
            case Answer():
                return self._answered(place, line)
            case Write(by=by, durable=durable):
                self._wrote(place, durable)
                return Step(place, line.at, was, durable, self._seen(by, line.at))
            case World():
                self.has_world = True
                return Step(place, line.at, was, was, changes=self._changed(line))
            case AlarmSet(due=due, by=by):
                self.due = due
                return Step(place, line.at, was, was, self._seen(by, line.at))
            case Event(by=by):
                return Step(place, line.at, was, was, self._seen(by, line.at))
            case Evict():
                self.tasks = {name: evolve(one, is_dead=True) for name, one in self.tasks.items()}
                return Step(place, line.at, was, was)
            case Quiesce():
                self.has_rested = True
                return Step(place, line.at, was, was)

    def forget(self, step: Step) -> None:
        """Drop what nobody can come back to, once every rule has heard the step."""
        if isinstance(step.line, Quiesce):
            self.open = {name: one for name, one in self.open.items() if one.status is None}
        if isinstance(step.line, Command):
            self._forget_tasks(step.at)
        call = step.call
        if call is not None and call.status is not None and (call.landed or not call.is_lost):
            self.open.pop(call.id, None)

    def _forget_tasks(self, at: int) -> None:
        busy = {one.by for one in self.open.values()}
        over = [one for one in self.tasks.values() if one.is_over and one.id not in busy]
        late = {one.id for one in over if at - one.seen > REMEMBERED_MS} | {one.id for one in over[:-REMEMBERED]}
        self.tasks = {name: one for name, one in self.tasks.items() if name not in late}

    # -- kinds of lines ------------------------------------------------------------------------------------------

    def _asked(self, place: Place, line: Command) -> Step:
        one = self.tasks[line.id] = task(line, place.number, self.record.status)
        begins = line.op is CommandOp.PROVISION and self.granted is not None and self.record.is_wiped
        if begins:
            self.granted = self.wiped = None
            self.had_data = False
        return Step(place, line.at, self.record, self.record, one, begins_life=begins)

    def _called(self, place: Place, line: Call) -> Step:
        one = self.open[line.id] = sent(line, place.number, self.record.names)
        return Step(place, line.at, self.record, self.record, self._seen(line.by, line.at), one)

    def _landed(self, place: Place, line: Effect, name: str) -> Step:
        one = self.open.get(name)
        if one is not None:
            one = self.open[name] = evolve(one, landed=True)
            self.is_contradicted = self.is_contradicted or one.op in CHANGES
        return Step(place, line.at, self.record, self.record, self._of(one), one)

    def _answered(self, place: Place, line: Answer) -> Step:
        one = self.open[line.id] = evolve(self.open[line.id], status=line.status, error=line.error or "")
        self._seen(one.by, line.at)
        self._compare(one, line)
        is_there = one.op in CREATES or (one.op in DELETES and one.target in {*self.machines, *self.volumes})
        is_silent = not one.landed or (is_there and not one.shown)
        self.is_untold = self.is_untold or (line.status in OK and one.op in CHANGES and is_silent)
        return Step(place, line.at, self.record, self.record, self._of(one), one)

    def _wrote(self, place: Place, durable: Durable) -> None:
        self.record = durable
        self.is_owner_told = self.is_owner_told or durable.text("user_id") is not None
        self.ours |= durable.names & {name for name in durable.names if self._is_unowned(name)}
        if durable.status == "destroying" and self.granted is None:
            self.granted = place
        if self.granted is not None and durable.is_wiped and self.wiped is None:
            self.wiped = place

    def _changed(self, line: World) -> tuple[Change, ...]:
        cause = None if line.cause is None else self.open.get(line.cause)
        if cause is not None:
            cause = self.open[cause.id] = evolve(cause, shown=True)
        made = line.cause is not None
        machines = [self._machine(one, cause, by_request=made) for one in line.machines]
        return (*machines, *[self._volume(one, cause, by_request=made) for one in line.volumes])

    def _machine(self, shown: ShownMachine, cause: Sent | None, *, by_request: bool) -> Change:
        before, own = self.machines.pop(shown.id, None), self._own(shown, cause)
        if shown.gone:
            self.ours.discard(shown.id)
            return Change(before, None, own, cause, by_request)
        self.machines[shown.id] = shown
        return Change(before, shown, own, cause, by_request)

    def _volume(self, shown: ShownVolume, cause: Sent | None, *, by_request: bool) -> Change:
        before, own = self.volumes.pop(shown.id, None), self._own(shown, cause)
        if shown.gone:
            self.ours.discard(shown.id)
            return Change(before, None, own, cause, by_request)
        self.volumes[shown.id] = shown
        self.had_data = self.had_data or (own and shown.data not in {None, EMPTY})
        return Change(before, shown, own, cause, by_request)

    def _own(self, shown: ShownMachine | ShownVolume, cause: Sent | None) -> bool:
        said = shown.is_own(self.header.sandbox_id)
        made = cause is not None and cause.op.value in {"create_machine", "create_volume"}
        own = said if said is not None else made or shown.id in self.ours or shown.id in self.record.names
        if own:
            self.ours.add(shown.id)
        return own

    def _compare(self, call: Sent, line: Answer) -> None:
        """Hold what an answer shows against what is known. A list is by metadata: it shows none without."""
        if line.status == MISSING:
            known = {*self.machines, *self.volumes}
            self.is_contradicted = self.is_contradicted or call.target in known
        if line.status in OK and call.op in LOOKS:
            states = {str(node.keys.get("id")): node.text_or_none("state") for node in line.body}
            is_list = call.op is CallOp.LIST_MACHINES
            for name, one in self.machines.items():
                missed = name not in states and is_list and name in self.ours and one.sandbox_id is not None
                told = states.get(name)
                self.is_contradicted = self.is_contradicted or missed or (told is not None and told != one.state)

    # -- who is at work ------------------------------------------------------------------------------------------

    def _over(self, name: str, *, granted: bool, at: int) -> Task | None:
        one = self.tasks.get(name)
        if one is not None:
            one = self.tasks[name] = evolve(one, granted=granted, seen=at)
        return one

    def _seen(self, name: str | None, at: int) -> Task | None:
        one = None if name is None else self.tasks.get(name)
        if one is not None:
            one = self.tasks[one.id] = evolve(one, seen=at)
        return one

    def _of(self, call: Sent | None) -> Task | None:
        return None if call is None or call.by is None else self.tasks.get(call.by)

    # -- what rules ask ------------------------------------------------------------------------------------------

    def _is_unowned(self, name: str) -> bool:
        shown = self.machines.get(name) or self.volumes.get(name)
        return shown is not None and shown.is_own(self.header.sandbox_id) is None

    def own_machines(self) -> tuple[ShownMachine, ...]:
        """The sandbox's own machines that are neither gone nor going."""
        known = (one for name, one in self.machines.items() if name in self.ours)
        return tuple(one for one in known if one.state not in GONE_STATES)

    def own_volumes(self) -> tuple[ShownVolume, ...]:
        """The sandbox's own volumes that are neither gone nor going."""
        known = (one for name, one in self.volumes.items() if name in self.ours)
        return tuple(one for one in known if one.state not in GONE_STATES)

    def is_up(self) -> bool:
        """Whether one of its machines is started."""
        return any(one.state == UP for one in self.own_machines())

    def size(self) -> int:
        """How much is kept, in things."""
        return len(self.machines) + len(self.volumes) + len(self.ours) + len(self.tasks) + len(self.open)


def begin(header: Header, initial: Initial, number: int) -> Book:
    """How things stood at first. What nobody says the owner of is the sandbox's own if its record names it."""
    book = Book(header, initial.durable, initial.alarm_due)
    book.tell(number, World(initial.at, initial.machines, initial.volumes))
    book.tell(number, Write(initial.at, initial.record, None, initial.durable))
    book.has_world = False
    book.size_at_first = next((one.size for one in book.own_machines() if one.size is not None), None)
    return book
