"""The simulator, asked over HTTP by our own client, and the pure truth agree, whatever is asked in whatever order.

Both begin empty, are asked the same, and suffer the same. Ids differ by nature, so each is named by its turn; so do
versions and regions (the pure truth takes the first word of the list). Where sources conflict, the simulator decides as
the pure truth does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import httpx
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_adapters.fly import FlyClient, FlyEffect, FlyPerformer, FlyTransport, RateLimiter, Token
from kiloclaw_adapters.fly.limit import any_time
from kiloclaw_adapters.simulator import TOKEN, Happening, Rules, Settings, Simulator, VirtualClock
from kiloclaw_adapters.simulator.happenings import lose, migrate
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CopyOf,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    Empty,
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
from kiloclaw_core.machine import Guest, MachineConfig, MachineSeen, MachineState, VolumeSeen
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, SnapshotId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    VolumeMade,
    VolumeShown,
    VolumesListed,
)
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside, land

APP: Final = AppName("inst-1")
OURS: Final = SandboxId("gw-1")
THEIRS: Final = SandboxId("gw-2")  # a neighbour in the app, whose machines are in our way
NOBODY: Final = MachineId("0")
NOTHING: Final = VolumeId("vol_0")
NO_SNAPSHOT: Final = SnapshotId("vs_0")
FIRST_OP: Final = 1 << 32


@define
class Side:
    """One of the two: what it made so far, in order."""

    machines: list[MachineId] = field(factory=list)
    volumes: list[VolumeId] = field(factory=list)
    snapshots: list[SnapshotId] = field(factory=list)

    def machine(self, turn: int) -> MachineId:
        """The machine of this turn; one too many is nobody."""
        return [*self.machines, NOBODY][turn % (len(self.machines) + 1)]

    def volume(self, turn: int) -> VolumeId:
        """The volume of this turn; one too many is nothing."""
        return [*self.volumes, NOTHING][turn % (len(self.volumes) + 1)]

    def snapshot(self, turn: int) -> SnapshotId:
        """The snapshot of this turn; one too many is none."""
        return [*self.snapshots, NO_SNAPSHOT][turn % (len(self.snapshots) + 1)]

    def remember(self, outcome: Outcome) -> None:
        """Learn what was made."""
        match outcome:
            case MachineMade(seen=seen):
                self.machines.append(seen.machine)
            case VolumeMade(seen=volume):
                self.volumes.append(volume.volume)
            case _:
                pass  # nothing to learn

    def turn(self, machine: MachineId) -> MachineId:
        """The machine, named by its turn."""
        return MachineId(f"machine {self.machines.index(machine)}")

    def turn_of(self, volume: VolumeId) -> VolumeId:
        """The volume, named by its turn."""
        return VolumeId(f"volume {self.volumes.index(volume)}")

    def plain_machine(self, seen: MachineSeen) -> MachineSeen:
        """The machine as both sides can show it."""
        return evolve(
            seen,
            machine=self.turn(seen.machine),
            volume=None if seen.volume is None else self.turn_of(seen.volume),
            version=VersionId(""),
            region=Region(""),
        )

    def plain_volume(self, seen: VolumeSeen) -> VolumeSeen:
        """The volume as both sides can show it."""
        attached = None if seen.attached is None else self.turn(seen.attached)
        return evolve(seen, volume=self.turn_of(seen.volume), attached=attached, region=Region(""))

    def plain(self, outcome: Outcome) -> Outcome:
        """The outcome as both sides can tell it."""
        match outcome:
            case MachineMade(seen=seen) | MachineShown(seen=seen):
                return evolve(outcome, seen=self.plain_machine(seen))
            case VolumeMade(seen=volume) | VolumeShown(seen=volume):
                return evolve(outcome, seen=self.plain_volume(volume))
            case MachinesListed(seen=machines):
                return MachinesListed(tuple(sorted(map(self.plain_machine, machines), key=lambda one: one.machine)))
            case SnapshotsListed(snapshots=snapshots):
                return SnapshotsListed(tuple(SnapshotId(f"{self.snapshots.index(one)}") for one in snapshots))
            case VolumesListed(seen=volumes):
                return VolumesListed(tuple(sorted(map(self.plain_volume, volumes), key=lambda one: one.volume)))
            case Rejected(holder=holder):
                return evolve(outcome, holder=None if holder is None else self.turn(holder))
            case _:
                return outcome

    def plain_truth(self, fly: Fly) -> tuple[list[object], list[object], list[object], int]:
        """Everything that is, as both sides can say it."""
        machines: list[object] = [
            (
                self.turn(one.machine),
                one.state,
                None if one.volume is None else self.turn_of(one.volume),
                one.name,
                one.sandbox,
                one.user,
                one.revision,
                one.guest,
            )
            for one in fly.machines
        ]
        holders = {one.volume: self.turn(one.machine) for one in fly.machines if one.volume is not None}
        volumes: list[object] = [
            (self.turn_of(one.volume), one.data, one.size_gb, one.state, holders.get(one.volume)) for one in fly.volumes
        ]
        snapshots: list[object] = [
            (self.snapshots.index(one.snapshot), self.turn_of(one.volume), one.data) for one in fly.snapshots
        ]
        return sorted(machines, key=repr), sorted(volumes, key=repr), sorted(snapshots, key=repr), fly.latest


def config(sandbox: SandboxId, volume: VolumeId, revision: int) -> MachineConfig:
    """A config as our own instances send it."""
    return MachineConfig("gw:1", Guest(), volume, sandbox, UserId("t-17"), revision)


Ask = Callable[[Side, Fly, OpId, int], FlyEffect]


def update(side: Side, fly: Fly, op: OpId, turn: int) -> FlyEffect:
    """An update of a machine on its own volume: of its own version, or now and then of a stale one."""
    machine = side.machine(turn)
    found = fly.machine(machine)
    version = VersionId("01OLD") if found is None or op % 4 == 0 else found.version
    volume = NOTHING if found is None or found.volume is None else found.volume
    sandbox = OURS if found is None or found.sandbox is None else found.sandbox
    return UpdateMachine(op, APP, machine, version, config(sandbox, volume, op % 7), 0)


def made(content: Empty | CopyOf | SnapshotOf, op: OpId) -> FlyEffect:
    """A volume of ours is asked for, with this content."""
    return CreateVolume(op, APP, OURS, (Region("eu"), Region("us")), 10, Guest(), content)


def restore(side: Side, fly: Fly, op: OpId, turn: int) -> FlyEffect:
    """What was in a volume when a snapshot was taken is asked for."""
    snapshot = side.snapshot(turn)
    of = next((one.volume for one in fly.snapshots if one.snapshot == snapshot), NOTHING)
    return made(SnapshotOf(of, snapshot), op)


def snapshots(side: Side, fly: Fly, op: OpId, turn: int) -> FlyEffect:
    """The snapshots of a volume that is there are listed, or if there is none, the volumes."""
    there = [one.volume for one in fly.volumes]
    volumes = sorted(there, key=side.volumes.index)
    return ListSnapshots(op, APP, volumes[turn % len(volumes)]) if volumes else ListVolumes(op, APP, OURS)


ASKS: Final[Mapping[str, Ask]] = {
    "create volume": lambda _side, _fly, op, _turn: made(Empty(), op),
    "copy": lambda side, _fly, op, turn: made(CopyOf(side.volume(turn)), op),
    "restore": restore,
    "create machine": lambda side, _fly, op, turn: CreateMachine(
        op, APP, config(OURS, side.volume(turn), 1), Region(""), 0
    ),
    "create theirs": lambda side, _fly, op, turn: CreateMachine(
        op, APP, config(THEIRS, side.volume(turn), 1), Region(""), 0
    ),
    "create another": lambda side, _fly, op, turn: CreateMachine(
        op, APP, config(OURS, side.volume(turn), 1), Region(""), 0, generation=1
    ),
    "update": update,
    "start": lambda side, _fly, op, turn: StartMachine(op, APP, side.machine(turn)),
    "stop": lambda side, _fly, op, turn: StopMachine(op, APP, side.machine(turn)),
    "delete machine": lambda side, _fly, op, turn: DeleteMachine(op, APP, side.machine(turn)),
    "delete volume": lambda side, _fly, op, turn: DeleteVolume(op, APP, side.volume(turn)),
    "get machine": lambda side, _fly, op, turn: GetMachine(op, APP, OURS, side.machine(turn)),
    "get volume": lambda side, _fly, op, turn: GetVolume(op, APP, OURS, side.volume(turn)),
    "list machines": lambda _side, _fly, op, _turn: ListMachines(op, APP, OURS),
    "list volumes": lambda _side, _fly, op, _turn: ListVolumes(op, APP, OURS),
    "list snapshots": snapshots,
    "await started": lambda side, _fly, op, turn: AwaitState(op, APP, side.machine(turn), Awaited.STARTED, 5.0),
    "await stopped": lambda side, _fly, op, turn: AwaitState(op, APP, side.machine(turn), Awaited.STOPPED, 5.0),
    "await this version": lambda side, fly, op, turn: AwaitState(
        op, APP, side.machine(turn), Awaited.STARTED, 5.0, version_of(fly, side.machine(turn))
    ),
}
HAPPENINGS: Final = ("arrive", "halt", "whole", "back up", "migrate", "lose", "lose volume")
STEPS: Final = st.tuples(st.sampled_from([*ASKS, *HAPPENINGS]), st.integers(min_value=0, max_value=3))
SETTLED_IN: Final = [("create volume", 0), ("create machine", 0), ("arrive", 0)]


def version_of(fly: Fly, machine: MachineId) -> VersionId:
    """The version of a machine as it is: to wait for one that it was, Fly answers `replaced`, a state unknown to us."""
    found = fly.machine(machine)
    return VersionId("01OLD") if found is None else found.version


# -- what happens to both ----------------------------------------------------------------------------------------


def happens_purely(fly: Fly, side: Side, what: str, turn: int, number: int) -> Fly:
    """This happens to the pure truth, if it can."""
    machine, volume = fly.machine(side.machine(turn)), fly.volume(side.volume(turn))
    match what:
        case "arrive" if machine is not None and fate.is_moving(machine.state):
            return fate.advance(fly, machine)
        case "halt" if machine is not None and machine.state is MachineState.STARTED:
            return fate.halt(fly, machine)
        case "whole" if volume is not None:
            return fate.becomes_whole(fly, volume)
        case "back up" if volume is not None:
            side.snapshots.append(SnapshotId(f"vs{number}"))
            return disks.take_snapshot(fly, volume, side.snapshots[-1])
        case "migrate" if machine is not None and machine.volume is not None:
            moved = fate.migrate(fly, machine, VolumeId(f"v{number}"), VersionId(f"i{number}"))
            side.volumes += [VolumeId(f"v{number}")] if moved != fly else []
            return moved
        case "lose" if machine is not None:
            return fate.lose_host(fly, machine)
        case "lose volume" if volume is not None and fly.holder(volume.volume) is None:
            return fate.lose_volume(fly, volume)
        case _:
            return fly


def happens(simulator: Simulator, side: Side, what: str, turn: int) -> None:
    """The same happens to the simulator."""
    fly, stage = simulator.fly, simulator.stage
    machine, volume = fly.machine(side.machine(turn)), fly.volume(side.volume(turn))
    match what:
        case "arrive":
            simulator.advance(side.machine(turn))
        case "halt" if machine is not None and machine.state is MachineState.STARTED:
            simulator.befall(machine.machine, Happening.EXIT)
        case "whole":
            simulator.advance_volume(side.volume(turn))
        case "back up" if volume is not None:
            side.snapshots.append(simulator.back_up(volume.volume))
        case "migrate" if machine is not None and machine.volume is not None:
            migrate(stage, machine)
            side.volumes += [one.volume for one in simulator.fly.volumes if one.volume not in side.volumes]
        case "lose" if machine is not None:
            lose(stage, machine)
        case "lose volume" if volume is not None and fly.holder(volume.volume) is None:
            simulator.lose_volume(volume.volume)
        case _:
            pass  # it cannot


async def instant(_seconds: float) -> None:
    """Wait no time at all."""


async def compare(steps: list[tuple[str, int]]) -> None:
    """Ask both sides every step, and compare what they answer and what is true after it."""
    simulator = Simulator(Settings(manual=True, rules=Rules(update_launches=True)), VirtualClock())
    transport = FlyTransport(
        Token(TOKEN),
        "http://fly",
        lambda: httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)),
        limiter=RateLimiter(sleep=instant),
    )
    async with FlyClient(transport) as client:
        await client.create_app(APP, "personal", APP, any_time)
        performer = FlyPerformer(client, clock=lambda: 0.0, sleep=instant)
        outside, pure, simulated = Outside(), Side(), Side()
        for number, (verb, turn) in enumerate(steps):
            if verb in HAPPENINGS:
                fly = happens_purely(outside.fly, pure, verb, turn, number)
                outside = evolve(outside, fly=fly)
                happens(simulator, simulated, verb, turn)
            else:
                op = OpId(FIRST_OP + number)
                effect = ASKS[verb](pure, outside.fly, op, turn)
                outside, expected = land(outside, effect)
                same = ASKS[verb](simulated, simulator.fly, op, turn)
                outcome = await performer.perform(same, committed_at=0.0)
                pure.remember(expected)
                simulated.remember(outcome)
                assert simulated.plain(outcome) == pure.plain(expected), (verb, outcome, expected)
            assert simulated.plain_truth(simulator.fly) == pure.plain_truth(outside.fly), verb


@given(st.lists(STEPS, max_size=25))
def test_the_wire_and_the_pure_truth_agree_from_nothing(steps: list[tuple[str, int]]) -> None:
    """What the explorer proves about the one holds for what the client meets in the other."""
    asyncio.run(compare(steps))


@given(st.lists(STEPS, max_size=25))
def test_the_wire_and_the_pure_truth_agree_once_a_machine_is_up(steps: list[tuple[str, int]]) -> None:
    """The same from where most of a life is spent: chance alone seldom gets there."""
    asyncio.run(compare([*SETTLED_IN, *steps]))
