"""Bugs of starting: a second machine, a second volume, an empty one, and a start that is said to run."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result

from kiloclaw_adapters.mutants.mutant import Mutant, hasty, small, within
from kiloclaw_core import adopt, inspection, launch, provision, start, story, survey
from kiloclaw_core.commands import Desired, Refusal, Start
from kiloclaw_core.facts import AlarmRang, Fact, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Transition
from kiloclaw_core.ledger import VolumeHolding
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.names import MachineId, OpId, SandboxId
from kiloclaw_core.outcomes import Healthy, Rejected, StateReached, Unknown, Why
from kiloclaw_core.phases import (
    Awaiting,
    CheckingVolume,
    CreatingMachine,
    CreatingVolume,
    Inspecting,
    Look,
    Probing,
    Running,
    Stopped,
    Verifying,
)
from kiloclaw_core.stories import Attempt, Restarting
from kiloclaw_core.verbs import our_volume, rest, stay
from kiloclaw_core.world import landing
from kiloclaw_core.world.setting import Beginning

_awaiting = launch.awaiting
_came_up = launch.came_up
_create_machine = start.create_machine
_creating_machine = start.creating_machine
_creating_volume = provision.creating_volume
_gave_up = story.gave_up
_inspecting = inspection.inspecting
_is_renewing = launch.is_renewing
_launch = launch.launch
_probing = launch.probing
_start = start.start
_volume_missing = provision.volume_missing


# -- a second one ------------------------------------------------------------------------------------------------


def hedged_create(record: Instance, attempt: Attempt, volume: VolumeHolding) -> Transition:
    """The create is sent twice at once, in case one is slow."""
    transition = _create_machine(record, attempt, volume)
    second = tuple(evolve(effect, op=OpId(effect.op + 1000)) for effect in transition.effects)
    return evolve(transition, effects=(*transition.effects, *second))


def hurried_start(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """A second intent does not wait for the create in flight: it creates as well."""
    if isinstance(fact, Woken):
        return story.onward(record)
    return _creating_machine(record, phase, fact)


def hurried_volume(record: Instance, phase: CreatingVolume, fact: Fact) -> Transition:
    """While a volume is being made, a start or an alarm sees that there is none, and makes another."""
    if isinstance(fact, Woken | AlarmRang):
        return story.onward(record)
    return _creating_volume(record, phase, fact)


def nameless(sandbox: SandboxId, generation: int = 0) -> str:
    """Machines are created without a name, so that nothing refuses a second one."""
    return ""


# -- one that is not known any more ------------------------------------------------------------------------------


def forget_the_id(record: Instance, phase: Awaiting, fact: Fact) -> Transition:
    """The id of a machine is kept only if it came up while it was waited for."""
    if isinstance(fact, Replied) and fact.op == phase.op and not isinstance(fact.outcome, StateReached):
        return story.no_answer(evolve(record, ledger=evolve(record.ledger, machines=())))
    return _awaiting(record, phase, fact)


def no_answer_is_gone(record: Instance, phase: Inspecting, fact: Fact) -> Transition:
    """Any error of a look at our machine is read as its absence."""
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Unknown):
        return inspection.machine_lost(without_machine(record))
    return _inspecting(record, phase, fact)


def any_404_is_the_machines(record: Instance, phase: CheckingVolume, refusal: Rejected) -> Transition:
    """A 404 about the volume is read as one about the machine, which is forgotten."""
    return _volume_missing(without_machine(record), phase, refusal)


def without_machine(record: Instance) -> Instance:
    """The instance that believes its machine to be dead."""
    held = record.ledger.machine
    if held is None:
        return record
    return evolve(record, ledger=record.ledger.buried(held, record.policy.dead_remembered))


# -- an empty disk -----------------------------------------------------------------------------------------------


def believed_missing(record: Instance, refusal: Rejected) -> Transition:
    """A refusal that speaks of a missing volume is believed without a look, and another is made."""
    ledger = record.ledger.buried(our_volume(record), record.policy.dead_remembered)
    return story.again(evolve(record, ledger=ledger), refusal)


def never_surveyed(record: Instance) -> Transition:
    """A record that names no volume has none, and one is made."""
    return provision.create_volume(record)


def own_volume_wins(record: Instance, phase: Verifying, seen: MachineSeen) -> Transition:
    """A volume that was never used outweighs the one that a machine of ours mounts."""
    return adopt.weigh(record, phase.refusal, seen, our_volume(record).volume, Look.FIRST)


# -- how a start ends --------------------------------------------------------------------------------------------


def running_over_destroy(record: Instance, phase: Probing, fact: Fact) -> Transition:
    """The end of a start writes running, whatever was asked meanwhile."""
    if isinstance(fact, Woken):
        return stay(record)
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Healthy):
        return rest(evolve(record, desired=Desired.RUNNING), Running())
    return _probing(record, phase, fact)


def stopped_over_destroy(record: Instance, refusal: Rejected, asked_for: Failing) -> Transition:
    """The end of a start that failed writes stopped, whatever was asked meanwhile."""
    return rest(evolve(record, desired=Desired.STOPPED), Stopped())


def tidy_failure(record: Instance, refusal: Rejected) -> Transition:
    """A start that is refused cleans up after itself, its volume included."""
    if refusal.why is Why.WAIT_TIMEOUT:
        return _gave_up(record, refusal)
    return _gave_up(evolve(record, ledger=record.ledger.condemned()), refusal)


def failed_start_runs(record: Instance, refusal: Rejected) -> Transition:
    """A start that gave up is said to run."""
    return rest(record, Running())


def cooled_down(record: Instance, command: Start) -> Result[Instance, Refusal]:
    """For a while after a start that failed, no other is granted."""
    return Failure(Refusal.BUSY) if record.notes else _start(record, command)


CALM: Final = small(starts=1, destroys=1)
ONE_FAULT: Final = small(Beginning.STOPPED, starts=1, faults=1)


def up_as_it_was(record: Instance) -> bool:
    """A start after a stop that was never done leaves the machine with the config that a restart was to replace."""
    return isinstance(record.story, Restarting) and _is_renewing(record)


def up_as_it_was_awaited(record: Instance, machine: MachineId) -> Transition:
    """A wait that was begun before a stop and a start ends the start, whatever config the machine came up with."""
    return _came_up(record, machine) if isinstance(record.story, Restarting) else launch.probe(record, machine)


def last_known_state(record: Instance, seen: MachineSeen) -> Transition:
    """The last known state of a machine whose host does not answer is taken for what it is now."""
    return _launch(record, evolve(seen, reachable=True))


MUTANTS: Final = (
    Mutant("hedged-create", ("rule 1",), start, "create_machine", hedged_create, CALM, "one request at a time"),
    Mutant(
        "overlapping-starts",
        ("B47", "B121"),
        start,
        "creating_machine",
        hurried_start,
        small(starts=2),
        "one request at a time",
    ),
    Mutant(
        "overlapping-volumes",
        ("vector 97", "RW37", "B145"),
        provision,
        "creating_volume",
        hurried_volume,
        small(starts=1),
        "one request at a time",
    ),
    Mutant(
        "nameless-machines",
        ("I1", "B41"),
        landing,
        "machine_name",
        nameless,
        within("forgotten-machine", starts=1, blind=1),
        "one machine at most",
    ),
    Mutant("forget-the-id", ("B01",), launch, "awaiting", forget_the_id, ONE_FAULT, "tracked at rest"),
    Mutant("no-answer-is-gone", ("B02",), inspection, "inspecting", no_answer_is_gone, ONE_FAULT, "tracked at rest"),
    Mutant(
        "any-404-is-the-machines",
        ("vector 96", "RW28"),
        provision,
        "volume_missing",
        any_404_is_the_machines,
        small(Beginning.HALTED, starts=1, blind=1),
        "tracked at rest",
    ),
    Mutant(
        "believed-missing",
        ("vector 83", "RW8", "B135"),
        start,
        "doubted",
        believed_missing,
        within("forgotten-volume", starts=1, faults=1),
        "no silent empty disk",
    ),
    Mutant(
        "never-surveyed",
        ("B154", "I4"),
        survey,
        "survey",
        never_surveyed,
        within("forgotten-volume", starts=1),
        "no silent empty disk",
    ),
    Mutant(
        "own-volume-wins",
        ("I4",),
        adopt,
        "mismatched",
        own_volume_wins,
        within("forgotten-machine", starts=1, blind=1),
        "no silent empty disk",
    ),
    Mutant(
        "running-over-destroy",
        ("B45",),
        launch,
        "probing",
        running_over_destroy,
        CALM,
        "destroyed stays destroyed",
    ),
    Mutant(
        "stopped-over-destroy",
        ("B57",),
        story,
        "refused",
        stopped_over_destroy,
        small(destroys=1, faults=1),
        "destroyed stays destroyed",
    ),
    Mutant(
        "tidy-failure",
        ("I4", "B29"),
        story,
        "gave_up",
        tidy_failure,
        hasty(small(Beginning.HALTED, starts=1, faults=1)),
        "the data is kept",
    ),
    Mutant("failed-start-runs", ("I6",), story, "gave_up", failed_start_runs, ONE_FAULT, "running has a machine"),
    Mutant(
        "cooled-down",
        ("vector 91", "RW18", "B73", "B76", "B77"),
        start,
        "start",
        cooled_down,
        small(Beginning.STOPPED, starts=2, faults=1),
        "who may ask is heard",
    ),
    Mutant(
        "up-as-it-was",
        ("decisions 2 restart",),
        launch,
        "is_renewing",
        up_as_it_was,
        small(Beginning.RUNNING, restarts=1, stops=1, starts=1),
        "a restart takes effect",
    ),
    Mutant(
        "up-as-it-was-awaited",
        ("decisions 2 restart",),
        launch,
        "came_up",
        up_as_it_was_awaited,
        within("migrated", restarts=1, stops=1, starts=1, migrations=1),
        "a restart takes effect",
    ),
    Mutant(
        "last-known-state",
        ("fly.md 2.3",),
        launch,
        "launch",
        last_known_state,
        within("dead-host-restarted", restarts=1, outages=1),
        "leads home",
    ),
)
