"""A timer of the service rings: which of the model's alarms that is."""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.following.courses import Course, Rung
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import PayDebt
from kiloclaw_core.facts import AlarmRang
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.trace.lines import Command

ALARMS: Final = {one.value: one for one in AlarmName}
RESTING: Final = frozenset({AlarmName.STOCKTAKE, AlarmName.RETRY})


def rung(course: Course, line: Command) -> Course:
    """The course once a timer has rung: ours says which; of another service it is whatever is due by now.

    Where none is due, it is the look round of a service that looks oftener.
    """
    name = ALARMS.get(line.args.text_or_none("name") or "")
    if name is not None:
        return course.hearing(Rung(name, line.at))
    if any(not isinstance(effect, PayDebt) for effect in course.wanted):
        return course  # the service has not sent what the model would wait for, so that its patience does not run
    due = [AlarmRang(name, of, line.at) for due, name, of in course.dues if due <= line.at]
    looks = [AlarmRang(one.name, one.of, line.at) for one in alarms_of(course.record) if one.name in RESTING]
    return course.hearing(*(due or looks))
