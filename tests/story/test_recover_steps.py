"""A recovery step by step, taken over and overtaken at every one of them."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Command, OverrideSize, Refusal, Resize
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CopyOf,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    GetVolume,
    ListSnapshots,
    ProbeHealth,
)
from kiloclaw_core.instance import Moves, Note, Transition
from kiloclaw_core.ledger import Asked, Ledger, Role
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Data, Guest, machine_config
from kiloclaw_core.names import CommandId, OpId, VersionId
from kiloclaw_core.phases import (
    Awaiting,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Ensuring,
    Gone,
    Look,
    Phase,
    Probing,
    Running,
    Sought,
)
from kiloclaw_core.stories import Attempt, Idle, Spent, Trust

from .moves import (
    COPY,
    FRA,
    HOME,
    IAD,
    M7,
    M18,
    OURS,
    RECOVERY,
    REPLACEMENT,
    V3,
    V17,
    WIDE,
    land_unheard,
    photographed,
    reassociate,
    recover,
    recovered,
    recovering,
    restart,
    restore,
    ride_out,
    telling,
    wide,
)
from .scenario import AT, SANDBOX, WHO, destroy, provision, start, stop

APP: Final = WHO.app
WITH_APP: Final = Attempt(3, secrets=1)
SEEN: Final = evolve(WITH_APP, trust=Trust.SEEN)
MADE: Final = evolve(SEEN, spent=(Spent.CREATE,))
CONFIG: Final = machine_config(WIDE, V17, SANDBOX, WHO.user, None)


# -- step by step ------------------------------------------------------------------------------------------------


def test_the_source_is_looked_at_before_anything_is_given_up_for_it() -> None:
    """A copy of a volume that is gone is none."""
    scenario = recovering(Ensuring)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=CheckingVolume(OpId(15), V3, Look.FIRST), story=telling(WITH_APP), ops=OpId(16)),
        (GetVolume(OpId(15), APP, SANDBOX, V3),),
    )


def test_the_old_machine_goes_before_its_volume_is_copied() -> None:
    """Nothing may be written after the copy, and its name must be free for the next one."""
    scenario = recovering(CheckingVolume)
    before = scenario.instance
    leaving = evolve(OURS, role=Role.CONDEMNED, errand=Asked(OpId(16)))
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Clearing(),
            story=telling(SEEN),
            ledger=evolve(before.ledger, machines=(leaving,)),
            ops=OpId(17),
        ),
        (DeleteMachine(OpId(16), APP, M7),),
    )


def test_the_copy_is_asked_for_elsewhere() -> None:
    """Everything that is in the old volume, in a region that is not the one that failed."""
    scenario = recovering(Clearing)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingVolume(OpId(17), Sought.CANDIDATE),
            ledger=Ledger(volumes=(HOME,), dead_machines=(M7,)),
            moves=Moves(1, OpId(17)),
            ops=OpId(18),
        ),
        (CreateVolume(OpId(17), APP, SANDBOX, (FRA, IAD), 10, Guest(2, 4096, "shared"), CopyOf(V3)),),
        (Note("destroy_machine_ok", (("machine_id", "m7"),)),),
    )


def test_the_copy_is_a_candidate_and_the_machine_is_made_on_it() -> None:
    """The copy is durable before the machine is sent for; the old volume is still ours."""
    scenario = recovering(CreatingVolume)
    before = scenario.instance
    bearing = evolve(COPY, data=Data.BEARING)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingMachine(OpId(18), Data.FRESH),
            ledger=evolve(before.ledger, volumes=(HOME, bearing)),
            ops=OpId(19),
        ),
        (CreateMachine(OpId(18), APP, CONFIG, FRA, 1),),
        (Note("fork_stranded_volume", (("volume_id", "v17"),)),),
    )


def test_the_new_machine_is_waited_for_in_its_version() -> None:
    """Its id is durable before the wait."""
    scenario = recovering(CreatingMachine)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Awaiting(OpId(19), M18, Awaited.STARTED),
            story=telling(MADE),
            ledger=evolve(before.ledger, machines=(REPLACEMENT,)),
            ops=OpId(20),
        ),
        (AwaitState(OpId(19), APP, M18, Awaited.STARTED, version=VersionId("i18")),),
        (Note("create_machine", (("machine_id", "m18"),)),),
    )


def test_a_new_machine_that_is_up_is_probed_before_the_move_is_committed() -> None:
    """Until it is well, the old volume is what it was."""
    scenario = recovering(Awaiting)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Probing(OpId(20), M18), ops=OpId(21)), (ProbeHealth(OpId(20), APP, SANDBOX, M18),)
    )


def test_a_new_machine_that_is_well_commits_the_move_and_the_old_volume_is_kept() -> None:
    """In one commit; only then is it asked whether the old volume has snapshots."""
    scenario = recovering(Probing)
    before = scenario.instance
    active = evolve(COPY, role=Role.ACTIVE, data=Data.BEARING, healthy=True)
    kept = evolve(HOME, role=Role.RETAINED, errand=Asked(OpId(21)), healthy=False)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Running(),
            story=Idle(),
            ledger=evolve(before.ledger, machines=(evolve(REPLACEMENT, booted=True),), volumes=(kept, active)),
            ops=OpId(22),
        ),
        (ListSnapshots(OpId(21), APP, V3),),
        (Note("instance.unexpected_stop_recovery_succeeded", (("label", "alarm_relocated"), ("durationMs", "0"))),),
    )


def test_two_recoveries_within_a_day_keep_two_volumes() -> None:
    """The second one must not forget what the first one left (W13)."""
    scenario = recovered(photographed(recovered(photographed(wide()))))
    kept = [held for held in scenario.instance.ledger.volumes if held.role is Role.RETAINED]
    assert [(held.volume, held.parent) for held in kept] == [(V3, None), (V17, V3)]
    assert len({held.errand for held in kept}) == 2


# -- taken over, overtaken ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("phase", RECOVERY.values(), ids=RECOVERY)
def test_a_recovery_that_was_taken_over_comes_to_the_same_end(phase: type[Phase], *, landed: bool) -> None:
    """At whatever step the process died, and whether or not its last request landed: one machine on one copy."""
    scenario = recovering(phase)
    if landed:
        land_unheard(scenario)
    scenario.take_over()
    ride_out(scenario)
    ledger, fly = scenario.instance.ledger, scenario.outside.fly
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), ())
    assert [machine.machine for machine in fly.machines] == [held.machine for held in ledger.machines]
    assert [volume.volume for volume in fly.volumes] == [held.volume for held in ledger.volumes]
    assert [held.role for held in ledger.volumes] == [Role.RETAINED, Role.ACTIVE]


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("phase", RECOVERY.values(), ids=RECOVERY)
def test_a_destroy_at_any_step_of_a_recovery_leaves_nothing(phase: type[Phase], *, landed: bool, heard: bool) -> None:
    """The copy and the machine on it go too, also those whose making nobody heard of (W14)."""
    scenario = recovering(phase)
    if landed:
        land_unheard(scenario)
        scenario.take_over()
    scenario.ask(destroy())
    if heard:
        scenario.land_all()
    scenario.wake()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines, scenario.outside.fly.volumes) == (Gone(), (), ())


REFUSED: Final[tuple[Command, ...]] = (
    start("other"),
    stop("other"),
    restart(name="other"),
    restore("other"),
    reassociate(V3, "other"),
    recover("other"),
    Resize(CommandId("other"), Guest(), 20, AT),
    OverrideSize(CommandId("other"), Guest(), "eve", "because", AT),
    evolve(provision(spec=WIDE), id=CommandId("other")),
)


@pytest.mark.parametrize("command", REFUSED, ids=[type(one).__name__ for one in REFUSED])
@pytest.mark.parametrize("phase", RECOVERY.values(), ids=RECOVERY)
def test_nothing_but_a_destroy_is_granted_during_a_recovery(phase: type[Phase], command: Command) -> None:
    """With a reason that a user interface can show."""
    assert decide(recovering(phase).record, command) == Failure(Refusal.RECOVERING)
