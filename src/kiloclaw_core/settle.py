"""An unknown outcome, made known: wait until the request can no longer land, then look whether it did.

`Creating… -> Settling -> Listing, twice and apart -> obtained, or another try`. Only `Done` ends a settle. A change
of our machine needs no listing: looking at the machine is what its story does next anyway.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import attempts, echo, provision, restore, start, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import ListMachines, ListVolumes, Settle
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Instance, Note, Transition
from kiloclaw_core.ledger import Role
from kiloclaw_core.machine import Data, MachineSeen, VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done, MachineMade, MachineShown, MachinesListed, Rejected, VolumeMade, VolumesListed
from kiloclaw_core.phases import Listing, Look, Settling, Sought
from kiloclaw_core.stories import Spent, Trust
from kiloclaw_core.verbs import go, hold_machine, hold_volume, stay


def settle(instance: Instance, of: OpId, sought: Sought) -> Transition:
    """The outcome of `of` is unknown: nothing else is sent for that resource until it can no longer land."""
    op = instance.ops
    return go(instance, Settling(op, of, sought), Settle(op, of, instance.policy.settle_s))


def settling(instance: Instance, phase: Settling, fact: Fact) -> Transition:
    """A request of unknown outcome is waited out."""
    match fact:
        case Replied(op=phase.op, outcome=Done()):
            return settled(instance, phase)
        case Replied(op=phase.of, outcome=MachineMade() | VolumeMade() as made):
            return obtained(instance, made, phase.sought)  # the answer itself: better than any listing
        case Replied(op=phase.of, outcome=MachineShown() | Done()):
            return story.onward(instance)
        case Replied(op=phase.of, outcome=Rejected() as refusal):
            return refused_late(instance, phase, refusal)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle(instance, phase.of, phase.sought)
        case Replied(op=phase.of) | Woken():
            return stay(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def refused_late(instance: Instance, phase: Settling, refusal: Rejected) -> Transition:
    """The answer came after all, and it is no: the same as if it had come in time."""
    match phase.sought:
        case Sought.VOLUME | Sought.CANDIDATE:
            return provision.volume_refused(instance, phase.sought, refusal)
        case Sought.MACHINE:
            return start.machine_refused(instance, refusal)
        case Sought.CHANGE:
            return story.onward(instance)


def settled(instance: Instance, phase: Settling) -> Transition:
    """It can no longer land. Did it? An instance to be gone sweeps for everything; a change shows on the machine."""
    match phase.sought:
        case Sought.CHANGE:
            return story.no_answer(instance)  # one try more is spent, so that no request is repeated for ever
        case Sought.VOLUME | Sought.CANDIDATE | Sought.MACHINE:
            if instance.desired is Desired.GONE:
                return story.onward(instance)
            return look(instance, phase.of, phase.sought, Look.FIRST)


def look(instance: Instance, of: OpId, sought: Sought, which: Look) -> Transition:
    """List what the app has, the second time apart from the first."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if which is Look.FIRST else instance.policy.look_apart_s
    effect = (
        ListVolumes(op, who.app, who.sandbox, pause_s)
        if sought in {Sought.VOLUME, Sought.CANDIDATE}
        else ListMachines(op, who.app, who.sandbox, pause_s)
    )
    return go(instance, Listing(op, of, sought, which), effect)


def listing(instance: Instance, phase: Listing, fact: Fact) -> Transition:
    """A create that can no longer land is looked for. A listing that fails is repeated when patience is spent."""
    match fact:
        case Replied(op=phase.op, outcome=MachinesListed() | VolumesListed() as listed):
            return reckoned(instance, phase, listed)
        case Replied(op=phase.of, outcome=MachineMade() | VolumeMade() as made):
            return obtained(instance, made, phase.sought)
        case Replied(op=phase.op) | Woken():
            return stay(instance)
        case Recovered() | AlarmRang():
            return look(instance, phase.of, phase.sought, phase.look)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def reckoned(instance: Instance, phase: Listing, listed: MachinesListed | VolumesListed) -> Transition:
    """What a listing shows after a settle: ours by its mark, or not there, which takes two listings to say."""
    made = marked(instance, phase.of, listed)
    if made is not None:
        return obtained(echo.noticed(instance, listed), made, phase.sought)
    instance = echo.noticed(instance, listed)
    match phase.look:
        case Look.FIRST if instance.desired is not Desired.GONE:
            return look(instance, phase.of, phase.sought, Look.SECOND)
        case Look.FIRST | Look.SECOND:
            return story.no_answer(instance)


def marked(instance: Instance, of: OpId, listed: MachinesListed | VolumesListed) -> MachineMade | VolumeMade | None:
    """The resource that the request `of` made, if the listing shows it: known by its mark and by nothing less."""
    match listed:
        case MachinesListed(seen=machines):
            machine = next((one for one in machines if is_fruit_machine(instance, of, one)), None)
            return None if machine is None else MachineMade(machine)
        case VolumesListed(seen=volumes):
            volume = next((one for one in volumes if is_fruit_volume(instance, of, one)), None)
            return None if volume is None else VolumeMade(volume)


def is_fruit_machine(instance: Instance, of: OpId, seen: MachineSeen) -> bool:
    """Whether this is the machine that `of` made, and no one we know."""
    return seen.mark == of and echo.is_ours(instance, seen) and not instance.ledger.knows(seen.machine)


def is_fruit_volume(instance: Instance, of: OpId, seen: VolumeSeen) -> bool:
    """Whether this is the volume that `of` made, and none we know."""
    return seen.mark == of and not instance.ledger.knows(seen.volume)


def obtained(instance: Instance, made: MachineMade | VolumeMade, sought: Sought) -> Transition:
    """A create landed: its id is held before anything else is sent."""
    match made:
        case VolumeMade(seen=volume) if sought is Sought.CANDIDATE:
            line = Note("fork_stranded_volume", (("volume_id", volume.volume),))
            return _told(story.onward(restore.candidate_made(instance, volume)), line)
        case VolumeMade(seen=volume):
            instance = hold_volume(instance, volume, Role.ACTIVE, Data.FRESH)
            instance = attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.SEEN))
            made_it = Note("create_volume", (("volume_id", volume.volume),))
            return _told(story.onward(instance), made_it, *provision.provisioned(instance))
        case MachineMade(seen=machine):
            instance = hold_machine(instance, machine, Role.ACTIVE)
            instance = attempts.learnt(instance, lambda attempt: attempts.spend(attempt, Spent.CREATE))
            return _told(story.created(instance, machine), Note("create_machine", (("machine_id", machine.machine),)))


def _told(transition: Transition, *notes: Note) -> Transition:
    return evolve(transition, notes=(*notes, *transition.notes))
