"""Keeps the faults that are on, counts whom they met, and knows which requests stand still.

What a fault that is met does to its request is decided by `gate`, and by the landings that ask here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random

from attrs import define, field

from kiloclaw_adapters.simulator.asking import Ask
from kiloclaw_adapters.simulator.faults import Fault
from kiloclaw_adapters.simulator.kinds import (
    LASTING,
    REGIONAL,
    Dark,
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

    def meets(self, chance: Random) -> bool:
        """Count one more matching request, and tell whether the fault befalls it."""
        self.matched += 1
        spent = self.fault.times is not None and self.met >= self.fault.times
        lucky = self.fault.chance < 1 and chance.random() >= self.fault.chance
        befalls = self.matched >= self.fault.nth and not spent and not lucky
        self.met += befalls
        return befalls

    def shown(self) -> Json:
        """The entry as the control surface shows it."""
        counts: Json = {"number": self.number, "matched": self.matched, "met": self.met, "held": self.held}
        return {**counts, **write_fault(self.fault)}


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - it guards nothing


@define
class FaultBook:
    """The faults that are on, by number; chance is drawn from a seed, so that a run can be had again."""

    _chance: Random = field(converter=_chance)
    entries: dict[int, Entry] = field(factory=dict, init=False)
    _added: int = field(default=0, init=False)
    _silent: dict[str, int] = field(factory=dict, init=False)

    def add(self, fault: Fault) -> int:
        """Switch a fault on; the number is what switches it off again."""
        self._added += 1
        self.entries[self._added] = Entry(self._added, fault)
        self._listen()
        return self._added

    def remove(self, number: int) -> None:
        """Switch a fault off, and release what it holds. Raises KeyError if it is not on."""
        self.entries.pop(number).released.set()
        self._listen()

    def _listen(self) -> None:
        """Find whose hosts do not answer, and how changes end there."""
        kinds = ((fault.of, fault.kind) for fault in self._faults())
        self._silent = {of: kind.status for of, kind in kinds if isinstance(kind, Unreachable)}

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
            if not isinstance(entry.fault.kind, (*REGIONAL, *LASTING))
            and entry.fault.matches(ask)
            and entry.meets(self._chance)
        )

    def shut(self, ask: Ask, region: str, needed_mb: Callable[[], int]) -> Full | OverQuota | None:
        """What keeps this request out of the region, if anything does, once so much memory is needed there."""
        for entry in self.entries.values():
            kind, fault = entry.fault.kind, entry.fault
            if not isinstance(kind, Full | OverQuota) or fault.region != region or not fault.matches(ask):
                continue
            enough = isinstance(kind, OverQuota) and needed_mb() <= kind.allowed_mb
            if not enough and entry.meets(self._chance):
                return kind
        return None

    def dark(self, ask: Ask) -> tuple[str, ...]:
        """The regions that this listing of an organisation lacks."""
        return tuple(
            entry.fault.region
            for entry in self.entries.values()
            if isinstance(entry.fault.kind, Dark) and entry.fault.matches(ask) and entry.meets(self._chance)
        )

    def counts_requests(self, ask: Ask) -> bool:
        """Whether requests such as this one are under Fly's rate limit."""
        return any(isinstance(fault.kind, RateLimit) and fault.matches(ask) for fault in self._faults())

    def silence(self, *names: str) -> int | None:
        """The status in which changes end of what has one of these names, if its host does not answer."""
        return next((self._silent[name] for name in names if name in self._silent), None)

    def any_silent(self) -> bool:
        """Whether there is a host that does not answer."""
        return bool(self._silent)

    def _faults(self) -> Iterator[Fault]:
        return (entry.fault for entry in self.entries.values())


def kinds_of(met: tuple[Entry, ...]) -> tuple[Kind, ...]:
    """What the faults that were met do."""
    return tuple(entry.fault.kind for entry in met)
