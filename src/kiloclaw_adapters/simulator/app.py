"""Joins the parts of a simulator: the ASGI application over one stage, and the handle by which tests hold it.

The wire is decided by `gate`, the control surface by `control`; a server for it is `server`.
"""

from __future__ import annotations

from attrs import field, frozen
from starlette.applications import Starlette
from starlette.routing import Route

from kiloclaw_adapters.simulator import backups
from kiloclaw_adapters.simulator.asking import HEALTH_PATH, Operation
from kiloclaw_adapters.simulator.clocks import Clock, RealClock
from kiloclaw_adapters.simulator.control import ACTS, Control
from kiloclaw_adapters.simulator.controllers import Controllers
from kiloclaw_adapters.simulator.faults import Fault
from kiloclaw_adapters.simulator.gate import Gate, gates
from kiloclaw_adapters.simulator.happenings import arrive, become_whole, lose_host, lose_volume
from kiloclaw_adapters.simulator.hosts import Host
from kiloclaw_adapters.simulator.interfering import befall
from kiloclaw_adapters.simulator.kinds import Happening
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.requests import Asked
from kiloclaw_adapters.simulator.rules import Rules
from kiloclaw_adapters.simulator.settings import Settings
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.names import MachineId, SnapshotId, VolumeId
from kiloclaw_core.pairing.caller import Route as Health
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fly import Fly

MACHINE_HEALTH = f"/_sim/machines/{{of}}{HEALTH_PATH}"


def create_app(settings: Settings) -> Starlette:
    """A simulated Fly as an ASGI application, empty, on real time."""
    return Simulator(settings).app


@frozen(eq=False)
class Simulator:
    """One simulated Fly in this process; everything here must be used on the event loop that `app` runs on."""

    settings: Settings = Settings()
    clock: Clock = field(factory=RealClock)
    stage: Stage = field(init=False, repr=False)
    app: Starlette = field(init=False, repr=False)

    @stage.default
    def _stage(self) -> Stage:
        return Stage(self.settings, self.clock)

    @app.default
    def _app(self) -> Starlette:
        fly = [Route(path, gate, methods=[method]) for method, path, gate in gates(self.stage)]
        probing = Gate(self.stage, Operation.PROBE_HEALTH)
        probes = [Route(path, probing, methods=["GET"]) for path in (MACHINE_HEALTH, *(one.value for one in Health))]
        control = [Route(path, Control(self.stage, act).answer, methods=[method]) for method, path, act in ACTS]
        controllers = Route("/_kilo/{rest:path}", Controllers(self.stage))
        return Starlette(routes=[*fly, *probes, *control, controllers])

    @property
    def fly(self) -> Fly:
        """The truth about machines and volumes, now."""
        catch_up(self.stage)
        return self.stage.fly

    @property
    def apps(self) -> Apps:
        """The truth about apps."""
        return self.stage.apps

    @property
    def requests(self) -> tuple[Asked, ...]:
        """What was asked, the oldest first."""
        return tuple(self.stage.log.kept)

    def add(self, fault: Fault) -> int:
        """Switch a fault on; the number switches it off."""
        number = self.stage.faults.add(fault)
        self.stage.wake()
        return number

    def remove(self, number: int) -> None:
        """Switch a fault off, and release what it holds. Raises KeyError if it is not on."""
        self.stage.faults.remove(number)
        self.stage.wake()

    async def held(self, number: int, count: int = 1) -> None:
        """Wait until this hold holds so many requests. Raises KeyError if it is not on."""
        while self.stage.faults.entries[number].held < count:
            await self.stage.changed.wait()

    def obey(self, rules: Rules) -> None:
        """Decide by these rules where sources conflict."""
        self.stage.rules = rules

    def host_of(self, thing: MachineId | VolumeId) -> str:
        """The host on which this machine or volume is; empty if it is nowhere."""
        return self.stage.hosts.of(thing).host

    def put_host(self, host: Host) -> None:
        """Say what fits on a host."""
        self.stage.hosts.put(host)

    # -- letting things happen -----------------------------------------------------------------------------------

    def advance(self, machine: MachineId) -> None:
        """Let a machine that is on its way arrive now."""
        arrive(self.stage, machine)

    def advance_volume(self, volume: VolumeId) -> None:
        """Let a volume be whole now."""
        become_whole(self.stage, volume)

    def befall(self, machine: MachineId, what: Happening) -> None:
        """Let this befall a machine. Raises KeyError if it is not there, ValueError if this cannot befall it."""
        found = self.fly.machine(machine)
        if found is None:
            raise KeyError(machine)
        befall(self.stage, found, what)

    def back_up(self, volume: VolumeId) -> SnapshotId:
        """Take a snapshot of a volume, finished at once. Raises KeyError if the volume is not there."""
        found = self.fly.volume(volume)
        if found is None:
            raise KeyError(volume)
        snapshot = backups.take(self.stage, found)
        backups.finish(self.stage, snapshot)
        return snapshot

    def lose_volume(self, volume: VolumeId) -> None:
        """Lose a volume for good. Raises KeyError if it is not there."""
        found = self.fly.volume(volume)
        if found is None:
            raise KeyError(volume)
        lose_volume(self.stage, found)

    def lose_host(self, host: str) -> None:
        """Lose a host for good, with everything on it."""
        lose_host(self.stage, host)

    def reset(self) -> None:
        """Begin again with nothing, and no faults."""
        self.stage.reset()
