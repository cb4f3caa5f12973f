"""What an answer shows of a machine or a volume as it truly is."""

from __future__ import annotations

from kiloclaw_core.machine import MachineSeen, VolumeSeen
from kiloclaw_core.names import (
    SandboxId,
    is_machine_name,
)
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueVolume


def machine_seen(machine: TrueMachine, sandbox: SandboxId) -> MachineSeen:
    """The machine as an answer to this sandbox's owner shows it."""
    return MachineSeen(
        machine=machine.machine,
        state=machine.state,
        version=machine.version,
        volume=machine.volume,
        mark=machine.mark,
        named_ours=is_machine_name(machine.name, sandbox),
        sandbox=machine.sandbox,
        user=machine.user,
        revision=machine.revision,
        guest=machine.guest,
        region=machine.region,
        reachable=machine.reachable,
    )


def volume_seen(fly: Fly, volume: TrueVolume) -> VolumeSeen:
    """The volume as an answer shows it."""
    return VolumeSeen(
        volume=volume.volume,
        state=volume.state,
        named=volume.named,
        mark=volume.mark,
        attached=fly.holder(volume.volume),
        region=volume.region,
    )
