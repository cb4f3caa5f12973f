"""The courses that the model may be on: what it has decided, what it has heard and not yet looked at, what it wants.

A trace does not say when a service takes up what it has heard, so the model may have done so or not: each is a course.
A service differs from the model only where it does what the model does on none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from attrs import evolve, field, frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.following.told import Told
from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.commands import Command, Refusal
from kiloclaw_core.effects import Changing, Creating, Deleting, Effect, PayDebt, Settle
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done
from kiloclaw_core.phases import AlarmName

LIMIT: Final = 400
"""So many courses are followed at once; where there are more, the trace says too little."""
BY_CADENCE: Final = frozenset({AlarmName.PAUSE, AlarmName.ERRAND_RETRY})
"""Alarms that only say how soon something is tried again: a service may have a cadence of its own."""
OPEN: Final = 32
"""So many requests may be on their way out at once."""
SLACK_MS: Final = 1000
"""A trace's clock need not be the one that we waited by."""


@frozen
class Rung:
    """An alarm of this name rang; of which op it was, the trace does not say in words of the model's."""

    name: AlarmName
    at: int = field(default=0, eq=False)


Heard: TypeAlias = Command | Fact | Rung


@frozen
class Course:
    """One way in which the model may stand.

    `heard` is what it has not taken up yet, oldest first; `wanted` are the requests it has decided on and the service
    has not sent; `sent` are those that were, by the ids of their calls. `ends` says when each settle is over, `dues`
    when each alarm is due. `refused` is why the last command was not granted, if it was not.
    """

    record: Record
    heard: tuple[Heard, ...] = ()
    wanted: tuple[Effect, ...] = ()
    sent: tuple[tuple[str, Effect], ...] = ()
    ends: tuple[tuple[OpId, int], ...] = field(default=(), eq=False)
    dues: tuple[tuple[int, AlarmName, OpId], ...] = field(default=(), eq=False)
    refused: Refusal | None = field(default=None, eq=False)

    def hearing(self, *heard: Heard) -> Course:
        """The same, having heard this as well."""
        return evolve(self, heard=(*self.heard, *heard))

    def sending(self, effect: Effect, call: str) -> Course:
        """The same, once the service has sent what was wanted."""
        wanted = tuple(one for one in self.wanted if one is not effect)
        return evolve(self, wanted=wanted, sent=(*self.sent, (call, effect))[-OPEN:])

    def answered(self, call: str) -> tuple[Course, Effect | None]:
        """The same without this call, and what it was; None where the model did not want it."""
        found = next((effect for name, effect in self.sent if name == call), None)
        return evolve(self, sent=tuple(one for one in self.sent if one[0] != call)), found


# -- one step ----------------------------------------------------------------------------------------------------


def taken_up(course: Course, nth: int, at: int, told: Told | None) -> tuple[Course, ...]:
    """The courses once the model takes up the nth of what it has heard."""
    heard = course.heard[nth]
    left = evolve(course, heard=(*course.heard[:nth], *course.heard[nth + 1 :]))
    if isinstance(heard, Rung):
        alarms = [alarm for alarm in alarms_of(left.record) if alarm.name is heard.name]
        return tuple(turned(left, AlarmRang(one.name, one.of, at), at, told) for one in alarms) or (left,)
    if isinstance(heard, Woken):
        return (turned(left, heard, at, told) if is_asked(left.record) else left,)
    if isinstance(heard, Replied | AlarmRang | Recovered):
        return (turned(left, heard, at, told),)
    return (_decided(left, heard, at),)


def is_asked(record: Record) -> bool:
    """Whether a granted command was not looked at yet."""
    match record:
        case Absent():
            return False
        case Instance(asked=asked):
            return asked is not None


def _decided(course: Course, command: Command, at: int) -> Course:
    decided = decide(course.record, command)
    if not is_successful(decided):
        return evolve(course, refused=decided.failure())
    granted = evolve(course, record=decided.unwrap(), refused=None)
    return evolve(granted, heard=(Woken(command.at or at), *granted.heard), dues=_dues(granted, command.at or at))


