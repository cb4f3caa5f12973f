"""What a trace has told of the outside so far, and what the model would see there if it looked now.

Nothing is made up: a look of the model is answered only while the trace tells the truth, with what it told last.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field

from kiloclaw_adapters.following.sights import machine_seen, volume_seen
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.instance import Instance
from kiloclaw_core.names import MachineId, VolumeId, in_order
from kiloclaw_core.outcomes import (
    AppReady,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    StateReached,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.trace.calls import CHANGING
from kiloclaw_core.trace.lines import Answer, Call, CallOp, Initial, ShownMachine, ShownVolume, World
from kiloclaw_core.trace.lines import Effect as Landed
from kiloclaw_core.trace.parsing import machine_shown, volume_shown

FOUND: Final = range(200, 300)
NOT_FOUND: Final = 404
NO_MACHINE: Final = Rejected(Why.NOT_FOUND, status=NOT_FOUND, text="machine not found")
NO_VOLUME: Final = Rejected(Why.NOT_FOUND, status=NOT_FOUND, text="volume not found")
SHOW_MACHINES: Final = frozenset(
    {CallOp.CREATE_MACHINE, CallOp.UPDATE_MACHINE, CallOp.GET_MACHINE, CallOp.LIST_MACHINES}
)
SHOW_VOLUMES: Final = frozenset({CallOp.CREATE_VOLUME, CallOp.GET_VOLUME, CallOp.LIST_VOLUMES})


@define(eq=False)
class Told:
    """The machines and volumes as they were shown last, by id; what is gone is not among them.

    `has_app` says that the sandbox's app was shown to be there, `is_true` that nothing can have
    happened outside without a line.
    """

    machines: dict[str, ShownMachine] = field(factory=dict)
    volumes: dict[str, ShownVolume] = field(factory=dict)
    has_app: bool = False
    is_true: bool = False
    _tells: bool = field(init=False, default=False)

    def begin(self, line: Initial) -> None:
        """How things stood at first."""
        self.is_true = True
        self.show(line.machines, line.volumes)

    def tell(self, line: World | Landed) -> None:
        """The truth is told."""
        self._tells = self.is_true = True
        if isinstance(line, World):
            self.show(line.machines, line.volumes)

    def send(self, line: Call) -> None:
        """A request leaves: unless the trace says what lands, the truth is not known from now on."""
        if line.op in CHANGING and not self._tells:
            self.is_true = False

    def hear(self, call: Call, line: Answer) -> None:
        """An answer shows something; where the truth is told as well, that counts."""
        if line.status not in FOUND:
            return
        self.has_app = self.has_app or (call.op is CallOp.REGISTRY and call.args.keys.get("action") in APP_ACTIONS)
        if self._tells:
            return
        if call.op in SHOW_MACHINES:
            self.show(tuple(machine_shown(one) for one in line.body), ())
        if call.op in SHOW_VOLUMES:
            self.show((), tuple(volume_shown(one) for one in line.body))

    def show(self, machines: tuple[ShownMachine, ...], volumes: tuple[ShownVolume, ...]) -> None:
        """These were shown, each as it is now."""
        self.has_app = self.has_app or bool(machines or volumes)
        self.machines |= {machine.id: machine for machine in machines}
        self.volumes |= {volume.id: volume for volume in volumes}
        self.machines = {name: one for name, one in self.machines.items() if not one.gone}
        self.volumes = {name: one for name, one in self.volumes.items() if not one.gone}

    # -- what the model would see ------------------------------------------------------------------------------------

    def answer(self, instance: Instance, effect: Effect) -> Outcome | None:
        """What this look would be answered now; None where that was not told, and for what is no look."""
        match effect:
            case EnsureApp():
                return AppReady(0) if self.has_app else None
            case GetMachine(machine=machine):
                return self._machine(instance, machine) if self.is_true else None
            case GetVolume(volume=volume):
                return self._volume(instance, volume) if self.is_true else None
            case ListMachines() | ListVolumes():
                return self._listing(instance, effect) if self.is_true else None
            case AwaitState(machine=machine, state=state):
                return self._reached(machine, state) if self.is_true else None
            case (
                CreateVolume()
                | CreateMachine()
                | UpdateMachine()
                | StartMachine()
                | StopMachine()
                | DeleteMachine()
                | DeleteVolume()
                | ListSnapshots()
                | ProbeHealth()
                | Settle()
                | PayDebt()
            ):
                return None

    def _machine(self, instance: Instance, name: MachineId) -> Outcome:
        found = self.machines.get(name)
        return NO_MACHINE if found is None else MachineShown(machine_seen(instance, found))

    def _volume(self, instance: Instance, name: VolumeId) -> Outcome:
        found = self.volumes.get(name)
        return NO_VOLUME if found is None else VolumeShown(volume_seen(instance, found))

    def _listing(self, instance: Instance, effect: ListMachines | ListVolumes) -> Outcome:
        match effect:
            case ListMachines():
                machines = sorted(self.machines.values(), key=lambda one: in_order(one.id))
                return MachinesListed(tuple(machine_seen(instance, one) for one in machines))
            case ListVolumes():
                volumes = sorted(self.volumes.values(), key=lambda one: in_order(one.id))
                return VolumesListed(tuple(volume_seen(instance, one) for one in volumes))

    def _reached(self, name: MachineId, awaited: Awaited) -> Outcome | None:
        """A wait ends where the machine is as it should be, or is not there; else nobody can say how it ends."""
        machine = self.machines.get(name)
        if machine is None:
            return NO_MACHINE
        return StateReached() if machine.state == awaited.value else None


APP_ACTIONS: Final = frozenset({"ensure_app", "env_key"})
"""What a service asks of its registry to have the app, and the key in it."""
