"""The performer: for every effect one request and one whole outcome, never too late, and nothing escapes."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from attrs import evolve

from kiloclaw_adapters.fly import FlyClient, FlyEffect, FlyPerformer
from kiloclaw_adapters.fly.classify import Looking
from kiloclaw_core.effects import Awaited, AwaitState
from kiloclaw_core.machine import Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, Region, SnapshotId, VersionId, volume_name
from kiloclaw_core.outcomes import (
    Done,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)

from .suite import (
    APP,
    AWAIT_STARTED,
    CANARY,
    CREATE_MACHINE,
    CREATE_VOLUME,
    DELETE_MACHINE,
    DELETE_VOLUME,
    EFFECTS,
    FORK_VOLUME,
    GET_MACHINE,
    GET_VOLUME,
    LIST_MACHINES,
    LIST_SNAPSHOTS,
    LIST_VOLUMES,
    MACHINE,
    MUTATIONS,
    OP,
    READS,
    RESTORE_VOLUME,
    SANDBOX,
    START_MACHINE,
    STOP_MACHINE,
    UPDATE_MACHINE,
    USER,
    VERSION,
    VOLUME,
    ScriptedFly,
    VirtualClock,
    performer,
    says,
    transport,
)

pytestmark = pytest.mark.anyio

MACHINE_JSON = {
    "id": MACHINE,
    "name": "gw-1",
    "state": "created",
    "region": "ams",
    "instance_id": VERSION,
    "config": {
        "guest": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 4096},
        "mounts": [{"volume": VOLUME, "path": "/root"}],
        "metadata": {
            "kiloclaw_user_id": USER,
            "kiloclaw_sandbox_id": SANDBOX,
            "kiloclaw_op": str(OP),
            "kiloclaw_revision": "3",
        },
    },
}
SEEN = MachineSeen(
    machine=MACHINE,
    state=MachineState.CREATED,
    version=VERSION,
    volume=VOLUME,
    mark=OP,
    named_ours=True,
    sandbox=SANDBOX,
    user=USER,
    revision=3,
    guest=Guest(2, 4096, "shared"),
    region=Region("ams"),
)
VOLUME_JSON = {"id": VOLUME, "name": volume_name(SANDBOX, OP), "state": "created", "attached_machine_id": MACHINE}
VOLUME_SEEN = VolumeSeen(VOLUME, VolumeState.CREATED, Named.MARKED, OP, MACHINE)
OTHER_JSON = {**MACHINE_JSON, "id": "1111aa20c4d0e9"}
OTHER_SEEN = evolve(SEEN, machine=MachineId("1111aa20c4d0e9"))

GRANTED: tuple[tuple[FlyEffect, object, Outcome], ...] = (
    (CREATE_MACHINE, MACHINE_JSON, MachineMade(SEEN)),
    (UPDATE_MACHINE, MACHINE_JSON, MachineShown(SEEN)),
    (GET_MACHINE, MACHINE_JSON, MachineShown(SEEN)),
    (LIST_MACHINES, [MACHINE_JSON, OTHER_JSON], MachinesListed((OTHER_SEEN, SEEN))),
    (LIST_MACHINES, [], MachinesListed(())),
    (CREATE_VOLUME, VOLUME_JSON, VolumeMade(VOLUME_SEEN)),
    (FORK_VOLUME, {**VOLUME_JSON, "state": "hydrating"}, VolumeMade(evolve(VOLUME_SEEN, state=VolumeState.UNREADY))),
    (RESTORE_VOLUME, {**VOLUME_JSON, "state": "restoring"}, VolumeMade(evolve(VOLUME_SEEN, state=VolumeState.UNREADY))),
    (GET_VOLUME, VOLUME_JSON, VolumeShown(VOLUME_SEEN)),
    (LIST_VOLUMES, [VOLUME_JSON], VolumesListed((VOLUME_SEEN,))),
    (LIST_SNAPSHOTS, [{"id": "vs_1", "status": "created"}], SnapshotsListed((SnapshotId("vs_1"),))),
    (LIST_SNAPSHOTS, [{"id": "vs_1", "status": "running"}], SnapshotsListed(())),
    (START_MACHINE, {"previous_state": "stopped", "migrated": False, "new_host": ""}, Done()),
    (STOP_MACHINE, {"ok": True}, Done()),
    (DELETE_MACHINE, {"ok": True}, Done()),
    (DELETE_VOLUME, {**VOLUME_JSON, "state": "destroyed"}, Done()),
    (AWAIT_STARTED, {"ok": True, "state": "started", "version": VERSION}, StateReached()),
    (AWAIT_STARTED, {"ok": True, "state": "stopped"}, StateElsewhere(MachineState.STOPPED)),
    (AwaitState(OP, APP, MACHINE, Awaited.STOPPED), {"ok": True, "state": "stopped"}, StateReached()),
)


async def told(effect: FlyEffect, *answers: httpx.Response | Exception) -> Outcome:
    """The outcome of the effect when Fly answers so."""
    clock = VirtualClock()
    return await performer(ScriptedFly(list(answers)), clock).perform(effect, committed_at=clock())


@pytest.mark.parametrize(("effect", "body", "outcome"), GRANTED)
async def test_what_fly_grants_is_shown_whole(effect: FlyEffect, body: object, outcome: Outcome) -> None:
    """Each effect has one kind of outcome, so that a phase's match lists only what can be answered to it."""
    assert await told(effect, says(200, json.dumps(body))) == outcome


@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_success_that_cannot_be_read_is_unknown(effect: FlyEffect) -> None:
    """A captive portal says 200 too: nothing is known, least of all that a delete was done.

    What it says is not repeated: half a machine may show the environment of it.
    """
    outcome = await told(effect, says(200, "<html>welcome</html>"))
    assert outcome == Unknown()
    assert isinstance(outcome, Unknown)
    why = "body: Expecting value: line 1 column 1 (char 0)"
    assert outcome.text == f"the answer was a success that cannot be read: {why}"


