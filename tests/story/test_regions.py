"""Where a volume is asked for: in order of preference, away from where it was, and not where there was no room."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core import regions
from kiloclaw_core.effects import CopyOf, CreateVolume, EnsureApp
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Instance, Note, Transition
from kiloclaw_core.names import OpId, Region
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import AlarmName, CreatingVolume, Stopped
from kiloclaw_core.stories import Idle

from .moves import AMS, FRA, FULL, IAD, NO_ROOM, QUOTA, V3, WIDE, recovering, until, wide
from .scenario import SANDBOX, WHO, Scenario, asked, provision

APP: Final = WHO.app
EVICTED: Final = ("label", "evicted")


def listed(text: str) -> tuple[Region, ...]:
    """Regions in a row, as people write them."""
    return tuple(Region(one) for one in text.split(",") if one)


@pytest.mark.parametrize(
    ("given", "avoided", "expected"),
    [
        ("iad,dfw,ord", "", "iad,dfw,ord"),  # none is to be avoided
        ("iad,dfw,ord", "lhr", "iad,dfw,ord"),  # nor one that is not among them
        ("iad", "iad", "iad"),  # it is all there is
        ("iad,iad", "iad", "iad,iad"),
        ("eu,us", "eu", "us,eu"),  # among few it is asked last
        ("eu,us", "us", "eu,us"),
        ("iad,dfw,iad", "iad", "dfw,iad"),
        ("iad,dfw,ord", "dfw", "iad,ord"),  # among many it is not asked at all
        ("dfw,ord,ord,iad", "dfw", "ord,ord,iad"),  # what stands twice is meant twice
        ("", "iad", ""),
    ],
)
def test_the_region_to_avoid_is_asked_last_among_few_and_left_out_among_many(
    given: str, avoided: str, expected: str
) -> None:
    """The cases of reconcile 4.7, one by one."""
    assert regions.deprioritized(listed(given), Region(avoided)) == listed(expected)


def full(*names: Region) -> Instance:
    """A running instance that remembers these regions as full."""
    before = wide().instance
    return evolve(before, full_regions=tuple(FullRegion(name, OpId(90 + n)) for n, name in enumerate(names)))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), (AMS, FRA, IAD)),
        ((FRA,), (AMS, IAD)),
        ((AMS, IAD), (FRA,)),
        ((AMS, FRA, IAD), (AMS, FRA, IAD)),
        ((Region("lhr"),), (AMS, FRA, IAD)),
    ],
)
def test_a_region_that_had_no_room_is_not_asked_unless_none_had(
    known: tuple[Region, ...], expected: tuple[Region, ...]
) -> None:
    """Somewhere has to be asked; the list itself is the owner's and never grows shorter (RW38)."""
    assert regions.preferred(full(*known)) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [((), (FRA, IAD)), ((FRA,), (IAD, AMS)), ((FRA, IAD), (AMS,)), ((AMS,), (FRA, IAD))],
)
def test_a_copy_goes_elsewhere_if_there_is_an_elsewhere(
    known: tuple[Region, ...], expected: tuple[Region, ...]
) -> None:
    """Both rules together: first what had room, then away from the host that failed."""
    assert regions.away_from(full(*known), AMS) == expected


def test_a_full_region_is_remembered_and_told_once() -> None:
    """Each by an op of its own, for the alarm that forgets it."""
    before = full(FRA)
    remembered, told = regions.without_room(before, (AMS, FRA, AMS))
    assert remembered == evolve(
        before, full_regions=(FullRegion(FRA, OpId(90)), FullRegion(AMS, OpId(10))), ops=OpId(11)
    )
    assert told == (Note("region.capacity_eviction", (("flyRegion", "ams"), EVICTED)),)


@pytest.mark.parametrize(("known", "expected"), [((), True), ((AMS, FRA), True), ((AMS, FRA, IAD), False)])
def test_a_region_is_left_while_one_is_not_known_to_be_full(known: tuple[Region, ...], *, expected: bool) -> None:
    """Only then does another try make sense."""
    assert regions.is_one_left(full(*known)) is expected


