"""A controller put together: the cache, the gateway and how far both have come up, behind the routes' desk.

It comes up in stages while it already answers on its health routes, and goes down in order: the cache first, then the
gateway, and the server last (pairing 4.3, 4.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import httpx
from attrs import define, field

from kiloclaw_adapters.controller.cache import Cache
from kiloclaw_adapters.controller.children import Gateway, PassOut, to_our_own
from kiloclaw_adapters.controller.desk import Readiness
from kiloclaw_adapters.controller.settings import ControllerSettings
from kiloclaw_adapters.controller.sources import OpenclawPerformer, PairingPerformer
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.pairing.parsing import NotJsonError, tree_of
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_core.pairing import Kind, PendingView, Said, Subject
from kiloclaw_core.pairing.json_values import object_of, text_of
from kiloclaw_core.supervisor import (
    Stage,
    Standing,
    SupervisorRefusal,
    SupervisorView,
    ended,
    next_stage,
    stage_ended,
    starts_cache,
)

DoStage: TypeAlias = Callable[[], Awaitable[bool]]
"""Does what a stage is for, and says whether it went well."""

RUNNING: Final = "running"
NOT_RUNNING: Final = Readiness(503, (("ready", False), ("error", "Gateway not running")))
UNHEARD: Final = Readiness(502, (("ready", False), ("error", "Failed to reach the gateway")))
MOST_READY: Final = 1 << 16


@define(eq=False)
class Controller:
    """The controller of one machine, to be used on one event loop: `come_up` once it listens, `go_down` at the end.

    `stages` says what a stage does beside what the controller itself has to do in it; `performer`, `clock` and
    `pass_out` are given by tests.
    """

    settings: ControllerSettings
    log: Logger
    clock: Clock = SystemClock()
    performer: PairingPerformer | None = None
    pass_out: PassOut = to_our_own
    stages: Mapping[Stage, DoStage] = field(factory=dict)
    cache: Cache = field(init=False)
    supervised: Gateway = field(init=False)
    _standing: Standing = field(init=False, default=Standing())

    def __attrs_post_init__(self) -> None:
        """Put it together; nothing is begun."""
        settings = self.settings
        performer = self.performer or OpenclawPerformer(settings.openclaw, self.clock)
        self.cache = Cache(performer, self.clock, self.log, settings.pairing)
        self.supervised = Gateway(
            line=settings.gateway_line,
            clock=self.clock,
            log=self.log,
            told=self.cache.saw_line,
            pass_out=self.pass_out,
            environment=dict(settings.gateway_environment),
            policy=settings.supervising,
        )

    # -- up and down ---------------------------------------------------------------------------------------------

    async def come_up(self) -> None:
        """Do stage after stage, as far as they go well and nobody says that it is to go down."""
        while (stage := next_stage(self._standing)) is not None:
            self._standing = stage_ended(self._standing, stage, well=await self._do(stage))
        if starts_cache(self._standing):
            self.cache.start()

    async def _do(self, stage: Stage) -> bool:
        if not await self._stage_went_well(stage):
            self.log("controller.stage_failed", {"stage": stage.value})
            return False
        if stage is Stage.GATEWAY and not self._standing.ending:
            refusal = self.supervised.start()
            return refusal in {None, SupervisorRefusal.ALREADY_RUNNING}  # somebody may have started it over HTTP
        return True

    async def _stage_went_well(self, stage: Stage) -> bool:
        do = self.stages.get(stage)
        try:
            return do is None or await do()
        except Exception as error:  # noqa: BLE001 - a controller that cannot come up is degraded, and not gone
            self.log("controller.stage_broke", {"stage": stage.value, "error": type(error).__name__})
            return False

    def begin_end(self) -> None:
        """Begin nothing more, tell whoever waits for the cache, and have the gateway end."""
        self._standing = ended(self._standing)
        self.cache.stop()
        self.supervised.begin_end()

    async def go_down(self) -> None:
        """Stop everything: what is asked to end and does not, is killed; what then does not die is left to the host."""
        self.begin_end()
        bound_s = self.settings.supervising.escalate_s + self.settings.closing_s
        gone, closed = asyncio.create_task(self.supervised.shut_down()), asyncio.create_task(self.cache.close())
        _, late = await asyncio.wait([gone, closed], timeout=bound_s)
        if gone in late:
            self.log("controller.gateway_outlives_us", {})
        for task in late:
            task.cancel()
        await asyncio.gather(self.supervised.give_up(), self.cache.give_up())

    # -- the desk ------------------------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """How far it has come up."""
        return self._standing

    async def pending(self, kind: Kind, *, anew: bool) -> PendingView:
        """What is pending, read anew or not."""
        return await self.cache.pending(kind, anew=anew)

    async def approve(self, subject: Subject) -> Said:
        """Approve a request, and say how that ended."""
        return await self.cache.approve(subject)

    def gateway(self) -> tuple[SupervisorView, int | None]:
        """How the gateway is, and its process."""
        return self.supervised.view(), self.supervised.pid

    async def start(self) -> SupervisorRefusal | None:
        """Have a gateway."""
        return self.supervised.start()

    async def stop(self) -> SupervisorRefusal | None:
        """Have none."""
        return await self.supervised.stop()

    async def restart(self) -> SupervisorRefusal | None:
        """Have another one."""
        return await self.supervised.restart()

    async def readiness(self) -> Readiness:
        """What the gateway itself says, asked for no longer than the settings allow.

        What is no JSON object says nothing of it, whatever its status: a page for people has one of success, too.
        """
        if self.supervised.view().state != RUNNING:
            return NOT_RUNNING
        try:
            async with asyncio.timeout(self.settings.ready_s), httpx.AsyncClient(trust_env=False) as client:
                answer = await client.get(f"{self.settings.gateway_url}/ready", timeout=self.settings.ready_s)
        except (httpx.HTTPError, TimeoutError):
            return UNHEARD
        said = _said(answer.content)
        if not said:
            return UNHEARD
        words = {**_plain(said), "ready": answer.is_success and said.get("ready", True) is True}
        return Readiness(200 if answer.is_success else 503, tuple(words.items()))


def _said(body: bytes) -> Mapping[str, object]:
    """The object that the gateway said; nothing where it said none."""
    try:
        return object_of(tree_of(body[:MOST_READY]))
    except NotJsonError:
        return {}


def _plain(said: Mapping[str, object]) -> dict[str, object]:
    """The plain values of an object; it is not asked for more."""
    plain = {key: value for key, value in said.items() if isinstance(value, bool | int | str)}
    return {key: value for key, value in plain.items() if not isinstance(value, str) or text_of(value) is not None}
