"""What callers are told: views when it went well, and one exception for each thing they can do something about."""

from __future__ import annotations

import asyncio

import pytest

from kiloclaw_adapters.errors import (
    AdmissionError,
    BadTokenError,
    FlyUnreachableError,
    KiloclawError,
    MalformedError,
    NoRoomError,
    NotServedError,
    RefusedError,
    StoreUnavailableError,
    StuckError,
    UnknownSandboxError,
)
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.commands import Refusal
from kiloclaw_core.machine import Guest
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.views import View

from ..interpreter.outside import CLOCK, SPEC, START_MS, Fault, World, new_store, process

pytestmark = pytest.mark.anyio


async def provision(kiloclaw: Kiloclaw) -> View:
    """The one sandbox of these stories."""
    return await kiloclaw.provision("sandbox-1", "user-1", SPEC)


async def test_a_view_shows_what_there_is() -> None:
    """This is what a web page or a command line prints."""
    kiloclaw = process(World(), new_store()).kiloclaw
    await provision(kiloclaw)
    shown = await kiloclaw.start("sandbox-1")
    assert shown == View(
        sandbox_id="sandbox-1",
        status="running",
        desired="running",
        busy=None,
        machine_id="m4294967303",
        volume_id="v4294967299",
        region="eu",
        because=None,
        last_started_at=shown.last_started_at,
        last_stopped_at=None,
        errors=(),
        actions=shown.actions,
    )
    assert await kiloclaw.view("sandbox-1") == shown
    assert await kiloclaw.list() == (shown,)
    assert (await kiloclaw.debug_view("sandbox-1")).view == shown
    assert START_MS < (shown.last_started_at or 0) <= CLOCK.now_ms()


async def test_asked_twice_under_one_id_is_asked_once() -> None:
    """A caller who did not hear the answer may simply ask again."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    await provision(kiloclaw)
    first = await kiloclaw.start("sandbox-1", command_id="k1")
    await kiloclaw.stop("sandbox-1", command_id="k2")
    asked = len(world.asked)
    again = await kiloclaw.start("sandbox-1", command_id="k1")
    assert (first.status, again.status, len(world.asked)) == ("running", "stopped", asked)


async def test_without_waiting_the_intent_is_durable_and_nothing_is_sent() -> None:
    """A web request must not last as long as a boot."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    shown = await kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, wait=False)
    assert ((shown.status, shown.desired, shown.busy), world.asked) == (("starting", "running", "starting"), [])


async def test_a_sandbox_nobody_provisioned_is_unknown() -> None:
    """Whichever way one asks."""
    kiloclaw = process(World(), new_store()).kiloclaw
    for asking in (kiloclaw.view, kiloclaw.debug_view, kiloclaw.start, kiloclaw.stop, kiloclaw.destroy):
        with pytest.raises(UnknownSandboxError, match="no sandbox sandbox-1 was ever provisioned"):
            await asking("sandbox-1")


async def test_a_malformed_argument_is_named() -> None:
    """Nothing is done, and the caller learns which argument it was."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    with pytest.raises(MalformedError, match=r"sandbox_id: '\.\./x' must be 2 to 128 letters"):
        await kiloclaw.start("../x")
    with pytest.raises(MalformedError, match="user_id: must not be empty"):
        await kiloclaw.provision("sandbox-1", " ", SPEC, owner="owner-1")
    with pytest.raises(MalformedError, match="app: 'Not_An_App' is no name of an app"):
        await kiloclaw.provision("sandbox-1", "user-1", SPEC, app="Not_An_App")
    with pytest.raises(MalformedError, match="command_id: must not be empty"):
        await kiloclaw.stop("sandbox-1", command_id="")
    with pytest.raises(MalformedError, match="volume_gb: must be from 1 to 500, not 0"):
        await kiloclaw.resize("sandbox-1", Guest(), 0)
    with pytest.raises(MalformedError, match="operator: must not be empty"):
        await kiloclaw.recover("sandbox-1", operator=" ", because="it is down")
    assert world.asked == []


async def test_a_refusal_says_why_and_has_a_code() -> None:
    """Somebody else's sandbox stays somebody else's, and his app is not touched for the asking."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    await provision(kiloclaw)
    asked = len(world.asked)
    with pytest.raises(AdmissionError, match="is known already for something else") as refused:
        await kiloclaw.provision("sandbox-1", "user-2", SPEC)
    assert (refused.value.explanation.status, refused.value.code) == (409, "duplicate")
    assert len(world.asked) == asked
    with pytest.raises(RefusedError, match="the ledger holds no such resource") as held:
        await kiloclaw.disown("sandbox-1", "m1", operator="me", because="it is gone")
    assert (held.value.refusal, held.value.code) == (Refusal.NOT_HELD, "not_held")


