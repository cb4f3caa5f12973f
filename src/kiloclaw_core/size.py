"""How large an instance is: what its user pays for, so only these two commands change it.

A new size is a new revision of the config; the machine has it from its next start or restart on.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import story
from kiloclaw_core.commands import Desired, OverrideSize, Refusal, Resize
from kiloclaw_core.instance import AuditNote, Instance
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import OpId
from kiloclaw_core.stories import Cause, Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping
from kiloclaw_core.verbs import audited


def resize(instance: Instance, command: Resize) -> Result[Instance, Refusal]:
    """Asked for another size: an operator's override ends with it (lifecycle 1.4)."""
    refusal = not_now(instance)
    if refusal is not None:
        return Failure(refusal)
    spec = evolve(instance.spec, guest=command.guest, volume_gb=command.volume_gb, override=None)
    return Success(_revised(instance, spec))


def override_size(instance: Instance, command: OverrideSize) -> Result[Instance, Refusal]:
    """An operator asked for another size than the owner's, or for an end of that; audited."""
    refusal = not_now(instance)
    if refusal is not None:
        return Failure(refusal)
    size = command.guest
    did = "ended the override of the size" if size is None else f"set {size.words}"
    note = AuditNote(command.operator, did, command.because, command.at)
    return Success(_revised(audited(instance, note), evolve(instance.spec, override=size)))


def not_now(instance: Instance) -> Refusal | None:
    """Why the size may not change while a machine of the present one is being had (reconcile 2.15)."""
    if instance.desired is Desired.GONE:
        return Refusal.BEING_DESTROYED
    match instance.story:
        case Relocating(cause=Cause.UNEXPECTED_STOP) | Restoring():
            return story.excluded(instance)
        case Starting() | Restarting() | Relocating():
            return Refusal.BUSY
        case Idle() | Provisioning() | Stopping():
            return None


def _revised(instance: Instance, spec: Spec) -> Instance:
    asked = evolve(instance, asked=instance.ops, ops=OpId(instance.ops + 1))
    return evolve(asked, spec=evolve(spec, revision=instance.spec.revision + 1))
