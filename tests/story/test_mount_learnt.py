"""What is known of a volume from the moment on that it is ours because our machine mounts it, and of its repair."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import DeleteMachine
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Asked, Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import MachineShown, Unknown, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Changing, Probing, Running, Stopped, Weighing
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Idle

from .machines import HINTED, STALE, V3, V_OLD, refused, replaced, volume_shown
from .moves import (
    AMS,
    DENIED,
    FRA,
    HOME,
    MISSING,
    NOT_FOUND,
    OURS,
    STRANGE,
    V15,
    V_NEW,
    land_at,
    provisioned,
    remounted,
    restarting,
    restoring,
    until,
    wide,
)
from .scenario import AT, WHO, Scenario, start

LATER: Final = 61_000
"""A minute after the moment of every command of a scenario."""
V_NEXT: Final = VolumeId("v-next")


def elsewhere(scenario: Scenario) -> Scenario:
    """The scenario whose machine runs in another region, on another volume."""
    return replaced(scenario, evolve(remounted(scenario).outside.fly.machines[0], region=FRA))


def weighing(scenario: Scenario) -> Scenario:
    """A running instance that takes stock, and sees its machine on another volume: ours is being looked at."""
    scenario.ring(AlarmName.STOCKTAKE)
    return until(scenario, Weighing)


# -- its region, its mark ----------------------------------------------------------------------------------------


def test_what_is_ours_because_ours_is_gone_is_where_its_machine_runs() -> None:
    """A machine is never far from its volume; where ours was says nothing of where this one is."""
    scenario = weighing(elsewhere(wide()))
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    assert scenario.instance.ledger.volume == evolve(STRANGE, role=Role.ACTIVE, region=FRA)


def test_what_is_ours_because_ours_was_never_used_is_where_its_machine_runs() -> None:
    """The same where ours gives way to it."""
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    elsewhere(until(scenario, Awaiting)).take_over()
    scenario.land()
    scenario.answer(volume_shown(V_NEW))
    assert scenario.instance.ledger.volume == evolve(STRANGE, role=Role.ACTIVE, region=FRA)


def test_a_volume_that_is_ours_again_bears_the_mark_it_always_bore() -> None:
    """It was left for what a snapshot had; its name still bears the mark, and nobody need list it to know."""
    scenario = restoring()
    scenario.land_all()
    before = scenario.instance.ledger
    weighing(remounted(scenario, V3))
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    (look,) = scenario.sent
    kept = VolumeHolding(V15, Role.RETAINED, Data.BEARING, AMS, errand=Asked(look.op), mark=OpId(15))
    assert before.holding(V3) == evolve(
        HOME, role=Role.RETAINED, errand=Kept(OpId(16), Span.LONG), healthy=False, counted=True
    )
    assert scenario.instance.ledger.volumes == (evolve(HOME, healthy=False), kept)


def test_a_holder_that_fly_moved_between_two_tries_is_adopted_with_what_it_mounts_now() -> None:
    """It was held as found with its volume of then; of the one that it mounts now nobody has heard, mark or other."""
    scenario = refused()
    scenario.answer(MachineShown(STALE))
    scenario.answer(Unknown())
    scenario.ring(AlarmName.PAUSE)
    scenario.answer(HINTED)
    scenario.answer(MachineShown(evolve(STALE, volume=V_NEXT)))
    before = scenario.instance.ledger
    scenario.answer(volume_shown(V_NEXT))
    ledger = scenario.instance.ledger
    assert before.holding(V_NEXT) is None
    assert ledger.volume == VolumeHolding(V_NEXT, Role.ACTIVE, Data.BEARING, STALE.region)
    assert ledger.holding(V_OLD) == VolumeHolding(V_OLD, Role.FOUND, Data.BEARING, STALE.region)


# -- the repair --------------------------------------------------------------------------------------------------


def test_a_repair_says_why_it_restarted_and_how_long_it_took() -> None:
    """Nobody asked: it begins with the look that showed our volume where the machine's mount was not."""
    scenario = weighing(remounted(wide()))
    scenario.answer(volume_shown(V3))
    until(scenario, Probing)
    fields = (("label", "repair_mount"), ("durationMs", str(LATER - AT)))
    assert land_at(scenario, LATER).notes == (Note("restart_self_healed", fields),)


def test_an_update_that_is_refused_for_our_volume_when_no_try_is_left_is_told_so() -> None:
    """Nothing else could be mounted: the machine goes, the volume is looked for by the next start."""
    scenario = restarting(Changing, wide(policy=Policy(tries=0)))
    before = scenario.instance
    condemned = evolve(OURS, role=Role.CONDEMNED, errand=Asked(before.ops))
    line = Note("restarting_max_timeout", (("label", "missing_volume"), ("error", MISSING.text)))
    assert scenario.answer(MISSING) == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            ledger=before.ledger.with_machine(condemned),
            notes=(FailureNote(Failing.RESTART, Why.MISSING_VOLUME, MISSING.text),),
            ops=OpId(before.ops + 1),
        ),
        (DeleteMachine(before.ops, WHO.app, OURS.machine),),
        (line,),
    )


def test_a_repair_that_is_refused_rests_as_it_was_and_says_so() -> None:
    """Nobody asked for it, so that the log is where it is told; nothing is looked at once more."""
    scenario = weighing(remounted(wide()))
    scenario.answer(volume_shown(V3))
    before = until(scenario, Changing).instance
    note = FailureNote(Failing.RESTART, Why.UNAUTHORIZED, DENIED.text)
    line = Note("restarting_max_timeout", (("label", "unauthorized"), ("error", DENIED.text)))
    assert scenario.answer(DENIED) == Transition(
        evolve(before, phase=Running(), story=Idle(), notes=(note,)), (), (line,)
    )
