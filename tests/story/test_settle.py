"""A request of unknown outcome: waited out until it can no longer land, then looked for, twice and apart."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    AwaitState,
    Awaited,
    CreateMachine,
    CreateVolume,
    DeleteVolume,
    GetMachine,
    ListMachines,
    ListVolumes,
    Settle,
    StopMachine,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Ledger, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, SandboxId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    Unknown,
    VolumeMade,
    VolumesListed,
    Why,
)
from kiloclaw_core.phases import (
    AlarmName,
    Attempt,
    Awaiting,
    Clearing,
    Idle,
    Inspecting,
    Listing,
    Look,
    Pausing,
    Provisioning,
    Seeking,
    Settling,
    Sought,
    Spent,
    Starting,
    Stopped,
    Trust,
)

from .everywhere import changing, creating_volume, listing, settling
from .scenario import SANDBOX, SPEC, WHO, Scenario, destroy, stop
from .test_boot import booting

APP: Final = WHO.app
AMS: Final = Region("ams")
M6: Final = MachineId("m6")
V2: Final = VolumeId("v2")
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
HELD: Final = (MachineHolding(M6, Role.ACTIVE, V2, VersionId("i6")),)
OURS: Final = MachineSeen(
    M6,
    MachineState.STARTED,
    VersionId("i6"),
    V2,
    OpId(6),
    named_ours=True,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=1,
    guest=SPEC.guest,
    region=AMS,
)
"""The machine that the create in doubt, op 6, made."""
OUR_VOLUME: Final = VolumeSeen(V2, VolumeState.CREATED, Named.MARKED, OpId(2), None, AMS)
"""The volume that the create in doubt, op 2, made."""
CREATED: Final = Note("create_machine", (("machine_id", "m6"),))


def doubted_volume() -> Scenario:
    """A create of the volume, op 2, was not answered; its settle is op 3."""
    scenario = creating_volume()
    scenario.answer(Unknown())
    return scenario


def doubted_boot() -> Scenario:
    """A boot, op 16, was not answered; its settle is op 17."""
    scenario = booting()
    scenario.answer(Unknown())
    return scenario


def obtained(before: Instance, op: int) -> Transition:
    """The machine that was in doubt is held, and waited for by this op."""
    story = Starting(OpId(3), evolve(SEEN, spent=(Spent.CREATE,)))
    ledger = evolve(before.ledger, machines=HELD)
    return Transition(
        evolve(
            before, phase=Awaiting(OpId(op), M6, Awaited.STARTED), story=story, ledger=ledger, ops=OpId(op + 1)
        ),
        (AwaitState(OpId(op), APP, M6, Awaited.STARTED),),
        (CREATED,),
    )


# -- waited out --------------------------------------------------------------------------------------------------


def test_a_create_that_can_no_longer_land_is_looked_for() -> None:
    """Only now does a listing say anything."""
    scenario = settling()
    before = scenario.instance
    assert scenario.answer(Done()) == Transition(
        evolve(before, phase=Listing(OpId(8), OpId(6), Sought.MACHINE, Look.FIRST), ops=OpId(9)),
        (ListMachines(OpId(8), APP, SANDBOX),),
    )


def test_a_volume_that_can_no_longer_land_is_looked_for_among_volumes() -> None:
    """Its mark is in its name."""
    scenario = doubted_volume()
    before = scenario.instance
    assert scenario.answer(Done()) == Transition(
        evolve(before, phase=Listing(OpId(4), OpId(2), Sought.VOLUME, Look.FIRST), ops=OpId(5)),
        (ListVolumes(OpId(4), APP, SANDBOX),),
    )


def test_a_change_that_can_no_longer_land_shows_on_the_machine() -> None:
    """No listing is needed: what the story does next is look at it."""
    scenario = doubted_boot()
    before = scenario.instance
    assert scenario.answer(Done()) == Transition(
        evolve(before, phase=Inspecting(OpId(18), M6, Look.FIRST), ops=OpId(19)),
        (GetMachine(OpId(18), APP, SANDBOX, M6),),
    )


def test_the_answer_itself_ends_the_doubt() -> None:
    """It came late, and it is better than any listing."""
    scenario = settling()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(6), MachineMade(OURS))) == obtained(before, 8)


@pytest.mark.parametrize("answer", [Done(), MachineShown(OURS)])
def test_the_answer_to_a_change_ends_the_doubt(answer: Outcome) -> None:
    """What follows is decided by what is wanted, after a look."""
    scenario = doubted_boot()
    assert scenario.tell(Replied(OpId(16), answer)).effects == (GetMachine(OpId(18), APP, SANDBOX, M6),)


def test_a_create_that_was_refused_after_all_is_refused_as_if_in_time() -> None:
    """Whether the volume was mounted is certain now; that it may have been stays on record, which is the safe side."""
    scenario = settling()
    before = scenario.instance
    note = FailureNote(Failing.START, Why.QUOTA)
    line = Note("start_failed", (("why", "quota"), ("text", "")))
    assert scenario.tell(Replied(OpId(6), Rejected(Why.QUOTA, None, 403))) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


def test_a_create_that_was_refused_for_its_name_after_all_is_adopted_as_if_in_time() -> None:
    """The name is taken by somebody, and that is worth knowing however late it comes."""
    scenario = settling()
    refusal = Rejected(Why.ALREADY_EXISTS, None, 409)
    scenario.tell(Replied(OpId(6), refusal))
    assert scenario.instance.phase == Seeking(OpId(8), refusal, None)


def test_a_volume_that_was_refused_after_all_ends_the_provision() -> None:
    """No volume was made for certain."""
    scenario = doubted_volume()
    before = scenario.instance
    note = FailureNote(Failing.PROVISION, Why.QUOTA)
    line = Note("provision_failed", (("why", "quota"), ("text", "")))
    assert scenario.tell(Replied(OpId(2), Rejected(Why.QUOTA, None, 403))) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


def test_a_change_that_was_refused_after_all_begins_with_a_look() -> None:
    """The machine shows what there is to do."""
    scenario = doubted_boot()
    transition = scenario.tell(Replied(OpId(16), Rejected(Why.TOO_EARLY, None, 412)))
    assert transition.effects == (GetMachine(OpId(18), APP, SANDBOX, M6),)


def test_a_doubt_that_was_taken_over_is_waited_out_whole() -> None:
    """The wait is the performer's own clock: a new performer has waited for nothing yet."""
    scenario = settling()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(8), OpId(6), Sought.MACHINE), ops=OpId(9)), (Settle(OpId(8), OpId(6)),)
    )


