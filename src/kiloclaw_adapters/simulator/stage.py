"""Everything that a simulator remembers: the pure truth, what the wire shows beside it, and what is on its way.

Requests land on `fly` and `apps` through the functions of `kiloclaw_core.world`; here time passes over them, so that
machines arrive. What a request does is decided by `machines`, `volumes` and `apps`.
"""

from __future__ import annotations

import asyncio

from attrs import define, evolve, field

from kiloclaw_adapters.simulator.book import FaultBook
from kiloclaw_adapters.simulator.clocks import Clock, RealClock
from kiloclaw_adapters.simulator.identities import Identities
from kiloclaw_adapters.simulator.limits import Tally
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.requests import RequestLog
from kiloclaw_adapters.simulator.settings import Settings
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import AppName, MachineId, VolumeId
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fly import Fly, TrueMachine

EVENTS_KEPT = 50


@define
class Papers:
    """What Fly keeps of a machine beside what decides: its config as it was sent, its past, and where it is bound."""

    config: Json
    private_ip: str
    created_ms: int
    updated_ms: int
    events: list[Json] = field(factory=list)
    launches: bool = True
    """A machine made with `skip_launch` is prepared, and then down."""


@define
class Buried:
    """Something deleted, as an answer would show it last."""

    app: AppName
    shown: Json


