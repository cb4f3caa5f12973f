"""Bugs of stopping, restarting and restoring: what somebody asked for is undone, forgotten, or never done."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_adapters.mutants.mutant import Mutant, hasty, small, within
from kiloclaw_core import alarms, attempts, inspection, launch, recover, restore, start, stop, story
from kiloclaw_core.commands import Desired, Reassociate, Refusal, Start, Stop
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Due, Role, VolumeHolding
from kiloclaw_core.machine import MachineSeen, MachineState
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Alarm, Inspecting, Stopped
from kiloclaw_core.stories import Restarting, Restoring, Stopping
from kiloclaw_core.verbs import rest
from kiloclaw_core.world.setting import Beginning

_excluded = story.excluded
_gave_up = story.gave_up
_launch = launch.launch
_reassociate = restore.reassociate


def undone_stop(record: Instance, refusal: Rejected) -> Transition:
    """A stop that takes too long has not been asked for, and what stops later stops unexpectedly."""
    transition = _gave_up(record, refusal)
    after = transition.record
    if not isinstance(after, Instance) or not isinstance(record.story, Stopping):
        return transition
    return evolve(transition, record=evolve(after, desired=Desired.RUNNING))


def unwanted_is_fine(record: Instance, seen: MachineSeen) -> Transition:
    """A machine that is up although it should be down is left up."""
    return rest(record, Stopped())


def unmarked_stop(record: Instance) -> Instance:
    """Nothing says that the machine is down because we stopped it."""
    return record


def started_over(record: Instance, command: Start) -> Result[Instance, Refusal]:
    """A start is granted whatever is under way, and takes its place."""
    if record.desired is Desired.GONE:
        return Failure(Refusal.BEING_DESTROYED)
    wanting = evolve(record, desired=Desired.RUNNING, asked=record.ops)
    return Success(attempts.new_start(wanting, command.reason, command.at))


def stopped_over(record: Instance, command: Stop) -> Result[Instance, Refusal]:
    """A stop is granted whatever is under way, and takes its place."""
    if record.desired is Desired.GONE:
        return Failure(Refusal.BEING_DESTROYED)
    wanting = evolve(record, desired=Desired.STOPPED, asked=record.ops)
    return Success(stop.new_stop(wanting, command.reason))


def restored_beside(record: Instance) -> Refusal | None:
    """A restore excludes nobody, so that a start ends it."""
    return None if isinstance(record.story, Restoring) else _excluded(record)


def gone_over_to_the_condemned(record: Instance, command: Reassociate) -> Result[Instance, Refusal]:
    """A volume whose delete has been sent may still be gone over to."""
    held = record.ledger.holding(command.volume)
    if isinstance(held, VolumeHolding) and held.role is Role.CONDEMNED:
        pardoned = evolve(held, role=Role.RETAINED, errand=Due())
        record = evolve(record, ledger=record.ledger.with_volume(pardoned))
    return _reassociate(record, command)


def looked_over(record: Instance, phase: Inspecting, seen: MachineSeen) -> Transition:
    """A look that was under way says what is so, and the restart that was asked for meanwhile is over."""
    return recover.observed(record, phase, seen)


def started_is_restarted(record: Instance, seen: MachineSeen) -> Transition:
    """A restart has succeeded as soon as the machine is seen started, whatever it runs."""
    if isinstance(record.story, Restarting) and seen.state is MachineState.STARTED:
        return launch.probe(record, seen.machine)
    return _launch(record, seen)


def no_ceiling(record: Instance) -> tuple[Alarm, ...]:
    """Nothing that is under way ever takes too long."""
    return ()


MUTANTS: Final = (
    Mutant(
        "undone-stop",
        ("vector 85", "RW11", "LW04b"),
        story,
        "gave_up",
        undone_stop,
        hasty(small(Beginning.RUNNING, stops=1, faults=1)),
        "asked is wanted",
    ),
    Mutant(
        "drift-ignored",
        ("rule 8", "B23"),
        stop,
        "unwanted",
        unwanted_is_fine,
        within("resurrected", starts=1, stops=1, resurrections=1),
        "leads home",
    ),
    Mutant(
        "unmarked-stop",
        ("vector 98", "RW34", "RW11", "B06"),
        stop,
        "halt_noted",
        unmarked_stop,
        small(Beginning.RUNNING, stops=1, starts=1),
        "recoveries have a cause",
    ),
    Mutant(
        "started-over",
        ("vector 78", "RW2", "LW11b"),
        start,
        "start",
        started_over,
        small(Beginning.RUNNING, quits=1, starts=1),
        "no recovery is cut short",
    ),
    Mutant(
        "stopped-over",
        ("vector 79", "RW2", "LW11"),
        stop,
        "stop",
        stopped_over,
        small(Beginning.RUNNING, quits=1, stops=1),
        "no recovery is cut short",
    ),
    Mutant(
        "restored-beside",
        ("vector 93", "RW22", "B85"),
        story,
        "excluded",
        restored_beside,
        small(Beginning.RUNNING, snapshots=1, restores=1, starts=1),
        "no recovery is cut short",
    ),
    Mutant(
        "gone-over-to-the-condemned",
        ("rule 5",),
        restore,
        "reassociate",
        gone_over_to_the_condemned,
        small(Beginning.RUNNING, quits=1, stops=1, reassociations=1),
        "the volume in use is there",
    ),
    Mutant(
        "looked-over",
        ("vector 94", "RW23", "LW06b", "B58"),
        inspection,
        "wanted",
        looked_over,
        small(Beginning.RUNNING, restarts=1),
        "a restart takes effect",
    ),
    Mutant(
        "started-is-restarted",
        ("RW45", "B62", "B68"),
        launch,
        "launch",
        started_is_restarted,
        small(Beginning.RUNNING, restarts=1),
        "a restart takes effect",
    ),
    Mutant(
        "no-ceiling",
        ("RW26", "B53", "B116", "B69", "B79"),
        alarms,
        "_of_story",
        no_ceiling,
        small(Beginning.STOPPED, starts=1),
        "what is under way has an end",
    ),
)
