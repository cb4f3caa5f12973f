"""Before a first volume is made: is there one that no record remembers?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Disown, Identity, Tenancy
from kiloclaw_core.effects import CreateVolume, DeleteVolume, GetVolume, ListVolumes, PayDebt
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Ledger, Role, VolumeHolding
from kiloclaw_core.machine import Data, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import CommandId, OpId, VolumeId
from kiloclaw_core.outcomes import AppReady, Done, Outcome, Rejected, Unknown, VolumesListed, Why
from kiloclaw_core.phases import (
    AlarmName,
    CheckingVolume,
    Clearing,
    CreatingVolume,
    Look,
    Pausing,
    Sought,
    Stopped,
    Surveying,
)
from kiloclaw_core.stories import Attempt, Idle, Provisioning

from .moves import DENIED, FRA, HOME, V3, V17, down, lost, photographed, recovered, until, wide
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, asked, destroy, provision, start, stop

APP: Final = WHO.app
SHARED: Final = evolve(WHO, tenancy=Tenancy.SHARED)
V_OLD: Final = VolumeId("v-old")
V_OTHER: Final = VolumeId("v-other")
OLD: Final = VolumeSeen(V_OLD, VolumeState.CREATED, Named.MARKED, None, None, FRA)
"""A volume that this sandbox made once, in a record that was lost."""
OTHER: Final = evolve(OLD, volume=V_OTHER)
KEPT: Final = VolumeHolding(V_OLD, Role.ACTIVE, Data.BEARING, FRA)
"""How the record remembers it from then on."""
FOUND: Final = evolve(KEPT, role=Role.FOUND)
MAKE: Final = CreateVolume(OpId(3), APP, SANDBOX, SPEC.regions, SPEC.volume_gb, SPEC.size)
LOOK: Final = ListVolumes(OpId(3), APP, SANDBOX)
WITH_APP: Final = Provisioning(OpId(0), Attempt(3, secrets=1))


def surveying(identity: Identity = WHO) -> Scenario:
    """A new instance looks for a volume; the look is op 2."""
    scenario = asked(provision(identity=identity))
    scenario.wake()
    scenario.land()
    return scenario


def shown(*volumes: VolumeSeen) -> VolumesListed:
    """What the look shows."""
    return VolumesListed(volumes)


def made(before: Instance) -> Transition:
    """Nothing of ours was there, so that a volume is asked for."""
    return Transition(evolve(before, phase=CreatingVolume(OpId(3), Sought.VOLUME), ops=OpId(4)), (MAKE,))


def gave_up(before: Instance, why: Why, text: str) -> Transition:
    """The provision ends with this note, and nothing is asked for."""
    failed = evolve(before, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.PROVISION, why),))
    return Transition(
        failed,
        (),
        (Note("instance.provisioning_failed", (("label", "no_machine_created"), ("why", why.value), ("error", text))),),
    )


# -- what it shows -----------------------------------------------------------------------------------------------


def test_an_instance_looks_for_a_volume_before_it_makes_its_first() -> None:
    """A record that was lost must not end in an empty disk beside a full one (reconcile 4.8)."""
    scenario = asked(provision())
    scenario.wake()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Surveying(OpId(2)), story=WITH_APP, ops=OpId(3)), (ListVolumes(OpId(2), APP, SANDBOX),)
    )


def test_where_none_is_there_one_is_made() -> None:
    """In the first of the owner's regions that has room."""
    scenario = surveying()
    before = scenario.instance
    assert scenario.land() == made(before)


@pytest.mark.parametrize("named", [Named.MARKED, Named.LEGACY])
def test_the_one_volume_that_is_there_is_ours(named: Named) -> None:
    """By its name, ours or upstream's; it may bear what a user once wrote, and it is where Fly says it is."""
    scenario = surveying()
    before = scenario.instance
    assert scenario.answer(shown(evolve(OLD, named=named))) == Transition(
        evolve(
            before,
            phase=CheckingVolume(OpId(3), V_OLD, Look.FIRST),
            ledger=Ledger(volumes=(KEPT,)),
            ops=OpId(4),
        ),
        (GetVolume(OpId(3), APP, SANDBOX, V_OLD),),
        (
            Note("recover_volume_from_name", (("volume_id", "v-old"),)),
            Note("instance.provisioned", (("durationMs", "0"),)),
        ),
    )


@pytest.mark.parametrize(
    ("seen", "identity"),
    [
        (evolve(OLD, state=VolumeState.LEAVING), WHO),
        (evolve(OLD, named=Named.FOREIGN), WHO),
        (evolve(OLD, named=Named.LEGACY), SHARED),
    ],
)
def test_a_volume_that_is_leaving_or_is_not_provably_ours_is_nobodys(seen: VolumeSeen, identity: Identity) -> None:
    """In an app of several sandboxes upstream's name does not say whose it is (W9)."""
    scenario = surveying(identity)
    before = scenario.instance
    assert scenario.answer(shown(seen)) == made(before)


