"""The health probe of starts and recoveries: patient while there is time, never longer, and told how it ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

import httpx
import pytest

from kiloclaw_adapters.health import HealthProbe
from kiloclaw_adapters.logs import unlogged
from kiloclaw_adapters.pairing import ControllerClient, token_of
from kiloclaw_core.effects import ProbeHealth
from kiloclaw_core.names import AppName, MachineId, OpId, SandboxId
from kiloclaw_core.outcomes import Healthy, Unhealthy

from .outside import CLOCK

pytestmark = pytest.mark.anyio

SANDBOX = SandboxId("sandbox-1")
PROBE = ProbeHealth(OpId(1), AppName("acct-1"), SANDBOX, MachineId("m1"), 60.0)
SECRET = "secret-canary"  # noqa: S105 (it opens nothing)
READY, STATUS = "/_kilo/gateway/ready", "/_kilo/gateway/status"
Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def answering(*answers: tuple[int, object] | Exception) -> Answering:
    """Answers these in turn, and the last of them for ever."""
    left = list(answers)

    async def answer(_request: httpx.Request) -> httpx.Response:
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        return httpx.Response(said[0], json=said[1])

    return answer


async def probed(outside: Answering, template: str = "https://{app}.fly.dev") -> tuple[bool, str, float]:
    """Whether it is well, what is told if it is not, and how long that took."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(outside)) as http:
        began = CLOCK.monotonic()
        probe = HealthProbe(ControllerClient(http, unlogged, template, CLOCK), SECRET, CLOCK)
        assert SECRET not in repr(probe)
        outcome = await probe.perform(PROBE, committed_at=began)
        took_s = CLOCK.monotonic() - began
    match outcome:
        case Healthy():
            return True, "", took_s
        case Unhealthy(text=text):
            return False, text, took_s


async def test_it_asks_this_machine_of_this_app_with_its_sandboxes_token() -> None:
    """The proxy would ask any machine of the app, were none named; the controller lets in nobody else."""
    asked: list[tuple[str, str, str]] = []

    async def well(request: httpx.Request) -> httpx.Response:
        headers = request.headers
        asked.append((str(request.url), headers["fly-force-instance-id"], headers["authorization"]))
        return httpx.Response(200, json={"ready": True})

    assert await probed(well) == (True, "", 0.0)
    assert await probed(well, "http://127.0.0.1:1/{app}/") == (True, "", 0.0)
    bearer = f"Bearer {token_of(SECRET, SANDBOX).revealed}"
    assert asked == [
        (f"https://acct-1.fly.dev{READY}", "m1", bearer),
        (f"http://127.0.0.1:1/acct-1{READY}", "m1", bearer),
    ]


async def test_it_asks_again_every_three_seconds_until_it_is_well() -> None:
    """A controller takes a while to come up, and is refused or unavailable until then."""
    rising = answering(
        httpx.ConnectError("refused"), (502, {}), (503, {"error": "Service starting"}), (200, {"ready": True})
    )
    assert await probed(rising) == (True, "", 9.0)


async def test_an_older_controller_is_asked_for_the_state_of_its_gateway() -> None:
    """At once; whether the process runs is all that it can say."""
    missing = (404, {"error": "Not found"})
    older = answering(missing, (200, {"state": "crashed"}), (200, {"state": "running"}), missing)
    assert await probed(older) == (True, "", 3.0)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answering((200, [])), "the gateway is not ready"),
        (answering((200, {"ready": False})), "the gateway is not ready"),
        (answering((503, {"error": "Gateway not running"})), "the gateway is not ready"),
        (answering((503, {"error": "Service starting"})), "the controller is starting"),
        (answering((401, {"error": "Unauthorized"})), "the controller does not accept us"),
        (answering((404, {}), (404, {})), "the gateway is not ready"),
        (answering((403, {}), (200, {"state": "running"}), (503, {"ready": False})), "the gateway is not ready"),
        (answering(httpx.ReadError("reset")), "nothing was heard"),
    ],
    ids=["no object", "not ready", "no gateway", "starting", "bare 401", "dead routes", "a stray 403", "reset"],
)
async def test_it_ends_with_its_time_and_tells_what_it_heard(answer: Answering, told: str) -> None:
    """A time-out is an answer: the start ends with a note, which says why."""
    assert await probed(answer) == (False, told, 60.0)


async def test_a_fetch_that_hangs_does_not_outlive_the_deadline() -> None:
    """Looking at the clock between two fetches is not enough (pairing PW10)."""

    async def hangs(_request: httpx.Request) -> httpx.Response:
        await CLOCK.sleep(10_000)
        return httpx.Response(200)

    assert await probed(hangs) == (False, "nothing was heard", 60.0)
