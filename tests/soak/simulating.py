"""The simulated Fly of a soak as a process of its own, every change audited: `python -m tests.soak.simulating`.

The token comes from the environment; the arguments are the seed and how long a day lasts. It says where it is as one
line of JSON, and serves until SIGTERM. `GET /_sim/soak` tells the truth in short, and what the audit found.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Final

from attrs import asdict, define, field, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from kiloclaw_adapters.simulator import Settings, Simulator, serving
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.world.fly import Fly

from .auditing import Audit

BOOT_S: Final = 0.3
STOP_S: Final = 0.2
FILL_S: Final = 1.0


@define
class AuditedStage(Stage):
    """A stage that shows every change of its truth to an audit."""

    audit: Audit = field(factory=Audit, init=False)

    @property
    def fly(self) -> Fly:
        """The truth about machines and volumes."""
        return self._fly

    @fly.setter
    def fly(self, fly: Fly) -> None:
        self.audit.saw(self._fly, fly, self.now_ms())
        vars(Stage)["fly"].__set__(self, fly)


@frozen(eq=False)
class AuditedSimulator(Simulator):
    """A simulator on such a stage, which tells of it over HTTP."""

    stage: AuditedStage = field(init=False, repr=False)
    app: Starlette = field(init=False, repr=False)

    @stage.default
    def _audited_stage(self) -> AuditedStage:
        return AuditedStage(self.settings, self.clock)

    @app.default
    def _audited_app(self) -> Starlette:
        app = Simulator._app(self)
        app.router.routes.append(Route("/_sim/soak", self.tell, methods=["GET"]))
        return app

    async def tell(self, _request: Request) -> JSONResponse:
        """The truth in short, and what the audit found."""
        catch_up(self.stage)
        fly, audit = self.stage.fly, self.stage.audit
        return JSONResponse(
            {
                "machines": [
                    {"id": one.machine, "app": one.app, "sandbox": one.sandbox, "state": one.state.value}
                    | {"volume": one.volume}
                    for one in fly.machines
                ],
                "volumes": [{"id": one.volume, "app": one.app, "name": one.name} for one in fly.volumes],
                "met": sum(entry.met for entry in self.stage.faults.entries.values()),
                "requests": self.requests[-1].number if self.requests else 0,
                "changes": audit.changes,
                "wrongs": [asdict(one) for one in audit.wrongs],
            }
        )


async def simulate(seed: int, day_s: float) -> None:
    """Serve until SIGTERM."""
    token, organisation = os.environ["FLY_API_TOKEN"], os.environ["FLY_ORG"]
    settings = Settings(
        tokens=((token, organisation),), seed=seed, boot_s=BOOT_S, stop_s=STOP_S, fill_s=FILL_S, day_s=day_s
    )
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serving(AuditedSimulator(settings)) as base:
        sys.stdout.write(json.dumps({"base": base}) + "\n")
        sys.stdout.flush()
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(simulate(int(sys.argv[1]), float(sys.argv[2])))
