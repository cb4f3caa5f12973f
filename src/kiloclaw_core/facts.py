"""What the world tells: things that have happened, which cannot be refused."""

from __future__ import annotations

from attrs import field, frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.phases import AlarmName


@frozen
class Replied:
    """The request `op` was answered."""

    op: OpId
    outcome: Outcome
    at: int = field(default=0, eq=False)


@frozen
class AlarmRang:
    """An alarm of the record fell due; a ring that the record does not want is dropped."""

    name: AlarmName
    of: OpId
    at: int = field(default=0, eq=False)


@frozen
class Woken:
    """There may be a new intent: look at it."""

    at: int = field(default=0, eq=False)


@frozen
class Recovered:
    """Somebody took the record over: every answer that was under way is lost, every request may yet land.

    Told once for each take-over, never on a plain load. `incarnation` is the store's.
    """

    incarnation: int = 0
    at: int = field(default=0, eq=False)


Fact = Replied | AlarmRang | Woken | Recovered
