"""The endpoints, the connections and the few repeats: what goes on the wire, how often, and what never does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from kiloclaw_adapters.fly import Answer, FlyClient, FlyTransport, NoAnswer, NotSent, Reply, Token
from kiloclaw_adapters.fly.transport import SHARDS

from .suite import CANARY, ScriptedFly, VirtualClock, says, transport

pytestmark = pytest.mark.anyio

Asking = Callable[[FlyClient], Awaitable[Reply]]


def yes(_in_s: float) -> bool:
    """There is time enough."""
    return True


def client(fly: Callable[[httpx.Request], httpx.Response], clock: VirtualClock | None = None) -> FlyClient:
    """A client of this Fly."""
    return FlyClient(transport(fly, clock or VirtualClock()))


CREATE: Asking = lambda fly: fly.create_machine("app-1", {"name": "gw"}, yes)  # noqa: E731
GET: Asking = lambda fly: fly.get_machine("app-1", "m1")  # noqa: E731
ENDPOINTS: tuple[tuple[Asking, str, object], ...] = (
    (CREATE, "POST /v1/apps/app-1/machines", {"name": "gw"}),
    (GET, "GET /v1/apps/app-1/machines/m1", None),
    (lambda fly: fly.list_machines("app-1"), "GET /v1/apps/app-1/machines", None),
    (lambda fly: fly.update_machine("app-1", "m1", {"a": 1}, yes), "POST /v1/apps/app-1/machines/m1", {"a": 1}),
    (lambda fly: fly.start_machine("app-1", "m1", yes), "POST /v1/apps/app-1/machines/m1/start", None),
    (lambda fly: fly.stop_machine("app-1", "m1", yes), "POST /v1/apps/app-1/machines/m1/stop", {}),
    (lambda fly: fly.delete_machine("app-1", "m1", yes), "DELETE /v1/apps/app-1/machines/m1?force=true", None),
    (
        lambda fly: fly.wait_machine("app-1", "m1", "stopped", 45.9),
        "GET /v1/apps/app-1/machines/m1/wait?state=stopped&timeout=45",
        None,
    ),
    (
        lambda fly: fly.wait_machine("app-1", "m1", "started", 60.0, "01KG"),
        "GET /v1/apps/app-1/machines/m1/wait?state=started&timeout=60&version=01KG",
        None,
    ),
    (lambda fly: fly.create_volume("app-1", {"size_gb": 1}, yes), "POST /v1/apps/app-1/volumes", {"size_gb": 1}),
    (lambda fly: fly.get_volume("app-1", "vol_1"), "GET /v1/apps/app-1/volumes/vol_1", None),
    (lambda fly: fly.list_volumes("app-1"), "GET /v1/apps/app-1/volumes", None),
    (lambda fly: fly.list_snapshots("app-1", "vol_1"), "GET /v1/apps/app-1/volumes/vol_1/snapshots", None),
    (lambda fly: fly.delete_volume("app-1", "vol_1", yes), "DELETE /v1/apps/app-1/volumes/vol_1", None),
    (
        lambda fly: fly.create_app("app-1", "acme", "net-1", yes),
        "POST /v1/apps",
        {"app_name": "app-1", "org_slug": "acme", "network": "net-1"},
    ),
    (lambda fly: fly.get_app("app-1"), "GET /v1/apps/app-1", None),
    (lambda fly: fly.list_addresses("app-1"), "GET /v1/apps/app-1/ip_assignments", None),
    (
        lambda fly: fly.create_address("app-1", "shared_v4", yes),
        "POST /v1/apps/app-1/ip_assignments",
        {"type": "shared_v4"},
    ),
    (lambda fly: fly.set_secret("app-1", "KEY", "v", yes), "POST /v1/apps/app-1/secrets/KEY", {"value": "v"}),
)


@pytest.mark.parametrize(("asking", "line", "body"), ENDPOINTS)
async def test_each_endpoint_is_asked_as_fly_expects(asking: Asking, line: str, body: object) -> None:
    """Method, path, query, body and token: Fly answers anything else with an error about something else."""
    fly = ScriptedFly([says(200, "{}")])
    assert await asking(client(fly)) == Answer(200, "{}")
    (request,) = fly.asked
    assert fly.lines == [line]
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert (json.loads(request.content) if request.content else None) == body


@pytest.mark.parametrize(("timeout_s", "polled"), [(0.0, "1"), (59.9, "59"), (300.0, "60")])
async def test_a_poll_is_kept_within_what_fly_accepts(timeout_s: float, polled: str) -> None:
    """Fly answers 400 outside 1 to 60 s."""
    fly = ScriptedFly([says(200, "{}")])
    await client(fly).wait_machine("app-1", "m1", "started", timeout_s)
    assert fly.asked[0].url.params["timeout"] == polled


async def test_a_poll_is_read_for_longer_than_it_lasts_and_a_connection_is_not_waited_for() -> None:
    """Else every long poll would end as a time-out of our own making."""
    fly = ScriptedFly([says(200, "{}"), says(200, "{}")])
    asked = client(fly)
    await asked.wait_machine("app-1", "m1", "started", 45.0)
    await asked.get_machine("app-1", "m1")
    assert [one.extensions["timeout"] for one in fly.asked] == [
        {"connect": 5.0, "read": 55.0, "write": 55.0, "pool": 55.0},
        {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0},
    ]


async def test_names_cannot_leave_their_place_in_the_path() -> None:
    """An id with a slash would name another resource, and dots would climb out of the app."""
    fly = ScriptedFly([says(404, "")])
    await client(fly).delete_machine("app-1", "a/../b?c", yes)
    assert fly.lines == ["DELETE /v1/apps/app-1/machines/a%2F..%2Fb%3Fc?force=true"]
    for name in ("", ".", ".."):
        with pytest.raises(ValueError, match="names nothing that could stand in a path"):
            await client(fly).delete_machine("app-1", name, yes)


# -- cookies -----------------------------------------------------------------------------------------------------


async def test_a_write_s_cookie_comes_back_with_the_reads_of_that_app_alone() -> None:
    """It routes reads to where the write landed: without it, a machine just made may not be there."""
    cookie = "fly_flaps_affinity=fra-7; Path=/v1/apps/app-1"
    fly = ScriptedFly([says(200, "{}", set_cookie=cookie), says(200, "{}"), says(200, "{}")])
    asked = client(fly)
    await CREATE(asked)
    await GET(asked)
    await asked.get_machine("app-2", "m1")
    assert [one.headers.get("cookie") for one in fly.asked] == [None, "fly_flaps_affinity=fra-7", None]


async def test_apps_share_a_few_connection_pools_and_all_are_closed() -> None:
    """A pool slows down with its size, and an open one warns when it is collected."""
    made: list[httpx.AsyncClient] = []

    def new_client() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(transport=httpx.MockTransport(lambda _request: says(200, "{}"))))
        return made[-1]

    async with FlyClient(FlyTransport(Token(CANARY), new_client=new_client)) as asked:
        for number in range(200):
            await asked.get_app(f"app-{number}")
        assert len(made) == SHARDS
        assert not any(one.is_closed for one in made)
    assert all(one.is_closed for one in made)


# -- repeats -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [says(502, "<html>"), says(500, ""), httpx.ReadTimeout("slow"), says(429, "")])
async def test_a_read_is_repeated_twice_and_no_more(fault: httpx.Response | Exception) -> None:
    """A read changes nothing; but whoever asks for ever is never answered either."""
    clock = VirtualClock()
    fly = ScriptedFly([fault, fault, says(200, "{}")])
    assert await GET(client(fly, clock)) == Answer(200, "{}")
    assert clock.waits == [0.25, 1.0]

    fly = ScriptedFly([fault] * 3)
    reply = await GET(client(fly, clock))
    assert len(fly.asked) == 3
    assert (
        isinstance(reply, NoAnswer) if isinstance(fault, Exception) else reply == Answer(fault.status_code, fault.text)
    )


@pytest.mark.parametrize("status", [200, 302, 400, 404, 408, 409, 412])
async def test_an_answer_that_counts_is_not_asked_for_again(status: int) -> None:
    """A redirect would take the token elsewhere, and a refusal is the classifier's."""
    fly = ScriptedFly([says(status, "{}", location="https://elsewhere.example/")])
    assert await GET(client(fly)) == Answer(status, "{}")


