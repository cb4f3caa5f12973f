"""Answers that are lost, late, or believed too soon: bugs of settling, of echoes, and of whoever performs effects."""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import echo, lifecycle, settle, start, story, turn
from kiloclaw_core.commands import Desired
from kiloclaw_core.facts import Fact, Recovered, Replied
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.machine import VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachineMade, Outcome, Rejected, Unknown, VolumeMade, Why
from kiloclaw_core.phases import CreatingMachine, Look, Sought
from kiloclaw_core.policy import Policy
from kiloclaw_core.verbs import stay
from kiloclaw_core.world.setting import Beginning

_absorb = lifecycle._absorb  # noqa: SLF001 - the one dispatch of facts
_creating_machine = start.creating_machine
_echo = echo.echo


def deaf_echo(record: Instance, _: Outcome) -> Transition:
    """An answer that nobody waits for is thrown away."""
    return stay(record)


def late_answer_steers(record: Instance, outcome: Outcome) -> Transition:
    """An answer that nobody waits for is taken as if somebody did."""
    if not isinstance(outcome, MachineMade | VolumeMade):
        return _echo(record, outcome)
    return settle.obtained(record, outcome, Sought.MACHINE if isinstance(outcome, MachineMade) else Sought.VOLUME)


def repeat_at_once(record: Instance, of: OpId, sought: Sought) -> Transition:
    """After an unknown outcome the story just goes on."""
    return story.onward(record)


def look_at_once(record: Instance, of: OpId, sought: Sought) -> Transition:
    """After an unknown outcome stock is taken without waiting."""
    if record.desired is Desired.GONE or sought is Sought.CHANGE:
        return story.onward(record)
    return settle.look(record, of, sought, Look.FIRST)


def always_send(waited_s: float, policy: Policy) -> bool:
    """However late, a request leaves."""
    return True


def any_find_is_ours(record: Instance, of: OpId, seen: VolumeSeen) -> bool:
    """Whatever volume a listing shows and we do not know is the one we made."""
    return not record.ledger.knows(seen.volume)


def drop_on_conflict(*, lease_held: bool) -> turn.AfterConflict:
    """A fact whose commit met another commit is forgotten."""
    return turn.AfterConflict.STOP


def unknown_is_no(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """An unknown outcome is taken for a refusal."""
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Unknown):
        return start.machine_refused(record, Rejected(Why.NO_ANSWER))
    return _creating_machine(record, phase, fact)


def recreate_after_crash(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """After a crash the machine is simply created again."""
    return story.onward(record) if isinstance(fact, Recovered) else _creating_machine(record, phase, fact)


def deaf_to_recovery(record: Instance, fact: Fact) -> Transition:
    """A take-over is nobody's business."""
    return stay(record) if isinstance(fact, Recovered) else _absorb(record, fact)


ONE_FAULT: Final = small(starts=1, faults=1)
ONE_CRASH: Final = small(Beginning.STOPPED, starts=1, crashes=1)

MUTANTS: Final = (
    Mutant(
        "deaf-echo",
        ("rule 3",),
        echo,
        "echo",
        deaf_echo,
        within("overstayed", destroys=1, early=1, overstays=1),
        "leads home",
    ),
    Mutant(
        "late-answer-steers",
        ("vector 80", "RW3", "rule 3"),
        echo,
        "echo",
        late_answer_steers,
        within("overstayed", starts=1, early=1, overstays=1),
        "leads home",
    ),
    Mutant("repeat-at-once", ("rule 4",), settle, "settle", repeat_at_once, ONE_FAULT, "one request at a time"),
    Mutant("look-at-once", ("C.3",), settle, "settle", look_at_once, ONE_FAULT, "one request at a time"),
    Mutant(
        "send-however-late",
        ("rule 4",),
        turn,
        "may_send",
        always_send,
        small(destroys=1, stalls=1, early=1),
        "nothing is left behind",
    ),
    Mutant(
        "no-mark",
        ("rule 4",),
        settle,
        "is_fruit_volume",
        any_find_is_ours,
        within("shared-app", destroys=1, faults=1),
        "strangers are left alone",
    ),
    Mutant(
        "conflict-drops",
        ("rule 13",),
        turn,
        "after_conflict",
        drop_on_conflict,
        small(starts=1, conflicts=1),
        "no fact is dropped",
    ),
    Mutant("unknown-is-no", ("C.3",), start, "creating_machine", unknown_is_no, ONE_FAULT, "one request at a time"),
    Mutant(
        "recreate-after-crash",
        ("C.3",),
        start,
        "creating_machine",
        recreate_after_crash,
        ONE_CRASH,
        "one request at a time",
    ),
    Mutant("deaf-to-recovery", ("C.3",), lifecycle, "_absorb", deaf_to_recovery, ONE_CRASH, "who waits is served"),
)
