"""Bugs of moving and of keeping: a copy made too early, one that is lost or left over, and an old volume that goes."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import echo, handover, launch, mount, relocate, rest, retain, start, story
from kiloclaw_core.effects import DeleteVolume, Empty
from kiloclaw_core.facts import Fact, Replied
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Role, VolumeHolding
from kiloclaw_core.machine import Data, VolumeSeen
from kiloclaw_core.names import MachineId, OpId
from kiloclaw_core.outcomes import Outcome, Rejected, SnapshotsListed
from kiloclaw_core.phases import ListingSnapshots
from kiloclaw_core.stories import Attempt, Relocating, Trust
from kiloclaw_core.verbs import condemn_machine, condemn_volume, our_machine, our_volume
from kiloclaw_core.world.setting import SMALL, Beginning

_left = handover.left
_listing_snapshots = relocate.listing_snapshots
_make_candidate = relocate.make_candidate
_once_free = start.once_free
_probe = launch.probe


# -- the copy ----------------------------------------------------------------------------------------------------


def copied_while_up(record: Instance) -> Transition | None:
    """A copy is made while the old machine may still come up and write."""
    copying = isinstance(record.story, Relocating) and record.ledger.candidate is None
    return None if copying else _once_free(record)


def never_run_is_empty(record: Instance, attempt: Attempt) -> Transition:
    """A volume on which no machine of this record was ever seen up is taken for an empty one."""
    if record.has_run:
        return _make_candidate(record, attempt)
    unused = evolve(our_volume(record), data=Data.FRESH)
    return _make_candidate(evolve(record, ledger=record.ledger.with_volume(unused)), attempt)


def empty_for_a_lost_one(record: Instance, phase: ListingSnapshots, fact: Fact) -> Transition:
    """A volume that is lost, and of which there is no snapshot, is replaced by an empty one."""
    if not isinstance(fact, Replied) or fact.op != phase.op or fact.outcome != SnapshotsListed(()):
        return _listing_snapshots(record, phase, fact)
    alone = relocate.without_machines(record)
    return start.once_free(alone) or relocate.copy(alone, Empty())


def copied_for_nobody(record: Instance, phase: ListingSnapshots, fact: Fact) -> Transition:
    """The snapshot of a lost volume is restored, whatever was asked since it was looked for."""
    if not isinstance(fact, Replied) or fact.op != phase.op or not isinstance(fact.outcome, SnapshotsListed):
        return _listing_snapshots(record, phase, fact)
    newest, *_ = fact.outcome.snapshots
    return relocate.from_snapshot(relocate.without_machines(record), newest)


def lost_where_it_was(record: Instance, attempt: Attempt) -> Transition:
    """A volume that is not where it was is lost, and nobody looks where else it might be."""
    source = our_volume(record)
    lost = attempt.trust is Trust.GONE and source.data is Data.BEARING
    return relocate.list_snapshots(record, source) if lost else _make_candidate(record, attempt)


def refused_is_gone(record: Instance, refusal: Rejected) -> Transition:
    """A machine that cannot have the volume we name goes, whatever it mounts."""
    return start.doubted(condemn_machine(record, our_machine(record)), refusal)


def back_when_stopped(record: Instance) -> Instance:
    """A move that a stop ends goes back to the old volume, though a machine was sent for on the copy."""
    return handover.rolled_back(record) if story.is_abandoned(record) else record


def half_moved(record: Instance, refusal: Rejected) -> Transition:
    """A story that gives up leaves a move that was not its own where it was."""
    return story.ended(record, refusal)


def left_for_good(_: Instance) -> bool:
    """Stock is taken of machines alone: where a volume is that has none is nobody's to ask."""
    return False


def overlooked(record: Instance, _: VolumeSeen) -> Instance:
    """What a read shows and no record knows is nothing to anybody."""
    return record


def never_rolled_back(record: Instance) -> Instance:
    """A move that is given up leaves its copy where it is."""
    return record


def sent_for_is_used(record: Instance) -> bool:
    """A move goes back to an empty volume, because a machine was once sent for on it and never seen."""
    return our_volume(record).data is Data.FRESH


def back_for_room(record: Instance, refusal: Rejected) -> Transition:
    """A move without room for a machine that was up on its copy begins again from the old volume, untold."""
    return story.again(handover.rolled_back(record), refusal)


def unkept_copy(record: Instance, held: VolumeHolding) -> Instance:
    """What a move has made is deleted when it is given up, though a machine ran on it."""
    return condemn_volume(record, held)


# -- the old volume ----------------------------------------------------------------------------------------------


def hurried_goodbye(record: Instance, machine: MachineId) -> Transition:
    """The old volume is deleted while the health of the machine on its copy is still being asked."""
    transition = _probe(record, machine)
    after = transition.record
    if not isinstance(after, Instance) or record.ledger.candidate is None:
        return transition
    goodbye = DeleteVolume(after.ops, record.identity.app, our_volume(record).volume)
    numbered = evolve(after, ops=OpId(after.ops + 1))
    return evolve(transition, record=numbered, effects=(*transition.effects, goodbye))


def gone_when_committed(record: Instance, held: VolumeHolding) -> Instance:
    """The old volume goes as soon as its copy is in use, whole or not."""
    return condemn_volume(record, held)


