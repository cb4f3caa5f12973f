"""What is to come by itself, and when: machines that arrive, volumes that become whole, snapshots that come and go.

What each of them does when it comes is decided by `passing`.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field, frozen

from kiloclaw_adapters.simulator.kinds import Happening
from kiloclaw_core.names import MachineId, SnapshotId, VolumeId


@frozen
class Arrival:
    """A machine is where it was bound."""

    machine: MachineId


@frozen
class Befalling:
    """Something befalls a machine."""

    machine: MachineId
    what: Happening


@frozen
class Filling:
    """A volume is whole, or has its new size."""

    volume: VolumeId


@frozen
class Backup:
    """The daily snapshot of a volume is due."""

    volume: VolumeId


@frozen
class Finish:
    """A snapshot is finished."""

    snapshot: SnapshotId


@frozen
class Expiry:
    """A snapshot has been kept for long enough."""

    snapshot: SnapshotId


Coming = Arrival | Befalling | Filling | Backup | Finish | Expiry


@define
class Agenda:
    """What is to come, each at a moment of the simulator's clock."""

    _due: dict[Coming, float] = field(factory=dict)

    def put(self, coming: Coming, moment: float) -> None:
        """Have this come at that moment, and not when it was to come before."""
        self._due[coming] = moment

    def drop(self, coming: Coming) -> None:
        """Have this not come after all."""
        self._due.pop(coming, None)

    def replace(self, coming: Coming, other: Coming) -> None:
        """Have the other come at the moment of this one, if this one was to come."""
        if coming in self._due:
            self._due[other] = self._due.pop(coming)

    def forget(self, machine: MachineId) -> None:
        """Have nothing come to this machine: it is gone."""
        for coming in list(self._due):
            if isinstance(coming, Arrival | Befalling) and coming.machine == machine:
                self.drop(coming)

    def take(self, until: float, waits: Callable[[Coming], bool]) -> tuple[Coming, float] | None:
        """The first that comes by this moment and need not wait, which is then no longer to come; and its moment."""
        due = (coming for coming, moment in self._due.items() if moment <= until)
        for coming in sorted(due, key=self._due.__getitem__):
            if not waits(coming):
                return coming, self._due.pop(coming)
        return None

    def next_moment(self, waits: Callable[[Coming], bool]) -> float | None:
        """When the next thing comes that need not wait."""
        return min((moment for coming, moment in self._due.items() if not waits(coming)), default=None)
