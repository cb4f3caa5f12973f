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
    notes = tuple(evolve(note, at=at) if note.at == NOW else note for note in after.notes)
    started = at if after.last_started_at == NOW else after.last_started_at
    stopped = at if after.last_stopped_at == NOW else after.last_stopped_at
    asked = at if after.destroy_started_at == NOW else after.destroy_started_at
    stamped = evolve(
        after,
        notes=notes,
        last_started_at=started,
        last_stopped_at=stopped,
        destroy_started_at=asked,
        story=_begun_at(after.story, at),
    )
    return evolve(transition, record=stamped, notes=tuple(_with_duration(note, at) for note in transition.notes))


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
