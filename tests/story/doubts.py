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
from kiloclaw_core.phases import (
    Attempt,
    Awaiting,
    Spent,
    Starting,
    Trust,
)

from .everywhere import creating_volume
from .scenario import SANDBOX, SPEC, WHO, Scenario

APP: Final = WHO.app
AMS: Final = Region("ams")
M6: Final = MachineId("m6")
V2: Final = VolumeId("v2")
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
HELD: Final = (MachineHolding(M6, Role.ACTIVE, V2, VersionId("i6")),)
OURS: Final = MachineSeen(
    M6,
    MachineState.STARTED,
    VersionId("i6"),
    V2,
    OpId(6),
    named_ours=True,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=1,
    guest=SPEC.guest,
    region=AMS,
)
"""The machine that the create in doubt, op 6, made."""
OUR_VOLUME: Final = VolumeSeen(V2, VolumeState.CREATED, Named.MARKED, OpId(2), None, AMS)
"""The volume that the create in doubt, op 2, made."""
CREATED: Final = Note("create_machine", (("machine_id", "m6"),))


def doubted_volume() -> Scenario:
    """A create of the volume, op 2, was not answered; its settle is op 3."""
    scenario = creating_volume()
    scenario.answer(Unknown())
    return scenario


def obtained(before: Instance, op: int) -> Transition:
    """The machine that was in doubt is held, and waited for by this op."""
    story = Starting(OpId(3), evolve(SEEN, spent=(Spent.CREATE,)))
    ledger = evolve(before.ledger, machines=HELD)
    return Transition(
        evolve(before, phase=Awaiting(OpId(op), M6, Awaited.STARTED), story=story, ledger=ledger, ops=OpId(op + 1)),
        (AwaitState(OpId(op), APP, M6, Awaited.STARTED),),
        (CREATED,),
    )
