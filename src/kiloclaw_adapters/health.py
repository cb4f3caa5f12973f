"""Asks a machine's controller whether it is well, through Fly's proxy, until it is or the time is up.

`GET /_kilo/health` needs no token and says no more than that the controller serves (pairing 3.1, 4.5). A time-out is an
answer, not a failure. What an unwell machine means is the core's to decide.
"""

from __future__ import annotations

import asyncio
from typing import Final

import httpx
from attrs import frozen

from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_core.effects import ProbeHealth
from kiloclaw_core.outcomes import Healthy, Unhealthy

PUBLIC_TEMPLATE: Final = "https://{app}.fly.dev"
HEALTH_PATH: Final = "/_kilo/health"
INSTANCE_HEADER: Final = "fly-force-instance-id"  # Fly: the proxy routes to this machine and to no other
POLL_S: Final = 3.0


@frozen
class HealthProbe:
    """Probes over `client`; `template` is where an app is reached, `{app}` standing for its name."""

    client: httpx.AsyncClient
    template: str = PUBLIC_TEMPLATE
    clock: Clock = SystemClock()

    async def perform(self, effect: ProbeHealth, *, committed_at: float) -> Healthy | Unhealthy:
        """Healthy at the first 2xx; Unhealthy, with the last thing heard, when the effect's time is up.

        A probe may leave whenever it likes, so `committed_at` does not matter.
        """
        del committed_at
        ends_at = self.clock.monotonic() + effect.timeout_s
        heard = "nothing was heard"
        while (left_s := ends_at - self.clock.monotonic()) > 0:
            wrong = await self._within(left_s, effect)
            if wrong is None:
                return Healthy()
            heard = wrong
            await self.clock.sleep(min(POLL_S, max(0.0, ends_at - self.clock.monotonic())))
        return Unhealthy(heard)

    async def _within(self, left_s: float, effect: ProbeHealth) -> str | None:
        """What is wrong, or None if nothing is; a fetch that hangs does not outlive the time that is left."""
        fetch = asyncio.create_task(self._fetch(effect, left_s))
        alarm = asyncio.create_task(self.clock.sleep(left_s))
        try:
            await asyncio.wait([fetch, alarm], return_when=asyncio.FIRST_COMPLETED)
            return fetch.result() if fetch.done() else "no answer in time"
        finally:
            fetch.cancel()
            alarm.cancel()
            await asyncio.gather(fetch, alarm, return_exceptions=True)

    async def _fetch(self, effect: ProbeHealth, left_s: float) -> str | None:
        url = f"{self.template.format(app=effect.app).rstrip('/')}{HEALTH_PATH}"
        try:
            answer = await self.client.get(url, headers={INSTANCE_HEADER: effect.machine}, timeout=left_s)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"HTTP {answer.status_code}"
