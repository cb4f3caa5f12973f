"""A create refused because its name is taken (409 already_exists): who holds it, whose it is, and what then (4.6)."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import (
    AwaitState,
    Awaited,
    CreateMachine,
    DeleteMachine,
    DeleteVolume,
    Effect,
    GetMachine,
    GetVolume,
    ListMachines,
    ProbeHealth,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    StateElsewhere,
    Unknown,
    VolumeShown,
    Why,
)
from kiloclaw_core.phases import (
    AlarmName,
    Attempt,
    Changing,
    Clearing,
    Idle,
    Look,
    Pausing,
    Running,
    Seeking,
    Source,
    Spent,
    Starting,
    Stopped,
    Trust,
    Verifying,
    Weighing,
)
from kiloclaw_core.views import NoteView, debug_view

from .everywhere import creating_machine
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, destroy, provision, start, starting, stop
