"""Bugs of recovering and of resting: one too many, one forgotten, one not proven; and rests that do not look."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import alarms, launch, lifecycle, moves, recover, relocate, rest, story
from kiloclaw_core.instance import NOW, Failing, FailureNote, Instance, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import Alarm, Look, StockTaking
from kiloclaw_core.stories import Cause, Idle, Relocating
from kiloclaw_core.verbs import noted
from kiloclaw_core.world.setting import SMALL, Beginning

_resting = alarms._resting  # noqa: SLF001 - the alarms of whoever rests
_taken_over = lifecycle._taken_over  # noqa: SLF001 - what a take-over does to a record
_taken_stock = rest.taken_stock


def forgotten_recovery(record: Instance, incarnation: int) -> Instance:
    """Whoever takes over does not know that the instance was recovering."""
    taken_over = _taken_over(record, incarnation)
    return evolve(taken_over, story=Idle()) if isinstance(record.story, Relocating) else taken_over


def committed_unwell(record: Instance, note: FailureNote) -> Transition:
    """A recovery takes its copy into use although the machine on it is not well."""
    return story.booted(noted(record, note))


def recovered_again(record: Instance) -> Transition:
    """However often it recovered today, it recovers once more."""
    counted = evolve(record, recoveries=(*record.recoveries, record.ops), ops=OpId(record.ops + 1))
    return story.onward(relocate.begun(counted, Cause.UNEXPECTED_STOP, None, "crash_recovery", NOW))


def moved_again(_: Instance) -> bool:
    """However often it moved within the hour, it moves once more."""
    return False


def asleep_after_failure(record: Instance) -> tuple[Alarm, ...]:
    """After a recovery that failed nobody wakes the instance any more."""
    failed = any(note.failing is Failing.RECOVERY for note in record.notes)
    return () if failed else _resting(record)


def no_alarm_at_rest(record: Instance) -> tuple[Alarm, ...]:
    """Whoever waits or rests does so without an alarm."""
    return ()


def stale_at_first_sight(record: Instance, phase: StockTaking) -> Transition:
    """An instance that nobody started is destroyed when one look shows no machine of it."""
    return _taken_stock(record, evolve(phase, look=Look.SECOND))


UNSTARTED: Final = evolve(
    within("forgotten-machine", blind=2),
    name="forgotten-machine, 2 blind, never started",
    policy=evolve(SMALL, stale_provision_s=1.0),
)

MUTANTS: Final = (
    Mutant(
        "forgotten-recovery",
        ("vector 95", "RW5", "LW33"),
        lifecycle,
        "_taken_over",
        forgotten_recovery,
        small(Beginning.RUNNING, quits=1, crashes=1),
        "no recovery is cut short",
    ),
    Mutant(
        "committed-unwell",
        ("decisions 2 recover",),
        launch,
        "unwell",
        committed_unwell,
        small(Beginning.RUNNING, quits=1, faults=1),
        "committed when well",
    ),
    Mutant(
        "recovered-again",
        ("RW35", "B105"),
        recover,
        "refused_to_loop",
        recovered_again,
        small(Beginning.RUNNING, quits=2),
        "recoveries are few",
    ),
    Mutant(
        "moved-again",
        ("RW35", "B105"),
        moves,
        "are_spent",
        moved_again,
        within("dies-again", quits=2),
        "moves are few",
    ),
    Mutant(
        "asleep-after-failure",
        ("vector 92", "RW20", "LW17", "B50"),
        alarms,
        "_resting",
        asleep_after_failure,
        small(Beginning.RUNNING, quits=1, faults=1),
        "an alarm is armed",
    ),
    Mutant("no-alarm", ("I7",), alarms, "_of_phase", no_alarm_at_rest, small(starts=1), "an alarm is armed"),
    Mutant(
        "stale-at-first-sight",
        ("reconcile 2.7", "B30"),
        rest,
        "taken_stock",
        stale_at_first_sight,
        UNSTARTED,
        "the data is kept",
    ),
)
