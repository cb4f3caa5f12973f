"""A request of unknown outcome: waited out until it can no longer land, then looked for, twice and apart."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    DeleteVolume,
    GetMachine,
    ListMachines,
    ListVolumes,
    Settle,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Note, Transition
from kiloclaw_core.names import MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    MachineMade,
    MachineShown,
    Outcome,
    Rejected,
    Unknown,
    Why,
)
from kiloclaw_core.phases import (
    AlarmName,
    Clearing,
    CreatingMachine,
    Listing,
    Look,
    Pausing,
    Seeking,
    Settling,
    Sought,
    Stopped,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Idle, Trust

from .doubts import AMS, OURS, doubted_volume, obtained
from .everywhere import settling
from .machines import booting
from .moves import until
from .scenario import EMPTY, SANDBOX, WHO, Scenario, destroy, starting, stop

APP: Final = WHO.app
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)


def doubted_boot() -> Scenario:
    """A boot, op 17, was not answered; its settle is op 18."""
    scenario = booting()
    scenario.answer(Unknown())
    return scenario


# -- waited out --------------------------------------------------------------------------------------------------


def test_how_long_a_doubt_is_waited_out_is_the_policy_s_to_say() -> None:
    """Whoever performs it knows no better."""
    scenario = until(starting(EMPTY, Policy(settle_s=5.0)), CreatingMachine)
    assert scenario.answer(Unknown()).effects == (Settle(OpId(8), OpId(7), 5.0),)


def test_a_create_that_can_no_longer_land_is_looked_for() -> None:
    """Only now does a listing say anything."""
    scenario = settling()
    before = scenario.instance
    assert scenario.answer(Done()) == Transition(
        evolve(before, phase=Listing(OpId(9), OpId(7), Sought.MACHINE, Look.FIRST), ops=OpId(10)),
        (ListMachines(OpId(9), APP, SANDBOX),),
    )


def test_a_volume_that_can_no_longer_land_is_looked_for_among_volumes() -> None:
    """Its mark is in its name."""
    scenario = doubted_volume()
    before = scenario.instance
    assert scenario.answer(Done()) == Transition(
        evolve(before, phase=Listing(OpId(5), OpId(3), Sought.VOLUME, Look.FIRST), ops=OpId(6)),
        (ListVolumes(OpId(5), APP, SANDBOX),),
    )


def test_a_change_that_can_no_longer_land_shows_on_the_machine() -> None:
    """No listing is needed: after a pause, and as another try, the story looks at the machine."""
    scenario = doubted_boot()
    scenario.answer(Done())
    assert scenario.instance.phase == Pausing(OpId(19))
    assert scenario.ring(AlarmName.PAUSE).effects == (GetMachine(OpId(20), APP, SANDBOX, M7),)


def test_the_answer_itself_ends_the_doubt() -> None:
    """It came late, and it is better than any listing."""
    scenario = settling()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(7), MachineMade(OURS))) == obtained(before, 9)


@pytest.mark.parametrize("answer", [Done(), MachineShown(OURS)])
def test_the_answer_to_a_change_ends_the_doubt(answer: Outcome) -> None:
    """What follows is decided by what is wanted, after a look."""
    scenario = doubted_boot()
    assert scenario.tell(Replied(OpId(17), answer)).effects == (GetMachine(OpId(19), APP, SANDBOX, M7),)


def test_a_create_that_was_refused_after_all_is_refused_as_if_in_time() -> None:
    """Whether the volume was mounted is certain now; that it may have been stays on record, which is the safe side."""
    scenario = settling()
    before = scenario.instance
    note = FailureNote(Failing.START, Why.LIMIT)
    line = Note("instance.provisioning_failed", (("label", "no_machine_created"), ("why", "limit"), ("error", "")))
    assert scenario.tell(Replied(OpId(7), Rejected(Why.LIMIT, None, 422))) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


def test_a_create_that_was_refused_for_its_name_after_all_is_adopted_as_if_in_time() -> None:
    """The name is taken by somebody, and that is worth knowing however late it comes."""
    scenario = settling()
    refusal = Rejected(Why.ALREADY_EXISTS, None, 409)
    scenario.tell(Replied(OpId(7), refusal))
    assert scenario.instance.phase == Seeking(OpId(9), refusal, None)


def test_a_volume_that_was_refused_after_all_ends_the_provision() -> None:
    """No volume was made for certain."""
    scenario = doubted_volume()
    before = scenario.instance
    note = FailureNote(Failing.PROVISION, Why.QUOTA)
    line = Note("instance.provisioning_failed", (("label", "no_machine_created"), ("why", "quota"), ("error", "")))
    assert scenario.tell(Replied(OpId(3), Rejected(Why.QUOTA, None, 403))) == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            notes=(note,),
            full_regions=(FullRegion(AMS, OpId(5)),),
            ops=OpId(6),
        ),
        (),
        (Note("region.capacity_eviction", (("flyRegion", "ams"), ("label", "evicted"))), line),
    )


def test_a_change_that_was_refused_after_all_begins_with_a_look() -> None:
    """The machine shows what there is to do."""
    scenario = doubted_boot()
    transition = scenario.tell(Replied(OpId(17), Rejected(Why.TOO_EARLY, None, 412)))
    assert transition.effects == (GetMachine(OpId(19), APP, SANDBOX, M7),)


def test_a_doubt_that_was_taken_over_is_waited_out_whole() -> None:
    """The wait is the performer's own clock: a new performer has waited for nothing yet."""
    scenario = settling()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(9), OpId(7), Sought.MACHINE), ops=OpId(10)), (Settle(OpId(9), OpId(7)),)
    )


def test_a_settle_that_did_not_end_is_repeated() -> None:
    """Only done ends a settle: neither a doubt about the wait itself nor an alarm does."""
    scenario = settling()
    assert scenario.answer(Unknown()).effects == (Settle(OpId(9), OpId(7)),)
    assert scenario.ring(AlarmName.PATIENCE).effects == (Settle(OpId(10), OpId(7)),)


def test_a_second_doubt_about_the_same_request_changes_nothing() -> None:
    """Its answer is unknown already."""
    scenario = settling()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(7), Unknown())) == Transition(before)


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
    assert scenario.answer(Done()).effects == (DeleteVolume(OpId(10), APP, V3),)
    assert scenario.instance.phase == Clearing()
