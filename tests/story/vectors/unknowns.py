"""Machines and volumes that no record knows: ours that were forgotten, and somebody else's."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.machine import MachineState, Named, VolumeState
from kiloclaw_core.names import MachineId, VersionId, VolumeId
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueMachine, TrueVolume
from tests.story.scenario import SANDBOX, WHO, Scenario

from .situations import AMS

HIDDEN: Final = TrueMachine(
    machine=MachineId("mhidden"),
    state=MachineState.STARTED,
    version=VersionId("ihidden"),
    volume=None,
    mark=None,
    app=WHO.app,
    name="",
    region=AMS,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=None,
    guest=None,
)
"""A machine of ours that no record knows; what it mounts is for the story to say."""
OTHER: Final = TrueVolume(VolumeId("v-other"), 0, None, WHO.app, AMS, "other", Named.FOREIGN)
"""A volume that somebody put into our app, under a name of their own."""


def named(name: str, how: Named, state: VolumeState = VolumeState.CREATED) -> TrueVolume:
    """A volume of this name that nobody knows of."""
    return TrueVolume(VolumeId(f"v-{name}"), 0, None, WHO.app, AMS, name, how, state=state)


def with_machine(scenario: Scenario, machine: TrueMachine) -> Scenario:
    """The scenario with this machine as well, or as it is now."""
    scenario.outside = evolve(scenario.outside, fly=truth.with_machine(scenario.outside.fly, machine))
    return scenario


def with_volume(scenario: Scenario, volume: TrueVolume) -> Scenario:
    """The scenario with this volume as well."""
    scenario.outside = evolve(scenario.outside, fly=truth.with_volume(scenario.outside.fly, volume))
    return scenario
