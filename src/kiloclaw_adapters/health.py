"""Asks whether a machine is well, for whoever starts or recovers it: the one probe there is, in the effect's own time.

What is asked, for how long, and what counts as up is decided by `kiloclaw_core.pairing.caller` (pairing 4.5, PW10),
what an unwell machine means by the instance. A time-out is an answer, not a failure, and says what was last heard.
"""

from __future__ import annotations

from attrs import field, frozen

from kiloclaw_adapters.pairing import ControllerClient, Target, token_of, until_well
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_core.effects import ProbeHealth
from kiloclaw_core.outcomes import Healthy, Unhealthy
from kiloclaw_core.pairing.caller import HealthPolicy, Unwell, Well


@frozen
class HealthProbe:
    """Probes through `controllers`, whose tokens are made from `secret`."""

    controllers: ControllerClient
    secret: str = field(repr=False)
    clock: Clock = SystemClock()

    async def perform(self, effect: ProbeHealth, *, committed_at: float) -> Healthy | Unhealthy:
        """Healthy once the gateway serves; Unhealthy, with the last thing heard, when the effect's time is up.

        A probe may leave whenever it likes, so `committed_at` does not matter.
        """
        del committed_at
        target = Target(effect.app, effect.machine, token_of(self.secret, effect.sandbox))
        end = await until_well(self.controllers, target, self.clock, HealthPolicy(most_s=effect.timeout_s))
        match end:
            case Well():
                return Healthy()
            case Unwell(trouble=trouble):
                return Unhealthy(trouble.value)
