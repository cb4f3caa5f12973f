"""A create in doubt, the answers that end the doubt, and what the machine that was made looks like."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
)
from kiloclaw_core.instance import Instance, Note, Transition
from kiloclaw_core.ledger import MachineHolding, Role
from kiloclaw_core.machine import MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    Unknown,
)
from kiloclaw_core.phases import Awaiting
from kiloclaw_core.stories import Attempt, Spent, Starting, Trust

from .everywhere import creating_volume
from .scenario import SANDBOX, SPEC, WHO, Scenario

APP: Final = WHO.app
AMS: Final = Region("ams")
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
HELD: Final = (MachineHolding(M7, Role.ACTIVE, V3, VersionId("i7"), revision=1),)
OURS: Final = MachineSeen(
    M7,
    MachineState.STARTED,
    VersionId("i7"),
    V3,
    OpId(7),
    named_ours=True,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=1,
    guest=SPEC.guest,
    region=AMS,
)
"""The machine that the create in doubt, op 7, made."""
OUR_VOLUME: Final = VolumeSeen(V3, VolumeState.CREATED, Named.MARKED, OpId(3), None, AMS)
"""The volume that the create in doubt, op 3, made."""
CREATED: Final = Note("create_machine", (("machine_id", "m7"),))


def doubted_volume() -> Scenario:
    """A create of the volume, op 3, was not answered; its settle is op 4."""
    scenario = creating_volume()
    scenario.answer(Unknown())
    return scenario


def obtained(before: Instance, op: int) -> Transition:
    """The machine that was in doubt is held, and waited for by this op."""
    story = Starting(OpId(4), evolve(SEEN, spent=(Spent.CREATE,)))
    ledger = evolve(before.ledger, machines=HELD)
    return Transition(
        evolve(before, phase=Awaiting(OpId(op), M7, Awaited.STARTED), story=story, ledger=ledger, ops=OpId(op + 1)),
        (AwaitState(OpId(op), APP, M7, Awaited.STARTED, version=VersionId("i7")),),
        (CREATED,),
    )
