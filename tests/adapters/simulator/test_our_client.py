"""Our own client meets the simulator: apps are furnished, and every refusal is understood for what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from kiloclaw_adapters.apps import FlyApps
from kiloclaw_adapters.fly import FlyClient, FlyPerformer, FlyTransport, RateLimiter, Token
from kiloclaw_adapters.health import HealthProbe
from kiloclaw_adapters.logs import unlogged
from kiloclaw_adapters.pairing import ControllerClient
from kiloclaw_adapters.simulator import (
    CONTROLLER_SECRET,
    TOKEN,
    Drop,
    Fault,
    Garble,
    Operation,
    Simulator,
    Unreachable,
    When,
    refuse,
)
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_core.app import (
    AddressesListed,
    AddressKind,
    AllocateAddress,
    AppMade,
    AppOutcome,
    AppShown,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    OwnersListed,
    SecretSet,
    SetSecret,
)
from kiloclaw_core.effects import CreateVolume, GetMachine, ListSnapshots, ProbeHealth, StartMachine, UpdateMachine
from kiloclaw_core.machine import Guest, MachineConfig
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    Done,
    Healthy,
    MachineShown,
    Outcome,
    Rejected,
    SnapshotsListed,
    Unknown,
    Why,
)

from .suite import CONFIG, MACHINES, VOLUMES, Wire, later, mounting

pytestmark = pytest.mark.anyio

APP: Final = AppName("inst-1")
OP: Final = OpId(7)
SANDBOX: Final = SandboxId("gw-1")
UPDATE: Final = UpdateMachine(
    OP,
    APP,
    MachineId("7811aa20c4d0e9"),
    VersionId("01OLD"),
    MachineConfig("gw:1", Guest(), VolumeId("vol_1"), SANDBOX, UserId("t-17"), 1),
    0,
)
UNDERSTOOD: Final[dict[str, Outcome]] = {
    "volume_claimed": Rejected(Why.VOLUME_CLAIMED),
    "volume_claimed_nul": Rejected(Why.VOLUME_CLAIMED),
    "volume_bound": Rejected(Why.VOLUME_BOUND),
    "missing_volume": Rejected(Why.MISSING_VOLUME),
    "capacity_host": Rejected(Why.CAPACITY_HOST),
    "capacity_memory": Rejected(Why.CAPACITY_HOST),
    "capacity_region": Rejected(Why.CAPACITY_REGION),
    "no_capacity": Rejected(Why.CAPACITY_REGION),
    "quota": Rejected(Why.QUOTA),
    "machine_limit": Rejected(Why.LIMIT),
    "payment": Rejected(Why.LIMIT),
    "host_disabled": Rejected(Why.CAPACITY_HOST),
    "fork_host_down": Rejected(Why.HOST_DOWN),
    "snapshot_scheduled": Rejected(Why.UNRECOGNISED),
    "image_missing": Rejected(Why.INVALID),
    "still_active": Rejected(Why.TOO_EARLY),
    "getting_replaced": Rejected(Why.TOO_EARLY),
    "still_attempting": Rejected(Why.TOO_EARLY),
    "concurrent_update": Rejected(Why.CONFLICT),
    "lease_held": Rejected(Why.CONFLICT),
    "secrets_unseen": Rejected(Why.VERSION_MISMATCH),
    "rate_limited": Rejected(Why.RATE_LIMITED),
    "unauthorized": Rejected(Why.UNAUTHORIZED),
    "forbidden": Rejected(Why.UNAUTHORIZED),
    "machine_not_found": Rejected(Why.NOT_FOUND),
    "app_not_found": Rejected(Why.NOT_FOUND),
    "timed_out": Unknown(),
    "unavailable": Unknown(),
}


async def instant(_seconds: float) -> None:
    """Wait no time at all."""


@pytest.fixture
async def fly(simulator: Simulator) -> AsyncIterator[FlyClient]:
    """Our client, with the simulator in the place of Fly."""
    transport = FlyTransport(
        Token(TOKEN),
        "http://fly",
        lambda: httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)),
        sleep=instant,
        limiter=RateLimiter(sleep=instant),
    )
    async with FlyClient(transport) as client:
        yield client


@pytest.fixture
def performer(fly: FlyClient) -> FlyPerformer:
    """The performer of an instance's effects, on time that stands still."""
    return FlyPerformer(fly, clock=lambda: 0.0, sleep=instant)


async def test_an_app_is_furnished(fly: FlyClient) -> None:
    """Made, found to be ours, addressed and keyed; the second make is refused for the right reason."""
    apps = FlyApps(fly)
    effects = (
        CreateApp(OP, APP, "personal", APP),
        CreateApp(OP, APP, "personal", APP),
        GetApp(OP, APP),
        ListOwners(OP, APP),
        AllocateAddress(OP, APP, AddressKind.V6),
        AllocateAddress(OP, APP, AddressKind.SHARED_V4),
        ListAddresses(OP, APP),
        SetSecret(OP, APP, "KEY", "hush"),
    )
    now = apps.clock.monotonic()
    outcomes: list[AppOutcome] = [await apps.perform(effect, committed_at=now) for effect in effects]
    assert outcomes == [
        AppMade(),
        Rejected(Why.NAME_TAKEN),
        AppShown("personal"),
        OwnersListed(),
        Done(),
        Done(),
        AddressesListed((AddressKind.V6, AddressKind.SHARED_V4)),
        SecretSet(1),
    ]


