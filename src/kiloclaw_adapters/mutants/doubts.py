"""Bugs of reading an answer: a refusal that says more than it says, and one that nobody heard taken for a no."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import adopt, attempts, echo, errands, launch, provision, relocate, start, stop, story, survey
from kiloclaw_core.commands import Desired
from kiloclaw_core.facts import Fact, Replied
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Holding
from kiloclaw_core.machine import Data, MachineSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachinesListed, Outcome, Rejected, Unknown, VolumesListed
from kiloclaw_core.phases import Change, Changing, CreatingVolume, Stopped, Verifying
from kiloclaw_core.verbs import our_volume, rest, target_volume
from kiloclaw_core.world.setting import Beginning

_change_refused = launch.change_refused
_creating_volume = provision.creating_volume
_disposed = errands.disposed
_noticed = echo.noticed
_verifying = adopt.verifying


def no_room_for_anything(record: Instance, phase: Changing, refusal: Rejected) -> Transition:
    """Whatever refuses a start is a want of room, which is had elsewhere, on a new volume."""
    if phase.change is Change.STOP or record.desired is not Desired.RUNNING:
        return _change_refused(record, phase, refusal)
    unused = evolve(our_volume(record), data=Data.FRESH)
    return relocate.displaced(evolve(record, ledger=record.ledger.with_volume(unused)), refusal)


def swallowed_stop(record: Instance, seen: MachineSeen) -> Transition:
    """A stop that was refused has stopped the machine, whatever a look shows."""
    return rest(record, Stopped())


def named_anew(record: Instance, phase: Verifying, fact: Fact) -> Transition:
    """Where the machine that holds our name cannot be looked at, there is none, and another is made."""
    attempt = attempts.attempt_of(record)
    if not isinstance(fact, Replied) or fact.op != phase.op or attempt is None:
        return _verifying(record, phase, fact)
    if not isinstance(fact.outcome, Unknown):
        return _verifying(record, phase, fact)
    return start.create_machine(evolve(record, generation=record.generation + 1), attempt, target_volume(record))


def unlisted_is_none(record: Instance, outcome: Outcome) -> Transition:
    """Where the volumes cannot be listed there are none, and one is made."""
    return provision.create_volume(record)


def let_go_unheard(record: Instance, held: Holding, op: OpId, outcome: Outcome) -> Transition:
    """A machine that is left because there is no room is forgotten, whatever became of its delete."""
    if record.desired is Desired.GONE:
        return _disposed(record, held, op, outcome)
    done = evolve(record, ledger=record.ledger.buried(held, record.policy.dead_remembered))
    return story.onward(done)


def restored_twice(record: Instance, phase: CreatingVolume, fact: Fact) -> Transition:
    """A volume whose create was not answered was not made, and is asked for once more."""
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Unknown):
        return story.onward(record)
    return _creating_volume(record, phase, fact)


def bound_is_overlooked(record: Instance, listed: MachinesListed | VolumesListed) -> Instance:
    """The last look round is for volumes alone, and passes over those that a machine has."""
    if record.desired is not Desired.GONE:
        return _noticed(record, listed)
    if isinstance(listed, MachinesListed):
        return record
    return _noticed(record, VolumesListed(tuple(one for one in listed.seen if one.attached is None)))


MUTANTS: Final = (
    Mutant(
        "no-room-for-anything",
        ("B16",),
        launch,
        "change_refused",
        no_room_for_anything,
        small(Beginning.HALTED, starts=1, faults=1),
        "no silent empty disk",
    ),
    Mutant(
        "swallowed-stop",
        ("B22",),
        stop,
        "unwanted",
        swallowed_stop,
        small(Beginning.RUNNING, stops=1, faults=1),
        "leads home",
    ),
    Mutant(
        "named-anew",
        ("B48",),
        adopt,
        "verifying",
        named_anew,
        within("forgotten-machine", starts=1, faults=1),
        "leads home",
    ),
    Mutant(
        "unlisted-is-none",
        ("B154", "I10"),
        survey,
        "unlisted",
        unlisted_is_none,
        within("forgotten-volume", starts=1, faults=1),
        "no silent empty disk",
    ),
    Mutant(
        "let-go-unheard",
        ("B17",),
        errands,
        "disposed",
        let_go_unheard,
        small(Beginning.HALTED, starts=1, full=1, faults=1),
        "tracked at rest",
    ),
    Mutant(
        "restored-twice",
        ("B81",),
        provision,
        "creating_volume",
        restored_twice,
        small(Beginning.RUNNING, snapshots=1, restores=1, faults=1),
        "one request at a time",
    ),
    Mutant(
        "bound-is-overlooked",
        ("B139",),
        echo,
        "noticed",
        bound_is_overlooked,
        within("forgotten-machine", destroys=1),
        "nothing is left behind",
    ),
)
