"""What cannot be deleted: repeated and told, never abandoned; only an operator lets go of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Disown, Refusal
from kiloclaw_core.effects import AwaitState, CreateMachine, DeleteVolume, GetMachine, ListMachines, PayDebt
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Failed, Ledger, Unbinding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Done, MachinesListed, Rejected, VolumesListed, Why
from kiloclaw_core.phases import AlarmName, Clearing, Gone, Stopped, Sweep, Sweeping
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Idle
from kiloclaw_core.views import debug_view

from .everywhere import clearing, creating_machine, gone
from .scenario import AT, EMPTY, SANDBOX, WHO, Scenario, destroy, running, stopped
from .strays import late_machine, late_volume

APP: Final = WHO.app
OURS: Final = MachineId("m7")
VOLUME: Final = VolumeId("v3")
LOST: Final = Rejected(Why.UNRECOGNISED, status=500, text="the host does not answer")
BOUND: Final = Rejected(Why.VOLUME_BOUND, status=412, text="volume is currently bound to machine")


def disown(resource: MachineId | VolumeId) -> Disown:
    """An operator's command to let go of a resource."""
    return Disown(CommandId("disown"), resource, "eve", "its host is lost", AT)


def test_a_delete_at_its_ceiling_is_told_and_never_abandoned() -> None:
    """The view says stuck and why; the machine stays in the ledger."""
    scenario = running(EMPTY, Policy(delete_failures_before_slowing=1))
    scenario.ask(destroy())
    scenario.wake()
    scenario.answer(LOST)
    shown = debug_view(scenario.record)
    assert (shown.stuck, shown.view.because, shown.view.status) == (
        ("m7",),
        "stuck: m7 cannot be deleted",
        "destroying",
    )
    assert scenario.instance.ledger.machines[0].errand == Failed(OpId(11), 1)
    assert scenario.instance.notes == (FailureNote(Failing.DESTROY, Why.UNRECOGNISED),)


def test_an_operator_disowns_a_machine_that_cannot_be_deleted() -> None:
    """It leaves the ledger and is known for dead; the audit says who answers for it; the destroy goes on."""
    scenario = clearing()
    scenario.answer(LOST)
    before = scenario.instance
    after = scenario.ask(disown(OURS))
    assert after == evolve(
        before,
        ledger=Ledger((), before.ledger.volumes, dead_machines=(OURS,)),
        audit=(AuditNote("eve", "disowned m7", "its host is lost"),),
        asked=OpId(12),
        ops=OpId(13),
        granted=after.granted,
    )
    assert after.audit[0].at == AT
    assert scenario.wake().effects == (DeleteVolume(OpId(13), APP, VOLUME),)


def test_an_operator_disowns_a_volume_that_cannot_be_deleted() -> None:
    """Only then is the directory told that nothing is left."""
    scenario = clearing()
    scenario.land()
    scenario.answer(LOST)
    scenario.ask(disown(VOLUME))
    assert [type(effect) for effect in scenario.wake().effects] == [PayDebt, PayDebt]
    assert scenario.instance.ledger.dead == (OURS, VOLUME)


def test_what_was_disowned_is_not_found_again() -> None:
    """It is still there, and an operator answers for it: no sweep brings it back."""
    scenario = clearing()
    scenario.answer(LOST)
    scenario.ask(disown(OURS))
    scenario.wake()
    scenario.answer(Done())
    scenario.land_all()
    assert (scenario.instance.phase, [one.machine for one in scenario.outside.fly.machines]) == (Gone(), [OURS])


@pytest.mark.parametrize(("tell_of", "resource"), [(running, OURS), (running, VOLUME), (stopped, VOLUME)])
def test_a_resource_in_use_cannot_be_disowned(tell_of: Callable[[], Scenario], resource: MachineId | VolumeId) -> None:
    """What is not on its way out is not an operator's to give away."""
    assert decide(tell_of().instance, disown(resource)) == Failure(Refusal.NOT_CONDEMNED)


def test_a_resource_that_is_not_held_cannot_be_disowned() -> None:
    """There is nothing to answer for, least of all once gone."""
    assert decide(clearing().instance, disown(MachineId("m-else"))) == Failure(Refusal.NOT_HELD)
    assert decide(gone().instance, disown(OURS)) == Failure(Refusal.NOT_HELD)


def test_a_volume_bound_to_an_unknown_machine_makes_us_look_for_it() -> None:
    """Fly names the machine badly or not at all: a sweep finds it by the volume that it mounts."""
    scenario = clearing()
    scenario.land()
    before = scenario.instance
    volume = evolve(before.ledger.volumes[0], errand=Failed(OpId(12), 1))
    after = evolve(
        before,
        phase=Sweeping(OpId(13), Sweep.MACHINES_FIRST),
        ops=OpId(14),
        ledger=before.ledger.with_volume(volume),
        notes=(FailureNote(Failing.DESTROY, Why.VOLUME_BOUND),),
    )
    assert scenario.answer(BOUND) == Transition(after, (ListMachines(OpId(13), APP, SANDBOX),))


