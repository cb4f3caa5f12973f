"""The outside in process: the core's own world under a virtual clock, with faults told beforehand and mortal processes.

Every request takes a while before it lands and a while before its answer is heard, so that callers, workers and deaths
come in between. Time passes only when nothing else can happen.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from attrs import define, evolve, field, frozen

from kiloclaw_adapters.apps import AppRequest
from kiloclaw_adapters.asking import InstanceWatch
from kiloclaw_adapters.directory import MemoryDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.fly import FlyEffect
from kiloclaw_adapters.ports import Terms
from kiloclaw_adapters.provider import DEFAULT_POLICY, Provider
from kiloclaw_adapters.store import (
    Claimed,
    Conflict,
    Due,
    DueAt,
    Lease,
    MemoryStore,
    Schemas,
    Stored,
    StoreError,
    Unknown,
    Version,
)
from kiloclaw_core.app import AppOutcome
from kiloclaw_core.effects import AwaitState, GetMachine, GetVolume, ListMachines, ListVolumes, ProbeHealth
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName
from kiloclaw_core.outcomes import Outcome, Rejected
from kiloclaw_core.outcomes import Unknown as UnknownOutcome
from kiloclaw_core.policy import Policy
from kiloclaw_core.world import apps as true_apps
from kiloclaw_core.world import landing
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fate import advance, is_moving
from kiloclaw_core.world.fly import TrueMachine, TrueVolume
from kiloclaw_core.world.landing import Outside

Answer = TypeVar("Answer")

START_MS = 1_790_000_000_000
TRAVEL_S = 0.1
BOOT_S = 2.0
LAST_S = 200_000.0
"""No test lives longer; what is still under way then will never end."""
SPEC = Spec(image="img:1", environment=(("SECRET", "canary-environment"),))


class JumpingSelector(selectors.SelectSelector):
    """Instead of waiting, it lets the time pass at once."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; the time that would have been waited has passed."""
        assert timeout is not None, "nothing will ever happen any more"
        self.now += max(0.0, timeout)
        assert self.now < LAST_S, "this goes on for ever"
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """The virtual time in seconds."""
        return self._jumping.now


