"""When a service's request, or its durable record, is what the model has: in kind and target, not in every word.

A service has words and cadences of its own, so only the sense of its records is compared: the status, the machine and
the volume in use, and all that the record names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kiloclaw_adapters.following.advice import TARGETS, asked
from kiloclaw_adapters.following.courses import Course
from kiloclaw_adapters.trace_words import call_words
from kiloclaw_core.effects import Effect
from kiloclaw_core.instance import Instance
from kiloclaw_core.trace.lines import Call, Status
from kiloclaw_core.world.scene import RecordWords

SENSES: Final = {Status.PROVISIONED.value: Status.STOPPED.value, Status.STOPPING.value: Status.RUNNING.value}
"""Statuses that mean the same to us: stopping is running until it has stopped."""

SIZE: Final = ("cpus", "cpu_kind", "memory_mb")


def is_same(course: Course, effect: Effect, call: Call) -> bool:
    """Whether the service's request is what the model wants: the same kind, about the same things, of the same size."""
    ours, theirs = _sizes(course, effect, call)
    return _is_about_the_same(effect, call) and (ours is None or theirs is None or ours == theirs)


def _is_about_the_same(effect: Effect, call: Call) -> bool:
    spoken = call_words(effect)
    if spoken is None or spoken[0] != call.op.value:
        return False
    return all(spoken[1].get(key) == call.args.keys.get(key) for key in TARGETS)


def _sizes(course: Course, effect: Effect, call: Call) -> tuple[object, object]:
    """The sizes that model and service ask for, where they say; none of the model's where nobody has told it one."""
    spoken, record = call_words(effect), course.record
    is_told = isinstance(record, Instance) and (record.spec.override or record.spec.guest) is not None
    return (spoken[1].get("size") if spoken is not None and is_told else None), call.args.keys.get("size")


def resized(courses: Iterable[Course], call: Call) -> str | None:
    """What the model wants of another size than the service asks for, if that is where they differ."""
    for course in courses:
        for effect in course.wanted:
            ours, theirs = _sizes(course, effect, call)
            if _is_about_the_same(effect, call) and ours is not None and theirs is not None:
                return f"{asked(effect)} with {_spelt(ours)} instead of {_spelt(theirs)}"
    return None


def _spelt(size: object) -> str:
    """A size as people say it."""
    return " ".join(str(size.get(part)) for part in SIZE) if isinstance(size, dict) else "none"


def sensed(words: RecordWords | None) -> str | None:
    """The status that this says, in the sense that is compared."""
    return None if words is None else SENSES.get(words.status or "", words.status)


def sense(words: RecordWords | None) -> tuple[object, ...] | None:
    """What of a durable record is compared; of one that is being destroyed, all that it names.

    One that names nothing then is as good as wiped.
    """
    if words is None:
        return None
    machines, volumes = words.machine_ids, words.volume_ids
    if words.status == Status.DESTROYING.value:
        return (words.status, machines, volumes) if machines or volumes else None
    return (sensed(words), words.machine_id, words.volume_id, machines, volumes)
