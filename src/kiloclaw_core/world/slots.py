"""One request on its way: sent, orphaned or stalled, and one answer on its way back.

A request that has landed is an answer; one whose asker died, or was told that the outcome is unknown, is an orphan
that may still land or not; one that was held up before it left is stalled.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.effects import (
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
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Outcome, Rejected, Why


@frozen
class Sent:
    """Under way; it lands once, and its answer is heard."""

    effect: Effect


@frozen
class Orphan:
    """May still land; nobody hears its answer."""

    effect: Effect


@frozen
class Stalled:
    """Not sent yet, and past the time by which it should have been."""

    effect: Effect


@frozen
class Answered:
    """The answer to a request, on its way to the record."""

    op: OpId
    outcome: Outcome


Slot = Sent | Orphan | Stalled | Answered


def changes_outside(effect: Effect) -> bool:
    """Whether the request does something when it lands, so that losing its answer leaves a doubt."""
    match effect:
        case CreateVolume() | CreateMachine() | UpdateMachine() | StartMachine() | StopMachine():
            return True
        case DeleteMachine() | DeleteVolume() | PayDebt():
            return True
        case GetMachine() | GetVolume() | ListMachines() | ListVolumes() | ListSnapshots():
            return False
        case AwaitState() | ProbeHealth() | EnsureApp() | Settle():
            return False


def is_fenced(effect: Effect) -> bool:
    """Whether the request must be settled before the next one like it is sent: all that change, but deletes."""
    match effect:
        case CreateVolume() | CreateMachine() | UpdateMachine() | StartMachine() | StopMachine():
            return True
        case (
            DeleteMachine()
            | DeleteVolume()
            | PayDebt()
            | GetMachine()
            | GetVolume()
            | ListMachines()
            | ListVolumes()
            | ListSnapshots()
            | AwaitState()
            | ProbeHealth()
            | EnsureApp()
            | Settle()
        ):
            return False


def refusals_of(effect: Effect) -> tuple[Rejected, ...]:
    """What a request of this kind may be refused for though nothing in the truth says so, one of each sort."""
    match effect:
        case CreateVolume():
            return (Rejected(Why.CAPACITY_REGION, None, 409, '{"error":"no capacity"}'),)
        case CreateMachine():
            return (
                Rejected(Why.CAPACITY_HOST, None, 412, '{"error":"insufficient resources to create new machine"}'),
                Rejected(Why.MISSING_VOLUME, None, 400, '{"error":"volume does not exist"}'),
            )
        case StartMachine() | UpdateMachine():
            text = '{"error":"aborted: could not reserve resource for machine: insufficient memory"}'
            return (Rejected(Why.CAPACITY_HOST, None, 409, text),)
        case StopMachine() | EnsureApp() | PayDebt():
            return (Rejected(Why.RATE_LIMITED, None, 429, '{"error":"rate limit exceeded"}'),)
        case DeleteVolume():
            text = '{"error":"failed_precondition: volume is currently bound to machine: \\u0000"}'
            return (Rejected(Why.VOLUME_BOUND, None, 412, text),)
        case DeleteMachine() | GetMachine() | GetVolume() | ListMachines() | ListVolumes():
            return ()
        case ListSnapshots() | AwaitState() | ProbeHealth() | Settle():
            return ()