@frozen
class VirtualClock:
    """The time of the loop that runs."""

    def monotonic(self) -> float:
        """Seconds since the loop was made."""
        return asyncio.get_running_loop().time()

    def now_ms(self) -> int:
        """The same in milliseconds since the epoch."""
        return START_MS + round(self.monotonic() * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait on the loop."""
        await asyncio.sleep(seconds)


CLOCK = VirtualClock()


class Fault(Enum):
    """What may go wrong with one request."""

    LOST = "it never lands, and no answer comes in time"
    UNHEARD = "it lands, and no answer comes in time"
    RAISES = "the performer raises after it landed"
    DIES_BEFORE = "the process dies, and it never lands"
    DIES_LATE = "the process dies, and it lands five seconds later"
    DIES_AFTER = "the process dies when it has landed"


DEATHS = (Fault.DIES_BEFORE, Fault.DIES_LATE, Fault.DIES_AFTER)


def new_store() -> MemoryStore:
    """An empty store that tells the virtual time, and whose chance is always the same."""
    return MemoryStore(CLOCK.now_ms, lambda: 0.5)


@define(eq=False)
class World:
    """The truth, what was asked of it, and which request meets which fault: one by its number, or all of one name."""

    outsides: dict[AppName, Outside] = field(factory=dict)
    """The world names what it makes by op, and each sandbox counts its own: so there is a world for each app."""
    apps: Apps = field(factory=lambda: Apps(opened=("acme",)))
    directory: MemoryDirectory = field(factory=lambda: MemoryDirectory(new_store()))
    faults: dict[int, Fault] = field(factory=dict)
    always: dict[str, Fault | Rejected] = field(factory=dict)
    broken_off: list[str] = field(factory=list)
    asked: list[str] = field(factory=list)
    most_machines: int = 0
    """The most that one app ever had."""
    most_at_once: int = 0
    at_once: int = 0
    closed: bool = False
    died: asyncio.Event = field(factory=asyncio.Event)

    @property
    def machines(self) -> tuple[TrueMachine, ...]:
        """Every machine there is."""
        return tuple(one for outside in self.outsides.values() for one in outside.fly.machines)

    @property
    def volumes(self) -> tuple[TrueVolume, ...]:
        """Every volume there is."""
        return tuple(one for outside in self.outsides.values() for one in outside.fly.volumes)

    async def perform(self, effect: FlyEffect | ProbeHealth, *, committed_at: float) -> Outcome:
        """Carry out a request about machines and volumes."""
        assert committed_at <= CLOCK.monotonic(), "performed before it was committed"
        if isinstance(effect, GetMachine | GetVolume | ListMachines | ListVolumes):
            await CLOCK.sleep(effect.pause_s)
        if isinstance(effect, AwaitState):
            await CLOCK.sleep(BOOT_S)
            self._advance(effect)
        return await self._travel(type(effect).__name__, lambda: self._land(effect))

    async def perform_app(self, effect: AppRequest, *, committed_at: float) -> AppOutcome:
        """Carry out a request about an app."""
        assert committed_at <= CLOCK.monotonic(), "performed before it was committed"
        return await self._travel(type(effect).__name__, lambda: self._land_app(effect))

    async def _travel(self, name: str, land: Callable[[], Answer]) -> Answer | Rejected | UnknownOutcome:
        """A request on its way, to whatever end."""
        fault = self.faults.pop(len(self.asked), None) or self.always.get(name) or self.always.get("everything")
        self.asked.append(name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await CLOCK.sleep(TRAVEL_S)
            if fault is None:
                answer = land()
                await CLOCK.sleep(TRAVEL_S)
                return answer
            return fault if isinstance(fault, Rejected) else await self._suffer(fault, land)
        except asyncio.CancelledError:
            self.broken_off.append(name)
            raise
        finally:
            self.at_once -= 1

    async def _suffer(self, fault: Fault, land: Callable[[], Answer]) -> UnknownOutcome:
        match fault:
            case Fault.LOST:
                pass
            case Fault.UNHEARD:
                land()
            case Fault.RAISES:
                land()
                raise RuntimeError("the performer is broken")
            case Fault.DIES_BEFORE:
                self.died.set()
            case Fault.DIES_LATE:
                self.died.set()
                asyncio.get_running_loop().call_later(5.0, land)
            case Fault.DIES_AFTER:
                land()
                self.died.set()
        await CLOCK.sleep(30.0)
        return UnknownOutcome("no answer")

    def _advance(self, effect: AwaitState) -> None:
        outside = self.outsides.get(effect.app, Outside())
        found = outside.fly.machine(effect.machine)
        if found is not None and is_moving(found.state):
            self.outsides[effect.app] = evolve(outside, fly=advance(outside.fly, found))

    def _land(self, effect: FlyEffect | ProbeHealth) -> Outcome:
        outside, outcome = landing.land(self.outsides.get(effect.app, Outside()), effect)
        self.outsides[effect.app] = outside
        self.most_machines = max(self.most_machines, len(outside.fly.machines))
        return outcome

    def _land_app(self, effect: AppRequest) -> AppOutcome:
        self.apps, outcome = true_apps.land(self.apps, effect)
        return outcome


@frozen
class AppRequests:
    """The requests about apps, as a performer of their own."""

    world: World

    async def perform(self, effect: AppRequest, *, committed_at: float) -> AppOutcome:
        """Carry out a request about an app."""
        return await self.world.perform_app(effect, committed_at=committed_at)


def provider(world: World) -> Provider:
    """The world as a provider."""

    async def aclose() -> None:
        world.closed = True

    return Provider("acme", world, AppRequests(world), world, aclose)


@define(eq=False)
class MortalStore:
    """A store as one process sees it: once the process is dead, nothing it does reaches the store."""

    store: MemoryStore
    dead: bool = False
    closed: bool = False
    faults: list[bool | None] = field(factory=list)
    """For each commit to come: None for none, else Unknown, and whether it was applied."""

    def alive(self) -> MemoryStore:
        """The store, to the living."""
        if self.dead:
            raise StoreError("the process is dead")
        return self.store

    async def load(self, key: str) -> Stored | None:
        """As the store does."""
        return await self.alive().load(key)

    async def commit(  # noqa: PLR0913 - the port's one transactional verb
        self,
        *,
        key: str,
        kind: str,
        schema: int,
        expected_version: int,
        body: str,
        alarms: tuple[Due, ...],
        commit_id: str,
        lease: Lease | None,
    ) -> Version | Conflict | Unknown:
        """As the store does, unless a fault was told."""
        fault = self.faults.pop(0) if self.faults else None
        if fault is False:
            return Unknown("COMMIT failed")
        answer = await self.alive().commit(
            key=key,
            kind=kind,
            schema=schema,
            expected_version=expected_version,
            body=body,
            alarms=alarms,
            commit_id=commit_id,
            lease=lease,
        )
        return Unknown("COMMIT failed") if fault else answer

    async def claim(self, *, limit: int, owner: str, lease_s: float, schemas: Schemas) -> tuple[Claimed, ...]:
        """As the store does."""
        return await self.alive().claim(limit=limit, owner=owner, lease_s=lease_s, schemas=schemas)

    async def take(self, key: str, *, owner: str, lease_s: float) -> Claimed | None:
        """As the store does."""
        return await self.alive().take(key, owner=owner, lease_s=lease_s)

    async def renew(self, lease: Lease, *, lease_s: float) -> bool:
        """As the store does."""
        return await self.alive().renew(lease, lease_s=lease_s)

    async def release(self, lease: Lease) -> None:
        """As the store does."""
        await self.alive().release(lease)

    async def keys(self, kind: str) -> tuple[str, ...]:
        """As the store does."""
        return await self.alive().keys(kind)

    async def alarms(self, key: str) -> tuple[DueAt, ...]:
        """As the store does."""
        return await self.alive().alarms(key)

    async def next_due_ms(self, schemas: Schemas) -> int | None:
        """As the store does."""
        return await self.alive().next_due_ms(schemas)

    async def now_ms(self) -> int:
        """As the store does."""
        return await self.alive().now_ms()

    async def incarnation(self) -> int:
        """As the store does."""
        return await self.alive().incarnation()

    async def new_incarnation(self) -> int:
        """As the store does."""
        return await self.alive().new_incarnation()

    async def aclose(self) -> None:
        """The file stays; the process lets go of it."""
        self.closed = True


@define(eq=False)
class Process:
    """One process: its view of the store, the façade over it, and the lines it logged."""

    store: MortalStore
    kiloclaw: Kiloclaw
    lines: list[tuple[str, dict[str, str | int | None]]]

    def names(self) -> list[str]:
        """The names of the lines."""
        return [name for name, _ in self.lines]


def process(
    world: World,
    store: MemoryStore,
    *,
    name: str = "one",
    recorder: InstanceWatch | None = None,
    policy: Policy = DEFAULT_POLICY,
) -> Process:
    """A process over this world and this store."""
    lines: list[tuple[str, dict[str, str | int | None]]] = []
    mine = MortalStore(store)
    kiloclaw = Kiloclaw(
        store=mine,
        fly=provider(world),
        directory=world.directory,
        policy=policy,
        recorder=recorder,
        logger=lambda line, fields: lines.append((line, fields)),
        clock=CLOCK,
        terms=Terms(name),
    )
    return Process(mine, kiloclaw, lines)