def one_is_kept(record: Instance, held: VolumeHolding) -> Instance:
    """Only the volume that was left last is remembered."""
    others = tuple(one for one in record.ledger.volumes if one.role is not Role.RETAINED)
    return _left(evolve(record, ledger=evolve(record.ledger, volumes=others)), held)


def gone_under_a_machine(_: Instance, __: VolumeHolding) -> bool:
    """A volume that was kept goes when its time is up, whoever is still on it."""
    return False


def gone_by_the_clock(record: Instance, held: VolumeHolding, outcome: Outcome) -> bool:
    """A volume that was kept goes when its time is up, whatever became of the one in use."""
    return True


# -- a machine that Fly moved -------------------------------------------------------------------------------------


TWO_A_DAY: Final = evolve(
    small(Beginning.RUNNING, quits=2, blind=1),
    name="running, 2 quits, 1 blind, 2 recoveries a day",
    policy=evolve(SMALL, recoveries_a_day=2),
)
QUIT: Final = small(Beginning.RUNNING, quits=1, faults=1)

MUTANTS: Final = (
    Mutant(
        "copied-while-up",
        ("decisions 2 relocate", "RW6"),
        start,
        "once_free",
        copied_while_up,
        small(Beginning.RUNNING, quits=1, resurrections=1),
        "no machine boots on older data",
    ),
    Mutant(
        "never-run-is-empty",
        ("vector 82", "RW7", "LW08", "B55"),
        relocate,
        "make_candidate",
        never_run_is_empty,
        within("forgotten-volume", starts=1, full=1),
        "no silent empty disk",
    ),
    Mutant(
        "empty-for-a-lost-one",
        ("RW31", "B15"),
        relocate,
        "listing_snapshots",
        empty_for_a_lost_one,
        small(Beginning.RUNNING, starts=1, losses=1),
        "no silent empty disk",
    ),
    Mutant(
        "copied-for-nobody",
        ("LW07", "B04", "B78"),
        relocate,
        "listing_snapshots",
        copied_for_nobody,
        small(Beginning.RUNNING, snapshots=1, losses=1, destroys=1),
        "destroyed stays destroyed",
    ),
    Mutant(
        "never-rolled-back",
        ("RW15", "B106"),
        handover,
        "rolled_back",
        never_rolled_back,
        QUIT,
        "no move at rest",
    ),
    Mutant(
        "sent-for-is-used",
        ("rule 5",),
        handover,
        "is_unused",
        sent_for_is_used,
        small(Beginning.PROVISIONED, starts=1, full=1, early=1, crashes=1),
        "no silent empty disk",
    ),
    Mutant(
        "back-for-room",
        ("rule 5",),
        relocate,
        "moved_on",
        back_for_room,
        small(Beginning.HALTED, starts=1, full=2, quits=1),
        "no machine boots on older data",
    ),
    Mutant(
        "lost-where-it-was",
        ("rule 5",),
        relocate,
        "make_candidate",
        lost_where_it_was,
        within("migrated-and-recovered", quits=1, migrations=1),
        "leads home",
    ),
    Mutant(
        "refused-is-gone",
        ("rule 5",),
        mount,
        "refused",
        refused_is_gone,
        within("migrated-and-blind", snapshots=1, quits=1, migrations=1, blind=1),
        "no machine boots on older data",
    ),
    Mutant(
        "back-when-stopped",
        ("rule 5",),
        story,
        "unburdened",
        back_when_stopped,
        small(Beginning.HALTED, starts=2, stops=1, full=1),
        "no machine boots on older data",
    ),
    Mutant(
        "half-moved",
        ("rule 5",),
        story,
        "gave_up",
        half_moved,
        within("forgotten-machine", starts=2, stops=1, faults=1),
        "no move at rest",
    ),
    Mutant(
        "left-for-good",
        ("rule 5",),
        rest,
        "has_left",
        left_for_good,
        within("migrated-and-recovered", quits=1, migrations=1, stops=1),
        "leads home",
    ),
    Mutant(
        "overlooked",
        ("rule 5",),
        echo,
        "_notice_volume",
        overlooked,
        within("migrated-and-restored", snapshots=1, restores=1, migrations=1),
        "leads home",
    ),
    Mutant(
        "unkept-copy",
        ("RW42", "LW11d"),
        handover,
        "kept_whole",
        unkept_copy,
        small(Beginning.RUNNING, quits=2),
        "the data is kept",
    ),
    Mutant(
        "hurried-goodbye",
        ("vector 77", "RW1", "LW11c"),
        launch,
        "probe",
        hurried_goodbye,
        QUIT,
        "a move keeps what it leaves",
    ),
    Mutant(
        "gone-when-committed",
        ("rule 5", "B109"),
        handover,
        "left",
        gone_when_committed,
        small(Beginning.RUNNING, quits=1),
        "the data is kept",
    ),
    Mutant(
        "one-is-kept",
        ("vector 89", "RW13", "LW19"),
        handover,
        "left",
        one_is_kept,
        TWO_A_DAY,
        "tracked at rest",
    ),
    Mutant(
        "gone-by-the-clock",
        ("rule 5", "LW12", "B141"),
        retain,
        "is_whole_successor",
        gone_by_the_clock,
        small(Beginning.RUNNING, quits=1),
        "the data is kept",
    ),
    Mutant(
        "gone-under-a-machine",
        ("rule 7",),
        retain,
        "is_mounted",
        gone_under_a_machine,
        within("forgotten-machine", starts=1, stops=1, faults=1),
        "machines go before volumes",
    ),
)
