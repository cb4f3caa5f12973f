"""A call from its first look to its end: whom it asks, what it remembers, and what it never does twice."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from kiloclaw_core.pairing import Approved, Kind, NotApproved, NotDone, Seen, Unsure
from kiloclaw_core.pairing.caller import CallerPolicy, Failed, Failing, Shown, Via
from tests.adapters.interpreter.outside import CLOCK

from .suite import (
    CAPABLE,
    CHANNEL,
    CODE,
    ENTRY,
    LISTED,
    TARGET,
    Answering,
    Outside,
    hanging,
    leaks,
    raising,
    saying,
    texting,
)

pytestmark = pytest.mark.anyio

VERSION, CHANNELS = "/_kilo/version", "/_kilo/pairing/channels"
APPROVE = f"{CHANNELS}/approve"
LISTS = "exec node /usr/local/bin/openclaw-pairing-list.js"
APPROVES = f"exec openclaw pairing approve telegram {CODE} --notify"


def current() -> Outside:
    """A controller of today."""
    return Outside({VERSION: saying(200, CAPABLE), CHANNELS: saying(200, LISTED)})


def old() -> Outside:
    """One from before there were any such routes."""
    return Outside({path: saying(404, {"error": "Not found"}) for path in (VERSION, CHANNELS, APPROVE)})


def ran(code: int = 0, stdout: object = "", **more: object) -> Answering:
    """A command that ended so."""
    text = stdout if isinstance(stdout, str) else json.dumps(stdout)
    return saying(200, {"exit_code": code, "stdout": text, "stderr": "", **more})


async def test_what_a_controller_can_do_is_asked_once_for_each_version_of_its_machine() -> None:
    """After a redeploy it may be another."""
    outside = current()
    async with outside.calls() as calls:
        ends = [await calls.pending(TARGET, Kind.CHANNELS) for _ in range(2)]
        outside.instance = "v2"
        ends.append(await calls.pending(TARGET, Kind.CHANNELS, anew=True))

    assert [isinstance(end, Shown) and end.via for end in ends] == [Via.CONTROLLER] * 3
    assert outside.asked == [
        f"GET {VERSION}",
        f"GET {CHANNELS}",
        f"GET {CHANNELS}",
        f"GET {VERSION}",
        f"GET {CHANNELS}?refresh=true",
    ]


async def test_what_is_contradicted_is_asked_again() -> None:
    """It is no proof of an old controller, and no reason to believe this one for ever."""
    outside = current()
    async with outside.calls() as calls:
        await calls.pending(TARGET, Kind.CHANNELS)
        outside.answers[CHANNELS] = saying(404, {})
        contradicted = await calls.pending(TARGET, Kind.CHANNELS)
        outside.asked.clear()
        await calls.pending(TARGET, Kind.CHANNELS)

    assert contradicted == Failed(Failing.CONTRADICTED)
    assert outside.asked[0] == f"GET {VERSION}"


@pytest.mark.parametrize(
    ("state", "why"),
    [("stopped", Failing.NOT_RUNNING), ("suspended", Failing.NOT_RUNNING), ("", Failing.NOT_RUNNING)],
)
async def test_a_machine_that_is_down_is_not_called(state: str, why: Failing) -> None:
    """A call would wake it (pairing PW20)."""
    outside = current()
    outside.state = state
    async with outside.calls() as calls:
        assert await calls.pending(TARGET, Kind.CHANNELS) == Failed(why)
        assert await calls.approve(TARGET, CHANNEL) == Failed(why)

    assert outside.asked == []


async def test_an_old_controller_is_gone_round_and_the_list_kept_for_a_while() -> None:
    """Two minutes, as upstream keeps it; what is wanted anew is not taken from there."""
    outside = old()
    outside.exec_answers = [ran(stdout=LISTED), ran(stdout=LISTED), ran(stdout=LISTED)]
    async with outside.calls() as calls:
        first = await calls.pending(TARGET, Kind.CHANNELS)
        kept = await calls.pending(TARGET, Kind.CHANNELS)
        anew = await calls.pending(TARGET, Kind.CHANNELS, anew=True)
        await CLOCK.sleep(120.0)
        late = await calls.pending(TARGET, Kind.CHANNELS)

    assert [end.via for end in (first, kept, anew, late) if isinstance(end, Shown)] == [
        Via.EXEC,
        Via.CACHE,
        Via.EXEC,
        Via.EXEC,
    ]
    assert outside.asked.count(LISTS) == 3


async def test_an_approval_that_overtakes_a_list_is_not_undone_by_it() -> None:
    """The late list was read before it, and is not kept (pairing PW19)."""
    outside, listing = old(), asyncio.Event()

    async def late(_request: httpx.Request) -> httpx.Response:
        listing.set()
        await CLOCK.sleep(30.0)
        return httpx.Response(200, json={"exit_code": 0, "stdout": json.dumps(LISTED)})

    outside.exec_answers = [late, ran(), ran(stdout={"requests": []})]
    async with outside.calls() as calls:
        reading = asyncio.create_task(calls.pending(TARGET, Kind.CHANNELS))
        await listing.wait()
        approved = await calls.approve(TARGET, CHANNEL)
        await reading
        after = await calls.pending(TARGET, Kind.CHANNELS)

    assert approved == Approved()
    assert after == Shown((), Via.EXEC)
    assert outside.asked.count(APPROVES) == 1


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (ran(1), NotApproved(NotDone.FAILED)),
        (saying(412, {"error": "not running"}), NotApproved(NotDone.NOT_STARTED)),
    ],
)
async def test_a_refused_command_approves_nothing(answer: Answering, end: NotApproved) -> None:
    """And is not run again."""
    outside = old()
    outside.exec_answers = [answer]
    async with outside.calls() as calls:
        assert await calls.approve(TARGET, CHANNEL) == end

    assert outside.asked.count(APPROVES) == 1


@pytest.mark.parametrize(
    "answer",
    [
        ran(0, exit_signal=9),
        saying(200, {"stdout": ""}),
        texting(200, b"<html>"),
        saying(408, {"error": "deadline"}),
        saying(502, {"error": "bad gateway"}),
        raising(httpx.ReadError("reset")),
        hanging,
    ],
)
async def test_a_command_of_which_nobody_knows_is_looked_after_and_not_run_again(answer: Answering) -> None:
    """Whether the request is still listed tells whether it may be tried again."""
    outside = old()
    outside.exec_answers = [answer, ran(stdout=LISTED)]
    async with outside.calls() as calls:
        assert await calls.approve(TARGET, CHANNEL) == Unsure(Seen.LISTED)

    assert (outside.asked.count(APPROVES), outside.asked[-1]) == (1, LISTS)


@pytest.mark.parametrize(
    "look",
    [
        ran(0, LISTED, exit_signal=9),
        hanging,
        raising(httpx.ReadError("reset")),
        saying(408, {"error": "deadline"}),
        ran(0, {"requests": []}),
        ran(0, {"requests": [{**ENTRY, "channel": "slack"}]}),
    ],
    ids=["killed", "unanswered", "reset", "too late", "all left out", "its channel left out"],
)
async def test_a_look_that_ends_in_doubt_says_that_nobody_knows(look: Answering) -> None:
    """Neither a list that was cut short nor one that leaves its channel out says that the request is gone."""
    outside = old()
    outside.exec_answers = [ran(0, exit_signal=9), look]
    async with outside.calls() as calls:
        assert await calls.approve(TARGET, CHANNEL) == Unsure(Seen.UNREAD)

    assert (outside.asked.count(APPROVES), outside.asked[-1]) == (1, LISTS)


@pytest.mark.parametrize(
    ("said", "stale", "seen"),
    [({"stale": True}, True, Seen.UNREAD), ({}, None, Seen.UNREAD), ({"stale": False}, False, Seen.LISTED)],
    ids=["stale", "silent", "fresh"],
)
async def test_only_a_list_that_is_said_to_be_fresh_settles_a_doubt(
    said: dict[str, bool],
    stale: bool | None,  # noqa: FBT001 - a row
    seen: Seen,
) -> None:
    """Any other is of before the approval, or may be (pairing 1.3, E6)."""
    outside = current()
    outside.answers[CHANNELS] = saying(200, {**LISTED, **said})
    outside.answers[APPROVE] = raising(httpx.ReadError("reset"))
    async with outside.calls() as calls:
        listed = await calls.pending(TARGET, Kind.CHANNELS)
        approved = await calls.approve(TARGET, CHANNEL)

    assert isinstance(listed, Shown)
    assert (listed.stale, approved) == (stale, Unsure(seen))


async def test_a_controller_that_is_starting_approves_nothing_and_is_told_from_a_doubt() -> None:
    """It says with a code that it has not come up, so nobody looks for what was not done."""
    outside = current()
    outside.answers[APPROVE] = saying(503, {"error": "Service starting", "code": "service_starting"})
    async with outside.calls() as calls:
        assert await calls.approve(TARGET, CHANNEL) == Failed(Failing.UNREACHABLE)

    assert outside.asked == [f"GET {VERSION}", f"POST {APPROVE}"]


@pytest.mark.parametrize(
    "answer",
    [
        ran(1, LISTED),
        ran(0, "Welcome!"),
        ran(0, LISTED, exit_signal=9),
        saying(412, {}),
        saying(500, {}),
        texting(200, b""),
    ],
)
async def test_a_script_that_says_nothing_certain_is_no_empty_list(answer: Answering) -> None:
    """Nor is it kept (pairing PW19)."""
    outside = old()
    outside.exec_answers = [answer, answer]
    async with outside.calls() as calls:
        ends = [await calls.pending(TARGET, Kind.CHANNELS) for _ in range(2)]

    assert ends == [Failed(Failing.UNREADABLE)] * 2
    assert outside.asked.count(LISTS) == 2


async def test_a_machine_without_a_version_is_asked_each_time() -> None:
    """Nothing is remembered of what may be another by now."""
    outside = current()
    outside.instance = ""
    async with outside.calls() as calls:
        for _ in range(2):
            await calls.pending(TARGET, Kind.CHANNELS)

    assert outside.asked.count(f"GET {VERSION}") == 2


async def test_nothing_secret_is_told_whatever_goes_wrong() -> None:
    """Neither to the log, nor by a value that somebody may log."""
    outside = old()
    outside.exec_answers = [texting(200, CODE.encode()), raising(httpx.ReadError(CODE))]
    async with outside.calls() as calls:
        ends = [await calls.approve(TARGET, CHANNEL)]
        outside.answers[VERSION] = saying(200, CAPABLE)
        for answer in (saying(200, LISTED | {"requests": CODE}), saying(500, {"error": CODE}), hanging):
            outside.answers[CHANNELS] = outside.answers[APPROVE] = answer
            ends.append(await calls.approve(TARGET, CHANNEL))

    assert outside.lines != []
    assert leaks(outside.lines, ends, calls) == []


def test_time_outs_end_in_their_order() -> None:
    """The command, then the controller, then the caller (pairing PW4)."""
    policy = CallerPolicy()
    controller = policy.controller

    assert controller.approve_s < controller.approval_ends_s < policy.approve_s
    assert controller.list_s < policy.exec_list_s
    assert controller.approve_s < policy.exec_approve_s
