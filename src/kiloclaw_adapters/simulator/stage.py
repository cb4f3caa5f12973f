"""Everything that a simulator remembers: the pure truth, what the wire shows beside it, and what is on its way.

Requests land on `fly` and `apps` through the functions of `kiloclaw_core.world`. What a request does is decided by the
landings; what time brings, by `passing`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from attrs import define, evolve, field

from kiloclaw_adapters.simulator.agenda import Agenda, Arrival, Backup, Befalling, Coming, Expiry, Filling, Finish
from kiloclaw_adapters.simulator.book import FaultBook
from kiloclaw_adapters.simulator.clocks import Clock, RealClock
from kiloclaw_adapters.simulator.hosts import Hosts
from kiloclaw_adapters.simulator.identities import Identities
from kiloclaw_adapters.simulator.kinds import LONGEST_LAG_MS
from kiloclaw_adapters.simulator.limits import Tally
from kiloclaw_adapters.simulator.papers import (
    AppPapers,
    BuriedMachine,
    BuriedVolume,
    Lease,
    Left,
    MachinePapers,
    SnapshotPapers,
    VolumePapers,
)
from kiloclaw_adapters.simulator.pending import Pending
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.requests import RequestLog
from kiloclaw_adapters.simulator.rules import Rules
from kiloclaw_adapters.simulator.settings import Settings
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import AppName, MachineId, SnapshotId, VolumeId
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fly import Fly, TrueMachine

GRAIN_S: Final = 0.02
"""How finely the past is remembered: a look that lags behind may be so much less behind."""


@define
class Stage:
    """The state of one simulator."""

    settings: Settings = field(factory=Settings)
    clock: Clock = field(factory=RealClock)
    apps: Apps = field(init=False)
    papers: dict[MachineId, MachinePapers] = field(init=False)
    volume_papers: dict[VolumeId, VolumePapers] = field(init=False)
    snapshot_papers: dict[SnapshotId, SnapshotPapers] = field(init=False)
    app_papers: dict[AppName, AppPapers] = field(init=False)
    buried_machines: dict[MachineId, BuriedMachine] = field(init=False)
    buried_volumes: dict[VolumeId, BuriedVolume] = field(init=False)
    names_left: dict[tuple[AppName, str], Left] = field(init=False)
    claims_left: dict[VolumeId, Left] = field(init=False)
    apps_left: dict[AppName, int] = field(init=False)
    images_ms: dict[str, int] = field(init=False)
    leases: dict[MachineId, Lease] = field(init=False)
    replies: dict[MachineId, Json] = field(init=False)
    """What commands come to that are run in a machine."""
    pending: dict[MachineId, Pending] = field(init=False)
    """What wants to be paired in a machine, and how old its controller is."""
    migrating: set[MachineId] = field(init=False)
    unwell: set[MachineId] = field(init=False)
    hosts: Hosts = field(init=False)
    agenda: Agenda = field(init=False)
    rules: Rules = field(init=False)
    faults: FaultBook = field(init=False)
    log: RequestLog = field(init=False)
    tally: Tally = field(init=False)
    identities: Identities = field(init=False)
    changed: asyncio.Event = field(init=False, factory=asyncio.Event)
    closing: bool = False
    """The server is about to stop: polls end as if their time were up."""
    _fly: Fly = field(init=False)
    _past: deque[tuple[float, Fly]] = field(init=False)
    _offset_s: float = field(init=False)
    _as_of: float | None = field(init=False, default=None)
    _silent: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        """Begin with nothing, now."""
        self._offset_s = self.clock.wall_s() - self.clock.now()
        self.faults = FaultBook(self.settings.seed)
        self.reset()

    def reset(self) -> None:
        """Begin again with nothing; whoever waits, or is held, goes on and finds nothing."""
        self._fly, self._past = Fly(), deque([(self.clock.now(), Fly())])
        self.apps = Apps(opened=tuple(sorted({org for _, org in self.settings.tokens})))
        self.papers, self.volume_papers, self.snapshot_papers, self.app_papers = {}, {}, {}, {}
        self.buried_machines, self.buried_volumes = {}, {}
        self.names_left, self.claims_left, self.apps_left, self.images_ms = {}, {}, {}, {}
        self.pending = {}
        self.leases, self.replies, self.migrating, self.unwell = {}, {}, set(), set()
        self.hosts, self.agenda, self.rules = Hosts(), Agenda(), self.settings.rules
        self.faults.clear()
        self.log, self.tally = RequestLog(), Tally()
        self.identities = Identities(self.settings.seed)
        self.wake()

    def close(self) -> None:
        """Let everybody go who is held or waits, because the server stops."""
        self.closing = True
        self.faults.clear()
        self.wake()

    # -- what is and what was ------------------------------------------------------------------------------------

    @property
    def fly(self) -> Fly:
        """The truth about machines and volumes."""
        return self._fly

    @fly.setter
    def fly(self, fly: Fly) -> None:
        self._fly = fly
        now = self.now()
        if now - self._past[-1][0] < GRAIN_S:
            self._past[-1] = self._past[-1][0], fly
        else:
            self._past.append((now, fly))
        while len(self._past) > 1 and self._past[1][0] <= now - LONGEST_LAG_MS / 1000:
            self._past.popleft()

    def past(self, by_ms: int) -> Fly:
        """The truth so long ago, as far as anything is still kept of it; before the beginning there was nothing."""
        moment = self.now() - by_ms / 1000
        was = next((fly for at, fly in reversed(self._past) if at <= moment), Fly())
        machines = tuple(one for one in was.machines if one.machine in {*self.papers, *self.buried_machines})
        volumes = tuple(one for one in was.volumes if one.volume in {*self.volume_papers, *self.buried_volumes})
        return evolve(was, machines=machines, volumes=volumes)

    def papers_of(self, machine: MachineId) -> MachinePapers:
        """What is kept of a machine that is or was there."""
        return self.papers[machine] if machine in self.papers else self.buried_machines[machine].papers

    def volume_papers_of(self, volume: VolumeId) -> VolumePapers:
        """What is kept of a volume that is or was there."""
        return self.volume_papers[volume] if volume in self.volume_papers else self.buried_volumes[volume].papers

    # -- time ----------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """This moment of the clock; while something comes that was due before, the moment when it was due."""
        return self.clock.now() if self._as_of is None else self._as_of

    @contextmanager
    def as_of(self, moment: float) -> Iterator[None]:
        """Have it be that moment for a while, but never one before what was remembered last."""
        self._as_of = max(moment, self._past[-1][0])
        try:
            yield
        finally:
            self._as_of = None

    def now_ms(self) -> int:
        """This moment, in milliseconds since 1970."""
        return self.at_ms(self.now())

    def at_ms(self, moment: float) -> int:
        """A moment of the clock, in milliseconds since 1970."""
        return round((moment + self._offset_s) * 1000)

    def wake(self) -> None:
        """Tell whoever waits that something has changed."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def change(self, until: float) -> None:
        """Wait until something changes, something comes by itself, or this moment of the clock is there."""
        coming = self.agenda.next_moment(self.waits)
        end = until if coming is None else min(until, coming)
        await self.clock.until(self.changed, end - self.clock.now())

    def waits(self, coming: Coming) -> bool:
        """Whether what is to come waits for a host that does not answer."""
        match coming:
            case Arrival(machine=machine) | Befalling(machine=machine):
                found = self.fly.machine(machine)
                return found is not None and self.silence(found) is not None
            case Filling(volume=volume):
                return self.silence_of(volume) is not None
            case Backup() | Finish() | Expiry():
                return False

    # -- hosts that do not answer --------------------------------------------------------------------------------

    def silence(self, machine: TrueMachine) -> int | None:
        """The status in which changes of this machine end, if its host does not answer."""
        volume = "" if machine.volume is None else machine.volume
        return self.faults.silence(machine.machine, volume, self.hosts.of(machine.machine).host)

    def silence_of(self, volume: VolumeId) -> int | None:
        """The status in which changes of this volume end, if its host does not answer."""
        holder = self.fly.holder(volume)
        return self.faults.silence(volume, "" if holder is None else holder, self.hosts.of(volume).host)

    def notice_hosts(self) -> None:
        """Have the truth tell which machines can be reached."""
        silent = self.faults.any_silent()
        if not silent and not self._silent:
            return  # all can, and did before
        self._silent = silent
        for one in self.fly.machines:
            reachable = self.silence(one) is None
            if one.reachable is not reachable:
                self.fly = truth.with_machine(self.fly, evolve(one, reachable=reachable))

    # -- the past of one machine ---------------------------------------------------------------------------------

    def record(self, machine: TrueMachine, kind: str, source: str, request: Json | None = None) -> None:
        """Write an event of this machine, as it is after it: the state it is in, and why."""
        moment_ms = self.now_ms()
        event: Json = {"id": self.identities.ulid(moment_ms), "type": kind, "status": machine.state.value}
        self.papers[machine.machine].write({**event, "source": source, "timestamp": moment_ms, "request": request})
        self.wake()

    def is_up(self, machine: MachineId) -> bool:
        """Whether this machine runs, and can be asked."""
        found = self.fly.machine(machine)
        return found is not None and found.state is MachineState.STARTED and self.silence(found) is None
