"""Performs one effect at Fly and says what it came to: the thin bridge from effects over HTTP to outcomes.

Which request an effect is, and what a success shows, stands here; the connections are `transport`'s, the shapes
`wire`'s, and what a refusal means is `classify`'s alone. Nothing is decided twice and nothing is repeated here.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from attrs import field, frozen

from kiloclaw_adapters.fly import bodies, wire
from kiloclaw_adapters.fly.classify import FlyEffect, Looking, classify
from kiloclaw_adapters.fly.client import FlyClient
from kiloclaw_adapters.fly.limit import MaySend, Monotonic, Sleep
from kiloclaw_adapters.fly.revealing import Revealed, reveal
from kiloclaw_adapters.fly.transport import Answer, NoAnswer, NotSent, Reply
from kiloclaw_adapters.ports import Secrets
from kiloclaw_adapters.secret_keeping import NoSecrets
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.effects import (
    AwaitState,
    Changing,
    CreateMachine,
    CreateVolume,
    Creating,
    DeleteMachine,
    DeleteVolume,
    Deleting,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import MachineState
from kiloclaw_core.outcomes import (
    Applied,
    Done,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.turn import may_send

SUCCESSES: Final = range(200, 300)


@frozen
class FlyPerformer:
    """Performs the effects that are requests to Fly; `clock` and `sleep` are given by tests.

    `secrets` knows the values of what configs only refer to; unless it is given, every such config is refused.
    """

    client: FlyClient
    policy: Policy = field(factory=Policy)
    clock: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    secrets: Secrets = NoSecrets()

    async def perform(self, effect: FlyEffect, *, committed_at: float) -> Outcome:
        """Perform the effect, which was committed at this moment of `clock`, and tell what it came to.

        Total: only cancellation escapes. What changes something is not sent later than `send_by_s` after its commit.
        """

        def in_time(in_s: float) -> bool:
            return may_send(self.clock() + in_s - committed_at, self.policy)

        revealed = await reveal(self.secrets, effect)
        if isinstance(revealed, Rejected):
            return revealed
        try:
            outcome = outcome_of(effect, await self._ask(effect, revealed, in_time))
        except Exception as error:  # noqa: BLE001 - a fault of ours does not prove that nothing was sent
            outcome = Unknown(f"{type(effect).__name__}: {type(error).__name__}: {error}")
        return revealed.removed_from(outcome)

    async def _ask(self, effect: FlyEffect, revealed: Revealed, in_time: MaySend) -> Reply:
        match effect:
            case CreateVolume() | CreateMachine():
                return await self._create(effect, revealed, in_time)
            case UpdateMachine() | StartMachine() | StopMachine():
                return await self._change(effect, revealed, in_time)
            case DeleteMachine() | DeleteVolume():
                return await self._delete(effect, in_time)
            case GetMachine() | GetVolume() | ListMachines() | ListVolumes():
                if effect.pause_s:
                    await self.sleep(effect.pause_s)
                return await self._look(effect)
            case ListSnapshots(app=app, volume=volume):
                return await self.client.list_snapshots(app, volume)
            case AwaitState(app=app, machine=machine, state=state, timeout_s=timeout_s, version=version):
                return await self.client.wait_machine(app, machine, state.value, timeout_s, version or "")

    async def _create(self, effect: Creating, revealed: Revealed, in_time: MaySend) -> Reply:
        match effect:
            case CreateVolume(app=app):
                return await self.client.create_volume(app, bodies.create_volume_body(effect), in_time)
            case CreateMachine(app=app):
                body = bodies.create_machine_body(effect, revealed.values)
                return await self.client.create_machine(app, body, in_time)

    async def _change(self, effect: Changing, revealed: Revealed, in_time: MaySend) -> Reply:
        match effect:
            case UpdateMachine(app=app, machine=machine):
                if not effect.version:
                    return NotSent("the machine's version is not known, and an update must be fenced by it")
                body = bodies.update_machine_body(effect, revealed.values)
                return await self.client.update_machine(app, machine, body, in_time)
            case StartMachine(app=app, machine=machine):
                return await self.client.start_machine(app, machine, in_time)
            case StopMachine(app=app, machine=machine):
                return await self.client.stop_machine(app, machine, in_time)

    async def _delete(self, effect: Deleting, in_time: MaySend) -> Reply:
        match effect:
            case DeleteMachine(app=app, machine=machine):
                return await self.client.delete_machine(app, machine, in_time)
            case DeleteVolume(app=app, volume=volume):
                return await self.client.delete_volume(app, volume, in_time)

    async def _look(self, effect: Looking) -> Reply:
        match effect:
            case GetMachine(app=app, machine=machine):
                return await self.client.get_machine(app, machine)
            case GetVolume(app=app, volume=volume):
                return await self.client.get_volume(app, volume)
            case ListMachines(app=app):
                return await self.client.list_machines(app)
            case ListVolumes(app=app):
                return await self.client.list_volumes(app)


def outcome_of(effect: FlyEffect, reply: Reply) -> Outcome:
    """What the effect came to, by the reply to its request."""
    match reply:
        case NotSent(why=why):
            return Rejected(Why.NOT_SENT, text=why)
        case NoAnswer(text=text):
            return Unknown(text)
        case Answer(status=status, body=body) if status not in SUCCESSES:
            return classify(status, body, effect)
        case Answer(body=body):
            return _granted(effect, body)


def _granted(effect: FlyEffect, body: str) -> Outcome:
    try:
        return _shown(effect, body)
    except UnreadableError as error:
        return Unknown(f"the answer was a success that cannot be read: {error}")  # its body may show an environment


def _shown(effect: FlyEffect, body: str) -> Applied:
    match effect:
        case CreateMachine(config=config):
            return MachineMade(wire.read_machine(body, config.sandbox))
        case UpdateMachine(config=config):
            return MachineShown(wire.read_machine(body, config.sandbox))
        case CreateVolume(sandbox=sandbox):
            return VolumeMade(wire.read_volume(body, sandbox))
        case GetMachine(sandbox=sandbox):
            return MachineShown(wire.read_machine(body, sandbox))
        case GetVolume(sandbox=sandbox):
            return VolumeShown(wire.read_volume(body, sandbox))
        case ListMachines(sandbox=sandbox):
            return MachinesListed(wire.read_machines(body, sandbox))
        case ListVolumes(sandbox=sandbox):
            return VolumesListed(wire.read_volumes(body, sandbox))
        case ListSnapshots():
            return SnapshotsListed(wire.read_snapshots(body))
        case StartMachine() | StopMachine() | DeleteMachine() | DeleteVolume():
            wire.read_acknowledgement(body)
            return Done()
        case AwaitState():
            return _waited(effect, wire.read_wait(body))


def _waited(effect: AwaitState, state: MachineState) -> Applied:
    return StateReached() if state.value == effect.state.value else StateElsewhere(state)