@pytest.mark.parametrize("name", REFUSALS)
async def test_every_refusal_is_understood(
    name: str, wire: Wire, simulator: Simulator, performer: FlyPerformer
) -> None:
    """A class that the simulator words otherwise than the classifier reads would be tested in vain."""
    assert (await wire.get(MACHINES))[0] == 200
    simulator.add(Fault(refuse(name), operation=Operation.UPDATE_MACHINE))
    assert await performer.perform(UPDATE, committed_at=0.0) == UNDERSTOOD[name]


async def test_a_start_that_is_under_way_already_is_done(
    wire: Wire, simulator: Simulator, performer: FlyPerformer
) -> None:
    """The one refusal that grants what was asked (Fly: fly.md 1.4)."""
    machine = MachineId(await wire.machine())
    simulator.add(Fault(refuse("still_attempting")))
    assert await performer.perform(StartMachine(OP, APP, machine), committed_at=0.0) == Done()


@pytest.mark.parametrize("when", When)
async def test_a_lost_answer_is_unknown_and_the_create_is_not_repeated(
    when: When, wire: Wire, simulator: Simulator, performer: FlyPerformer
) -> None:
    """Whether it had its effect cannot be told, so one request it stays."""
    await wire.get(MACHINES)
    simulator.add(Fault(Drop(when), operation=Operation.CREATE_VOLUME, nth=1))
    simulator.add(Fault(Garble(502, when), operation=Operation.CREATE_VOLUME, nth=2))
    create = CreateVolume(OP, APP, SANDBOX, (Region("eu"),), 10, Guest())
    assert [await performer.perform(create, committed_at=0.0) for _ in range(2)] == [Unknown(), Unknown()]
    assert len(simulator.fly.volumes) == (0 if when is When.BEFORE else 2)


async def test_a_machine_on_a_silent_host_is_seen_as_not_reachable(
    wire: Wire, simulator: Simulator, performer: FlyPerformer
) -> None:
    """Whose it is, is told by what Fly has rebuilt of its config; where its volume is, by nothing (fly.md 2.3)."""
    volume = await wire.volume()
    config = {**mounting(volume), "metadata": {"kiloclaw_sandbox_id": SANDBOX, "kiloclaw_op": "7"}}
    machine = MachineId(await wire.make(MACHINES, {"name": SANDBOX, "config": config}))
    looks = []
    for _ in range(2):
        looked = await performer.perform(GetMachine(OP, APP, SANDBOX, machine), committed_at=0.0)
        assert isinstance(looked, MachineShown)
        looks.append((looked.seen.reachable, looked.seen.sandbox, looked.seen.mark, looked.seen.volume))
        simulator.add(Fault(Unreachable(), of=machine))
    assert looks == [(True, SANDBOX, OP, volume), (False, SANDBOX, OP, None)]


async def test_snapshots_are_listed_once_they_are_finished(
    wire: Wire, simulator: Simulator, performer: FlyPerformer
) -> None:
    """The newest first; one that is being taken cannot be restored."""
    volume = VolumeId(await wire.volume())
    older = simulator.back_up(volume)
    await later(simulator, 60.0)
    newer = simulator.back_up(volume)
    await wire.post(f"{VOLUMES}/{volume}/snapshots")
    listing = ListSnapshots(OP, APP, volume)
    assert await performer.perform(listing, committed_at=0.0) == SnapshotsListed((newer, older))


async def test_our_probe_finds_a_controller_well(wire: Wire, simulator: Simulator) -> None:
    """Through the header that Fly's proxy knows; of an older one by the state of its gateway, then asked once more."""
    labelled = {**CONFIG, "metadata": {"kiloclaw_sandbox_id": SANDBOX}}
    machine = MachineId(await wire.machine(config=labelled))
    await wire.get(f"{MACHINES}/{machine}/wait")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)) as http:
        probe = HealthProbe(ControllerClient(http, unlogged, "http://{app}.fly"), CONTROLLER_SECRET)
        outcomes = []
        for age in ("current", "coded", "uncoded"):
            await wire.post(f"/_sim/machines/{machine}/pairing", {"age": age})
            outcomes.append(await probe.perform(ProbeHealth(OP, APP, SANDBOX, machine), committed_at=0.0))
    assert outcomes == [Healthy()] * 3
    assert [(one.operation, one.answered) for one in simulator.requests if one.operation is Operation.PROBE_HEALTH] == [
        (Operation.PROBE_HEALTH, status) for status in (200, 401, 200, 401, 404, 200, 404)
    ]