def turned(course: Course, fact: Fact, at: int, told: Told | None) -> Course:
    """The course once the model has absorbed this.

    Looks that it does not wait for any more are wanted no more, unless they may be on their way out already. Waits
    are counted from when it was so, not from the line on which it shows that the model has heard of it.
    """
    at = fact.at or at
    transition = absorb(course.record, fact)
    record, wanted = transition.record, (*course.wanted, *transition.effects)
    wanted = wanted[-OPEN:] if told is None else still_wanted(record, wanted)
    ends = tuple((one.op, at + round(one.wait_s * 1000)) for one in transition.effects if isinstance(one, Settle))
    awaited = awaited_ops(record)
    kept = tuple(one for one in (*course.ends, *ends) if one[0] in awaited)
    after = evolve(course, record=record, wanted=wanted, ends=kept)
    return evolve(after, dues=_dues(after, at))


def still_wanted(record: Record, wanted: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Those of these requests that change something, or whose answer the record waits for."""
    awaited = awaited_ops(record)
    return tuple(one for one in wanted if one.op in awaited or is_steering(one))


def _dues(course: Course, at: int) -> tuple[tuple[int, AlarmName, OpId], ...]:
    """When each alarm is due: one that stays keeps its time, as the store does it."""
    before = {(name, of): due for due, name, of in course.dues}
    return tuple(
        sorted(
            (
                (before.get((one.name, one.of), at + round(one.patience_s * 1000)), one.name, one.of)
                for one in alarms_of(course.record)
            ),
            key=lambda due: (due[0], due[1].value, due[2]),
        )
    )


def is_steering(effect: Effect) -> bool:
    """Whether a request changes something outside."""
    return isinstance(effect, Creating | Changing | Deleting | PayDebt)


# -- whatever may have happened since ----------------------------------------------------------------------------


def onward(course: Course, at: int, told: Told | None) -> Iterator[Course]:
    """Every next step that takes no line: something heard is taken up, a wait is over, a look shows what was told.

    `told` is None for a service that tells every look of the model's.
    """
    for nth in range(len(course.heard)):
        yield from taken_up(course, nth, at, told)
    yield from of_itself(course, at, told)
    if told is not None:
        yield from by_cadence(course, at, told)


def of_itself(course: Course, at: int, told: Told | None) -> Iterator[Course]:
    """The next steps that nothing heard is needed for."""
    over = {op: end for op, end in course.ends if end - SLACK_MS <= at}
    for effect in course.wanted:
        if isinstance(effect, Settle) and effect.op in over:
            yield _shown(course, effect, Replied(effect.op, Done(), over[effect.op]), at, told)
    if told is None or not isinstance(course.record, Instance):
        return
    for effect in course.wanted:
        outcome = told.answer(course.record, effect)
        if outcome is not None:
            yield _shown(course, effect, Replied(effect.op, outcome, at), at, told)


def by_cadence(course: Course, at: int, told: Told) -> Iterator[Course]:
    """The next steps that only wait for their time."""
    for alarm in alarms_of(course.record):
        if alarm.name in BY_CADENCE:
            yield turned(course, AlarmRang(alarm.name, alarm.of, at), at, told)


def _shown(course: Course, effect: Effect, fact: Replied, at: int, told: Told | None) -> Course:
    wanted = tuple(one for one in course.wanted if one is not effect)
    return turned(evolve(course, wanted=wanted), fact, at, told)


def reachable(courses: Iterable[Course], at: int, told: Told | None) -> tuple[Course, ...] | None:
    """These courses and every one that may have become of them, nearest first; None where they are too many."""
    found = dict.fromkeys(courses)
    queue = list(found)
    for course in queue:
        for after in onward(course, at, told):
            if after not in found:
                found[after] = None
                queue.append(after)
        if len(queue) > LIMIT:
            return None
    return tuple(queue)


def committed(courses: Iterable[Course], at: int) -> tuple[Course, ...]:
    """Every course after exactly one more commit, whatever was taken up before it without one."""
    still = list(dict.fromkeys(courses))
    after: dict[Course, None] = {}
    for course in still:
        for one in onward(course, at, None):
            if one.record != course.record:
                after[one] = None
            elif one not in still and len(still) < LIMIT:
                still.append(one)
    return tuple(after)


def at_once(course: Course, at: int, told: Told | None) -> Course:
    """The course on which the model takes up all that it hears, in order and at once."""
    for _ in range(LIMIT):
        if course.heard:
            course = taken_up(course, 0, at, told)[0]
            continue
        due = [(name, of) for due, name, of in course.dues if name in BY_CADENCE and due <= at and told is not None]
        if due:
            course = turned(course, AlarmRang(*due[0], at), at, told)
            continue
        after = next(of_itself(course, at, told), None)
        if after is None:
            return course
        course = after
    return course
