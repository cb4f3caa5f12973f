"""A create refused because its name is taken: find who holds the name, verify whose it is, adopt it or condemn it.

`(409) -> Verifying -> adopted`, by way of `Seeking` where the refusal names nobody, and of `Weighing` where the
machine mounts another volume than ours (reconcile 4.6). Names are hints, metadata is evidence. An attempt adopts at
most once, condemns at most one machine, and never creates again after a name that nobody holds.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import attempts, echo, handover, inspection, mount, relocate, story
from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import GetMachine, GetVolume, ListMachines
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Note, Transition
from kiloclaw_core.ledger import Role
from kiloclaw_core.machine import MachineSeen, MachineState, VolumeState
from kiloclaw_core.names import MachineId, VolumeId
from kiloclaw_core.outcomes import MachineShown, MachinesListed, Rejected, VolumeShown, Why
from kiloclaw_core.phases import Look, Seeking, Source, Verifying, Weighing
from kiloclaw_core.stories import Relocating, Spent
from kiloclaw_core.verbs import go, hold_machine, target_volume

LIKELIEST = (
    MachineState.STARTED,
    MachineState.STARTING,
    MachineState.STOPPED,
    MachineState.CREATED,
    MachineState.STOPPING,
    MachineState.REPLACING,
    MachineState.UPDATING,
    MachineState.SUSPENDED,
    MachineState.FAILED,
    MachineState.OTHER,
)
"""Which of several candidates is taken first (reconcile 2.12.6)."""


def seek(instance: Instance, refusal: Rejected) -> Transition:
    """The name is taken: by the machine that the refusal names, or by one that a listing shows."""
    if attempts.has_spent(instance, Spent.ADOPTION):
        return give_back(instance, refusal)
    holder = refusal.holder
    if holder is None:
        return list_holders(instance, refusal, None)
    if is_leaving(instance, holder):
        return name_lingers(instance, evolve(refusal, why=Why.CONFLICT))
    return verify(instance, refusal, holder, Source.HINT)


def name_lingers(instance: Instance, refusal: Rejected) -> Transition:
    """Its holder is ours and on its way out: the name will be free; if it never is, the next machine has another."""
    attempt = attempts.attempt_of(instance)
    if attempt is None or attempt.tries > 0 or Spent.NAME in attempt.spent:
        return story.again(instance, refusal)
    renamed = evolve(instance, generation=instance.generation + 1)
    return story.onward(attempts.learnt(renamed, lambda before: attempts.spend(before, Spent.NAME)))


def is_leaving(instance: Instance, machine: MachineId) -> bool:
    """Whether the machine is dead to us, or condemned: its name will be free."""
    held = instance.ledger.holding(machine)
    return machine in instance.ledger.dead_machines or (held is not None and held.role is Role.CONDEMNED)


def give_back(instance: Instance, refusal: Rejected, *notes: Note) -> Transition:
    """The attempt ends with the refusal it got: nothing was created, and what we held we hold."""
    transition = story.refused(instance, refusal, Failing.START)
    return evolve(transition, notes=(*notes, *transition.notes))


def list_holders(instance: Instance, refusal: Rejected, missing: MachineId | None) -> Transition:
    """List the app's machines, to find the one that holds our name."""
    op, who = instance.ops, instance.identity
    return go(instance, Seeking(op, refusal, missing), ListMachines(op, who.app, who.sandbox))