def test_of_several_volumes_none_is_taken() -> None:
    """Whichever we took, the other might be the one: people are told which there are."""
    scenario = surveying()
    before = scenario.instance
    held = Ledger(volumes=(FOUND, evolve(FOUND, volume=V_OTHER)))
    text = "which volume is the one? There are v-old, v-other"
    expected = gave_up(evolve(before, ledger=held), Why.AMBIGUOUS, text)
    assert (scenario.answer(shown(OLD, OTHER)), scenario.instance.notes[0].text) == (expected, text)


def test_a_start_of_an_instance_without_a_volume_surveys_as_well() -> None:
    """Its provision was refused a volume; somebody has made one since, or an answer was lost."""
    scenario = surveying()
    scenario.answer(DENIED)
    scenario.ask(start())
    scenario.wake()
    assert scenario.land().effects == (ListVolumes(OpId(5), APP, SANDBOX),)
    assert scenario.answer(shown(OLD)).record == evolve(
        scenario.instance, phase=CheckingVolume(OpId(6), V_OLD, Look.FIRST), ledger=Ledger(volumes=(KEPT,))
    )


def test_a_volume_that_was_lost_and_disowned_gives_way_to_the_one_that_is_there() -> None:
    """An operator answers for the lost one; before an empty disk is made the instance looks round."""
    scenario = lost(down())
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    assert scenario.instance.notes == (FailureNote(Failing.START, Why.MISSING_VOLUME),)
    scenario.ask(Disown(CommandId("disown"), V3, "eve", "it is lost", AT))
    scenario.ring(AlarmName.RETRY)
    until(scenario, Surveying).answer(shown(OLD))
    assert scenario.instance.ledger.volume == KEPT


def test_a_kept_volume_that_is_all_there_is_left_is_ours_again_and_its_time_does_not_run_any_more() -> None:
    """What a recovery carried on was lost and disowned; what it was carried on from is not yet gone."""
    scenario = recovered(photographed(wide()))
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    lost(scenario, V17)
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    scenario.ask(Disown(CommandId("disown"), V17, "eve", "it is lost", AT))
    scenario.ring(AlarmName.RETRY)
    until(scenario, Surveying).land()
    assert scenario.instance.ledger.volumes == (evolve(HOME, healthy=False, counted=True),)


# -- what it does not show ---------------------------------------------------------------------------------------


def test_a_survey_that_is_refused_ends_the_provision() -> None:
    """Not knowing whether there is a volume is no reason to make another."""
    scenario = surveying()
    before = scenario.instance
    assert scenario.answer(DENIED) == gave_up(before, Why.UNAUTHORIZED, "unauthorized")


@pytest.mark.parametrize("answer", [Rejected(Why.RATE_LIMITED, None, 429), Unknown(), Done()])
def test_a_survey_without_an_answer_is_repeated_after_a_pause(answer: Outcome) -> None:
    """A read may be repeated at will, while there are tries."""
    scenario = surveying()
    before = scenario.instance
    story = Provisioning(OpId(0), Attempt(2, secrets=1))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(3)), story=story, ops=OpId(4)))
    assert scenario.ring(AlarmName.PAUSE).effects == (evolve(LOOK, op=OpId(4)),)


def lose_patience(scenario: Scenario) -> Transition:
    """The answer has taken too long."""
    return scenario.ring(AlarmName.PATIENCE)


@pytest.mark.parametrize("again", [Scenario.take_over, Scenario.wake, lose_patience])
def test_a_survey_that_was_taken_over_or_takes_too_long_is_repeated(again: Callable[[Scenario], Transition]) -> None:
    """Nobody hears the answer of the first one."""
    scenario = surveying()
    before = scenario.instance
    assert again(scenario) == Transition(evolve(before, phase=Surveying(OpId(3)), ops=OpId(4)), (LOOK,))


def test_an_older_answer_is_not_the_survey() -> None:
    """It says nothing about volumes."""
    scenario = surveying()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


@pytest.mark.parametrize("seen", [(), (OLD,)])
def test_a_destroy_during_a_survey_razes_what_it_shows(seen: tuple[VolumeSeen, ...]) -> None:
    """Whatever is ours is to go, and nothing is made."""
    scenario = surveying()
    before = scenario.ask(destroy())
    going = tuple(evolve(FOUND, role=Role.CONDEMNED, errand=Asked(OpId(4))) for _ in seen)
    transition = scenario.answer(shown(*seen))
    assert (scenario.instance.phase, scenario.instance.ledger) == (Clearing(), evolve(before.ledger, volumes=going))
    assert [one for one in transition.effects if not isinstance(one, PayDebt)] == [
        DeleteVolume(OpId(4), APP, V_OLD) for _ in seen
    ]
