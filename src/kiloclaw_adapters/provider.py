"""The one provider port: everything that is done for us outside, in one value; and Fly as that provider.

Nothing else in this package knows how a machine is had.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import httpx
from attrs import frozen

from kiloclaw_adapters.apps import AppRequest, FlyApps
from kiloclaw_adapters.fly import PUBLIC_URL, FlyClient, FlyEffect, FlyPerformer, FlyTransport, Token
from kiloclaw_adapters.health import HealthProbe
from kiloclaw_adapters.logs import unlogged
from kiloclaw_adapters.pairing.client import PUBLIC_TEMPLATE, ControllerClient
from kiloclaw_adapters.ports import Clock, Performer, Secrets, SystemClock
from kiloclaw_adapters.secret_keeping import NoSecrets
from kiloclaw_core.app import AppOutcome
from kiloclaw_core.effects import ProbeHealth
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.policy import Policy

DEFAULT_POLICY: Final = Policy()
SYSTEM_CLOCK: Final = SystemClock()
NO_SECRETS: Final = NoSecrets()


@frozen
class Provider:
    """Whoever has machines for us, in this organisation of ours."""

    organisation: str
    machines: Performer[FlyEffect, Outcome]
    apps: Performer[AppRequest, AppOutcome]
    health: Performer[ProbeHealth, Outcome]
    aclose: Callable[[], Awaitable[None]]
    """Lets go of every connection."""


def fly_provider(  # noqa: PLR0913 - what there is to say about a Fly
    token: str,
    organisation: str,
    controller_secret: str,
    *,
    base_url: str = PUBLIC_URL,
    health_template: str = PUBLIC_TEMPLATE,
    policy: Policy = DEFAULT_POLICY,
    clock: Clock = SYSTEM_CLOCK,
    secrets: Secrets = NO_SECRETS,
) -> Provider:
    """Fly at this URL, in the organisation of this slug; `health_template` says where an app is reached.

    `controller_secret` is what the tokens of machines' controllers are made from; `secrets` knows the values of what
    specs only refer to.

    Raises ValueError for a token that no header could carry, and for a base URL that is none.
    """
    transport = FlyTransport(Token(token), base_url, clock=clock.monotonic, sleep=clock.sleep)
    client = FlyClient(transport, policy.request_s)
    http = httpx.AsyncClient()
    controllers = ControllerClient(http, unlogged, health_template, clock)  # what it hears is told by the outcome

    async def aclose() -> None:
        try:
            await client.aclose()
        finally:
            await http.aclose()

    return Provider(
        organisation=organisation,
        machines=FlyPerformer(client, policy, clock.monotonic, clock.sleep, secrets),
        apps=FlyApps(client, policy, clock),
        health=HealthProbe(controllers, controller_secret, clock),
        aclose=aclose,
    )
