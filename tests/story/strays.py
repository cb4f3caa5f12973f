"""Answers that nobody waits for, and what they report: machines and volumes that no story asked for any more."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.facts import Replied
from kiloclaw_core.machine import Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import MachineMade, Outcome, VolumeMade

from .scenario import AT, SANDBOX, WHO

STRAY_OP: Final = OpId(99)
"""The op of a request that no record waits for."""
LATE_MACHINE: Final = MachineSeen(
    machine=MachineId("m-late"),
    state=MachineState.STARTED,
    version=VersionId("i-late"),
    volume=None,
    mark=STRAY_OP,
    named_ours=True,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=1,
    guest=Guest(2, 4096, "shared"),
    region=Region("ams"),
)
"""A machine of ours that no record knows."""
LATE_VOLUME: Final = VolumeSeen(VolumeId("v-late"), VolumeState.CREATED, Named.MARKED, STRAY_OP, None, Region("ams"))
"""A volume that one of our ops made and no record knows."""


def echo(outcome: Outcome) -> Replied:
    """An answer to a request that no record waits for."""
    return Replied(STRAY_OP, outcome, AT)


def late_volume(volume: VolumeId) -> Replied:
    """The very late answer of a create of this volume."""
    return echo(VolumeMade(VolumeSeen(volume, VolumeState.CREATED, Named.MARKED, STRAY_OP, None, Region("ams"))))


def late_machine(machine: MachineSeen = LATE_MACHINE) -> Replied:
    """The very late answer of a create of this machine."""
    return echo(MachineMade(machine))
