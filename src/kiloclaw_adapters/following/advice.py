"""What following a trace has to say, line by line: where service and model part, and where nobody can follow."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_adapters.following.courses import Course, still_wanted
from kiloclaw_adapters.trace_words import call_words
from kiloclaw_core.effects import Effect, Settle
from kiloclaw_core.instance import Absent, Instance
from kiloclaw_core.ledger import Failed, Holding, MachineHolding, VolumeHolding
from kiloclaw_core.phases import Pausing
from kiloclaw_core.status import phase_name, status_of
from kiloclaw_core.trace.lines import Call
from kiloclaw_core.world.scene import RecordWords, record_words

TARGETS: Final = ("machine_id", "volume_id", "source_volume_id", "snapshot_id", "action", "state")
"""What of a request says what it is about."""


class Kind(Enum):
    """What an advice is about."""

    DIFFERS = "differs"
    COMMITS_FIRST = "commits_first"
    NOT_FOLLOWED = "not_followed"


@frozen
class Advice:
    """On this line, `service` is what the trace has, and `model` what the model would have done there.

    Of what is not followed, `model` says why not. `seconds` are counted from the first line that has a moment.
    """

    line: int
    seconds: float
    kind: Kind
    service: str
    model: str


# -- in words ----------------------------------------------------------------------------------------------------


def said(words: RecordWords | None) -> str:
    """A durable record in the words that are compared."""
    if words is None:
        return "commits that nothing is left"
    leaving = sorted({*words.leaving_machine_ids, words.pending_destroy_volume_id or ""} - {""})
    roles = {
        "machine": words.machine_id,
        "volume": words.volume_id,
        "copy": words.pending_recovery_volume_id,
        "leaving": " ".join(leaving),
        "kept": words.retained_volume_id,
        "others": " ".join(words.other_volume_ids),
    }
    told = [f"{role} {named}" for role, named in roles.items() if named]
    return f"commits {', '.join((words.status or 'no status', *told))}"


def asked(effect: Effect) -> str:
    """A request of the model's, in the words of the format."""
    if isinstance(effect, Settle):
        return f"waits {effect.wait_s:.0f} s until what was sent can no longer land"
    spoken = call_words(effect)
    assert spoken is not None, "only a wait is no request"
    op, args = spoken
    return f"{op} {about(args)}".rstrip()


def about(args: Mapping[str, object]) -> str:
    """What a request is about: its machine, its volume, and what that is made of."""
    return " ".join(str(args[key]) for key in TARGETS if args.get(key) is not None)


def sent(call: Call) -> str:
    """A request of the service's, in the same words."""
    return f"{call.op.value} {about(call.args.keys)}".rstrip()


def instead(course: Course, *, is_committed: bool) -> str:
    """What the model does on this course: refuse, commit, send, or wait, and in which phase it is."""
    if course.refused is not None:
        return f"refuses: {course.refused.value}"
    parts = [] if is_committed else [said(record_words(course.record))]
    wanted = still_wanted(course.record, course.wanted)
    parts.extend(asked(effect) for effect in wanted)
    if not wanted and course.sent:
        parts.append("waits for " + ", ".join(f"{name} {asked(effect)}" for name, effect in course.sent))
    doing = ", then ".join(parts) or _resting(course)
    match course.record:
        case Absent():
            return doing
        case Instance(phase=phase):
            return f"{doing} ({phase_name(phase)})"


def _resting(course: Course) -> str:
    """What it waits for where nothing is under way."""
    match course.record:
        case Instance(phase=Pausing(), policy=policy):
            return f"waits {policy.pause_s:.0f} s and tries again"
        case Instance(ledger=ledger) if any(isinstance(one.errand, Failed) for one in ledger.holdings):
            failed = [one for one in ledger.holdings if isinstance(one.errand, Failed)]
            return f"waits until {', '.join(map(_deleting, failed))} is due again"
        case Absent() | Instance():
            return f"does nothing: it is {status_of(course.record) or 'gone'}"


def _deleting(held: Holding) -> str:
    match held:
        case MachineHolding(machine=machine):
            return f"destroy_machine {machine}"
        case VolumeHolding(volume=volume):
            return f"delete_volume {volume}"
