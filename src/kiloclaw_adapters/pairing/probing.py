"""Asks a controller whether its gateway serves, until it does or the time is up, and says which (pairing 4.5, PW10)."""

from __future__ import annotations

from kiloclaw_adapters.pairing.client import ControllerClient, Heard, Target, Unheard
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.pairing.caller import (
    Health,
    HealthPolicy,
    Unwell,
    Well,
    health_heard,
    health_unheard,
    next_probe,
    pause_s,
)


async def until_well(
    controllers: ControllerClient, target: Target, clock: Clock, policy: HealthPolicy
) -> Well | Unwell:
    """Well once the gateway serves; Unwell, with what was heard last, when the policy's time is up and not later."""
    health = Health(policy=policy)
    ends_at = clock.monotonic() + policy.most_s
    while True:
        probe = next_probe(health, ends_at - clock.monotonic())
        if isinstance(probe, Unwell):
            return probe
        asked = health.route
        match await controllers.probe(target, probe.route, probe.timeout_s):
            case Heard(status=status, tree=tree):
                told = health_heard(health, status, tree)
                if isinstance(told, Well):
                    return told
                health = told
            case Unheard():
                health = health_unheard(health)
        if health.route is asked:  # of an older controller another route is asked, and at once
            await clock.sleep(pause_s(health, ends_at - clock.monotonic()))