def test_a_settle_that_did_not_end_is_repeated() -> None:
    """Only done ends a settle: neither a doubt about the wait itself nor an alarm does."""
    scenario = settling()
    assert scenario.answer(Unknown()).effects == (Settle(OpId(8), OpId(6)),)
    assert scenario.ring(AlarmName.PATIENCE).effects == (Settle(OpId(9), OpId(6)),)


def test_a_second_doubt_about_the_same_request_changes_nothing() -> None:
    """Its answer is unknown already."""
    scenario = settling()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(6), Unknown())) == Transition(before)


def test_another_wish_waits_until_the_doubt_is_settled() -> None:
    """A stop or a destroy sent now could be undone by the create that lands after it."""
    scenario = settling()
    before = scenario.ask(stop())
    assert scenario.wake() == Transition(evolve(before, asked=None))


def test_an_older_answer_does_not_end_the_doubt() -> None:
    """It is about something else."""
    scenario = settling()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


def test_a_destroy_after_the_doubt_razes_and_leaves_the_looking_to_the_sweep() -> None:
    """Whatever was made is found by sweeping, with everything else that may be left."""
    scenario = settling()
    scenario.ask(destroy())
    scenario.wake()
    assert scenario.answer(Done()).effects == (DeleteVolume(OpId(9), APP, V2),)
    assert scenario.instance.phase == Clearing()


# -- looked for --------------------------------------------------------------------------------------------------


def test_a_machine_that_bears_the_mark_is_the_one_that_was_made() -> None:
    """Known by its mark and by nothing less; its id is held before anything else is sent."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(MachinesListed((OURS,))) == obtained(before, 9)


def test_a_volume_that_bears_the_mark_is_the_one_that_was_made() -> None:
    """Upstream made a second volume and lost the first (W43)."""
    scenario = doubted_volume()
    scenario.answer(Done())
    before = scenario.instance
    held = Ledger(volumes=(VolumeHolding(V2, Role.ACTIVE, Data.FRESH, AMS),))
    assert scenario.answer(VolumesListed((OUR_VOLUME,))) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), ledger=held),
        (),
        (Note("create_volume", (("volume_id", "v2"),)),),
    )


@pytest.mark.parametrize("machine", [(), (evolve(OURS, sandbox=SandboxId("ki_2")),)])
def test_a_machine_that_the_first_listing_lacks_is_looked_for_again_apart(machine: tuple[MachineSeen, ...]) -> None:
    """One listing may be late; and a mark on a machine that is not ours is somebody else's number."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(MachinesListed(machine)) == Transition(
        evolve(before, phase=Listing(OpId(9), OpId(6), Sought.MACHINE, Look.SECOND), ops=OpId(10)),
        (ListMachines(OpId(9), APP, SANDBOX, pause_s=15.0),),
    )


