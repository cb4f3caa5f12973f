"""A volume that should go, and does not because a machine has it: whose machine is it, and may it go first?"""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import DeleteMachine, DeleteVolume, ListMachines
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Asked, Errand, Failed, MachineHolding, Role, Unbinding
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import AppName, MachineId, OpId, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName, Gone
from kiloclaw_core.world.fly import TrueMachine

from .machines import replaced
from .moves import AMS, HOME, M7, V3, photographed, recovered, ride_out, whole, wide
from .scenario import SANDBOX, WHO, Scenario, destroy

APP: Final = WHO.app
STRAY: Final = MachineId("m-stray")
HOLDER: Final = TrueMachine(
    STRAY,
    MachineState.STOPPED,
    VersionId("i-stray"),
    V3,
    None,
    APP,
    "somebody",
    AMS,
    SANDBOX,
    WHO.user,
    revision=1,
    guest=None,
)
"""A machine of this sandbox that no record knows; it mounts the volume that should go."""
BOUND: Final = Rejected(Why.VOLUME_BOUND, None, 412, "volume is currently bound")
GOING: Final = evolve(HOME, role=Role.CONDEMNED, healthy=False, counted=True)
"""The kept volume once its time is up and its successor is proven."""


def deleting(holder: TrueMachine | None = HOLDER) -> Scenario:
    """A kept volume is being deleted, by op 23, and this machine has it."""
    scenario = whole(recovered(photographed(wide())))
    if holder is not None:
        replaced(scenario, holder)
    scenario.ring(AlarmName.RETENTION)
    scenario.land()
    return scenario


def unbinding(holder: TrueMachine | None = HOLDER) -> Scenario:
    """Its delete was refused; the machines are listed, by op 24."""
    scenario = deleting(holder)
    scenario.answer(BOUND)
    return scenario


def with_errand(before: Instance, errand: Errand) -> Instance:
    """The instance whose volume has this errand."""
    return evolve(before, ledger=before.ledger.with_volume(evolve(GOING, errand=errand)))


def test_a_bound_volume_has_its_holder_looked_for() -> None:
    """Fly may name the machine or not; a listing shows whose it is."""
    scenario = deleting()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(with_errand(before, Unbinding(OpId(24), 1)), ops=OpId(25)), (ListMachines(OpId(24), APP, SANDBOX),)
    )


def test_a_machine_of_ours_that_has_it_goes_first() -> None:
    """Then the delete is asked for again (vector 34)."""
    scenario = unbinding()
    before = scenario.instance
    stray = MachineHolding(STRAY, Role.CONDEMNED, V3, VersionId("i-stray"), Asked(OpId(25)), revision=1)
    expected = with_errand(before, Failed(OpId(24), 1))
    assert scenario.land() == Transition(
        evolve(expected, ledger=expected.ledger.with_machine(stray), ops=OpId(26)),
        (DeleteMachine(OpId(25), APP, STRAY),),
    )
    scenario.land_all()
    scenario.ring(AlarmName.ERRAND_RETRY)
    assert scenario.land_all().ledger.dead == (M7, STRAY, V3)


@pytest.mark.parametrize(
    "holder",
    [
        evolve(HOLDER, sandbox=SandboxId("ki_2")),
        evolve(HOLDER, user=UserId("user-2")),
        evolve(HOLDER, app=AppName("app-2")),
        None,
    ],
)
def test_a_machine_of_somebody_else_is_never_touched(holder: TrueMachine | None) -> None:
    """The volume stays on its way out, and is asked for again in a while (vector 36)."""
    scenario = unbinding(holder)
    before = scenario.instance
    assert scenario.land() == Transition(with_errand(before, Failed(OpId(24), 1)))


def test_a_machine_of_ours_that_has_another_volume_stays() -> None:
    """It is found, and it is not in the way."""
    scenario = unbinding(evolve(HOLDER, volume=VolumeId("v-other")))
    scenario.land()
    held = scenario.instance.ledger.holding(STRAY)
    assert held == MachineHolding(STRAY, Role.FOUND, VolumeId("v-other"), VersionId("i-stray"), revision=1)


@pytest.mark.parametrize("answer", [Unknown(), Rejected(Why.RATE_LIMITED, None, 429), Done()])
def test_a_listing_that_shows_nothing_leads_to_another_delete(answer: Outcome) -> None:
    """By the errand's own alarm."""
    scenario = unbinding()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(with_errand(before, Failed(OpId(24), 1)))
    assert Alarm(AlarmName.ERRAND_RETRY, OpId(24), 60.0) in alarms_of(scenario.instance)


def test_a_listing_that_is_never_answered_leads_to_another_delete() -> None:
    """Its patience is over; the delete itself has not failed once more."""
    scenario = unbinding()
    before = scenario.instance
    assert scenario.ring(AlarmName.ERRAND_PATIENCE) == Transition(
        evolve(with_errand(before, Asked(OpId(25), 1)), ops=OpId(26)), (DeleteVolume(OpId(25), APP, V3),)
    )


def test_a_listing_that_was_taken_over_leads_to_another_delete() -> None:
    """Nobody hears of it any more."""
    scenario = unbinding()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(with_errand(before, Asked(OpId(25), 1)), ops=OpId(26)), (DeleteVolume(OpId(25), APP, V3),)
    )


def test_our_own_machine_is_not_deleted_for_it() -> None:
    """If Fly says that the machine in use has it, something is wrong, and nothing goes."""
    scenario = unbinding(None)
    machine = evolve(scenario.outside.fly.machines[0], volume=V3)
    replaced(scenario, machine).land()
    active = scenario.instance.ledger.machine
    assert active is not None
    assert (active.role, [one.machine for one in scenario.outside.fly.machines]) == (Role.ACTIVE, [active.machine])


def test_a_destroy_meanwhile_takes_the_holder_along() -> None:
    """Everything of ours goes, machines first."""
    scenario = unbinding()
    scenario.ask(destroy())
    scenario.wake()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines, scenario.outside.fly.volumes) == (Gone(), (), ())
