"""What happened and no record remembers: the ghost, which claims are told of besides the record.

Nothing here decides anything. What was sent, what was granted, and how stories ended is written down as it happens.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.commands import (
    CleanUp,
    Close,
    Command,
    Desired,
    Destroy,
    Disown,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Refusal,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.effects import DeleteVolume, Effect
from kiloclaw_core.facts import Fact, Replied
from kiloclaw_core.instance import Failing, Instance, Record
from kiloclaw_core.ledger import VolumeHolding
from kiloclaw_core.outcomes import Healthy
from kiloclaw_core.stories import Cause, Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping
from kiloclaw_core.world.setting import Ghost
from kiloclaw_core.world.slots import is_fenced

EXCUSES: Final = frozenset({Refusal.BEING_DESTROYED, Refusal.RECOVERING, Refusal.RESTORING})
"""Why a start or a stop may be refused."""


def sent_of(ghost: Ghost, after: Record, effects: tuple[Effect, ...]) -> Ghost:
    """What was sent that ought not to have been, for claims to speak of."""
    if not isinstance(after, Instance):
        return ghost
    mounted = {held.volume for held in after.ledger.machines}
    hurried = {effect.volume for effect in effects if isinstance(effect, DeleteVolume) and effect.volume in mounted}
    late = {type(effect).__name__ for effect in effects if is_fenced(effect) and after.desired is Desired.GONE}
    if not hurried and not late:
        return ghost
    return evolve(
        ghost,
        mounted_deletes=tuple(sorted({*ghost.mounted_deletes, *hurried})),
        issued_after_destroy=tuple(sorted({*ghost.issued_after_destroy, *late})),
    )


def told_of(ghost: Ghost, before: Record, after: Record, fact: Fact | None) -> Ghost:
    """How what excludes everything else went on: whether it was cut short, or took its volume without being well."""
    if not isinstance(before, Instance) or not isinstance(after, Instance) or after.desired is Desired.GONE:
        return ghost
    match before.story:
        case Relocating(cause=Cause.UNEXPECTED_STOP) | Restoring():
            cut = ghost.cut_short or is_cut_short(before, after)
            return evolve(ghost, cut_short=cut, unwell=ghost.unwell or took_it_unwell(before, after, fact))
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Relocating():
            return ghost


def is_cut_short(before: Instance, after: Instance) -> bool:
    """Whether a recovery or a restore is over although its volume is not in use, and no note tells of a failure."""
    was, now = before.story, after.story
    if isinstance(was, Relocating | Restoring) and isinstance(now, Relocating | Restoring) and was.op == now.op:
        return False  # it goes on
    told = any(note.failing in {Failing.RECOVERY, Failing.RESTORE} for note in after.notes)
    return not told and _id(before.ledger.volume) == _id(after.ledger.volume)


def took_it_unwell(before: Instance, after: Instance, fact: Fact | None) -> bool:
    """Whether a recovery made its copy the volume in use without having just seen the machine on it well."""
    taken = before.ledger.candidate is not None and _id(before.ledger.candidate) == _id(after.ledger.volume)
    well = isinstance(fact, Replied) and isinstance(fact.outcome, Healthy)
    return isinstance(before.story, Relocating) and taken and not well


def _id(held: VolumeHolding | None) -> str | None:
    return None if held is None else held.volume


def granted_of(ghost: Ghost, before: Record, after: Instance, command: Command) -> Ghost:
    """What was granted last, and so is wanted."""
    ghost = told_of(ghost, before, after, None)
    match command:
        case Start():
            return evolve(ghost, wanted=Desired.RUNNING.value)
        case Restart():
            return evolve(ghost, wanted=Desired.RUNNING.value, restarted=after.spec.revision)
        case Stop():
            return evolve(ghost, wanted=Desired.STOPPED.value)
        case Restore() | Reassociate():
            return evolve(ghost, wanted=None, went_back=True)  # what is wanted depends on how it ends
        case Destroy() | Close():
            return evolve(ghost, destroy_granted=True)
        case Recover():  # whoever asks for it has read that the last one failed, and its note goes
            told = isinstance(before, Instance) and bool(before.notes)
            return evolve(ghost, went_back=ghost.went_back or told)
        case Provision() | Resize() | OverrideSize() | CleanUp() | Disown():
            return ghost


def refused_of(ghost: Ghost, command: Command, refusal: Refusal) -> Ghost:
    """Whom nobody should have refused."""
    if not isinstance(command, Start | Stop | Destroy) or refusal in EXCUSES:
        return ghost
    return evolve(ghost, turned_away=tuple(sorted({*ghost.turned_away, type(command).__name__})))