@pytest.mark.parametrize(("version", "query"), [(None, ""), (VersionId(""), ""), (VERSION, f"&version={VERSION}")])
async def test_a_poll_names_the_version_that_it_waits_for(version: VersionId | None, query: str) -> None:
    """The one before it may be up still, and would end the poll of a restart too early; who knows none names none."""
    clock, fly = VirtualClock(), ScriptedFly([says(200, '{"state":"started"}')])
    await performer(fly, clock).perform(evolve(AWAIT_STARTED, version=version), committed_at=clock())
    assert fly.lines == [f"GET /v1/apps/{APP}/machines/{MACHINE}/wait?state=started&timeout=45{query}"]


@pytest.mark.parametrize("effect", EFFECTS)
async def test_a_lost_connection_is_unknown(effect: FlyEffect) -> None:
    """Whether it was lost before or after, nobody here can tell."""
    fault = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    outcome = await told(effect, *[fault] * 3)
    assert outcome == Unknown()
    assert isinstance(outcome, Unknown)
    assert outcome.text.endswith(": RemoteProtocolError: Server disconnected without sending a response.")


async def test_a_refusal_is_classified_with_status_and_text() -> None:
    """People read the whole text; the core reads the class and the holder."""
    body = json.dumps({"error": f"already_exists: unique machine name violation, machine ID {MACHINE} already exists"})
    outcome = await told(CREATE_MACHINE, says(409, body))
    assert outcome == Rejected(Why.ALREADY_EXISTS, MACHINE)
    assert isinstance(outcome, Rejected)
    assert (outcome.status, outcome.text) == (409, body)


# -- time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", MUTATIONS)
async def test_a_change_that_comes_too_late_is_not_sent(effect: FlyEffect) -> None:
    """Sent later, it could land after its settle, when the core believes that nothing can."""
    clock, fly = VirtualClock(), ScriptedFly([])
    outcome = await performer(fly, clock).perform(effect, committed_at=clock() - 20.1)
    assert outcome == Rejected(Why.NOT_SENT)
    assert fly.asked == []


async def test_a_change_that_waits_too_long_for_its_turn_is_not_sent() -> None:
    """The check stands after the limiter: a queue is where the time goes."""
    clock, fly = VirtualClock(), ScriptedFly([says(200, "{}")] * 23)
    queue = performer(fly, clock)
    outcomes = [await queue.perform(START_MACHINE, committed_at=1000.0) for _ in range(24)]
    assert outcomes == [*[Done()] * 23, Rejected(Why.NOT_SENT)]  # three at once, then one a second for 20 s
    assert len(fly.asked) == 23


@pytest.mark.parametrize("effect", READS)
async def test_a_read_is_never_too_late(effect: FlyEffect) -> None:
    """It can do no harm, and what it shows is as new as the answer."""
    clock, fly = VirtualClock(), ScriptedFly([says(404, "{}")])
    assert await performer(fly, clock).perform(effect, committed_at=0.0) == Rejected(Why.NOT_FOUND)


@pytest.mark.parametrize("effect", [GET_MACHINE, GET_VOLUME, LIST_MACHINES, LIST_VOLUMES])
async def test_a_second_look_is_put_off(effect: Looking) -> None:
    """Two looks at the same moment would share one stale view."""
    clock, moments = VirtualClock(), list[float]()

    def fly(_request: httpx.Request) -> httpx.Response:
        moments.append(clock())
        return says(404, "{}")

    await performer(fly, clock).perform(evolve(effect, pause_s=15.0), committed_at=clock())
    assert moments == [1015.0]


async def test_an_update_of_an_unknown_version_is_not_sent() -> None:
    """Fly takes an empty version for none, and the update would no longer be fenced."""
    clock, fly = VirtualClock(), ScriptedFly([])
    outcome = await performer(fly, clock).perform(evolve(UPDATE_MACHINE, version=VersionId("")), committed_at=clock())
    assert outcome == Rejected(Why.NOT_SENT)
    assert fly.asked == []


# -- nothing escapes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", EFFECTS)
async def test_the_token_is_in_no_outcome(effect: FlyEffect) -> None:
    """Outcomes are kept in records, notes and traces."""
    for answer in (says(403, CANARY), says(500, CANARY), httpx.InvalidURL(CANARY)):
        outcome = await told(effect, *[answer] * 3)
        assert "[token]" in repr(outcome)
        assert CANARY not in repr(outcome)
    assert CANARY not in repr(await told(effect, says(200, CANARY)))


async def test_a_fault_of_ours_is_unknown() -> None:
    """An exception in a task group would take every other effect down with it."""
    outcome = await told(evolve(GET_MACHINE, machine=MachineId("..")))
    assert outcome == Unknown()
    assert isinstance(outcome, Unknown)
    assert outcome.text == "GetMachine: ValueError: '..' names nothing that could stand in a path"


async def test_cancellation_escapes() -> None:
    """Whoever stops the interpreter must not wait for Fly."""
    entered = asyncio.Event()

    class Never(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _request: httpx.Request) -> httpx.Response:
            entered.set()
            await asyncio.Event().wait()
            raise AssertionError("nobody sets the event")

    sender = transport(ScriptedFly([]), VirtualClock())
    sender.new_client = lambda: httpx.AsyncClient(transport=Never())
    asked = FlyPerformer(FlyClient(sender), clock=sender.clock)
    task = asyncio.create_task(asked.perform(START_MACHINE, committed_at=1000.0))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await sender.aclose()
