"""What the tests of the Fly adapter share: a clock moved by waiting, a scripted Fly, and effects to ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx
from attrs import define, evolve, field

from kiloclaw_adapters.fly import FlyClient, FlyPerformer, FlyTransport, RateLimiter, Token
from kiloclaw_adapters.ports import Secrets
from kiloclaw_adapters.provider import NO_SECRETS
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CopyOf,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    SnapshotOf,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineConfig
from kiloclaw_core.names import (
    AppName,
    MachineId,
    OpId,
    Region,
    SandboxId,
    SnapshotId,
    UserId,
    VersionId,
    VolumeId,
)

CANARY: Final = "fm2_canary/in+the=mine"
APP: Final = AppName("inst-9f2c01")
SANDBOX: Final = SandboxId("gw-1")
USER: Final = UserId("t-17")
MACHINE: Final = MachineId("7811aa20c4d0e9")
VOLUME: Final = VolumeId("vol_qz81m0n4x7k2jd59")
VERSION: Final = VersionId("01KG4ZQ8W3V5T7B9N1M2P4R6S8")
OP: Final = OpId(4_294_967_303)
CONFIG: Final = MachineConfig(
    image="registry.example/gw@sha256:00ab",
    guest=Guest(2, 4096, "shared"),
    volume=VOLUME,
    sandbox=SANDBOX,
    user=USER,
    revision=3,
    environment=(("A", "1"), ("B", "zwei")),
)

CREATE_MACHINE: Final = CreateMachine(OP, APP, CONFIG, Region("ams"), secrets_version=4)
UPDATE_MACHINE: Final = UpdateMachine(OP, APP, MACHINE, VERSION, CONFIG, secrets_version=4)
START_MACHINE: Final = StartMachine(OP, APP, MACHINE)
STOP_MACHINE: Final = StopMachine(OP, APP, MACHINE)
DELETE_MACHINE: Final = DeleteMachine(OP, APP, MACHINE)
GET_MACHINE: Final = GetMachine(OP, APP, SANDBOX, MACHINE)
LIST_MACHINES: Final = ListMachines(OP, APP, SANDBOX)
AWAIT_STARTED: Final = AwaitState(OP, APP, MACHINE, Awaited.STARTED, 45.0)
CREATE_VOLUME: Final = CreateVolume(OP, APP, SANDBOX, (Region("ams"), Region("fra")), 10, Guest(2, 4096, "shared"))
FORK_VOLUME: Final = evolve(CREATE_VOLUME, content=CopyOf(VOLUME))
RESTORE_VOLUME: Final = evolve(CREATE_VOLUME, content=SnapshotOf(VOLUME, SnapshotId("vs_4kP0aaZ9")))
DELETE_VOLUME: Final = DeleteVolume(OP, APP, VOLUME)
GET_VOLUME: Final = GetVolume(OP, APP, SANDBOX, VOLUME)
LIST_VOLUMES: Final = ListVolumes(OP, APP, SANDBOX)
LIST_SNAPSHOTS: Final = ListSnapshots(OP, APP, VOLUME)

MUTATIONS: Final = (
    CREATE_MACHINE,
    UPDATE_MACHINE,
    START_MACHINE,
    STOP_MACHINE,
    DELETE_MACHINE,
    CREATE_VOLUME,
    FORK_VOLUME,
    RESTORE_VOLUME,
    DELETE_VOLUME,
)
READS: Final = (GET_MACHINE, LIST_MACHINES, GET_VOLUME, LIST_VOLUMES, LIST_SNAPSHOTS, AWAIT_STARTED)
EFFECTS: Final = (*MUTATIONS, *READS)


@define
class VirtualClock:
    """A clock that only waiting moves, and that remembers every wait."""

    moment: float = 1000.0
    waits: list[float] = field(factory=list)

    def __call__(self) -> float:
        """The moment in seconds."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self.waits.append(seconds)
        self.moment += seconds


Said = httpx.Response | Exception


@define
class ScriptedFly:
    """A Fly that gives the answers it was told, one after the other, and remembers what it was asked."""

    answers: list[Said]
    asked: list[httpx.Request] = field(factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def lines(self) -> list[str]:
        """What it was asked, as method and path with its query."""
        return [f"{one.method} {one.url.raw_path.decode()}" for one in self.asked]


Answering = Callable[[httpx.Request], httpx.Response]


def transport(fly: Answering, clock: VirtualClock) -> FlyTransport:
    """A transport whose every connection ends at this Fly, on this clock."""
    return FlyTransport(
        Token(CANARY),
        base_url="https://fly.example",
        new_client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(fly)),
        clock=clock,
        sleep=clock.sleep,
        limiter=RateLimiter(clock, clock.sleep),
    )


def performer(fly: Answering, clock: VirtualClock, secrets: Secrets = NO_SECRETS) -> FlyPerformer:
    """A performer that asks this Fly, on this clock, and knows these secrets."""
    return FlyPerformer(FlyClient(transport(fly, clock)), clock=clock, sleep=clock.sleep, secrets=secrets)


def says(status: int, body: str, **headers: str) -> httpx.Response:
    """An answer of Fly's."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return httpx.Response(status, text=body, headers=named)
