"""Bugs of destroying: an end that is undone, hurried, or leaves something behind, and one that takes a neighbour."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import destroy, echo, errands, inspection, launch, start, story, verbs
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import Awaited
from kiloclaw_core.facts import Fact, Woken
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Holding, Role
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.phases import Awaiting, Clearing, CreatingMachine, Gone, Stopped, Sweeping
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import go, rest, stay
from kiloclaw_core.world.setting import Beginning

_creating_machine = start.creating_machine
_reached = launch.reached


def hurried_destroy(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """Destroy does not wait for the create in flight, which lands when all is said to be gone."""
    if isinstance(fact, Woken) and record.desired is Desired.GONE:
        return story.onward(record)
    return _creating_machine(record, phase, fact)


def halted_over_destroy(record: Instance, phase: Awaiting) -> Transition:
    """A stop that was waited for writes stopped, although the instance is being destroyed by then."""
    if phase.state is Awaited.STOPPED:
        return rest(evolve(record, desired=Desired.STOPPED), Stopped())
    return _reached(record, phase)


def lost_over_destroy(record: Instance) -> Transition:
    """A look that finds no machine writes stopped, although the instance is being destroyed by then."""
    return rest(evolve(record, desired=Desired.STOPPED), Stopped())


def one_shot_destroy(record: Instance, held: Holding, op: OpId, outcome: Outcome) -> Transition:
    """What could not be deleted is forgotten."""
    done = evolve(record, ledger=record.ledger.buried(held, record.policy.dead_remembered))
    return story.onward(done) if record.desired is Desired.GONE else stay(done)


def razed_in_use(record: Instance) -> Transition:
    """Only what is in use is deleted, and then the end is said without a look round."""
    used = tuple(held for held in record.ledger.volumes if held.role in {Role.ACTIVE, Role.CONDEMNED})
    ledger = evolve(record.ledger, volumes=used).condemned()
    razing = evolve(record, story=Idle(), ledger=ledger)
    return rest(razing, Gone()) if ledger.empty and not razing.debts else go(razing, Clearing())


def count_stale_looks(record: Instance, phase: Sweeping) -> Transition:
    """Empty looks count although a delete was refused."""
    return rest(record, Gone(phase.sweeps))


def volumes_at_once(record: Instance) -> bool:
    """Volumes are deleted beside the machines that mount them."""
    return True


def never_bound(outcome: Outcome) -> bool:
    """A volume that is bound to a machine we do not know is just asked to go again."""
    return False


def sweep_only_while_clearing(record: Instance) -> bool:
    """A volume that is bound to an unknown machine is looked into only while nothing else is."""
    return record.desired is Desired.GONE and isinstance(record.phase, Clearing)


def ours_by_name(record: Instance, seen: MachineSeen) -> bool:
    """Whatever bears our name is ours, whosever its metadata says it is."""
    return seen.named_ours or seen.sandbox == record.identity.sandbox


CALM: Final = small(starts=1, destroys=1)
ONE_FAULT: Final = small(Beginning.STOPPED, destroys=1, faults=1)

MUTANTS: Final = (
    Mutant(
        "hurried-destroy",
        ("C.3", "vector 88", "RW16", "LW01", "B46"),
        start,
        "creating_machine",
        hurried_destroy,
        CALM,
        "nothing is left behind",
    ),
    Mutant(
        "halted-over-destroy",
        ("vector 86", "RW12", "LW03"),
        launch,
        "reached",
        halted_over_destroy,
        small(Beginning.RUNNING, stops=1, destroys=1),
        "destroyed stays destroyed",
    ),
    Mutant(
        "lost-over-destroy",
        ("vector 87", "RW21", "LW04"),
        inspection,
        "machine_lost",
        lost_over_destroy,
        small(Beginning.RUNNING, losses=1, destroys=1),
        "destroyed stays destroyed",
    ),
    Mutant("one-shot-destroy", ("B03",), errands, "disposed", one_shot_destroy, ONE_FAULT, "nothing is left behind"),
    Mutant(
        "razed-in-use",
        ("vector 90", "RW14", "LW18", "B138"),
        destroy,
        "raze",
        razed_in_use,
        small(Beginning.RUNNING, quits=1, destroys=1),
        "nothing is left behind",
    ),
    Mutant("stale-looks", ("rule 5",), destroy, "finalize", count_stale_looks, ONE_FAULT, "nothing is left behind"),
    Mutant(
        "volumes-at-once", ("rule 7",), verbs, "volumes_may_go", volumes_at_once, CALM, "machines go before volumes"
    ),
    Mutant(
        "never-bound",
        ("B32",),
        errands,
        "is_bound",
        never_bound,
        within("forgotten-machine", destroys=1, blind=1),
        "leads home",
    ),
    Mutant(
        "sweep-only-while-clearing",
        ("I5",),
        errands,
        "_is_razing",
        sweep_only_while_clearing,
        within("forgotten-machine", destroys=1, faults=1),
        "leads home",
    ),
    Mutant(
        "ours-by-name",
        ("vector 84", "RW9", "B98"),
        echo,
        "is_ours",
        ours_by_name,
        within("stranger", destroys=1),
        "strangers are left alone",
    ),
)
