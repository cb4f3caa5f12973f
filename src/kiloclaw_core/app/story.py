"""What an attempt still lacks, and how it ends: the only place that chooses the next wait, tries again, or gives up.

Ours, then addressed, then keyed: an app is ready only by the answer that its key is set, which is the last to come.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import furnish, ownership
from kiloclaw_core.app.phases import Collided, Ready, Unready
from kiloclaw_core.app.record import App, AppNote, AppTransition, Standing, forgotten, go
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, Why, may_pass
from kiloclaw_core.phases import Look, Pausing


def onward(app: App) -> AppTransition:
    """What the app still lacks is waited for next."""
    match app.standing:
        case Standing.UNKNOWN:
            return ownership.look_up(app)
        case Standing.MADE | Standing.FOUND:
            if app.missing:
                return furnish.list_addresses(app, Look.FIRST)
            return furnish.set_secret(app)


def made_ready(app: App, secrets_version: int) -> AppTransition:
    """Everything was had: the attempt ends, and what failed before is resolved."""
    line = Note("app.ready", (("app", app.identity.app), ("secrets_version", str(secrets_version))))
    return go(evolve(app, note=None), Ready(secrets_version), notes=(line,))


def refused(app: App, refusal: Rejected) -> AppTransition:
    """A request was refused: an app that vanished is looked for again, what may pass is tried again, all else ends."""
    if refusal.why in {Why.NOT_FOUND, Why.COLLISION}:
        return again(forgotten(app), refusal)  # deleted from outside, or not visible yet (Fly: fly.md 4.4)
    return again(app, refusal) if may_pass(refusal.why) else gave_up(app, refusal)


def no_answer(app: App) -> AppTransition:
    """A request that may be repeated was not answered."""
    return again(app, Rejected(Why.NO_ANSWER, text="no answer"))


def again(app: App, refusal: Rejected) -> AppTransition:
    """Another try after a pause, while the attempt has tries; without any it gives up."""
    if app.tries == 0:
        return gave_up(app, refusal)
    op = app.ops
    return go(evolve(app, tries=app.tries - 1, ops=OpId(op + 1)), Pausing(op))


def gave_up(app: App, refusal: Rejected) -> AppTransition:
    """The attempt ends unfulfilled: rest, a note, a slow alarm."""
    return go(evolve(app, note=_note(refusal)), Unready(), notes=(_line(refusal),))


def collided(app: App, refusal: Rejected) -> AppTransition:
    """The name is somebody else's: rest until somebody asks again, and touch nothing."""
    return go(evolve(forgotten(app), note=_note(refusal)), Collided(), notes=(_line(refusal),))


def _note(refusal: Rejected) -> AppNote:
    return AppNote(refusal.why, refusal.text)


def _line(refusal: Rejected) -> Note:
    return Note("app_failed", (("why", refusal.why.value), ("text", refusal.text)))
