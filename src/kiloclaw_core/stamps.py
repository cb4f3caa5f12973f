"""Moments, written once a transition is decided: no decision handles the time, and none is part of what is decided."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.instance import NOW, Instance, Note, Transition
from kiloclaw_core.stories import (
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Starting,
    Stopping,
    Story,
)


def stamped(before: Instance, transition: Transition, at: int) -> Transition:
    """The transition with every moment that is now written as the moment its fact arrived."""
    after = transition.record
    if not isinstance(after, Instance) or after is before:
        return transition
    notes = tuple(_with_duration(note, at) for note in transition.notes)
    return Transition(after if at == NOW else _written(after, at), transition.effects, notes)


def _written(instance: Instance, at: int) -> Instance:
    """The instance with this moment wherever it says that it is now."""
    return evolve(
        instance,
        notes=tuple(evolve(note, at=at) if note.at == NOW else note for note in instance.notes),
        last_started_at=at if instance.last_started_at == NOW else instance.last_started_at,
        last_stopped_at=at if instance.last_stopped_at == NOW else instance.last_stopped_at,
        destroy_started_at=at if instance.destroy_started_at == NOW else instance.destroy_started_at,
        story=_begun_at(instance.story, at),
    )


def _begun_at(under_way: Story, at: int) -> Story:
    match under_way:
        case Starting(since=since) | Restarting(since=since) | Relocating(since=since) | Restoring(since=since):
            return evolve(under_way, since=at) if since == NOW else under_way
        case Idle() | Provisioning() | Stopping():
            return under_way


def _with_duration(note: Note, at: int) -> Note:
    """The note telling how long what it is about has taken."""
    if note.since is None:
        return note
    took = at - note.since if note.since != NOW else 0
    return evolve(note, fields=(*note.fields, (note.measure, str(took))), since=None)