@pytest.mark.parametrize("fault", [says(502, ""), says(408, ""), httpx.ConnectError("no"), httpx.ReadError("reset")])
@pytest.mark.parametrize(("asking", "line"), [(asking, line) for asking, line, _ in ENDPOINTS if line[:3] != "GET"])
async def test_a_change_that_may_have_landed_is_never_repeated(
    asking: Asking, line: str, fault: httpx.Response | Exception
) -> None:
    """A create sent twice makes two machines or two volumes."""
    fly = ScriptedFly([fault])
    reply = await asking(client(fly))
    assert fly.lines == [line]
    assert isinstance(reply, NoAnswer) if isinstance(fault, Exception) else reply == Answer(fault.status_code, "")


async def test_a_change_refused_for_its_rate_is_repeated_after_the_time_that_fly_asks_for() -> None:
    """A 429 was not applied, so even a create may be sent again."""
    clock = VirtualClock()
    fly = ScriptedFly([says(429, "", retry_after="7"), says(429, ""), says(200, "{}")])
    assert await CREATE(client(fly, clock)) == Answer(200, "{}")
    assert clock.waits == [7.0, 1.0]


@pytest.mark.parametrize("retry_after", ["11", "3600"])
async def test_a_server_that_asks_for_much_patience_is_left_alone(retry_after: str) -> None:
    """The core's own pause is the better wait: it survives a crash."""
    fly = ScriptedFly([says(429, "slow down", retry_after=retry_after)])
    assert await CREATE(client(fly)) == Answer(429, "slow down", float(retry_after))