def seeking(instance: Instance, phase: Seeking, fact: Fact) -> Transition:
    """Looking for the machine that holds our name."""
    match fact:
        case Replied(op=phase.op, outcome=MachinesListed(seen=machines)):
            return found(instance, phase, machines)
        case Replied(op=phase.op, outcome=outcome):
            return story.unshown(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def found(instance: Instance, phase: Seeking, machines: tuple[MachineSeen, ...]) -> Transition:
    """By name first, in an app of our own; then by metadata; then the refusal stands."""
    live = [one for one in machines if is_candidate(instance, phase, one)]
    named = [one for one in live if one.named_ours and instance.identity.tenancy is Tenancy.OWN]
    meant = [one for one in live if one.sandbox == instance.identity.sandbox]
    if named:
        return verify(instance, phase.refusal, likeliest(named).machine, Source.NAME)
    if meant:
        return verify(instance, phase.refusal, likeliest(meant).machine, Source.METADATA)
    if phase.refusal.why is Why.VOLUME_CLAIMED:
        return relocate.displaced(instance, evolve(phase.refusal, why=Why.HOST_DOWN))  # by one that is gone for us
    if phase.missing is not None:
        return give_back(instance, phase.refusal, _vanished(phase.missing))
    unparsed = Note("adopt_existing_machine_unparsed", (("body", phase.refusal.text),))
    return give_back(instance, phase.refusal, unparsed)


def is_candidate(instance: Instance, phase: Seeking, seen: MachineSeen) -> bool:
    """Whether a listed machine may hold our name: alive, not the one we missed, not dead to us."""
    return (
        not echo.is_dead(seen) and seen.machine != phase.missing and seen.machine not in instance.ledger.dead_machines
    )


def likeliest(machines: list[MachineSeen]) -> MachineSeen:
    """The one nearest to serving."""
    return min(machines, key=lambda one: (LIKELIEST.index(one.state), one.machine))


def verify(instance: Instance, refusal: Rejected, machine: MachineId, source: Source) -> Transition:
    """Look at the machine that is said to hold our name."""
    op, who = instance.ops, instance.identity
    return go(instance, Verifying(op, refusal, machine, source), GetMachine(op, who.app, who.sandbox, machine))


def verifying(instance: Instance, phase: Verifying, fact: Fact) -> Transition:
    """The machine that holds our name is being looked at."""
    match fact:
        case Replied(op=phase.op, outcome=MachineShown(seen=seen)):
            return verified(instance, phase, seen)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return vanished(instance, phase)
        case Replied(op=phase.op, outcome=outcome):
            return story.unshown(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def vanished(instance: Instance, phase: Verifying) -> Transition:
    """The name registry is ahead of the machines: a hint is checked against a listing once, and nothing is created."""
    match phase.source:
        case Source.HINT:
            return list_holders(instance, phase.refusal, phase.machine)
        case Source.NAME | Source.METADATA:
            return give_back(instance, phase.refusal, _vanished(phase.machine))


def _vanished(machine: MachineId) -> Note:
    return Note("adopt_existing_machine_vanished", (("machine_id", machine),))


def verified(instance: Instance, phase: Verifying, seen: MachineSeen) -> Transition:
    """Is it alive, is it ours, does it mount our volume?"""
    if echo.is_dead(seen):
        return vanished(instance, phase)
    if not echo.is_ours(instance, seen):
        foreign = Note("adopt_existing_machine_foreign", (("machine_id", seen.machine),))
        return give_back(instance, phase.refusal, foreign)
    instance = echo.noticed(instance, MachinesListed((seen,)))  # whatever comes of it, we know of it from now on
    if seen.volume == target_volume(instance).volume:
        return adopted(instance, seen)
    return mismatched(instance, phase, seen)


def mismatched(instance: Instance, phase: Verifying, seen: MachineSeen) -> Transition:
    """It mounts another volume. If ours was never used, the other one has the data, provided that it is there."""
    deciding_volume = deciding(instance, seen)
    if deciding_volume is None or instance.ledger.candidate is not None:
        return condemned(instance, phase.refusal, seen)  # a move leaves the other volume behind
    return weigh(instance, phase.refusal, seen, deciding_volume, Look.FIRST)


def deciding(instance: Instance, seen: MachineSeen) -> VolumeId | None:
    """The volume that decides: ours, unless it was never used; then the one that the machine mounts, if any."""
    return (
        seen.volume
        if handover.is_unused(instance) and instance.ledger.candidate is None
        else target_volume(instance).volume
    )


def weigh(instance: Instance, refusal: Rejected | None, seen: MachineSeen, volume: VolumeId, look: Look) -> Transition:
    """Look whether the volume that decides is there, the second time apart from the first."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if look is Look.FIRST else instance.policy.look_apart_s
    effect = GetVolume(op, who.app, who.sandbox, volume, pause_s)
    return go(instance, Weighing(op, refusal, seen, volume, look), effect)


def weighing(instance: Instance, phase: Weighing, fact: Fact) -> Transition:
    """The volume that decides between the machine's mount and ours is being looked at."""
    match fact:
        case Replied(op=phase.op, outcome=VolumeShown(seen=volume)):
            return missed(instance, phase) if volume.state is VolumeState.LEAVING else weighed_there(instance, phase)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND | Why.MISSING_VOLUME)):
            return missed(instance, phase)
        case Replied(op=phase.op, outcome=outcome):
            return story.unshown(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def missed(instance: Instance, phase: Weighing) -> Transition:
    """The volume that decides was not shown: a second look makes it conclusive."""
    match phase.look:
        case Look.FIRST:
            return weigh(instance, phase.refusal, phase.seen, phase.volume, Look.SECOND)
        case Look.SECOND:
            return weighed_gone(instance, phase)


def weighed_there(instance: Instance, phase: Weighing) -> Transition:
    """The deciding volume is there: the machine's own mount wins over an unused one, ours over any other."""
    if phase.refusal is None:
        return mount.weighed_there(instance, phase)
    if phase.volume == phase.seen.volume:
        return adopted(mount.mount_adopted(instance, phase.volume, phase.seen.region), phase.seen)
    return condemned(instance, phase.refusal, phase.seen)


def weighed_gone(instance: Instance, phase: Weighing) -> Transition:
    """The deciding volume is gone: the other one is all there is."""
    if phase.refusal is None:
        return mount.weighed_gone(instance, phase)
    if phase.volume == phase.seen.volume:
        return condemned(instance, phase.refusal, phase.seen)
    if phase.seen.volume is None:
        return give_back(instance, Rejected(Why.MISSING_VOLUME, text="our volume is gone, and the machine has none"))
    return adopted(mount.mount_adopted(instance, phase.seen.volume, phase.seen.region), phase.seen)


def adopted(instance: Instance, seen: MachineSeen) -> Transition:
    """It is ours: its id is held before anything else is sent, its size is learnt, and the start goes on with it."""
    instance = inspection.refreshed(hold_machine(instance, seen, Role.ACTIVE), seen)
    instance = attempts.learnt(instance, lambda attempt: attempts.spend(attempt, Spent.ADOPTION))
    note = Note("adopt_existing_machine", (("machine_id", seen.machine), ("fly_state", seen.state.value)))
    transition = story.adopted(instance, seen)
    return evolve(transition, notes=(note, *transition.notes))


def condemned(instance: Instance, refusal: Rejected, seen: MachineSeen) -> Transition:
    """It is stale: it alone is condemned, never a volume, and the attempt ends with the refusal it got.

    A move goes on once the name is free: that machine is the one it leaves.
    """
    instance = echo.mount_noticed(hold_machine(instance, seen, Role.CONDEMNED), seen)
    note = Note(
        "adopt_existing_machine_volume_mismatch",
        (("machine_id", seen.machine), ("found_volume_id", seen.volume or "")),
    )
    if isinstance(instance.story, Relocating):
        return give_back(instance, evolve(refusal, why=Why.CONFLICT), note)
    return give_back(instance, refusal, note)
