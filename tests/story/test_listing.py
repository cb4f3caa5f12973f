"""A create that can no longer land: looked for by its mark, in two listings apart, and only then repeated."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    CreateMachine,
    CreateVolume,
    DeleteVolume,
    ListMachines,
    ListVolumes,
    StopMachine,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Note, Transition
from kiloclaw_core.ledger import Ledger, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, Guest, MachineSeen, VolumeSeen
from kiloclaw_core.names import MachineId, OpId, Region, SandboxId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    Done,
    MachineMade,
    MachineShown,
    MachinesListed,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
)
from kiloclaw_core.phases import AlarmName, Clearing, Listing, Look, Pausing, Sought, Stopped
from kiloclaw_core.stories import Attempt, Idle, Provisioning, Starting, Trust

from .doubts import OUR_VOLUME, OURS, doubted_volume, obtained
from .everywhere import listing, settling
from .scenario import SANDBOX, WHO, destroy, stop
from .strays import STRAY_OP, echo

APP: Final = WHO.app
AMS: Final = Region("ams")
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
STRANGER: Final = evolve(OUR_VOLUME, volume=VolumeId("v-other"), mark=STRAY_OP)
"""A volume of ours that another request made."""
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)


# -- looked for --------------------------------------------------------------------------------------------------


def test_a_machine_that_bears_the_mark_is_the_one_that_was_made() -> None:
    """Known by its mark and by nothing less; its id is held before anything else is sent."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(MachinesListed((OURS,))) == obtained(before, 10)


def test_a_volume_that_bears_the_mark_is_the_one_that_was_made() -> None:
    """Upstream made a second volume and lost the first (W43)."""
    scenario = doubted_volume()
    scenario.answer(Done())
    before = scenario.instance
    held = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3)),))
    assert scenario.answer(VolumesListed((OUR_VOLUME,))) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), ledger=held),
        (),
        (Note("create_volume", (("volume_id", "v3"),)), Note("instance.provisioned", (("durationMs", "0"),))),
    )