def test_a_machine_that_two_listings_lack_was_not_made_and_is_made_anew() -> None:
    """Only then is the create repeated, as another try of the same attempt."""
    scenario = listing()
    scenario.answer(MachinesListed(()))
    before = scenario.instance
    story = Starting(OpId(3), evolve(SEEN, tries=2))
    assert scenario.answer(MachinesListed(())) == Transition(
        evolve(before, phase=Pausing(OpId(10)), story=story, ops=OpId(11))
    )
    assert [type(one) for one in scenario.ring(AlarmName.PAUSE).effects] == [CreateMachine]


def test_a_volume_that_two_listings_lack_was_not_made_and_is_made_anew() -> None:
    """The new one bears a new mark, so that the old one is known should it land after all."""
    scenario = doubted_volume()
    scenario.answer(Done())
    scenario.answer(VolumesListed(()))
    scenario.answer(VolumesListed(()))
    assert scenario.instance.story == Provisioning(OpId(0), Attempt(tries=2, secrets=1))
    effects = scenario.ring(AlarmName.PAUSE).effects
    assert effects == (CreateVolume(OpId(7), APP, SANDBOX, (AMS,), 10, Guest(2, 4096, "shared")),)


def test_what_else_a_listing_shows_as_ours_is_held_as_found() -> None:
    """Whatever a listing shows as ours enters the ledger at once (decisions 5)."""
    scenario = listing()
    other = evolve(OURS, machine=MachineId("m-old"), mark=None)
    scenario.answer(MachinesListed((other,)))
    found = (MachineHolding(MachineId("m-old"), Role.FOUND, V2, VersionId("i6")),)
    assert scenario.instance.ledger.machines == found


def test_the_answer_itself_ends_the_looking() -> None:
    """It overstayed its settle; what it made is held all the same."""
    scenario = listing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(6), MachineMade(OURS))) == obtained(before, 9)


def test_a_listing_that_fails_is_repeated_when_patience_is_spent() -> None:
    """No answer is never an empty listing."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(Unknown()) == Transition(before)
    assert scenario.ring(AlarmName.PATIENCE) == Transition(
        evolve(before, phase=Listing(OpId(9), OpId(6), Sought.MACHINE, Look.FIRST), ops=OpId(10)),
        (ListMachines(OpId(9), APP, SANDBOX),),
    )


def test_a_listing_that_was_taken_over_is_repeated() -> None:
    """The same look again: the second stays the second."""
    scenario = listing()
    scenario.answer(MachinesListed(()))
    assert scenario.take_over().effects == (ListMachines(OpId(10), APP, SANDBOX, pause_s=15.0),)


def test_another_wish_waits_until_the_looking_is_done() -> None:
    """What was made must be known before it can be stopped or deleted."""
    scenario = listing()
    before = scenario.ask(stop())
    assert scenario.wake() == Transition(evolve(before, asked=None))


def test_a_machine_that_is_found_after_a_stop_was_asked_is_stopped() -> None:
    """It is ours, it is up, and nobody wants it up any more."""
    scenario = listing()
    scenario.ask(stop())
    scenario.wake()
    assert scenario.answer(MachinesListed((OURS,))).effects == (StopMachine(OpId(10), APP, M6),)


def test_an_older_answer_does_not_end_the_looking() -> None:
    """A listing that nobody waits for may be older than the create."""
    scenario = listing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(7), MachinesListed(()))) == Transition(before)


def test_a_destroy_needs_no_second_look() -> None:
    """The sweep looks twice for everything."""
    scenario = listing()
    scenario.ask(destroy())
    scenario.wake()
    assert scenario.answer(MachinesListed(())).effects == (DeleteVolume(OpId(10), APP, V2),)


def test_a_volume_that_lands_as_the_instance_is_destroyed_is_deleted() -> None:
    """Upstream leaked it: it finalised at once, without looking (B: destroy, lost ids)."""
    scenario = doubted_volume()
    scenario.ask(destroy())
    scenario.wake()
    (effect,) = scenario.tell(Replied(OpId(2), VolumeMade(OUR_VOLUME))).effects
    assert effect == DeleteVolume(effect.op, APP, V2)
    assert scenario.instance.phase == Clearing()


def test_a_stop_in_doubt_is_settled_and_then_asked_for_again() -> None:
    """Stopping what is stopped already succeeds, so that asking again does no harm."""
    scenario = changing()
    scenario.answer(Unknown())
    assert scenario.instance.phase == Settling(OpId(11), OpId(10), Sought.CHANGE)
    scenario.land_all()
    assert scenario.instance.phase == Stopped()
