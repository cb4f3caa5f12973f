"""Whether a machine is well is asked until it is or the time is up, and how that ended is told."""

from __future__ import annotations

import httpx
import pytest

from kiloclaw_adapters.pairing import until_well
from kiloclaw_core.pairing.caller import HealthPolicy, Route, Trouble, Unwell, Well
from tests.adapters.interpreter.outside import CLOCK

from .suite import TARGET, Answering, Outside, hanging, raising, saying, trickling

pytestmark = pytest.mark.anyio

DEFAULT = HealthPolicy()
READY, STATUS = "/_kilo/gateway/ready", "/_kilo/gateway/status"


async def probed(outside: Outside, policy: HealthPolicy = DEFAULT) -> tuple[Well | Unwell, float]:
    """How it ended, and after how long."""
    async with outside.client() as client:
        began_s = CLOCK.monotonic()
        end = await until_well(client, TARGET, CLOCK, policy)
        return end, CLOCK.monotonic() - began_s


async def test_a_gateway_that_serves_is_well_at_once() -> None:
    """By its own readiness, not by anything that answers (pairing 4.5)."""
    assert await probed(Outside({READY: saying(200, {"ready": True})})) == (Well(Route.READY), 0.0)


async def test_an_older_controller_is_asked_for_its_gateways_state() -> None:
    """At once, for the time is short, and once more whether it has no readiness route."""
    outside = Outside({READY: saying(404, {}), STATUS: saying(200, {"state": "running"})})

    assert await probed(outside) == (Well(Route.STATUS), 0.0)
    assert outside.asked == [f"GET {READY}", f"GET {STATUS}", f"GET {READY}"]


@pytest.mark.parametrize("stray", [401, 403, 404])
async def test_one_stray_answer_does_not_lower_the_bar(stray: int) -> None:
    """A proxy answers once while the machine boots; the gateway, which runs, is ready three seconds later."""
    answers = [saying(stray, {}), saying(503, {"ready": False}), saying(200, {"ready": True})]
    outside = Outside({STATUS: saying(200, {"state": "running"})})

    async def next_answer(request: httpx.Request) -> httpx.Response:
        return await answers.pop(0)(request)

    outside.answers[READY] = next_answer

    assert await probed(outside) == (Well(Route.READY), 3.0)
    assert outside.asked == [f"GET {READY}", f"GET {STATUS}", f"GET {READY}", f"GET {READY}"]


async def test_it_is_asked_again_while_it_comes_up() -> None:
    """Every three seconds."""
    answers = [saying(503, {"error": "Service starting"}), raising(httpx.ConnectError("refused"))]
    answers.append(saying(200, {"ready": True}))
    outside = Outside()

    async def next_answer(request: httpx.Request) -> httpx.Response:
        return await answers.pop(0)(request)

    outside.answers[READY] = next_answer

    assert await probed(outside) == (Well(Route.READY), 6.0)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (hanging, Trouble.NOTHING),
        (trickling, Trouble.NOTHING),
        (saying(401, {}), Trouble.DENIED),
        (saying(503, {"error": "Service starting"}), Trouble.STARTING),
        (saying(503, {"ready": False}), Trouble.NOT_READY),
    ],
)
async def test_nothing_outlives_the_time(answer: Answering, trouble: Trouble) -> None:
    """Upstream's probe waited for a hung answer for ten minutes (pairing PW10)."""
    assert await probed(Outside({READY: answer, STATUS: answer})) == (Unwell(trouble), 60.0)


async def test_the_last_request_gets_only_what_is_left() -> None:
    """However long one may take otherwise."""
    policy = HealthPolicy(most_s=7.0, request_s=5.0, pause_s=1.0)

    assert await probed(Outside({READY: hanging}), policy) == (Unwell(Trouble.NOTHING), 7.0)
