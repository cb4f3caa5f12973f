"""Every machine and volume we may own outside, and why; no other field of a record names one.

A holding that is condemned carries the errand of its own deletion, so that it is retried beside whatever phase the
instance is in. Ids that were deleted stay as dead, so that none of them is ever adopted again.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, frozen

from kiloclaw_core.effects import DebtKind
from kiloclaw_core.machine import Data
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId, in_order


class Role(Enum):
    """Why a resource is held."""

    ACTIVE = "active"
    CANDIDATE = "candidate"
    FOUND = "found"
    RETAINED = "retained"
    CONDEMNED = "condemned"


@frozen
class Due:
    """To be asked for as soon as it may be."""

    failures: int = 0


@frozen
class Asked:
    """Asked for by this op; its answer is awaited."""

    op: OpId
    failures: int = 0


@frozen
class Failed:
    """Not done by this op; tried again when its alarm rings."""

    op: OpId
    failures: int


class Span(Enum):
    """How long a kept volume is left alone: for the whole retention, or until the instance comes to rest again."""

    LONG = "long"
    SHORT = "short"


@frozen
class Kept:
    """Left alone for that long; `failures` counts the looks after which it still had to be kept."""

    op: OpId
    span: Span
    failures: int = 0


@frozen
class Unbinding:
    """Its delete was refused because a machine has it: listing by this op, to find which."""

    op: OpId
    failures: int


Errand = Due | Asked | Failed | Unbinding | Kept


@frozen(cache_hash=True)
class MachineHolding:
    """A machine we may own, the volume it mounts as far as we know, and the version it had when last seen.

    `revision` is that of the config it then had, `booted` says that this very version was seen up by us, `reachable`
    that its host answered.
    """

    machine: MachineId
    role: Role
    volume: VolumeId | None
    version: VersionId
    errand: Errand = Due()
    revision: int | None = None
    booted: bool = False
    reachable: bool = True


@frozen(cache_hash=True)
class VolumeHolding:
    """A volume we may own.

    `parent` is the volume it was copied from, and `healthy` says that a machine on it was well since any other volume
    was last left. `counted` says that the snapshots of a kept volume were asked for. `mark` is the op that its name
    bears, and goes on bearing when Fly moves it; None where its name bears none, or nobody saw it yet.
    """

    volume: VolumeId
    role: Role
    data: Data
    region: Region
    errand: Errand = Due()
    parent: VolumeId | None = None
    healthy: bool = False
    counted: bool = False
    mark: OpId | None = None


Holding = MachineHolding | VolumeHolding


@frozen
class Debt:
    """Something owed to the directory."""

    kind: DebtKind
    errand: Errand = Due()


@frozen(cache_hash=True)
class Ledger:
    """Holdings sorted by id, and the ids of what was deleted."""

    machines: tuple[MachineHolding, ...] = ()
    volumes: tuple[VolumeHolding, ...] = ()
    dead_machines: tuple[MachineId, ...] = ()
    dead_volumes: tuple[VolumeId, ...] = ()

    @property
    def machine(self) -> MachineHolding | None:
        """The active machine."""
        return next((held for held in self.machines if held.role is Role.ACTIVE), None)

    @property
    def volume(self) -> VolumeHolding | None:
        """The active volume."""
        return next((held for held in self.volumes if held.role is Role.ACTIVE), None)

    @property
    def candidate(self) -> VolumeHolding | None:
        """The volume that is to become the active one."""
        return next((held for held in self.volumes if held.role is Role.CANDIDATE), None)

    @property
    def condemned_machines(self) -> bool:
        """Whether a machine is still on its way out."""
        return any(held.role is Role.CONDEMNED for held in self.machines)

    @property
    def holdings(self) -> tuple[Holding, ...]:
        """Everything held, machines first."""
        return (*self.machines, *self.volumes)

    @property
    def empty(self) -> bool:
        """Whether nothing is held but the memory of the dead."""
        return not self.machines and not self.volumes

    @property
    def dead(self) -> tuple[str, ...]:
        """Every id that is remembered as deleted, or as disowned by an operator."""
        return (*self.dead_machines, *self.dead_volumes)

    def knows(self, resource: MachineId | VolumeId) -> bool:
        """Whether the resource is held or dead: no answer about it is news."""
        return resource in self.dead or self.holding(resource) is not None

    def holding(self, resource: MachineId | VolumeId) -> Holding | None:
        """The holding of this resource."""
        machines = (held for held in self.machines if held.machine == resource)
        volumes = (held for held in self.volumes if held.volume == resource)
        return next(machines, None) or next(volumes, None)

    def with_machine(self, holding: MachineHolding) -> Ledger:
        """The ledger with this machine, in place of what it held of it."""
        rest = (held for held in self.machines if held.machine != holding.machine)
        return evolve(self, machines=tuple(sorted((*rest, holding), key=lambda held: in_order(held.machine))))

    def with_volume(self, holding: VolumeHolding) -> Ledger:
        """The ledger with this volume, in place of what it held of it."""
        rest = (held for held in self.volumes if held.volume != holding.volume)
        return evolve(self, volumes=tuple(sorted((*rest, holding), key=lambda held: in_order(held.volume))))

    def with_errand(self, holding: Holding, errand: Errand) -> Ledger:
        """The ledger with this errand on that holding."""
        match holding:
            case MachineHolding():
                return self.with_machine(evolve(holding, errand=errand))
            case VolumeHolding():
                return self.with_volume(evolve(holding, errand=errand))

    def buried(self, holding: Holding, remembered: int) -> Ledger:
        """The ledger once this is deleted: it holds it no more, and knows it for dead."""
        match holding:
            case MachineHolding(machine=machine):
                machines = tuple(held for held in self.machines if held.machine != machine)
                return evolve(self, machines=machines, dead_machines=(*self.dead_machines, machine)[-remembered:])
            case VolumeHolding(volume=volume):
                volumes = tuple(held for held in self.volumes if held.volume != volume)
                return evolve(self, volumes=volumes, dead_volumes=(*self.dead_volumes, volume)[-remembered:])

    def condemned(self) -> Ledger:
        """The ledger with every holding condemned: only for an instance that is to be gone."""
        return evolve(
            self,
            machines=tuple(_condemned_machine(held) for held in self.machines),
            volumes=tuple(_condemned_volume(held) for held in self.volumes),
        )

    def looked_after(self) -> Ledger:
        """The ledger with every kept volume whose time is up due to be looked for."""
        return evolve(self, volumes=tuple(_looked_after(held) for held in self.volumes))

    def revived(self) -> Ledger:
        """The ledger after a take-over: no delete is under way any more, so that each is asked for again."""
        return evolve(
            self,
            machines=tuple(evolve(held, errand=revived(held.errand)) for held in self.machines),
            volumes=tuple(evolve(held, errand=revived(held.errand)) for held in self.volumes),
        )


def revived(errand: Errand) -> Errand:
    """An errand after a take-over: what was asked for is asked for again; it is repeatable."""
    match errand:
        case Asked(failures=failures) | Unbinding(failures=failures):
            return Due(failures)
        case Due() | Failed() | Kept():
            return errand


def failed(errand: Errand, op: OpId, ceiling: int) -> Failed:
    """An errand that was not done: its failures are counted up to the ceiling, where it counts as stuck."""
    return Failed(op, min(errand.failures + 1, ceiling))


def _condemned_machine(held: MachineHolding) -> MachineHolding:
    return held if held.role is Role.CONDEMNED else evolve(held, role=Role.CONDEMNED, errand=Due())


def _condemned_volume(held: VolumeHolding) -> VolumeHolding:
    return held if held.role is Role.CONDEMNED else evolve(held, role=Role.CONDEMNED, errand=Due())


def _looked_after(held: VolumeHolding) -> VolumeHolding:
    match held.errand:
        case Kept(span=Span.SHORT, failures=failures):
            return evolve(held, errand=Due(failures))
        case Due() | Asked() | Failed() | Unbinding() | Kept():
            return held