def test_a_region_that_nobody_knows_is_not_remembered_as_full() -> None:
    """There is nothing that could be avoided (vector 51)."""
    before = full()
    assert regions.without_room(before, (Region(""),)) == (before, ())


@pytest.mark.parametrize("why", list(Why))
def test_only_four_refusals_speak_of_room_and_three_of_them_are_mended_by_moving(why: Why) -> None:
    """A status alone never says so: an authorization error once looked like a full region (fly.md 4.2)."""
    host = {Why.CAPACITY_HOST, Why.CAPACITY_REGION, Why.QUOTA}
    assert (regions.is_of_host(why), regions.is_of_region(why)) == (why in host, why in host - {Why.CAPACITY_HOST})


# -- in a story --------------------------------------------------------------------------------------------------


def first_volume() -> Scenario:
    """A first volume is asked for, in the first of three regions that has room."""
    scenario = asked(provision(spec=WIDE))
    scenario.wake()
    return until(scenario, CreatingVolume)


def test_a_first_volume_is_asked_for_in_every_region_at_once() -> None:
    """Fly itself walks the list that one request names."""
    scenario = asked(provision(spec=WIDE))
    scenario.wake()
    scenario.land()
    assert scenario.land().effects == (CreateVolume(OpId(3), APP, SANDBOX, (AMS, FRA, IAD), WIDE.volume_gb, WIDE.size),)


@pytest.mark.parametrize("refusal", [FULL, QUOTA])
def test_a_first_volume_for_which_no_region_has_room_is_told_and_asked_again_in_time(refusal: Rejected) -> None:
    """Every region is remembered as full, so that all of them are asked again: none is lost for ever."""
    scenario = first_volume()
    before = scenario.instance
    evicted = tuple(Note("region.capacity_eviction", (("flyRegion", one), EVICTED)) for one in (AMS, FRA, IAD))
    given_up = Note(
        "instance.provisioning_failed",
        (("label", "no_machine_created"), ("why", refusal.why.value), ("error", refusal.text)),
    )
    remembered = (FullRegion(AMS, OpId(4)), FullRegion(FRA, OpId(5)), FullRegion(IAD, OpId(6)))
    assert scenario.answer(refusal) == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            full_regions=remembered,
            notes=(FailureNote(Failing.PROVISION, refusal.why),),
            ops=OpId(7),
        ),
        (),
        (*evicted, given_up),
    )
    assert scenario.ring(AlarmName.RETRY).effects == (EnsureApp(OpId(8), APP),)
    until(scenario, CreatingVolume)
    assert scenario.sent == (CreateVolume(OpId(10), APP, SANDBOX, (AMS, FRA, IAD), WIDE.volume_gb, WIDE.size),)


def test_a_full_region_is_forgotten_in_time() -> None:
    """By the alarm of the op that learnt it, beside whatever else goes on."""
    scenario = first_volume()
    scenario.answer(FULL)
    before = scenario.instance
    left = (FullRegion(FRA, OpId(5)), FullRegion(IAD, OpId(6)))
    assert scenario.ring(AlarmName.FULL_REGION) == Transition(evolve(before, full_regions=left))
    assert regions.preferred(scenario.instance) == (AMS,)


def test_a_host_without_room_says_nothing_about_its_region() -> None:
    """The same region may have room on another host: nothing is remembered (reconcile 4.2)."""
    scenario = first_volume()
    scenario.answer(NO_ROOM)
    assert scenario.instance.full_regions == ()


def test_a_copy_that_finds_no_room_elsewhere_is_asked_for_at_home() -> None:
    """The walk goes on to the one region that was left out; what has no room is remembered."""
    scenario = recovering(CreatingVolume)
    told = tuple(Note("region.capacity_eviction", (("flyRegion", one), EVICTED)) for one in (FRA, IAD))
    assert scenario.answer(FULL).notes == told
    assert scenario.instance.full_regions == (FullRegion(FRA, OpId(18)), FullRegion(IAD, OpId(19)))
    (effect,) = scenario.ring(AlarmName.PAUSE).effects
    assert effect == CreateVolume(OpId(21), APP, SANDBOX, (AMS,), WIDE.volume_gb, WIDE.size, CopyOf(V3))
