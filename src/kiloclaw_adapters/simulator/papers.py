"""What Fly keeps beside what decides: configs as they were sent, events, moments, and what was there before.

What of it a look shows is decided by `views`.
"""

from __future__ import annotations

from typing import Final, TypeVar

from attrs import define, field, frozen

from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_core.names import AppName, MachineId, VersionId
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

Key = TypeVar("Key")
Value = TypeVar("Value")
EVENTS_KEPT: Final = 50
CONFIGS_KEPT: Final = 10
BURIED_KEPT: Final = 1_000
"""How much of the past is kept, so that a simulator that runs for long does not grow."""


@define
class MachinePapers:
    """Of a machine: each config by the version that it made, what happened to it, and where it is bound."""

    configs: dict[VersionId, Json]
    private_ip: str
    created_ms: int
    events: list[Json] = field(factory=list)
    launches: bool = True
    """A machine made with `skip_launch` is prepared, and then down."""
    sleeps: bool = False
    """It was suspended and has its memory: a start goes on where it was."""

    def revise(self, version: VersionId, config: Json) -> None:
        """Keep the config of this version beside the few before it."""
        self.configs[version] = config
        for old in list(self.configs)[:-CONFIGS_KEPT]:
            del self.configs[old]

    def write(self, event: Json) -> None:
        """Keep this event before the older ones."""
        self.events.insert(0, event)
        del self.events[EVENTS_KEPT:]

    def last_ms(self, *kinds: str) -> int | None:
        """The moment of the newest event of these types, if one is kept."""
        moments = (int(str(one["timestamp"])) for one in self.events if one["type"] in kinds)
        return next(moments, None)


@define
class VolumePapers:
    """Of a volume: what is being done to it, in Fly's word, and how it is backed up."""

    created_ms: int
    doing: str = ""
    retention_days: int = 5
    backs_up: bool = True


@define
class SnapshotPapers:
    """Of a snapshot: in which app, when it was asked for, how long it is kept, and whether it is finished."""

    app: AppName
    taken_ms: int
    retention_days: int
    finished: bool = False


@define
class AppPapers:
    """Of an app: its id, its addresses, and when each secret and each version of them was set."""

    id: str
    created_ms: int
    addresses: list[Json] = field(factory=list)
    secrets_ms: dict[str, tuple[int, int]] = field(factory=dict)
    versions_ms: list[int] = field(factory=list)

    def visible_version(self, until_ms: int) -> int:
        """The newest version of the secrets that was set by this moment."""
        return sum(moment <= until_ms for moment in self.versions_ms)


@frozen
class Lease:
    """Of a lease on a machine: what proves it, whose it is, and until which moment of the clock."""

    nonce: str
    owner: str
    description: str
    until: float


@frozen
class BuriedMachine:
    """A machine that was deleted, as it was last."""

    machine: TrueMachine
    papers: MachinePapers
    at_ms: int


@frozen
class BuriedVolume:
    """A volume that was deleted or lost, as it was last, and the machine that last had it."""

    volume: TrueVolume
    papers: VolumePapers
    at_ms: int


@frozen
class Left:
    """What a deleted machine or app leaves taken for a while: who had it, and since when it is free."""

    holder: MachineId
    at_ms: int


def keep_newest(kept: dict[Key, Value], most: int = BURIED_KEPT) -> None:
    """Forget the oldest of what is kept, as far as there is too much."""
    for old in list(kept)[: max(0, len(kept) - most)]:
        del kept[old]
