"""Joins the parts of a simulator: the ASGI application over one stage, and the handle by which tests hold it.

The wire is decided by `gate`, the control surface by `control`; a server for it is `server`.
"""

from __future__ import annotations

from attrs import field, frozen
from starlette.applications import Starlette
from starlette.routing import Route

from kiloclaw_adapters.simulator.asking import HEALTH_PATH, Operation
from kiloclaw_adapters.simulator.clocks import Clock, RealClock
from kiloclaw_adapters.simulator.control import ACTS, Control
from kiloclaw_adapters.simulator.faults import Fault
from kiloclaw_adapters.simulator.gate import Gate, gates
from kiloclaw_adapters.simulator.requests import Asked
from kiloclaw_adapters.simulator.settings import Settings
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.names import MachineId
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
        health = Route(MACHINE_HEALTH, Gate(self.stage, Operation.PROBE_HEALTH), methods=["GET"])
        control = [Route(path, Control(self.stage, act).answer, methods=[method]) for method, path, act in ACTS]
        return Starlette(routes=[*fly, health, *control])

    @property
    def fly(self) -> Fly:
        """The truth about machines and volumes, now."""
        self.stage.catch_up()
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

    def advance(self, machine: MachineId) -> None:
        """Let a machine that is on its way arrive now."""
        self.stage.arrive(machine, self.stage.now_ms())

    def reset(self) -> None:
        """Begin again with nothing, and no faults."""
        self.stage.reset()
