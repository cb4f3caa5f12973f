"""What the world tells an app's record; rings, wakings and take-overs are those of every record."""

from __future__ import annotations

from attrs import field, frozen

from kiloclaw_core.app.outcomes import AppOutcome
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import OpId


@frozen
class AppReplied:
    """The request `op` about the app was answered."""

    op: OpId
    outcome: AppOutcome
    at: int = field(default=0, eq=False)


AppFact = AppReplied | AlarmRang | Woken | Recovered
