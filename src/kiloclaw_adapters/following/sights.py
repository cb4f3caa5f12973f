"""What lines show of machines and volumes, as decisions look at it.

A trace has no marks and no revisions. What runs is what was sent, or what was known of that very version; and what
nobody knew of before is the fruit of the create that is being looked for.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.fly.wire import MACHINE_STATES, VOLUME_STATES
from kiloclaw_core.effects import (
    CreateMachine,
    CreateVolume,
    Effect,
    UpdateMachine,
)
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import MachineHolding, VolumeHolding
from kiloclaw_core.machine import Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import (
    MachineId,
    OpId,
    Region,
    SandboxId,
    VersionId,
    VolumeId,
    is_machine_name,
    legacy_volume_name,
    volume_mark,
)
from kiloclaw_core.phases import Listing, Settling
from kiloclaw_core.trace.durable import Size
from kiloclaw_core.trace.lines import ShownMachine, ShownVolume

OWN_STATES: Final = {state.value: state for state in VolumeState}
"""The words that our own recorder has for the states of volumes."""


def guest_of(size: Size | None) -> Guest | None:
    """The size as the model has it; None where a part of it was not told."""
    if size is None or size.cpus is None or size.memory_mb is None or size.cpu_kind is None:
        return None
    return Guest(size.cpus, size.memory_mb, size.cpu_kind)


def machine_seen(instance: Instance, shown: ShownMachine, sent: Effect | None = None) -> MachineSeen:
    """The machine as decisions look at it; `sent` is the request that was answered with it."""
    sandbox, name = instance.identity.sandbox, shown.name
    return MachineSeen(
        machine=MachineId(shown.id),
        state=MACHINE_STATES.get(shown.state or "", MachineState.OTHER),
        version=VersionId(shown.version or ""),
        volume=None if shown.volume_id is None else VolumeId(shown.volume_id),
        mark=sent.op if isinstance(sent, CreateMachine) else sought(instance),
        named_ours=shown.sandbox_id == sandbox if name is None else is_machine_name(name, sandbox),
        sandbox=None if shown.sandbox_id is None else SandboxId(shown.sandbox_id),
        user=None,
        revision=_revision(instance, shown, sent),
        guest=guest_of(shown.size),
        region=Region(shown.region or ""),
    )


def _revision(instance: Instance, shown: ShownMachine, sent: Effect | None) -> int | None:
    if isinstance(sent, CreateMachine | UpdateMachine):
        return sent.config.revision
    held = instance.ledger.holding(MachineId(shown.id))
    known = isinstance(held, MachineHolding) and held.version == (shown.version or "")
    return held.revision if isinstance(held, MachineHolding) and known else instance.spec.revision


def volume_seen(instance: Instance, shown: ShownVolume, sent: Effect | None = None) -> VolumeSeen:
    """The volume as decisions look at it; `sent` is the request that was answered with it."""
    named, mark = _named(instance, shown, sent)
    state = shown.state or VolumeState.CREATED.value
    return VolumeSeen(
        volume=VolumeId(shown.id),
        state=VOLUME_STATES.get(state) or OWN_STATES.get(state, VolumeState.UNREADY),
        named=named,
        mark=mark,
        attached=None if shown.attached is None else MachineId(shown.attached),
        region=Region(shown.region or ""),
    )


def _named(instance: Instance, shown: ShownVolume, sent: Effect | None) -> tuple[Named, OpId | None]:
    """Whose name it bears, and the op in it: of one we hold that is known, of one that is looked for it is the op."""
    if isinstance(sent, CreateVolume):
        return Named.MARKED, sent.op
    held = instance.ledger.holding(VolumeId(shown.id))
    if isinstance(held, VolumeHolding):
        return Named.MARKED, held.mark
    looked_for, sandbox = sought(instance), instance.identity.sandbox
    if looked_for is not None or shown.name is None or volume_mark(shown.name, sandbox) is not None:
        return Named.MARKED, looked_for
    return (Named.LEGACY if shown.name == legacy_volume_name(sandbox) else Named.FOREIGN), None


def sought(instance: Instance) -> OpId | None:
    """The create of unknown outcome that is being looked for."""
    phase = instance.phase
    return phase.of if isinstance(phase, Listing | Settling) else None