def test_a_sweep_that_does_not_find_who_has_our_volume_waits_for_its_delete() -> None:
    """Nothing was found, but something is still held: not gone."""
    scenario = clearing()
    scenario.land()
    scenario.answer(BOUND)
    for nothing in (MachinesListed(()), VolumesListed(()), MachinesListed(())):
        scenario.answer(nothing)
    before = scenario.instance
    assert scenario.answer(VolumesListed(())) == Transition(evolve(before, phase=Clearing()))
    assert scenario.ring(AlarmName.ERRAND_RETRY).effects == (DeleteVolume(OpId(17), APP, VOLUME),)


def test_a_grave_whose_last_find_is_still_held_waits_for_its_delete() -> None:
    """All that was owed is paid by then: what is held is reason enough not to say that nothing is left."""
    scenario = gone()
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.answer(BOUND)
    for nothing in (MachinesListed(()), VolumesListed(()), MachinesListed(())):
        scenario.answer(nothing)
    before = scenario.instance
    assert (before.debts, len(before.ledger.volumes)) == ((), 1)
    assert scenario.answer(VolumesListed(())) == Transition(evolve(before, phase=Clearing()))


def test_a_volume_bound_to_a_machine_on_its_way_out_waits_for_it() -> None:
    """Nobody has to be looked for: once that machine is deleted, the volume goes."""
    scenario = clearing()
    scenario.land()
    scenario.tell(late_machine())
    before = scenario.instance
    volume = evolve(before.ledger.volumes[0], errand=Failed(OpId(12), 1))
    after = evolve(
        before, ledger=before.ledger.with_volume(volume), notes=(FailureNote(Failing.DESTROY, Why.VOLUME_BOUND),)
    )
    line = Note("destroy_volume_failed", (("volume_id", "v3"), ("error", BOUND.text)))
    assert scenario.answer(BOUND, DeleteVolume) == Transition(after, notes=(line,))


def test_a_volume_that_is_still_bound_during_a_sweep_begins_it_anew() -> None:
    """Whoever has it has not shown itself yet, and the looks before are older than this answer."""
    scenario = clearing()
    scenario.land()
    scenario.answer(BOUND)
    scenario.ring(AlarmName.ERRAND_RETRY)
    before = scenario.instance
    ledger = before.ledger.with_errand(before.ledger.volumes[0], Failed(OpId(14), 2))
    after = evolve(before, phase=Sweeping(OpId(15), Sweep.MACHINES_FIRST), ledger=ledger, ops=OpId(16))
    assert scenario.answer(BOUND, DeleteVolume) == Transition(after, (ListMachines(OpId(15), APP, SANDBOX),))


def test_a_bound_volume_does_not_hurry_a_destroy_past_a_create_in_flight() -> None:
    """The create may yet land: it is waited for, and only then is there a look round."""
    scenario = creating_machine()
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.ask(destroy())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    failed = before.ledger.with_errand(before.ledger.volumes[1], Failed(OpId(8), 1))
    noted = (FailureNote(Failing.DESTROY, Why.VOLUME_BOUND),)
    line = Note("destroy_volume_failed", (("volume_id", "v-late"), ("error", BOUND.text)))
    assert scenario.answer(BOUND, DeleteVolume) == Transition(evolve(before, ledger=failed, notes=noted), notes=(line,))


def test_a_bound_volume_does_not_end_a_start_that_waits_for_its_name() -> None:
    """Who has it is looked for beside the start; the lost machine that this one waits for was disowned meanwhile."""
    scenario = creating_machine()
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.land(CreateMachine)
    for request in (AwaitState, GetMachine, GetMachine):
        scenario.answer(Rejected(Why.NOT_FOUND, status=404), request)
    before = scenario.ask(disown(OURS))
    assert (before.phase, before.ledger.machines) == (Clearing(), ())
    ledger = before.ledger.with_errand(before.ledger.volumes[1], Unbinding(OpId(14), 1))
    looking = evolve(before, ledger=ledger, ops=OpId(15))
    assert scenario.answer(BOUND, DeleteVolume) == Transition(looking, (ListMachines(OpId(14), APP, SANDBOX),))
    assert scenario.ring(AlarmName.INTENT).record == evolve(
        looking,
        phase=Stopped(),
        story=Idle(),
        asked=None,
        notes=(FailureNote(Failing.START, Why.NOT_FOUND),),
    )
