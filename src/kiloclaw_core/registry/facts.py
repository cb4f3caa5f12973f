"""What the world tells a registry; rings, wakings and take-overs are those of every record."""

from __future__ import annotations

from attrs import field, frozen

from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.registry.outcomes import RegistryOutcome


@frozen
class RegistryReplied:
    """The request `op` of the registry was answered."""

    op: OpId
    outcome: RegistryOutcome
    at: int = field(default=0, eq=False)


RegistryFact = RegistryReplied | AlarmRang | Woken | Recovered
