"""The hosts on which machines and volumes live: where each is, what fits on it, and who is on it (Fly: fly.md 3).

Every region has a few; on each fits anything until it is told otherwise. Which host is chosen, and what is said where
none has room, is decided by `placing`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Final

from attrs import define, field, frozen

from kiloclaw_adapters.simulator.settings import CODES
from kiloclaw_core.machine import MachineState
from kiloclaw_core.world.fly import Fly, TrueMachine

HOSTS_OF_A_REGION: Final = 3
IDLE: Final = {MachineState.STOPPED, MachineState.FAILED, MachineState.DESTROYED}
"""Machines that reserve nothing on their host (Fly: a suspended one does, fly.md 2.4)."""


@frozen
class Host:
    """One host. What has no number is enough for anything; a closed one takes no deploys for now."""

    host: str
    memory_mb: int | None = None
    cpus: int | None = None
    storage_gb: int | None = None
    closed: bool = False

    @property
    def region(self) -> str:
        """Where it stands."""
        return self.host.rpartition("-")[0]

    @property
    def zone(self) -> str:
        """The word by which a volume's answer names its part of the region."""
        return hashlib.blake2b(self.host.encode(), digest_size=2).hexdigest()


@frozen
class Need:
    """What is to fit on a host."""

    memory_mb: int = 0
    cpus: int = 0
    storage_gb: int = 0


@define
class Hosts:
    """Every host that was spoken of, and where everything is."""

    _hosts: dict[str, Host] = field(factory=dict)
    _places: dict[str, str] = field(factory=dict)

    def named(self, name: str) -> Host | None:
        """The host of this name, such as `ams-1`, if there can be one."""
        region, _, number = name.rpartition("-")
        if region not in CODES or number not in {str(one + 1) for one in range(HOSTS_OF_A_REGION)}:
            return None
        return self._hosts.get(name, Host(name))

    def put(self, host: Host) -> None:
        """Have this host in place of what it was."""
        self._hosts[host.host] = host

    def of_region(self, region: str) -> tuple[Host, ...]:
        """The hosts of a region, the one with the fewest things on it first."""
        crowd = Counter(self._places.values())
        names = (f"{region}-{number + 1}" for number in range(HOSTS_OF_A_REGION))
        return tuple(self._hosts.get(name, Host(name)) for name in sorted(names, key=lambda one: (crowd[one], one)))

    def every(self) -> tuple[Host, ...]:
        """Every host that has something on it, or was told what fits on it."""
        names = sorted({*self._hosts, *self._places.values()})
        return tuple(self._hosts.get(name, Host(name)) for name in names)

    # -- who is where --------------------------------------------------------------------------------------------

    def place(self, thing: str, host: str) -> None:
        """This machine or volume is on that host now."""
        self._places[thing] = host

    def leave(self, thing: str) -> None:
        """This machine or volume is nowhere any more."""
        self._places.pop(thing, None)

    def of(self, thing: str) -> Host:
        """The host of this machine or volume; nowhere is a host of no name, on which anything fits."""
        name = self._places.get(thing, "")
        return self._hosts.get(name, Host(name))

    def aboard(self, host: str) -> tuple[str, ...]:
        """The machines and volumes on this host."""
        return tuple(thing for thing, place in self._places.items() if place == host)

    # -- what fits -----------------------------------------------------------------------------------------------

    def shortage(self, fly: Fly, host: Host, need: Need, *, but: str = "") -> str:
        """What there is too little of on this host, `but` for one machine that is on it; empty if all of it fits."""
        used = self.used(fly, host.host, but)
        limits = (
            ("memory", host.memory_mb, used.memory_mb + need.memory_mb),
            ("CPUs", host.cpus, used.cpus + need.cpus),
            ("storage", host.storage_gb, used.storage_gb + need.storage_gb),
        )
        return next((word for word, most, wanted in limits if most is not None and wanted > most), "")

    def used(self, fly: Fly, host: str, but: str = "") -> Need:
        """What is reserved on this host."""
        aboard = set(self.aboard(host)) - {but}
        needs = [need_of(one) for one in fly.machines if one.machine in aboard and one.state not in IDLE]
        storage_gb = sum(one.size_gb for one in fly.volumes if one.volume in aboard)
        return Need(sum(one.memory_mb for one in needs), sum(one.cpus for one in needs), storage_gb)


def need_of(machine: TrueMachine) -> Need:
    """What a machine takes while it is not down."""
    return Need() if machine.guest is None else Need(machine.guest.memory_mb, machine.guest.cpus)
