"""Taking stock without a machine: what is found is remembered, and a start makes sure of it before it is used."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import DeleteMachine, EnsureApp, GetMachine, ListMachines, StopMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Asked, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, Guest, MachineState, Spec
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, MachineShown, Unknown
from kiloclaw_core.phases import AlarmName, Ensuring, Inspecting, Look, Running, StockTaking, Stopped
from kiloclaw_core.stories import Starting
from kiloclaw_core.world.configurations import OLD_MACHINE, OLD_VOLUME
from kiloclaw_core.world.fly import with_machine, with_volume

from .everywhere import stock_taking
from .scenario import EMPTY, SANDBOX, SPEC, WHO, Scenario, asked, provision, running, start, stop, stopped
from .strays import LATE_MACHINE, echo

APP: Final = WHO.app
OURS_FOUND: Final = MachineHolding(OLD_MACHINE.machine, Role.FOUND, VolumeId("v3"), OLD_MACHINE.version)
STRAY: Final = MachineHolding(OLD_MACHINE.machine, Role.FOUND, OLD_VOLUME.volume, VersionId("i-old"))
STRAY_VOLUME: Final = VolumeHolding(OLD_VOLUME.volume, Role.FOUND, Data.BEARING, Region("ams"))


def test_a_stopped_instance_without_a_machine_lists_in_case_there_is_one() -> None:
    """A create that landed after its settle is found here at the latest."""
    scenario = stopped()
    before = scenario.instance
    looking = evolve(before, phase=StockTaking(OpId(4)), ops=OpId(5))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(looking, (ListMachines(OpId(4), APP, SANDBOX),))
    assert scenario.land() == Transition(evolve(looking, phase=Stopped()))


def test_a_stray_machine_is_held_as_found_with_its_mount() -> None:
    """Nothing follows from it yet: it is neither used nor deleted, but it is never forgotten either."""
    scenario = stock_taking()
    fly = with_machine(with_volume(scenario.outside.fly, OLD_VOLUME), OLD_MACHINE)
    scenario.outside = evolve(scenario.outside, fly=fly)
    before = scenario.instance
    ledger = before.ledger.with_machine(STRAY).with_volume(STRAY_VOLUME)
    assert scenario.land() == Transition(evolve(before, phase=Stopped(), ledger=ledger))


def test_a_found_machine_on_our_volume_is_recognised_and_stopped() -> None:
    """It is the machine we should have had; a machine up while it should be stopped is stopped again."""
    scenario = _with_ours_found()
    before = scenario.instance
    assert before.ledger.machines == (OURS_FOUND,)
    scenario.ring(AlarmName.STOCKTAKE)
    assert scenario.instance.ledger.machine == evolve(OURS_FOUND, role=Role.ACTIVE)
    assert scenario.land().effects == (StopMachine(OpId(7), APP, OLD_MACHINE.machine),)


def test_a_found_machine_on_another_volume_stays_found() -> None:
    """Whose data it has is not for a stock-taking to decide."""
    scenario = _with_a_stray_found()
    before = scenario.instance
    after = evolve(before, phase=StockTaking(OpId(5)), ops=OpId(6))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(after, (ListMachines(OpId(5), APP, SANDBOX),))


def test_a_found_machine_beside_ours_goes_once_ours_has_run_on_our_data() -> None:
    """Whose data it has is clear then: it is a left-over, and what it mounts stays."""
    scenario = running()
    stray = evolve(LATE_MACHINE, volume=OLD_VOLUME.volume)
    scenario.tell(echo(MachineShown(stray)))
    before = scenario.instance
    held = before.ledger.holding(stray.machine)
    assert isinstance(held, MachineHolding)
    gone = evolve(held, role=Role.CONDEMNED, errand=Asked(OpId(11)))
    looking = evolve(
        before,
        phase=Inspecting(OpId(10), MachineId("m7"), Look.FIRST),
        ledger=before.ledger.with_machine(gone),
        ops=OpId(12),
    )
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(
        looking, (GetMachine(OpId(10), APP, SANDBOX, MachineId("m7")), DeleteMachine(OpId(11), APP, stray.machine))
    )
    assert scenario.instance.ledger.holding(OLD_VOLUME.volume) == STRAY_VOLUME


def test_a_found_machine_stays_found_where_nobody_ever_ran_ours() -> None:
    """A record was lost: the volume that was taken for ours may bear data, and so may what the machine mounts."""
    known = with_volume(EMPTY.fly, evolve(OLD_VOLUME, volume=VolumeId("v-known")))
    scenario = stopped(evolve(EMPTY, fly=known))
    scenario.tell(echo(MachineShown(evolve(LATE_MACHINE, volume=VolumeId("v-other")))))
    before = scenario.instance
    assert (before.ledger.volume, before.has_run) == (
        VolumeHolding(VolumeId("v-known"), Role.ACTIVE, Data.BEARING, Region("ams")),
        False,
    )
    looking = evolve(before, phase=StockTaking(OpId(4)), ops=OpId(5))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(looking, (ListMachines(OpId(4), APP, SANDBOX),))


def test_a_stock_taking_without_an_answer_ends_at_rest() -> None:
    """There is always a next one."""
    before = stock_taking().instance
    at_rest = Transition(evolve(before, phase=Stopped()))
    assert stock_taking().answer(Unknown()) == at_rest
    assert stock_taking().ring(AlarmName.PATIENCE) == at_rest


def test_an_echo_during_a_stock_taking_does_not_end_it() -> None:
    """It names another request."""
    scenario = stock_taking()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(99), Done())) == Transition(before)


def test_the_size_of_a_legacy_record_is_learnt_at_a_stock_taking() -> None:
    """The one thing that a look writes; what a user pays for must not change by itself."""
    scenario = _with_ours_found(evolve(SPEC, guest=None))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    assert scenario.instance.spec.guest == Guest(2, 4096, "shared")


# -- a start meanwhile, or after ---------------------------------------------------------------------------------


def test_a_start_ends_a_stock_taking() -> None:
    """A read is not waited for."""
    scenario = stock_taking()
    before = scenario.ask(start())
    after = evolve(before, asked=None, phase=Ensuring(OpId(6)), ops=OpId(7))
    assert scenario.wake() == Transition(after, (EnsureApp(OpId(6), APP),))


def test_a_start_granted_during_a_stock_taking_survives_the_listing() -> None:
    """The listing was asked for before it, and says nothing about what is wanted now."""
    scenario = stock_taking()
    before = scenario.ask(start())
    assert scenario.land() == Transition(evolve(before, phase=Stopped()))
    assert scenario.ring(AlarmName.INTENT).effects == (EnsureApp(OpId(6), APP),)
    assert scenario.land_all().phase == Running()


def test_a_start_granted_during_a_stock_taking_survives_its_failing() -> None:
    """No answer is no reason to forget what was granted."""
    scenario = stock_taking()
    before = scenario.ask(start())
    assert scenario.answer(Unknown()) == Transition(evolve(before, phase=Stopped()))


def test_a_stock_taking_that_rings_before_anybody_looked_at_a_start_begins_the_start() -> None:
    """A stop and a start in one breath: the start sees its app and its volume before it changes the machine."""
    scenario = running()
    scenario.ask(stop())
    before = scenario.ask(start("again"))
    assert isinstance(before.story, Starting)
    after = evolve(before, phase=Ensuring(OpId(12)), ops=OpId(13))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(after, (EnsureApp(OpId(12), APP),))


def test_a_start_adopts_a_machine_that_was_found() -> None:
    """A found machine never goes by itself: waiting for its name would be waiting for ever."""
    scenario = _with_a_stray_found()
    assert _started(scenario).ledger.machine == MachineHolding(
        OLD_MACHINE.machine, Role.ACTIVE, OLD_VOLUME.volume, VersionId("i11"), revision=1, booted=True
    )
    assert scenario.instance.phase == Running()


def test_a_start_uses_a_found_machine_that_mounts_our_volume() -> None:
    """It is the machine we should have had; a second one is never made."""
    scenario = _with_ours_found()
    assert _started(scenario).ledger.machines == (evolve(OURS_FOUND, role=Role.ACTIVE, booted=True),)
    assert scenario.instance.phase == Running()


def _with_ours_found(spec: Spec = SPEC) -> Scenario:
    scenario = asked(provision(spec=spec))
    scenario.wake()
    scenario.land_all()
    scenario.ring(AlarmName.STOCKTAKE)
    up = evolve(OLD_MACHINE, volume=VolumeId("v3"), state=MachineState.STARTED)
    scenario.outside = evolve(scenario.outside, fly=with_machine(scenario.outside.fly, up))
    scenario.land()
    return scenario


def _with_a_stray_found() -> Scenario:
    scenario = stock_taking()
    fly = with_machine(with_volume(scenario.outside.fly, OLD_VOLUME), OLD_MACHINE)
    scenario.outside = evolve(scenario.outside, fly=fly)
    scenario.land()
    return scenario


def _started(scenario: Scenario) -> Instance:
    scenario.ask(start())
    scenario.wake()
    return scenario.land_all()
