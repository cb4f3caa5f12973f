"""Which requests leave a doubt, which must be settled, and what each may be refused for out of the blue."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateMachine,
    CreateVolume,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineConfig
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import Why
from kiloclaw_core.world.slots import changes_outside, is_fenced, refusals_of

APP: Final = AppName("app-1")
BOX: Final = SandboxId("ki_1")
M2: Final = MachineId("m2")
V1: Final = VolumeId("v1")
CONFIG: Final = MachineConfig("image-1", Guest(), V1, BOX, UserId("user-1"), revision=1)

CREATES: Final[tuple[Effect, ...]] = (
    CreateVolume(OpId(1), APP, BOX, (Region("ams"),), 10, Guest()),
    CreateMachine(OpId(2), APP, CONFIG, Region("ams"), 1),
)
CHANGES: Final[tuple[Effect, ...]] = (
    UpdateMachine(OpId(3), APP, M2, VersionId("i2"), CONFIG, 1),
    StartMachine(OpId(4), APP, M2),
    StopMachine(OpId(5), APP, M2),
)
ERRANDS: Final[tuple[Effect, ...]] = (
    DeleteMachine(OpId(6), APP, M2),
    DeleteVolume(OpId(7), APP, V1),
    PayDebt(OpId(8), DebtKind.POSTGRES_MARK, BOX, UserId("user-1")),
)
READS: Final[tuple[Effect, ...]] = (
    GetMachine(OpId(9), APP, BOX, M2),
    GetVolume(OpId(10), APP, BOX, V1),
    ListMachines(OpId(11), APP, BOX),
    ListVolumes(OpId(12), APP, BOX),
    ListSnapshots(OpId(17), APP, V1),
    AwaitState(OpId(13), APP, M2, Awaited.STARTED),
    ProbeHealth(OpId(14), APP, BOX, M2),
)
OTHERS: Final[tuple[Effect, ...]] = (EnsureApp(OpId(15), APP), Settle(OpId(16), OpId(2)))
ALL: Final = (*CREATES, *CHANGES, *ERRANDS, *READS, *OTHERS)


def test_requests_that_do_something_leave_a_doubt() -> None:
    """When such an answer is lost, nobody knows whether it was done."""
    assert tuple(one for one in ALL if changes_outside(one)) == (*CREATES, *CHANGES, *ERRANDS)


def test_all_that_change_but_deletes_and_payments_must_be_settled() -> None:
    """A delete or a payment may be repeated while the first may still land; nothing else may."""
    assert tuple(one for one in ALL if is_fenced(one)) == (*CREATES, *CHANGES)


def test_requests_are_refused_for_what_fly_refuses_them_for() -> None:
    """One of each sort, so that the search meets every kind of refusal and no impossible one."""
    refusals = {type(one).__name__: tuple(refusal.why for refusal in refusals_of(one)) for one in ALL}
    assert {name: whys for name, whys in refusals.items() if whys} == {
        "CreateVolume": (Why.CAPACITY_REGION,),
        "CreateMachine": (Why.CAPACITY_HOST, Why.MISSING_VOLUME),
        "UpdateMachine": (Why.CAPACITY_HOST,),
        "StartMachine": (Why.CAPACITY_HOST,),
        "StopMachine": (Why.RATE_LIMITED,),
        "DeleteVolume": (Why.VOLUME_BOUND,),
        "PayDebt": (Why.RATE_LIMITED,),
        "EnsureApp": (Why.RATE_LIMITED,),
    }


def test_every_such_refusal_says_what_fly_says() -> None:
    """The simulator answers with this status and body, so that the classifier has to find the class again."""
    said = [refusal for one in ALL for refusal in refusals_of(one)]
    assert all(refusal.status in {400, 409, 412, 429} and refusal.text.startswith('{"error":"') for refusal in said)
