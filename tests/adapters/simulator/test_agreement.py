"""The simulator, asked over HTTP by our own client, and the pure truth agree, whatever is asked in whatever order.

Both begin empty and are asked the same. Ids differ by nature, so each is named by its turn; so do versions and regions
(the pure truth takes the first word of the list).
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
from kiloclaw_adapters.simulator import TOKEN, Settings, Simulator, VirtualClock
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    GetMachine,
    GetVolume,
    ListMachines,
    ListVolumes,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineConfig, MachineSeen, MachineState, VolumeSeen
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    VolumeMade,
    VolumeShown,
    VolumesListed,
)
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside, land

APP: Final = AppName("inst-1")
OURS: Final = SandboxId("gw-1")
THEIRS: Final = SandboxId("gw-2")  # a neighbour in the app, whose machines are in our way
NOBODY: Final = MachineId("0")
NOTHING: Final = VolumeId("vol_0")
FIRST_OP: Final = 1 << 32


@define
class Side:
    """One of the two: what it made so far, in order."""

    machines: list[MachineId] = field(factory=list)
    volumes: list[VolumeId] = field(factory=list)

    def machine(self, turn: int) -> MachineId:
        """The machine of this turn; one too many is nobody."""
        return [*self.machines, NOBODY][turn % (len(self.machines) + 1)]

    def volume(self, turn: int) -> VolumeId:
        """The volume of this turn; one too many is nothing."""
        return [*self.volumes, NOTHING][turn % (len(self.volumes) + 1)]

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
            case VolumesListed(seen=volumes):
                return VolumesListed(tuple(sorted(map(self.plain_volume, volumes), key=lambda one: one.volume)))
            case Rejected(holder=holder):
                return evolve(outcome, holder=None if holder is None else self.turn(holder))
            case _:
                return outcome

    def plain_truth(self, fly: Fly) -> tuple[list[object], list[object]]:
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
            (self.turn_of(one.volume), one.data, one.size_gb, holders.get(one.volume)) for one in fly.volumes
        ]
        return sorted(machines, key=repr), sorted(volumes, key=repr)


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


ASKS: Final[Mapping[str, Ask]] = {
    "create volume": lambda _side, _fly, op, _turn: CreateVolume(
        op, APP, OURS, (Region("eu"), Region("us")), 10, Guest()
    ),
    "create machine": lambda side, _fly, op, turn: CreateMachine(
        op, APP, config(OURS, side.volume(turn), 1), Region(""), 0
    ),
    "create theirs": lambda side, _fly, op, turn: CreateMachine(
        op, APP, config(THEIRS, side.volume(turn), 1), Region(""), 0
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
    "await started": lambda side, _fly, op, turn: AwaitState(op, APP, side.machine(turn), Awaited.STARTED, 5.0),
    "await stopped": lambda side, _fly, op, turn: AwaitState(op, APP, side.machine(turn), Awaited.STOPPED, 5.0),
}
STEPS: Final = st.tuples(st.sampled_from([*ASKS, "arrive", "halt"]), st.integers(min_value=0, max_value=3))
SETTLED_IN: Final = [("create volume", 0), ("create machine", 0), ("arrive", 0)]


def arrive(fly: Fly, machine: MachineId) -> Fly:
    """The machine arrives, if it is on its way."""
    found = fly.machine(machine)
    return truth.advance(fly, found) if found is not None and truth.is_moving(found.state) else fly


def halted(fly: Fly, machine: MachineId) -> Fly:
    """The machine stops by itself, if it is up."""
    found = fly.machine(machine)
    return truth.halt(fly, found) if found is not None and found.state is MachineState.STARTED else fly


async def instant(_seconds: float) -> None:
    """Wait no time at all."""


async def compare(steps: list[tuple[str, int]]) -> None:
    """Ask both sides every step, and compare what they answer and what is true after it."""
    simulator = Simulator(Settings(manual=True), VirtualClock())
    transport = FlyTransport(
        Token(TOKEN),
        "http://fly",
        lambda: httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)),
        limiter=RateLimiter(sleep=instant),
    )
    async with FlyClient(transport) as client:
        await client.create_app(APP, "personal", APP, lambda: True)
        performer = FlyPerformer(client, clock=lambda: 0.0, sleep=instant)
        outside, pure, simulated = Outside(), Side(), Side()
        for number, (verb, turn) in enumerate(steps):
            if verb in {"arrive", "halt"}:
                change = arrive if verb == "arrive" else halted
                outside = evolve(outside, fly=change(outside.fly, pure.machine(turn)))
                simulator.stage.fly = change(simulator.fly, simulated.machine(turn))
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
