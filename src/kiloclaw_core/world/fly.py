"""The truth about Fly: what machines and volumes there are, and what each request does when it lands.

One model, many uses: the explorer, the story tests, the HTTP simulator and the demo all land their requests here.
Refusals carry the status and the text that the real service uses (fly.md 1.4, 1.5 and Appendix A). What a lagging
view may show, and what the network loses, is decided by whoever uses this.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.machine import Guest, MachineConfig, MachineState, Named, VolumeState
from kiloclaw_core.names import (
    AppName,
    MachineId,
    OpId,
    Region,
    SandboxId,
    SnapshotId,
    UserId,
    VersionId,
    VolumeId,
    in_order,
)
from kiloclaw_core.outcomes import Rejected, Why

EMPTY = 0
"""The content of a volume that was never written."""


@frozen
class TrueMachine:
    """A machine as it really is."""

    machine: MachineId
    state: MachineState
    version: VersionId
    volume: VolumeId | None
    mark: OpId | None
    app: AppName
    name: str
    region: Region
    sandbox: SandboxId | None
    user: UserId | None
    revision: int | None
    guest: Guest | None
    reachable: bool = True
    defers: bool = False
    """While its host does not answer, a delete is taken all the same, and done when the host is back (fly.md 2.3)."""


@frozen
class TrueVolume:
    """A volume as it really is. `data` is the age of its content: the higher the later, 0 was never written.

    A volume that one of our requests made is known by its `mark`, and its name follows from it; any other has a name.
    """

    volume: VolumeId
    data: int
    mark: OpId | None
    app: AppName
    region: Region
    name: str = ""
    named: Named = Named.MARKED
    size_gb: int = field(default=10)
    state: VolumeState = VolumeState.CREATED
    source: VolumeId | None = None
    """What it is still being copied from."""


@frozen
class TrueSnapshot:
    """What a volume bore when the snapshot was taken; it outlives the volume (fly.md 3)."""

    snapshot: SnapshotId
    volume: VolumeId
    data: int
    size_gb: int = field(default=10)


@frozen
class Fly:
    """Everything that is, sorted by id. `latest` is the age of what a user wrote last; ages are kept small and dense.

    `written` counts the contents that were begun on an empty volume, `lost` says that Fly itself took a volume
    away, `stops` counts the machines that stopped though nobody asked, `left` is a volume as it was shown before
    Fly moved it, for views that lag.
    """

    machines: tuple[TrueMachine, ...] = ()
    volumes: tuple[TrueVolume, ...] = ()
    written: int = 0
    latest: int = 0
    lost: bool = False
    stops: int = 0
    snapshots: tuple[TrueSnapshot, ...] = ()
    left: TrueVolume | None = None

    def machine(self, machine: MachineId) -> TrueMachine | None:
        """The machine of this id, if there is one."""
        return next((one for one in self.machines if one.machine == machine), None)

    def volume(self, volume: VolumeId) -> TrueVolume | None:
        """The volume of this id, if there is one."""
        return next((one for one in self.volumes if one.volume == volume), None)

    def holder(self, volume: VolumeId) -> MachineId | None:
        """The machine that mounts this volume, whether it runs or not (fly.md 3)."""
        return next((one.machine for one in self.machines if one.volume == volume), None)


# -- requests, each at the moment it lands -----------------------------------------------------------------------


def create_machine(  # noqa: PLR0913, PLR0917 - what a request names
    fly: Fly, app: AppName, name: str, region: Region, config: MachineConfig, mark: OpId | None, fresh: str
) -> tuple[Fly, TrueMachine | Rejected]:
    """Make a machine, unless its name is taken, or its volume is missing or claimed."""
    machine = TrueMachine(
        machine=MachineId(f"m{fresh}"),
        state=MachineState.CREATED,
        version=VersionId(f"i{fresh}"),
        volume=config.volume,
        mark=mark,
        app=app,
        name=name,
        region=region,
        sandbox=config.sandbox,
        user=config.user,
        revision=config.revision,
        guest=config.guest,
    )
    return place_machine(fly, machine)


def place_machine(fly: Fly, machine: TrueMachine) -> tuple[Fly, TrueMachine | Rejected]:
    """Make exactly this machine, but in the region of its volume, unless one of the three forbids it.

    A machine without a name is given one that nobody bears (fly.md 4.1).
    """
    taken = next((one.machine for one in fly.machines if (one.app, one.name) == (machine.app, machine.name)), None)
    if machine.name and taken is not None:
        return fly, name_violation(taken, machine.name)
    if machine.volume is None:
        return with_machine(fly, machine), machine
    volume = fly.volume(machine.volume)
    if volume is None:
        return fly, Rejected(Why.MISSING_VOLUME, None, 400, '{"error":"volume does not exist"}')
    holder = fly.holder(machine.volume)
    if holder is not None:
        text = f'{{"error":"failed_precondition: volume already claimed by machine {holder}"}}'
        return fly, Rejected(Why.VOLUME_CLAIMED, None, 412, text)
    placed = evolve(machine, region=volume.region or machine.region)
    return with_machine(fly, placed), placed


def name_violation(holder: MachineId, name: str) -> Rejected:
    """The refusal of a create whose name a live machine bears."""
    text = (
        f'{{"error":"already_exists: unique machine name violation, machine ID {holder} already exists'
        f' with name \\"{name}\\""}}'
    )
    return Rejected(Why.ALREADY_EXISTS, holder, 409, text)


def update_machine(
    fly: Fly, machine: MachineId, version: VersionId | None, config: MachineConfig, fresh: str
) -> tuple[Fly, TrueMachine | Rejected]:
    """Give a machine a config and a new version, unless it is of another version than the one named."""
    found = fly.machine(machine)
    if found is None:
        return fly, machine_not_found()
    revised = evolve(
        found,
        version=VersionId(f"i{fresh}"),
        volume=config.volume,
        revision=config.revision,
        guest=config.guest,
    )
    return revise_machine(fly, version, revised)


def revise_machine(fly: Fly, version: VersionId | None, revised: TrueMachine) -> tuple[Fly, TrueMachine | Rejected]:
    """Put exactly this machine in the place of what it was, unless that is of another version than the one named."""
    found = fly.machine(revised.machine)
    if found is None:
        return fly, machine_not_found()
    if version is not None and found.version != version:
        text = '{"error":"failed_precondition: current_version does not match"}'
        return fly, Rejected(Why.VERSION_MISMATCH, None, 412, text)
    if revised.volume is not None and fly.volume(revised.volume) is None:
        return fly, Rejected(Why.MISSING_VOLUME, None, 400, '{"error":"volume does not exist"}')
    return with_machine(fly, revised), revised


def start_machine(fly: Fly, machine: MachineId) -> tuple[Fly, Rejected | None]:
    """Start a machine that is down; one that was only just made, or is stopping, is too early."""
    found = fly.machine(machine)
    if found is None:
        return fly, machine_not_found()
    match found.state:
        case MachineState.STOPPED | MachineState.SUSPENDED | MachineState.FAILED:
            return with_machine(fly, evolve(found, state=MachineState.STARTING)), None
        case MachineState.STARTED | MachineState.STARTING:
            return fly, None
        case (
            MachineState.CREATED
            | MachineState.STOPPING
            | MachineState.REPLACING
            | MachineState.UPDATING
            | MachineState.DESTROYING
            | MachineState.DESTROYED
            | MachineState.OTHER
        ):
            text = (
                '{"error":"failed_precondition: unable to start machine from current state: '
                f"'{found.state.value}'\"}}"
            )
            return fly, Rejected(Why.TOO_EARLY, None, 412, text)


def stop_machine(fly: Fly, machine: MachineId) -> tuple[Fly, Rejected | None]:
    """Ask a machine to stop; one that is down stays down."""
    found = fly.machine(machine)
    if found is None:
        return fly, machine_not_found()
    if found.state in {MachineState.STOPPED, MachineState.FAILED}:
        return fly, None
    return with_machine(fly, evolve(found, state=MachineState.STOPPING)), None


def delete_machine(fly: Fly, machine: MachineId) -> Fly:
    """Delete a machine; its name and its volume are free from then on, or once its host answers again."""
    found = fly.machine(machine)
    if found is not None and not found.reachable:
        return with_machine(fly, evolve(found, state=MachineState.DESTROYING))
    return evolve(fly, machines=tuple(one for one in fly.machines if one.machine != machine))


def without_copies(fly: Fly, source: VolumeId) -> Fly:
    """Fly once the source of a copy is gone: what was not copied yet is lost."""
    volumes = (evolve(one, data=EMPTY, source=None) if one.source == source else one for one in fly.volumes)
    return evolve(fly, volumes=tuple(volumes))


def is_out_of_hearing(fly: Fly, machine: MachineId) -> bool:
    """Whether the host of this machine does not answer, so that nothing can be asked of it (fly.md 2.3)."""
    found = fly.machine(machine)
    return found is not None and not found.reachable


def host_down() -> Rejected:
    """The refusal of a request about what is on a host that does not answer."""
    return Rejected(Why.HOST_DOWN, None, 503, '{"error":"host unavailable"}')


def machine_not_found() -> Rejected:
    """The refusal of a request about a machine that is not there."""
    return Rejected(Why.NOT_FOUND, None, 404, '{"error":"machine not found"}')


def volume_not_found() -> Rejected:
    """The refusal of a request about a volume that is not there."""
    return Rejected(Why.NOT_FOUND, None, 404, '{"error":"volume not found"}')


def snapshot_not_found() -> Rejected:
    """The refusal of a request about a snapshot that is not there."""
    return Rejected(Why.NOT_FOUND, None, 404, '{"error":"snapshot not found"}')


# -- what an answer shows ----------------------------------------------------------------------------------------


def with_machine(fly: Fly, machine: TrueMachine) -> Fly:
    """Fly with this machine, in place of what it was."""
    others = (one for one in fly.machines if one.machine != machine.machine)
    return evolve(fly, machines=tuple(sorted((*others, machine), key=lambda one: in_order(one.machine))))


def with_volume(fly: Fly, volume: TrueVolume) -> Fly:
    """Fly with this volume, in place of what it was."""
    others = (one for one in fly.volumes if one.volume != volume.volume)
    return evolve(fly, volumes=tuple(sorted((*others, volume), key=lambda one: in_order(one.volume))))


def without_volume(fly: Fly, volume: TrueVolume) -> Fly:
    """Fly without this volume."""
    return evolve(fly, volumes=tuple(one for one in fly.volumes if one.volume != volume.volume))
