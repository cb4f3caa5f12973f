"""Keeps the faults that are on, counts whom they met, and knows which requests stand still.

What a fault that is met does to its request is decided by `gate`, and by the landings that ask here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from attrs import define, field

from kiloclaw_adapters.simulator.asking import Ask
from kiloclaw_adapters.simulator.faults import (
    LASTING,
    REGIONAL,
    Fault,
    Full,
    Hold,
    Kind,
    OverQuota,
    RateLimit,
    Unreachable,
)
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.spelling import write_fault


@define
class Entry:
    """One fault that is on: how many requests it matched, how many it met, how many it holds now."""

    number: int
    fault: Fault
    matched: int = 0
    met: int = 0
    held: int = 0
    released: asyncio.Event = field(factory=asyncio.Event, repr=False)

    def meets(self) -> bool:
        """Count one more matching request, and tell whether the fault befalls it."""
        self.matched += 1
        spent = self.fault.times is not None and self.met >= self.fault.times
        befalls = self.matched >= self.fault.nth and not spent
        self.met += befalls
        return befalls

    def shown(self) -> Json:
        """The entry as the control surface shows it."""
        counts: Json = {"number": self.number, "matched": self.matched, "met": self.met, "held": self.held}
        return {**counts, **write_fault(self.fault)}


@define
class FaultBook:
    """The faults that are on, by number."""

    entries: dict[int, Entry] = field(factory=dict)
    _added: int = 0

    def add(self, fault: Fault) -> int:
        """Switch a fault on; the number is what switches it off again."""
        self._added += 1
        self.entries[self._added] = Entry(self._added, fault)
        return self._added

    def remove(self, number: int) -> None:
        """Switch a fault off, and release what it holds. Raises KeyError if it is not on."""
        self.entries.pop(number).released.set()

    def clear(self) -> None:
        """Switch every fault off."""
        for number in list(self.entries):
            self.remove(number)

    def holds(self) -> tuple[Entry, ...]:
        """Every hold that is on."""
        return tuple(entry for entry in self.entries.values() if isinstance(entry.fault.kind, Hold))

    def met(self, ask: Ask) -> tuple[Entry, ...]:
        """The faults that befall this request, each counted; the regional and the lasting ones are asked for apart."""
        return tuple(
            entry
            for entry in self.entries.values()
            if not isinstance(entry.fault.kind, (*REGIONAL, *LASTING)) and entry.fault.matches(ask) and entry.meets()
        )

    def shut(self, ask: Ask, region: str) -> Full | OverQuota | None:
        """What keeps this request out of the region, if anything does."""
        for entry in self.entries.values():
            kind, fault = entry.fault.kind, entry.fault
            if isinstance(kind, Full | OverQuota) and fault.region == region and fault.matches(ask) and entry.meets():
                return kind
        return None

    def counts_requests(self, ask: Ask) -> bool:
        """Whether requests such as this one are under Fly's rate limit."""
        return any(isinstance(fault.kind, RateLimit) and fault.matches(ask) for fault in self._faults())

    def is_unreachable(self, machine: str) -> bool:
        """Whether the host of this machine does not answer."""
        return any(isinstance(fault.kind, Unreachable) and fault.of == machine for fault in self._faults())

    def _faults(self) -> Iterator[Fault]:
        return (entry.fault for entry in self.entries.values())


def kinds_of(met: tuple[Entry, ...]) -> tuple[Kind, ...]:
    """What the faults that were met do."""
    return tuple(entry.fault.kind for entry in met)
