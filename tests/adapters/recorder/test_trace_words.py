"""Every effect, outcome and command in the words of the format: a checker that knows nothing of us reads them."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.trace_words import Words, answer_words, call_words, command_words
from kiloclaw_core.commands import (
    CleanUp,
    Command,
    Desired,
    Destroy,
    Disown,
    Identity,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CopyOf,
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
    SnapshotOf,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineConfig, MachineSeen, MachineState, Named, Spec, VolumeSeen, VolumeState
from kiloclaw_core.names import (
    AppName,
    CommandId,
    MachineId,
    OpId,
    Region,
    SandboxId,
    SecretRef,
    SnapshotId,
    UserId,
    VersionId,
    VolumeId,
    volume_name,
)
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unhealthy,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.trace.lines import CallOp, CommandOp

OP, APP, SANDBOX, USER = OpId(7), AppName("acct-1"), SandboxId("sandbox-1"), UserId("user-1")
MACHINE, VOLUME, EU, ID = MachineId("m1"), VolumeId("vol_1"), Region("eu"), CommandId("k1")
SNAPSHOT = SnapshotId("vs_1")
GUEST = Guest(2, 4096, "shared")
CONFIG = MachineConfig(
    "img", GUEST, VOLUME, SANDBOX, USER, 1, (("SECRET", "canary"),), secrets=(("KEY", SecretRef("env:CANARY")),)
)
SIZE = {"cpus": 2, "memory_mb": 4096, "cpu_kind": "shared"}

CALLS: tuple[tuple[Effect, tuple[str, Words] | None], ...] = (
    (Settle(OP, OpId(6)), None),
    (EnsureApp(OP, APP), ("registry", {"action": "ensure_app", "app": "acct-1"})),
    (PayDebt(OP, DebtKind.REGISTRY_TOMBSTONE, SANDBOX, USER), ("registry", {"action": "finalize"})),
    (PayDebt(OP, DebtKind.POSTGRES_MARK, SANDBOX, USER), ("mark_destroyed", {})),
    (ProbeHealth(OP, APP, SANDBOX, MACHINE), ("health", {"machine_id": "m1"})),
    (
        CreateVolume(OP, APP, SANDBOX, (EU,), 10, GUEST),
        ("create_volume", {"name": volume_name(SANDBOX, OP), "regions": ("eu",), "size_gb": 10, "app": "acct-1"}),
    ),
    (
        CreateVolume(OP, APP, SANDBOX, (EU,), 10, GUEST, CopyOf(VOLUME)),
        (
            "create_volume",
            {"name": volume_name(SANDBOX, OP), "regions": ("eu",), "source_volume_id": "vol_1", "app": "acct-1"},
        ),
    ),
    (
        CreateVolume(OP, APP, SANDBOX, (), 10, GUEST, SnapshotOf(VOLUME, SNAPSHOT)),
        (
            "create_volume",
            {
                "name": volume_name(SANDBOX, OP),
                "regions": (),
                "snapshot_id": "vs_1",
                "size_gb": 10,
                "app": "acct-1",
            },
        ),
    ),
    (DeleteVolume(OP, APP, VOLUME), ("delete_volume", {"volume_id": "vol_1"})),
    (GetVolume(OP, APP, SANDBOX, VOLUME), ("get_volume", {"volume_id": "vol_1"})),
    (ListVolumes(OP, APP, SANDBOX), ("list_volumes", {})),
    (ListSnapshots(OP, APP, VOLUME), ("list_snapshots", {"volume_id": "vol_1"})),
    (ListMachines(OP, APP, SANDBOX), ("list_machines", {"metadata": {}})),
    (
        CreateMachine(OP, APP, CONFIG, EU, 1),
        (
            "create_machine",
            {
                "name": "sandbox-1",
                "region": "eu",
                "volume_id": "vol_1",
                "sandbox_id": "sandbox-1",
                "app": "acct-1",
                "size": SIZE,
            },
        ),
    ),
    (
        CreateMachine(OP, APP, CONFIG, EU, 1, generation=2),
        (
            "create_machine",
            {
                "name": "sandbox-1-generation-2",
                "region": "eu",
                "volume_id": "vol_1",
                "sandbox_id": "sandbox-1",
                "app": "acct-1",
                "size": SIZE,
            },
        ),
    ),
    (
        UpdateMachine(OP, APP, MACHINE, VersionId("i1"), CONFIG, 1),
        ("update_machine", {"machine_id": "m1", "volume_id": "vol_1", "size": SIZE}),
    ),
    (StartMachine(OP, APP, MACHINE), ("start_machine", {"machine_id": "m1"})),
    (StopMachine(OP, APP, MACHINE), ("stop_machine", {"machine_id": "m1"})),
    (DeleteMachine(OP, APP, MACHINE), ("destroy_machine", {"machine_id": "m1", "force": True})),
    (GetMachine(OP, APP, SANDBOX, MACHINE), ("get_machine", {"machine_id": "m1"})),
    (
        AwaitState(OP, APP, MACHINE, Awaited.STOPPED),
        ("wait_machine", {"machine_id": "m1", "state": "stopped", "timeout_s": 60.0}),
    ),
    (
        AwaitState(OP, APP, MACHINE, Awaited.STARTED, 45.0, VersionId("i1")),
        ("wait_machine", {"machine_id": "m1", "state": "started", "timeout_s": 45.0}),
    ),
)


@pytest.mark.parametrize(("effect", "words"), CALLS)
def test_a_call_is_said_so(effect: Effect, words: tuple[str, Words] | None) -> None:
    """One line for each request; a wait is none."""
    assert call_words(effect) == words


SEEN = MachineSeen(MACHINE, MachineState.STARTED, VersionId("i1"), VOLUME, OP, True, SANDBOX, USER, 1, GUEST, EU)
SHOWN = {
    "id": "m1",
    "state": "started",
    "region": "eu",
    "volume_id": "vol_1",
    "sandbox_id": "sandbox-1",
    "instance_id": "i1",
    "size": SIZE,
}
DISK = VolumeSeen(VOLUME, VolumeState.CREATED, Named.MARKED, OP, MACHINE, EU)
DISK_SHOWN = {"id": "vol_1", "state": "created", "region": "eu", "attached_machine_id": "m1"}

ANSWERS: tuple[tuple[Outcome, Words], ...] = (
    (MachineMade(SEEN), {"status": 200, "body": SHOWN}),
    (MachineShown(SEEN), {"status": 200, "body": SHOWN}),
    (MachinesListed((SEEN,)), {"status": 200, "body": [SHOWN]}),
    (VolumeMade(DISK), {"status": 200, "body": DISK_SHOWN}),
    (VolumeShown(DISK), {"status": 200, "body": DISK_SHOWN}),
    (VolumesListed((DISK,)), {"status": 200, "body": [DISK_SHOWN]}),
    (SnapshotsListed((SNAPSHOT, SnapshotId("vs_0"))), {"status": 200, "body": [{"id": "vs_1"}, {"id": "vs_0"}]}),
    (SnapshotsListed(()), {"status": 200, "body": []}),
    (StateReached(), {"status": 200}),
    (StateElsewhere(MachineState.STARTING), {"status": 408, "body": {"state": "starting"}}),
    (Healthy(), {"status": 200}),
    (Unhealthy("HTTP 502"), {"status": 503}),
    (AppReady(3), {"status": 200}),
    (Done(), {"status": 200}),
    (Rejected(Why.QUOTA, status=403, text="canary"), {"status": 403, "error": "quota"}),
    (Unknown("canary"), {"status": 0, "error": "unknown"}),
)


@pytest.mark.parametrize(("outcome", "words"), ANSWERS)
def test_an_answer_is_said_so(outcome: Outcome, words: Words) -> None:
    """What it showed, or the class of its refusal, and no text from outside."""
    assert answer_words(outcome) == words


IDENTITY = Identity(SANDBOX, USER, APP)
COMMANDS: tuple[tuple[Command, tuple[str, Words]], ...] = (
    (
        Provision(ID, IDENTITY, Spec("img"), Desired.RUNNING),
        ("provision", {"user_id": "user-1", "app": "acct-1", "desired": "running"}),
    ),
    (Start(ID, "crash"), ("start", {"reason": "crash"})),
    (Stop(ID, "admin"), ("stop", {"reason": "admin"})),
    (Restart(ID, "img:2", "pin-to-tag:2"), ("restart", {"reason": "pin-to-tag:2"})),
    (Resize(ID, GUEST, 20), ("provision", {"machine_size": SIZE, "volume_gb": 20})),
    (OverrideSize(ID, GUEST, "me", "canary"), ("provision", {"machine_size": SIZE, "operator": "me"})),
    (OverrideSize(ID, None, "me", "canary"), ("provision", {"machine_size": None, "operator": "me"})),
    (Recover(ID, "me", "canary"), ("retry_recovery", {"operator": "me"})),
    (Restore(ID, SNAPSHOT, "me", "canary"), ("restore_begin", {"snapshot_id": "vs_1", "operator": "me"})),
    (Reassociate(ID, VOLUME, "me", "canary"), ("reassociate", {"volume_id": "vol_1", "operator": "me"})),
    (CleanUp(ID, VOLUME, "me", "canary"), ("cleanup_retained", {"volume_id": "vol_1", "operator": "me"})),
    (Destroy(ID, "expired"), ("destroy", {"reason": "expired"})),
    (Disown(ID, VOLUME, "me", "gone"), ("cleanup_retained", {"resource_id": "vol_1", "operator": "me"})),
)


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_a_command_is_said_so(command: Command, words: tuple[str, Words]) -> None:
    """The format's name for what was asked, and what it was asked with."""
    assert command_words(command) == words


@pytest.mark.parametrize(("command", "words"), COMMANDS)
def test_a_command_is_one_that_every_reader_knows(command: Command, words: tuple[str, Words]) -> None:
    """A word of our own would make the whole trace unreadable."""
    assert words[0] in {op.value for op in CommandOp}
    assert "canary" not in repr(command_words(command))


@pytest.mark.parametrize(("effect", "words"), CALLS)
def test_a_call_is_one_that_every_reader_knows(effect: Effect, words: tuple[str, Words] | None) -> None:
    """The same, and no environment, nor where a secret is kept."""
    assert words is None or words[0] in {op.value for op in CallOp}
    assert "canary" not in repr(call_words(effect)).lower()