async def test_a_token_that_is_not_accepted_is_told_at_once() -> None:
    """Trying again would not help; the intent stands, and is served once the token is right."""
    unauthorized = Rejected(Why.UNAUTHORIZED, status=401, text="token validation error")
    world = World(always={"everything": unauthorized})
    kiloclaw = process(world, new_store()).kiloclaw
    with pytest.raises(BadTokenError) as bad:
        await provision(kiloclaw)
    assert str(bad.value) == "sandbox-1: provision failed: unauthorized: token validation error"
    world.always.clear()
    assert (await kiloclaw.start("sandbox-1")).status == "running"


async def test_a_fly_that_does_not_answer_is_told_in_the_end() -> None:
    """Silence is tried again a few times, and then the caller hears of it, but the intent stands."""
    world = World(always={"everything": Fault.LOST})
    kiloclaw = process(world, new_store()).kiloclaw
    with pytest.raises(FlyUnreachableError, match="sandbox-1: provision failed: no_answer"):
        await provision(kiloclaw)
    assert (await kiloclaw.view("sandbox-1")).because == "provision: no_answer"


async def test_any_other_failure_carries_the_view_and_the_note() -> None:
    """A refusal of Fly is shown as it is, with what is there."""
    world = World(always={"CreateVolume": Rejected(Why.INVALID, status=422, text="no such size")})
    kiloclaw = process(world, new_store()).kiloclaw
    with pytest.raises(NotServedError, match="provision failed: invalid: no such size") as told:
        await provision(kiloclaw)
    assert (type(told.value), told.value.note.why) == (NotServedError, Why.INVALID)
    assert told.value.view.because == "provision: invalid"


async def test_no_room_anywhere_has_a_code_of_its_own() -> None:
    """A region that is full is nobody's mistake, and a user may be asked to come back later."""
    world = World(always={"CreateVolume": Rejected(Why.CAPACITY_REGION, status=422, text="no capacity")})
    kiloclaw = process(world, new_store()).kiloclaw
    with pytest.raises(NoRoomError) as told:
        await provision(kiloclaw)
    assert (told.value.code, told.value.view.because) == ("no_room", "provision: capacity_region")


async def test_what_cannot_be_deleted_is_told_and_can_be_disowned() -> None:
    """A dead host must not keep a caller waiting for ever; an operator answers for what is left."""
    world = World()
    kiloclaw = process(world, new_store(), policy=Policy(delete_failures_before_slowing=2)).kiloclaw
    await provision(kiloclaw)
    world.always = {"DeleteVolume": Rejected(Why.CONFLICT, status=409, text="host unreachable")}
    with pytest.raises(StuckError, match="sandbox-1: stuck: v4294967299 cannot be deleted") as stuck:
        await kiloclaw.destroy("sandbox-1")
    assert stuck.value.view.status == "destroying"
    shown = await kiloclaw.disown("sandbox-1", "v4294967299", operator="me", because="the host is gone")
    assert (shown.status, shown.desired) == (None, "gone")
    assert (await kiloclaw.debug_view("sandbox-1")).audit == ("me disowned v4294967299 because the host is gone",)


async def test_a_command_that_was_overtaken_is_no_failure() -> None:
    """Who waits for a start while another destroys gets to see that, not an error."""
    world, store = World(), new_store()
    one, other = process(world, store, name="one"), process(world, store, name="other")
    started = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True))
    await CLOCK.sleep(2)
    await other.kiloclaw.destroy("sandbox-1", wait=False)
    assert (await started).desired == "gone"


async def test_a_store_that_fails_is_one_exception() -> None:
    """Callers need not know which store there is."""
    one = process(World(), new_store())
    await provision(one.kiloclaw)
    one.store.dead = True
    for asking in (one.kiloclaw.view, one.kiloclaw.start, one.kiloclaw.destroy):
        with pytest.raises(StoreUnavailableError, match="the process is dead"):
            await asking("sandbox-1")


async def test_an_intent_in_doubt_for_ever_is_told() -> None:
    """Every retry has a ceiling, that of a disk that never says whether it wrote included."""
    one = process(World(), new_store())
    await provision(one.kiloclaw)
    one.store.faults = [False] * 16
    with pytest.raises(StoreUnavailableError, match="sandbox-1: the command could not be made durable in 16 tries"):
        await one.kiloclaw.start("sandbox-1", wait=False)
    assert issubclass(StoreUnavailableError, KiloclawError)


async def test_a_record_that_cannot_be_read_spoils_no_list() -> None:
    """One bad row is shown as one."""
    store = new_store()
    one = process(World(), store)
    await provision(one.kiloclaw)
    await store.commit(
        key="broken", kind="instance", schema=1, expected_version=0, body="{}", alarms=(), commit_id="x", lease=None
    )
    assert [(shown.sandbox_id, shown.status) for shown in await one.kiloclaw.list()] == [
        ("broken", None),
        ("sandbox-1", "provisioned"),
    ]
    because = (await one.kiloclaw.list())[0].because or ""
    assert because.startswith("broken: ")


async def test_leaving_the_facade_closes_what_it_was_given() -> None:
    """A program that ends leaves no connection and no thread behind."""
    world = World()
    one = process(world, new_store())
    async with one.kiloclaw as kiloclaw:
        await provision(kiloclaw)
    assert (one.store.closed, world.closed) == (True, True)
