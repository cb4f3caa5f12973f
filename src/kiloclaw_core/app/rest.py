"""Nothing in flight: ready, unready, somebody else's, or pausing, until an alarm rings or somebody asks."""

from __future__ import annotations

from kiloclaw_core.app import story
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.record import App, AppTransition, stay
from kiloclaw_core.facts import AlarmRang, Recovered, Woken


def resting(app: App, fact: AppFact) -> AppTransition:
    """Nothing is in flight that matters: late answers are of no use, a new attempt goes on with what is lacking."""
    match fact:
        case AlarmRang() | Woken():
            return story.onward(app)
        case AppReplied() | Recovered():
            return stay(app)
