"""What may be asked of an instance now, and why not what may not: found by asking, so that it cannot say otherwise."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from kiloclaw_core.commands import (
    CleanUp,
    Command,
    Destroy,
    OverrideSize,
    Reassociate,
    Recover,
    Refusal,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.ledger import Role
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId, SnapshotId, VolumeId
from kiloclaw_core.phases import Gone

ASKING: Final = CommandId("what may be asked?")
WHO: Final = "operator"
WHY: Final = "asking"
NO_OTHER: Final = "no other volume of the instance is known"
CHOOSABLE: Final = frozenset({Role.FOUND, Role.RETAINED})


@frozen
class ActionView:
    """One thing that may be asked for, or the reason why it may not be now."""

    name: str
    allowed: bool
    because: str | None


def actions_of(record: Record) -> tuple[ActionView, ...]:
    """Everything that callers and operators ask of an instance, and whether it would be granted now."""
    return tuple(_informed(record, _action(record, name, command)) for name, command in _commands(record))


def _informed(record: Record, action: ActionView) -> ActionView:
    """A volume to go over to may be named by whoever knows of one; it is offered where the record knows of one."""
    if action.name != "reassociate" or not action.allowed or _other(record) is not None:
        return action
    return ActionView(action.name, allowed=False, because=NO_OTHER)


def _action(record: Record, name: str, command: Command) -> ActionView:
    refusal = decide(record, command).swap().value_or(None)
    return ActionView(name, allowed=refusal is None, because=None if refusal is None else reason(record, refusal))


def reason(record: Record, refusal: Refusal) -> str:
    """Why this record refuses, as people read it: one that was destroyed may be gone by now."""
    match record:
        case Instance(phase=Gone()) if refusal is Refusal.BEING_DESTROYED:
            return "the instance is gone"
        case Absent() | Instance():
            return refusal.value


def _commands(record: Record) -> tuple[tuple[str, Command], ...]:
    return (
        ("start", Start(ASKING)),
        ("stop", Stop(ASKING)),
        ("restart", Restart(ASKING)),
        ("resize", Resize(ASKING, Guest(), 10)),
        ("override_size", OverrideSize(ASKING, None, WHO, WHY)),
        ("restore", Restore(ASKING, SnapshotId("any"), WHO, WHY)),
        ("reassociate", Reassociate(ASKING, _other(record) or VolumeId("any"), WHO, WHY)),
        ("recover", Recover(ASKING, WHO, WHY)),
        ("clean_up", CleanUp(ASKING, _kept(record), WHO, WHY)),
        ("destroy", Destroy(ASKING)),
    )


def _other(record: Record) -> VolumeId | None:
    """A volume that could be gone over to, if any, to ask about."""
    match record:
        case Absent():
            return None
        case Instance(ledger=ledger):
            return next((held.volume for held in ledger.volumes if held.role in CHOOSABLE), None)


def _kept(record: Record) -> VolumeId:
    """A volume that is kept, if any, to ask about."""
    match record:
        case Absent():
            return VolumeId("any")
        case Instance(ledger=ledger):
            kept = (held.volume for held in ledger.volumes if held.role is Role.RETAINED)
            return next(kept, VolumeId("any"))
