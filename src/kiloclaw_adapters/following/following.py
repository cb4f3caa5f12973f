"""The model stepped beside a trace, line by line: where the service's next durable write or call differs, it is told.

The model's record is seeded from what the trace tells, and hears the commands, answers and alarms of the trace. Where
they part, or where the trace says too little, the model is not followed until a durable write tells how things stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final

from attrs import define, evolve, field

from kiloclaw_adapters.following.advice import Advice, Kind, instead, said, sent
from kiloclaw_adapters.following.comparing import is_same, resized, sense, sensed
from kiloclaw_adapters.following.courses import LIMIT, OPEN, Course, at_once, committed, is_steering, reachable
from kiloclaw_adapters.following.heard import commands_of, outcomes_of
from kiloclaw_adapters.following.ringing import rung
from kiloclaw_adapters.following.seeding import POLICY, seeded
from kiloclaw_adapters.following.told import Told
from kiloclaw_adapters.recorder import SOURCE
from kiloclaw_core.commands import Command as Asked
from kiloclaw_core.effects import CreateVolume, PayDebt
from kiloclaw_core.facts import Recovered, Replied, Woken
from kiloclaw_core.instance import Instance
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.trace.calls import CHANGING
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    CallOp,
    Command,
    CommandOp,
    Event,
    Evict,
    Happening,
    Header,
    Initial,
    Quiesce,
    Reply,
    World,
    Write,
)
from kiloclaw_core.trace.lines import Effect as Landed
from kiloclaw_core.world.scene import RecordWords, record_words

TOO_MANY: Final = "the trace allows too many readings"
UNSETTLED: Final = "what was sent before may still land"
ASIDE: Final = frozenset({CallOp.REGISTRY, CallOp.MARK_DESTROYED, CallOp.EXEC})
"""Requests to others than the provider: each service has its own, and what is ours of them is no difference."""
ASKED: Final = 3
"""So many of the commands that are not answered yet are remembered where the model begins anew."""
SETTLED_MS: Final = round(POLICY.settle_s * 1000)


@define(eq=False)
class Following:
    """One sandbox's trace beside the model.

    `courses` are empty where the model is not followed, and `lost` then says since which line, and why. `steps` counts
    the durable writes and calls that were compared.
    """

    header: Header
    told: Told
    courses: tuple[Course, ...] = ()
    written: RecordWords | None = None
    lost: Advice | None = None
    steps: int = 0
    _began: int | None = field(init=False, default=None)
    _calls: dict[str, Call] = field(init=False, factory=dict)
    """Requests without an answer."""
    _behind: tuple[str | None, str | None] | None = field(init=False, default=None)
    """The status that the service goes on with, and the one that the model has committed: said once, then expected."""
    _open: dict[str, tuple[Asked, ...]] = field(init=False, factory=dict)
    """Commands without a reply, each in every reading."""

    @property
    def is_ours(self) -> bool:
        """Whether our own recorder wrote it: then every look has its line, and every commit too."""
        return self.header.source == SOURCE

    @property
    def _world(self) -> Told | None:
        return None if self.is_ours else self.told

    # -- lines ---------------------------------------------------------------------------------------------------

    def tell(self, number: int, line: Initial | Happening) -> Iterator[Advice]:
        """Go on with this line. Until one says how things stand, the model is not followed."""
        if self._began is None:
            self._began = line.at
        match line:
            case Initial():
                self.told.begin(line)
                self.written = None if line.record is None else line.record.words
                yield from self._seed(number, line)
            case Command():
                yield from self._asked(number, line)
            case Call():
                self._open_call(line)
                yield from self._called(number, line)
                self.told.send(line)
            case Answer():
                yield from self._answered(number, line)
            case Write():
                yield from self._wrote(number, line)
            case World() | Landed():
                self.told.tell(line)
            case Evict():
                self._evicted()
            case Quiesce():
                yield from self._rested(number, line)
            case Reply(id=name):
                self._open.pop(name, None)
            case AlarmSet() | Event():
                pass

    def _asked(self, number: int, line: Command) -> Iterator[Advice]:
        if not self.is_ours:
            self._gather(line.at)
        if line.op is CommandOp.ALARM:
            self.courses = tuple(rung(course, line) for course in self.courses)
            return
        commands = commands_of(self.header, line)
        if isinstance(commands, str):
            yield from self._lose(number, line.at, f"{line.id} {line.op.value}", commands)
        elif commands:
            self._open = dict([*self._open.items(), (line.id, commands)][-OPEN:])
            heard = (course.hearing(one) for course in self.courses for one in commands)
            yield from self._go_on(number, line.at, f"{line.id} {line.op.value}", heard)

    def _gather(self, at: int) -> None:
        """Somebody asks something new of a service that does one thing after the other: what it heard is taken up."""
        self.courses = tuple(dict.fromkeys(at_once(course, at, self.told) for course in self.courses))

    def _open_call(self, line: Call) -> None:
        """A request leaves; of looks that nobody answers, the oldest are forgotten."""
        self._calls[line.id] = line
        looks = [name for name, call in self._calls.items() if call.op not in CHANGING]
        for name in looks[:-OPEN]:
            del self._calls[name]

    # -- calls ---------------------------------------------------------------------------------------------------

    def _called(self, number: int, line: Call) -> Iterator[Advice]:
        if not self.courses or (not self.is_ours and line.op in ASIDE):
            return
        after = reachable(self.courses, line.at, self._world)
        if after is None:
            yield from self._lose(number, line.at, sent(line), TOO_MANY)
            return
        wanting = [(course, effect) for course in after for effect in course.wanted if is_same(course, effect, line)]
        matching = tuple(course.sending(effect, line.id) for course, effect in wanting)
        if not self.is_ours and line.op not in CHANGING:
            self.courses = (*matching, *self.courses)  # a look more, or one that the model makes as well
            return
        self.steps += 1
        agreeing = tuple(course for course in matching if self._agrees(course))
        if not matching:
            yield from self._differ(number, line, sent(line), resized(after, line))
        elif not agreeing:
            words = record_words(matching[0].record)
            yield self._advice(number, line.at, Kind.COMMITS_FIRST, sent(line), f"{said(words)}, then {sent(line)}")
            self._behind = (sensed(self.written), sensed(words))
        self.courses = agreeing or matching

    def _agrees(self, course: Course) -> bool:
        """Whether what the model has committed is what the service has."""
        words = record_words(course.record)
        if self.is_ours:
            return words == self.written
        ours, theirs = sense(words), sense(self.written)
        is_behind = (sensed(self.written), sensed(words)) == self._behind
        return ours == theirs or (is_behind and ours is not None and theirs is not None and ours[1:] == theirs[1:])

    def _answered(self, number: int, line: Answer) -> Iterator[Advice]:
        call = self._calls.pop(line.id, None)
        if call is None:
            return  # it was sent before the trace began
        self.told.hear(call, line)
        heard = (after for course in self.courses for after in self._heard(course, line))
        yield from self._go_on(number, line.at, f"hears {line.id}", heard)

    def _go_on(self, number: int, at: int, service: str, courses: Iterable[Course]) -> Iterator[Advice]:
        """On these courses from now on, unless they are too many."""
        self.courses = tuple(islice(dict.fromkeys(courses), LIMIT + 1))
        if len(self.courses) > LIMIT:
            yield from self._lose(number, at, service, TOO_MANY)

    def _heard(self, course: Course, line: Answer) -> Iterator[Course]:
        """The course once this is answered, in every reading."""
        left, effect = course.answered(line.id)
        if effect is None or not isinstance(left.record, Instance):
            yield left
            return
        for outcome in outcomes_of(left.record, effect, line, ours=self.is_ours):
            yield left.hearing(Replied(effect.op, outcome, line.at))
            if not self.is_ours and isinstance(effect, CreateVolume) and isinstance(outcome, Rejected):
                yield evolve(left, wanted=(effect, *left.wanted))  # of several regions, the next may have room

    def _evicted(self) -> None:
        """The process lost its memory: what it had heard, and what it was still to hear; what was granted stays so."""
        self._calls = {name: one for name, one in self._calls.items() if one.op in CHANGING}
        forgotten = (evolve(course, heard=(Recovered(), Woken()), wanted=(), sent=()) for course in self.courses)
        self.courses = tuple(dict.fromkeys(forgotten))

    # -- writes --------------------------------------------------------------------------------------------------

    def _wrote(self, number: int, line: Write) -> Iterator[Advice]:
        words = None if line.record is None else line.record.words
        is_news = self.is_ours or sense(words) != sense(self.written)
        self.written = words
        if self.courses and is_news:
            self.steps += 1
            matching = self._matching(line.at)
            if matching:
                self.courses = matching
                return
            if matching is None:
                yield from self._lose(number, line.at, said(words), TOO_MANY)
            else:
                yield from self._differ(number, line, f"{line.by or 'somebody'} {said(words)}")
        if not self.courses:
            yield from self._seed(number, line)

    def _matching(self, at: int) -> tuple[Course, ...] | None:
        """The courses on which the model has committed the same; None where there are too many to say."""
        if self.is_ours:
            exactly = tuple(course for course in committed(self.courses, at) if self._agrees(course))
            if exactly:
                return exactly
        after = reachable(self.courses, at, self._world)
        return None if after is None else tuple(course for course in after if self._agrees(course))

    def _seed(self, number: int, line: Initial | Write) -> Iterator[Advice]:
        """Have the model stand as this record says, if it says enough and nothing is under way."""
        unsettled = self._is_unsettled(line.at)
        self.told.has_app = self.told.has_app or (not self.is_ours and line.durable.text("app") is not None)
        found = UNSETTLED if unsettled else seeded(self.header, line.record, line.durable, self.told)
        if isinstance(found, str):
            yield from self._lose(number, line.at, said(self.written), found)
        else:
            self.courses, self.lost, self._behind = tuple(self._still_asked(found)), None, None

    def _still_asked(self, courses: Iterable[Course]) -> Iterator[Course]:
        """The courses, still to hear what is not answered yet: no record of another service need say all of it."""
        readings = () if self.is_ours else tuple(self._open.values())[-ASKED:]
        for course in courses:
            yield from (course.hearing(*asked) for asked in product(*readings))

    def _is_unsettled(self, at: int) -> bool:
        """Whether something that changes the outside was sent, has no answer, and may still land."""
        return any(call.op in CHANGING and at - call.at < SETTLED_MS for call in self._calls.values())

    def _rested(self, number: int, line: Quiesce) -> Iterator[Advice]:
        """Nothing more will happen by itself: is that so for the model?"""
        if not self.courses:
            return
        ends = tuple(dict.fromkeys(at_once(course, line.at, self._world) for course in self.courses))
        self.steps += 1
        resting = tuple(course for course in ends if self._agrees(course) and not self._is_owing(course))
        if not resting:
            yield from self._differ(number, line, "comes to rest")
        self.courses = resting

    def _is_owing(self, course: Course) -> bool:
        """Whether the model has yet to send something that changes the outside."""
        return any(is_steering(one) and (self.is_ours or not isinstance(one, PayDebt)) for one in course.wanted)

    # -- advice --------------------------------------------------------------------------------------------------

    def _advice(self, number: int, at: int, kind: Kind, service: str, model: str) -> Advice:
        return Advice(number, (at - (self._began or 0)) / 1000, kind, service, model)

    def _differ(
        self, number: int, line: Call | Write | Quiesce, service: str, model: str | None = None
    ) -> Iterator[Advice]:
        """The service does otherwise: the model is not followed from here on."""
        nearest = at_once(self.courses[0], line.at, self._world)
        doing = model or instead(nearest, is_committed=self._agrees(nearest))
        yield self._advice(number, line.at, Kind.DIFFERS, service, doing)
        self.courses = ()

    def _lose(self, number: int, at: int, service: str, why: str) -> Iterator[Advice]:
        """The model cannot be followed from here on; it is said once."""
        advice = self._advice(number, at, Kind.NOT_FOLLOWED, service, why)
        if self.lost is None or self.lost.model != why:
            yield advice
        self.lost, self.courses = advice, ()