@pytest.mark.parametrize("machine", [(), (evolve(OURS, sandbox=SandboxId("ki_2")),)])
def test_a_machine_that_the_first_listing_lacks_is_looked_for_again_apart(machine: tuple[MachineSeen, ...]) -> None:
    """One listing may be late; and a mark on a machine that is not ours is somebody else's number."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(MachinesListed(machine)) == Transition(
        evolve(before, phase=Listing(OpId(10), OpId(7), Sought.MACHINE, Look.SECOND), ops=OpId(11)),
        (ListMachines(OpId(10), APP, SANDBOX, pause_s=15.0),),
    )


@pytest.mark.parametrize("others", [(), (STRANGER,)], ids=["nothing", "one of another mark"])
def test_a_volume_that_the_first_listing_lacks_is_looked_for_again_apart(others: tuple[VolumeSeen, ...]) -> None:
    """What another request made is held as found, and is not taken for what this one made."""
    scenario = doubted_volume()
    scenario.answer(Done())
    before = scenario.instance
    found = tuple(VolumeHolding(one.volume, Role.FOUND, Data.BEARING, AMS, mark=one.mark) for one in others)
    assert scenario.answer(VolumesListed(others)) == Transition(
        evolve(
            before,
            phase=Listing(OpId(6), OpId(3), Sought.VOLUME, Look.SECOND),
            ledger=Ledger(volumes=found),
            ops=OpId(7),
        ),
        (ListVolumes(OpId(6), APP, SANDBOX, pause_s=15.0),),
    )


def test_a_machine_that_was_found_before_it_was_looked_for_is_not_news() -> None:
    """A look of before, which nobody waits for any more, showed it: whose it is says its name, at the next try."""
    scenario = settling()
    scenario.tell(echo(MachineShown(OURS)))
    scenario.land()
    before = scenario.instance
    assert [held.role for held in before.ledger.machines] == [Role.FOUND]
    assert scenario.answer(MachinesListed((OURS,))) == Transition(
        evolve(before, phase=Listing(OpId(10), OpId(7), Sought.MACHINE, Look.SECOND), ops=OpId(11)),
        (ListMachines(OpId(10), APP, SANDBOX, pause_s=15.0),),
    )


def test_a_volume_that_was_found_before_it_was_looked_for_is_ours_by_the_next_survey() -> None:
    """It is not news, and no second one is made beside it."""
    scenario = doubted_volume()
    scenario.tell(echo(VolumeShown(OUR_VOLUME)))
    scenario.answer(Done())
    for _ in Look:
        scenario.answer(VolumesListed((OUR_VOLUME,)))
    scenario.ring(AlarmName.PAUSE)
    scenario.answer(VolumesListed((OUR_VOLUME,)))
    assert scenario.instance.ledger == Ledger(
        volumes=(VolumeHolding(V3, Role.ACTIVE, Data.BEARING, AMS, mark=OpId(3)),)
    )


def test_a_machine_that_two_listings_lack_was_not_made_and_is_made_anew() -> None:
    """Only then is the create repeated, as another try of the same attempt."""
    scenario = listing()
    scenario.answer(MachinesListed(()))
    before = scenario.instance
    story = Starting(OpId(4), evolve(SEEN, tries=2))
    assert scenario.answer(MachinesListed(())) == Transition(
        evolve(before, phase=Pausing(OpId(11)), story=story, ops=OpId(12))
    )
    assert [type(one) for one in scenario.ring(AlarmName.PAUSE).effects] == [CreateMachine]


def test_a_volume_that_two_listings_lack_was_not_made_and_is_made_anew() -> None:
    """The new one bears a new mark, so that the old one is known should it land after all."""
    scenario = doubted_volume()
    scenario.answer(Done())
    scenario.answer(VolumesListed(()))
    scenario.answer(VolumesListed(()))
    assert scenario.instance.story == Provisioning(OpId(0), Attempt(tries=2, secrets=1))
    assert scenario.ring(AlarmName.PAUSE).effects == (ListVolumes(OpId(8), APP, SANDBOX),)
    effects = scenario.answer(VolumesListed(())).effects
    assert effects == (CreateVolume(OpId(9), APP, SANDBOX, (AMS,), 10, Guest(2, 4096, "shared")),)


def test_what_else_a_listing_shows_as_ours_is_held_as_found() -> None:
    """Whatever a listing shows as ours enters the ledger at once (decisions 5)."""
    scenario = listing()
    other = evolve(OURS, machine=MachineId("m-old"), mark=None)
    scenario.answer(MachinesListed((other,)))
    found = (MachineHolding(MachineId("m-old"), Role.FOUND, V3, VersionId("i7"), revision=1),)
    assert scenario.instance.ledger.machines == found


def test_the_answer_itself_ends_the_looking() -> None:
    """It overstayed its settle; what it made is held all the same."""
    scenario = listing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(7), MachineMade(OURS))) == obtained(before, 10)


def test_a_listing_that_fails_is_repeated_when_patience_is_spent() -> None:
    """No answer is never an empty listing."""
    scenario = listing()
    before = scenario.instance
    assert scenario.answer(Unknown()) == Transition(before)
    assert scenario.ring(AlarmName.PATIENCE) == Transition(
        evolve(before, phase=Listing(OpId(10), OpId(7), Sought.MACHINE, Look.FIRST), ops=OpId(11)),
        (ListMachines(OpId(10), APP, SANDBOX),),
    )


def test_a_listing_that_was_taken_over_is_repeated() -> None:
    """The same look again: the second stays the second."""
    scenario = listing()
    scenario.answer(MachinesListed(()))
    assert scenario.take_over().effects == (ListMachines(OpId(11), APP, SANDBOX, pause_s=15.0),)


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
    assert scenario.answer(MachinesListed((OURS,))).effects == (StopMachine(OpId(11), APP, M7),)


def test_an_older_answer_does_not_end_the_looking() -> None:
    """A listing that nobody waits for may be older than the create."""
    scenario = listing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(8), MachinesListed(()))) == Transition(before)


def test_a_destroy_needs_no_second_look() -> None:
    """The sweep looks twice for everything."""
    scenario = listing()
    scenario.ask(destroy())
    scenario.wake()
    assert scenario.answer(MachinesListed(())).effects == (DeleteVolume(OpId(11), APP, V3),)


def test_a_volume_that_lands_as_the_instance_is_destroyed_is_deleted() -> None:
    """Upstream leaked it: it finalised at once, without looking (B: destroy, lost ids)."""
    scenario = doubted_volume()
    scenario.ask(destroy())
    scenario.wake()
    (effect,) = scenario.tell(Replied(OpId(3), VolumeMade(OUR_VOLUME))).effects
    assert effect == DeleteVolume(effect.op, APP, V3)
    assert scenario.instance.phase == Clearing()
