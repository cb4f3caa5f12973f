"""Machines that are set going and brought down, too early or just in time, asleep or awake (Fly: fly.md 1.4, 2)."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.simulator import (
    LENIENT,
    STRICT,
    Fault,
    Launches,
    Rules,
    Settings,
    Simulator,
    Slow,
    Stuck,
    VirtualClock,
)
from kiloclaw_core.names import MachineId

from .suite import APP, CONFIG, MACHINES, NO_MACHINE, VOLUMES, Answer, Wire, later, mounting, read, shown, simulated

pytestmark = pytest.mark.anyio

ACTIVE: Final = (412, {"error": "failed_precondition: machine still active, refusing to start"})
REPLACED: Final = (412, {"error": "failed_precondition: machine getting replaced, refusing to start"})
ATTEMPTING: Final = (409, {"error": "aborted: machine still attempting to start"})
MISSING: Final = (400, {"error": "could not fetch the manifest of the image: MANIFEST_UNKNOWN"})


async def stopped(wire: Wire, machine: str) -> str:
    """Stop a machine, and wait until it is down."""
    await wire.post(f"{MACHINES}/{machine}/stop")
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
    return machine


def claimed(holder: str) -> Answer:
    """The refusal of a create on a volume that a machine has."""
    return 412, {"error": f"failed_precondition: volume already claimed by machine {holder}"}


# -- too early ---------------------------------------------------------------------------------------------------


async def test_a_start_right_after_a_stop_or_an_update_is_too_early(wire: Wire, simulator: Simulator) -> None:
    """Though a look shows the machine as down: the host is still at it (Fly: fly.md 4.4)."""
    machine = await stopped(wire, await wire.booted())
    path = f"{MACHINES}/{machine}"
    await wire.fault("too_early", operation="start_machine", for_ms=5_000)
    assert (await wire.post(f"{path}/start"), await wire.state(machine)) == (ACTIVE, "stopped")
    await later(simulator, 5.0)
    await wire.post(path, {"config": CONFIG, "skip_launch": True})
    assert await wire.post(f"{path}/start") == REPLACED
    await later(simulator, 5.0)
    assert (await wire.post(f"{path}/start"))[0] == 200
    assert await wire.post(f"{path}/start") == ATTEMPTING


async def test_a_volume_stays_claimed_for_a_while_after_its_machine_is_gone(wire: Wire, simulator: Simulator) -> None:
    """By the machine that had it, for a create and for a delete alike (Fly: fly.md 3)."""
    volume = await wire.volume()
    machine = await wire.machine(volume=volume)
    await wire.delete(f"{MACHINES}/{machine}")
    await wire.fault("claim_lingers", for_ms=30_000)
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == claimed(machine)
    bound = f"failed_precondition: volume is currently bound to machine: {machine}"
    assert await wire.delete(f"{VOLUMES}/{volume}") == (412, {"error": bound})
    assert (await wire.look(f"{VOLUMES}/{volume}"))["attached_machine_id"] is None
    await later(simulator, 30.0)
    assert (await wire.post(MACHINES, {"config": mounting(volume)}))[0] == 200


async def test_the_claimant_may_be_a_row_of_nuls(wire: Wire) -> None:
    """It has been seen, and names nobody."""
    volume = await wire.volume()
    await wire.delete(f"{MACHINES}/{await wire.machine(volume=volume)}")
    await wire.fault("claim_lingers", for_ms=30_000, nul=True)
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == claimed("\0" * 14)


async def test_a_name_stays_taken_for_a_while_after_its_bearer_is_gone(wire: Wire, simulator: Simulator) -> None:
    """The refusal names a machine that is not there any more; strictly, it always does (Fly: fly.md 4.1, 9)."""
    machine = await wire.machine()
    await wire.delete(f"{MACHINES}/{machine}")
    number = await wire.fault("name_lingers", for_ms=20_000)
    text = f'already_exists: unique machine name violation, machine ID {machine} already exists with name "gw-1"'
    refusal = (409, {"error": text})
    body = {"name": "gw-1", "config": CONFIG}
    assert (await wire.post(MACHINES, body), await wire.get(f"{MACHINES}/{machine}")) == (refusal, NO_MACHINE)
    await wire.delete(f"/_sim/faults/{number}")
    simulator.obey(STRICT)
    assert await wire.post(MACHINES, body) == refusal
    await later(simulator, 10.0)
    assert (await wire.post(MACHINES, body))[0] == 200


async def test_an_image_is_missing_for_a_while_after_it_was_pushed(wire: Wire, simulator: Simulator) -> None:
    """Counted from when it was first asked for; another image is another matter."""
    await wire.fault("image_missing", for_ms=8_000)
    machine = await wire.post(MACHINES, {"config": {"image": "gw:2"}})
    assert machine == MISSING
    await later(simulator, 8.0)
    assert (await wire.post(MACHINES, {"config": {"image": "gw:2"}}))[0] == 200
    assert await wire.post(MACHINES, {"config": {"image": "gw:3"}}) == MISSING


@pytest.mark.parametrize(
    ("rules", "status", "word"), [(LENIENT, 412, "failed_precondition"), (STRICT, 408, "deadline_exceeded")]
)
async def test_a_host_may_not_see_the_newest_secrets_yet(
    rules: Rules, status: int, word: str, wire: Wire, simulator: Simulator
) -> None:
    """It would boot with older ones; nobody knows for certain how it is refused (Fly: fly.md 9)."""
    await wire.post(f"{APP}/secrets/KEY", {"value": "old"})
    await later(simulator, 5.0)
    await wire.post(f"{APP}/secrets/KEY", {"value": "new"})
    await wire.fault("secrets_lag", by_ms=2_000)
    simulator.obey(rules)
    body = {"config": CONFIG, "min_secrets_version": 2}
    text = f"{word}: min_secrets_version 2 is not visible yet, only 1"
    assert await wire.post(MACHINES, body) == (status, {"error": text})
    assert (await wire.post(MACHINES, {**body, "min_secrets_version": 1}))[0] == 200
    await later(simulator, 2.0)
    assert (await wire.post(MACHINES, body))[0] == 200


# -- updates -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["rule", "fault"])
async def test_an_update_may_boot_what_was_down(way: str, wire: Wire, simulator: Simulator) -> None:
    """Sources differ: only `skip_launch` is certain (Fly: fly.md 2.2, 9)."""
    machine = await stopped(wire, await wire.booted())
    path = f"{MACHINES}/{machine}"
    if way == "rule":
        simulator.obey(STRICT)
    else:
        simulator.add(Fault(Launches()))
    _, updated = await wire.post(path, {"config": CONFIG, "skip_launch": True})
    assert shown(updated)["state"] == "stopped"
    _, updated = await wire.post(path, {"config": CONFIG})
    assert shown(updated)["state"] == "replacing"
    assert (await wire.get(f"{path}/wait"))[0] == 200


async def test_an_old_config_is_not_kept_for_ever(wire: Wire, simulator: Simulator) -> None:
    """A simulator that runs for long does not grow."""
    machine = await wire.booted()
    for revision in range(30):
        await wire.post(f"{MACHINES}/{machine}", {"config": {**CONFIG, "env": {"REVISION": str(revision)}}})
    papers = simulator.stage.papers[MachineId(machine)]
    assert (len(papers.configs), len(papers.events)) == (10, 32)
    assert shown((await wire.get(f"{MACHINES}/{machine}"))[1])["config"] == {**CONFIG, "env": {"REVISION": "29"}}


async def test_events_are_truncated_where_the_machine_is_shown(wire: Wire) -> None:
    """Twenty beside the machine, and twenty where no other limit is named (Fly: fly.md 6)."""
    machine = await wire.booted()
    for _ in range(40):
        await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG})
    beside = shown((await wire.get(f"{MACHINES}/{machine}"))[1])["events"]
    lists = [(await wire.get(f"{MACHINES}/{machine}/events", **query))[1] for query in ({}, {"limit": "50"})]
    lengths = [len(one) if isinstance(one, list) else 0 for one in (beside, *lists)]
    assert lengths == [20, 20, 42]


# -- on the way --------------------------------------------------------------------------------------------------


async def test_a_boot_may_be_slow(wire: Wire, simulator: Simulator) -> None:
    """A cold image: over a minute instead of seconds (Fly: fly.md 2.1)."""
    simulator.add(Fault(Slow(70_000)))
    machine = await wire.machine()
    assert (await wire.get(f"{MACHINES}/{machine}/wait", timeout="60"))[0] == 408
    assert (await wire.get(f"{MACHINES}/{machine}/wait", timeout="60"))[0] == 200


async def test_a_delete_may_be_stuck(wire: Wire, simulator: Simulator) -> None:
    """Its name is held by a machine that is dying, until somebody helps."""
    machine = await wire.booted()
    simulator.add(Fault(Stuck()))
    assert await wire.delete(f"{MACHINES}/{machine}", force="true") == (200, {"ok": True})
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="destroyed"))[0] == 408
    assert (await wire.post(MACHINES, {"name": "gw-1", "config": CONFIG}))[0] == 409
    assert await wire.do(f"machines/{machine}/advance") == {"machine": machine, "state": "destroyed"}
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE


async def test_a_delete_may_take_its_time() -> None:
    """As long as it is set to; a machine on its way out is not updated back into being."""
    simulator = Simulator(Settings(destroy_s=3.0), VirtualClock())
    async with simulated(simulator) as wire:
        machine = await wire.booted()
        await wire.delete(f"{MACHINES}/{machine}", force="true")
        assert await wire.state(machine) == "destroying"
        simulator.obey(STRICT)
        _, updated = await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG})
        assert shown(updated)["state"] == "destroying"
        assert (await wire.get(f"{MACHINES}/{machine}/wait", state="destroyed"))[0] == 200
        assert simulator.clock.now() == 4.0


@pytest.mark.parametrize(
    ("duration", "status"), [("5m", 200), ("4m59.5s", 200), ("5m1s", 400), ("1h", 400), ("400000ms", 400)]
)
async def test_strictly_a_stop_gives_a_machine_five_minutes_at_most(
    duration: str, status: int, wire: Wire, simulator: Simulator
) -> None:
    """The longest that documents promise; the true bound is not known (Fly: fly.md 2.5, 9)."""
    machine = await wire.booted()
    simulator.obey(STRICT)
    answered, body = await wire.post(f"{MACHINES}/{machine}/stop", {"timeout": duration})
    text = f"invalid_argument: body.timeout: {duration} is longer than 300s"
    assert (answered, body) == (status, {"ok": True} if status == 200 else {"error": text})


# -- asleep ------------------------------------------------------------------------------------------------------


async def test_a_suspended_machine_goes_on_where_it_was(wire: Wire, simulator: Simulator) -> None:
    """Sooner than it boots; one that has lost its memory boots (Fly: fly.md 2.2)."""
    machine = await wire.booted()
    path = f"{MACHINES}/{machine}"
    took = []
    for _ in range(2):
        assert await wire.post(f"{path}/suspend") == (200, {"ok": True})
        assert await wire.post(f"{path}/suspend") == (200, {"ok": True})
        assert await wire.state(machine) == "suspended"
        began = simulator.clock.now()
        _, started = await wire.post(f"{path}/start")
        assert shown(started)["previous_state"] == "suspended"
        assert (await wire.get(f"{path}/wait"))[0] == 200
        took.append(round(simulator.clock.now() - began, 2))
        await wire.fault("cold")
    assert took == [0.05, 1.0]


async def test_a_suspended_machine_that_is_stopped_loses_its_memory(wire: Wire, simulator: Simulator) -> None:
    """Its next start is a boot (Fly: fly.md 2.2)."""
    machine = await wire.booted()
    await wire.post(f"{MACHINES}/{machine}/suspend")
    await stopped(wire, machine)
    began = simulator.clock.now()
    await wire.post(f"{MACHINES}/{machine}/start")
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200
    assert simulator.clock.now() - began == 1.0


async def test_a_machine_that_is_large_scheduled_or_down_is_not_suspended(wire: Wire) -> None:
    """A suspended one reserves its memory all the while."""
    larger = {"image": "gw:1", "guest": {"cpus": 2, "memory_mb": 2304}}
    bodies = [{"config": larger}, {"config": {**CONFIG, "schedule": "daily"}}]
    too_much = "machines that have a schedule, or more than 2048 MB of memory, cannot be suspended"
    for body in bodies:
        machine = await wire.make(MACHINES, body)
        path = f"{MACHINES}/{machine}/suspend"
        text = "failed_precondition: unable to suspend machine from current state: 'created'"
        assert await wire.post(path) == (412, {"error": text})
        await wire.get(f"{MACHINES}/{machine}/wait")
        assert await wire.post(path) == (412, {"error": f"failed_precondition: {too_much}"})


# -- inside ------------------------------------------------------------------------------------------------------


async def test_a_command_comes_to_what_was_said_it_would(wire: Wire) -> None:
    """200 also where it failed: the exit code tells (Fly: fly.md 1.4)."""
    machine = await wire.booted()
    path = f"{MACHINES}/{machine}/exec"
    nothing = {"exit_code": 0, "exit_signal": 0, "stdout": "", "stderr": ""}
    assert await wire.post(path, {"command": ["true"], "timeout": 60}) == (200, nothing)
    await wire.do(f"machines/{machine}/reply", {"exit_code": 1, "stderr": "no such file"})
    failed = {**nothing, "exit_code": 1, "stderr": "no such file"}
    assert await wire.post(path, {"cmd": "cat nothing"}) == (200, failed)


async def test_a_command_needs_words_and_a_machine_that_runs(wire: Wire) -> None:
    """It is not queued for later."""
    machine = await wire.machine()
    path = f"{MACHINES}/{machine}/exec"
    assert await wire.post(path, {"command": []}) == (400, {"error": "invalid_argument: body.command: is missing"})
    not_running = (412, {"error": "failed_precondition: machine is not running"})
    assert await wire.post(path, {"command": ["true"]}) == not_running


async def test_an_app_takes_all_that_is_in_it_along(wire: Wire, simulator: Simulator) -> None:
    """Strictly its name stays taken for a minute; nobody knows for how long in truth (Fly: fly.md 9)."""
    machine = await wire.machine(volume=await wire.volume())
    body = {"app_name": "inst-1", "org_slug": "personal"}
    simulator.obey(STRICT)
    status, _ = await wire.delete(APP)
    assert (status, simulator.fly.machines, simulator.fly.volumes, simulator.apps.apps) == (202, (), (), ())
    assert await wire.delete(APP) == (404, {"error": "app not found"})
    taken = {"error": "Validation failed: Name has already been taken", "status": "name_taken"}
    assert await wire.post("/v1/apps", body) == (422, taken)
    await later(simulator, 60.0)
    assert (await wire.post("/v1/apps", body))[0] == 201
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE


async def test_apps_are_deleted_by_the_minute(wire: Wire) -> None:
    """A hundred, and strictly the refusal says when to come back (Fly: fly.md 1.0)."""
    await wire.fault("rate_limit", operation="delete_app")
    statuses = [(await wire.delete(APP))[0] for _ in range(101)]
    assert (statuses[0], set(statuses[1:100]), statuses[100]) == (202, {404}, 429)
    response = await wire.http.delete(APP)
    assert "retry-after" not in response.headers
    await wire.do("rules", {"says_retry_after": True})
    response = await wire.http.delete(APP)
    assert (read(response)[0], response.headers["retry-after"]) == (429, "1")