@define
class Stage:
    """The state of one simulator."""

    settings: Settings = field(factory=Settings)
    clock: Clock = field(factory=RealClock)
    fly: Fly = field(init=False)
    apps: Apps = field(init=False)
    papers: dict[MachineId, Papers] = field(init=False)
    made_ms: dict[str, int] = field(init=False)
    app_ids: dict[AppName, str] = field(init=False)
    addresses: dict[AppName, list[Json]] = field(init=False)
    secrets_ms: dict[tuple[AppName, str], tuple[int, int]] = field(init=False)
    buried_machines: dict[MachineId, Buried] = field(init=False)
    buried_volumes: dict[VolumeId, Buried] = field(init=False)
    moves: dict[MachineId, float] = field(init=False)
    unwell: set[MachineId] = field(init=False)
    faults: FaultBook = field(init=False, factory=FaultBook)
    log: RequestLog = field(init=False)
    tally: Tally = field(init=False)
    identities: Identities = field(init=False)
    changed: asyncio.Event = field(init=False, factory=asyncio.Event)
    closing: bool = False
    """The server is about to stop: polls end as if their time were up."""
    _offset_s: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Begin with nothing, now."""
        self._offset_s = self.clock.wall_s() - self.clock.now()
        self.reset()

    def reset(self) -> None:
        """Begin again with nothing; whoever waits, or is held, goes on and finds nothing."""
        self.fly = Fly()
        self.apps = Apps(opened=tuple(sorted({org for _, org in self.settings.tokens})))
        self.papers, self.made_ms, self.app_ids, self.addresses, self.secrets_ms = {}, {}, {}, {}, {}
        self.buried_machines, self.buried_volumes, self.moves, self.unwell = {}, {}, {}, set()
        self.faults.clear()
        self.log, self.tally = RequestLog(), Tally()
        self.identities = Identities(self.settings.seed)
        self.wake()

    def close(self) -> None:
        """Let everybody go who is held or waits, because the server stops."""
        self.closing = True
        self.faults.clear()
        self.wake()

    # -- time ----------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        """This moment, in milliseconds since 1970."""
        return self.at_ms(self.clock.now())

    def at_ms(self, moment: float) -> int:
        """A moment of the clock, in milliseconds since 1970."""
        return round((moment + self._offset_s) * 1000)

    def wake(self) -> None:
        """Tell whoever waits that something has changed."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def change(self, until: float) -> None:
        """Wait until something changes, a machine is due to arrive, or this moment of the clock has come."""
        due = (due for machine, due in self.moves.items() if not self.faults.is_unreachable(machine))
        end = min([until, *due])
        await self.clock.until(self.changed, end - self.clock.now())

    def catch_up(self) -> None:
        """Let every machine arrive that is due, the earliest first; and delete what waited for its host."""
        now = self.clock.now()
        for due, machine in sorted((due, machine) for machine, due in self.moves.items() if due <= now):
            if not self.faults.is_unreachable(machine):
                self.arrive(machine, self.at_ms(due))
        for one in self.fly.machines:
            if one.state is MachineState.DESTROYING and not self.faults.is_unreachable(one.machine):
                self.bury(one)

    # -- machines on their way -----------------------------------------------------------------------------------

    def depart(self, machine: TrueMachine, *, stuck: bool = False) -> None:
        """Begin the move that this machine's state calls for; stuck, or by hand, it has no end of its own."""
        self.moves.pop(machine.machine, None)
        if truth.is_moving(machine.state) and not (stuck or self.settings.manual):
            stopping = machine.state is MachineState.STOPPING
            takes_s = self.settings.stop_s if stopping else self.settings.boot_s
            self.moves[machine.machine] = self.clock.now() + takes_s
        self.wake()

    def arrive(self, machine: MachineId, moment_ms: int) -> None:
        """End the move that this machine is on, if it is on one."""
        self.moves.pop(machine, None)
        found = self.fly.machine(machine)
        if found is None or not truth.is_moving(found.state):
            return
        papers = self.papers[machine]
        prepared = found.state is MachineState.CREATED and not papers.launches
        self.fly = truth.halt(self.fly, found) if prepared else truth.advance(self.fly, found)
        papers.launches = True
        stopped = found.state is MachineState.STOPPING
        self.record(machine, "exit" if stopped else "start", "flyd", moment_ms, exit_event(0) if stopped else None)

    def halt(self, machine: TrueMachine, request: Json) -> None:
        """A machine stops though nobody asked; `request` is what its exit event tells."""
        self.moves.pop(machine.machine, None)
        self.fly = truth.halt(self.fly, machine)
        self.record(machine.machine, "exit", "flyd", self.now_ms(), request)

    def bury(self, machine: TrueMachine) -> None:
        """Delete a machine; it can still be shown as it was last."""
        papers = self.papers.pop(machine.machine)
        shown: Json = {"id": machine.machine, "name": machine.name, "state": "destroyed", "region": machine.region}
        shown |= {"instance_id": machine.version, "config": papers.config, "host_status": "ok", "events": papers.events}
        self.buried_machines[machine.machine] = Buried(machine.app, shown)
        self.fly = truth.delete_machine(self.fly, machine.machine)
        self.moves.pop(machine.machine, None)
        self.wake()

    def defer(self, machine: TrueMachine) -> None:
        """A delete whose host does not answer is taken, and done when the host is back (Fly: fly.md 2.3)."""
        self.moves.pop(machine.machine, None)
        self.fly = truth.with_machine(self.fly, evolve(machine, state=MachineState.DESTROYING))
        self.wake()

    def record(self, machine: MachineId, kind: str, source: str, moment_ms: int, request: Json | None = None) -> None:
        """Write an event of this machine: the state it is in now, and why."""
        found = self.fly.machine(machine)
        assert found is not None, f"an event of machine {machine}, which is not there"
        papers = self.papers[machine]
        event: Json = {"id": self.identities.ulid(moment_ms), "type": kind, "status": found.state.value}
        papers.events.insert(0, {**event, "source": source, "timestamp": moment_ms, "request": request})
        del papers.events[EVENTS_KEPT:]
        papers.updated_ms = moment_ms
        self.wake()


def exit_event(code: int, *, out_of_memory: bool = False, asked: bool = True) -> Json:
    """What an exit event tells of the process that ended (Fly: Appendix A)."""
    ended: Json = {"exit_code": code, "guest_exit_code": code, "oom_killed": out_of_memory}
    return {"restart_count": 0, "exit_event": {**ended, "requested_stop": asked, "restarting": False}}