@pytest.mark.parametrize("retry_after", ["soon", "-1", "Tue, 03 Feb 2026 10:12:00 GMT", "9" * 5000])
async def test_a_retry_after_that_is_no_number_of_seconds_is_passed_over(retry_after: str) -> None:
    """Fly does not promise the header at all."""
    clock = VirtualClock()
    fly = ScriptedFly([says(429, "", retry_after=retry_after), says(200, "{}")])
    assert await CREATE(client(fly, clock)) == Answer(200, "{}")
    assert clock.waits == [0.25]


async def test_all_tries_of_a_request_share_its_time() -> None:
    """What comes later than the request's own time is looked for by the core, not by us."""
    clock = VirtualClock()

    def slow(request: httpx.Request) -> httpx.Response:
        clock.moment += 29.9
        raise httpx.ReadTimeout("slow", request=request)

    reply = await GET(client(slow, clock))
    assert reply == NoAnswer("get_machine: ReadTimeout: slow")
    assert clock.waits == []


async def test_every_try_waits_for_its_turn() -> None:
    """Repeats count against Fly's limit like anything else, else each would earn the next 429."""
    clock = VirtualClock()
    asked = client(ScriptedFly([says(200, "{}"), says(200, "{}"), says(429, ""), says(200, "{}")]), clock)
    for _ in range(3):
        await asked.list_machines("app-1")
    assert clock.waits == [0.25, 0.75]


async def test_machines_do_not_wait_for_each_other_but_the_volumes_of_an_app_do() -> None:
    """Fly counts what is done to a machine under the machine, and everything else under the app."""
    clock = VirtualClock()
    asked = client(lambda _request: says(200, "{}"), clock)
    for number in range(11):
        await asked.start_machine("app-1", f"m{number}", yes)
        await asked.get_machine("app-1", f"m{number}")
        await asked.wait_machine("app-1", f"m{number}", "started", 60.0)
    assert clock.waits == []
    for number in range(4):
        await asked.get_volume("app-1", f"vol_{number}")
    assert clock.waits == [1.0]


async def test_a_request_whose_time_is_over_is_no_answer() -> None:
    """The library bounds each read, not the whole: a trickling answer would outlive the settle."""

    class Never(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets the event")

    sender = FlyTransport(Token(CANARY), new_client=lambda: httpx.AsyncClient(transport=Never()))
    reply = await FlyClient(sender, request_s=0.0).start_machine("app-1", "m1", yes)
    await sender.aclose()
    assert reply == NoAnswer("start_machine: TimeoutError: ")


@pytest.mark.parametrize(("times", "sent"), [(0, 0), (1, 0), (2, 1), (3, 1)])
async def test_what_may_no_longer_leave_does_not(times: int, sent: int) -> None:
    """Asked before and after each wait for the limiter: the second must not leave because the first did in time."""
    fly = ScriptedFly([says(429, "")])
    answers = [*[True] * times, False]
    reply = await client(fly).start_machine("app-1", "m1", lambda _in_s: answers.pop(0))
    assert reply == NotSent("start_machine: too late by the time it was its turn")
    assert (len(fly.asked), answers) == (sent, [])


# -- secrets and settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        says(401, f'{{"error":"Bearer {CANARY} is not valid"}}'),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {CANARY}'"),
    ],
)
async def test_the_token_is_in_no_reply_even_if_the_other_side_repeats_it(said: httpx.Response | Exception) -> None:
    """Replies are kept in records, notes and traces."""
    reply = await CREATE(client(ScriptedFly([said])))
    assert "Bearer [token]" in repr(reply)
    assert CANARY not in repr(reply)


async def test_a_token_too_short_to_be_a_secret_does_not_garble_answers() -> None:
    """A simulator's token may be any word, and a state of `star[token]ed` would be read as a new one."""
    sender = transport(ScriptedFly([says(200, '{"state":"started"}')]), VirtualClock())
    sender.token = Token("t")
    assert await GET(FlyClient(sender)) == Answer(200, '{"state":"started"}')


def test_the_token_is_in_no_repr() -> None:
    """Tracebacks with locals and debug logs show reprs."""
    asked = client(ScriptedFly([]))
    assert "Token()" in repr(asked)
    assert CANARY not in f"{asked} {asked!r} {asked.transport!r} {asked.transport.token}"


@pytest.mark.parametrize("text", ["", " ", f"{CANARY}\n", f" {CANARY}", f"{CANARY}é", f"{CANARY}\r\nx: y"])
def test_a_token_that_no_header_could_carry_is_refused_without_being_shown(text: str) -> None:
    """The library would complain later, and show it; a stray newline is the usual slip."""
    with pytest.raises(ValueError, match=r"^Token\(\): must be printable ASCII") as caught:
        Token(text)
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("url", ["", "api.machines.dev", "ftp://x", "https://", "https://x/?a=1", "https://x/#a"])
def test_a_base_url_that_is_none_is_refused_by_name(url: str) -> None:
    """Else the first request would fail with an error about something else."""
    with pytest.raises(ValueError, match=r"^base_url: must be like https://api\.machines\.dev, not '") as caught:
        FlyTransport(Token(CANARY), base_url=url)
    assert repr(url) in str(caught.value)


def test_a_base_url_with_a_password_is_refused_and_not_shown() -> None:
    """It would be sent in place of the token."""
    with pytest.raises(ValueError, match=r"^base_url: must not carry a user or a password$"):
        FlyTransport(Token(CANARY), base_url=f"https://me:{CANARY}@x")


async def test_a_base_url_may_end_in_a_slash_and_have_a_path() -> None:
    """A proxy in front of Fly is told by its path."""
    fly = ScriptedFly([says(200, "{}")])
    sender = transport(fly, VirtualClock())
    sender.base_url = "http://localhost:4280/fly/"
    await FlyClient(sender).get_app("app-1")
    assert str(fly.asked[0].url) == "http://localhost:4280/fly/v1/apps/app-1"
