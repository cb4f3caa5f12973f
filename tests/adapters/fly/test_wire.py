"""Reading answers: Fly's own examples whole, what may be missing, and what makes an answer unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_adapters.fly.shapes import WireAcknowledgement
from kiloclaw_adapters.fly.wire import (
    read_acknowledgement,
    read_machine,
    read_machines,
    read_snapshots,
    read_volume,
    read_volumes,
    read_wait,
)
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.machine import Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import (
    MachineId,
    OpId,
    Region,
    SandboxId,
    VersionId,
    VolumeId,
    legacy_volume_name,
    volume_name,
)

from .suite import MACHINE, OP, SANDBOX, USER, VERSION, VOLUME

CREATED_MACHINE = """
{"id":"7811aa20c4d0e9","name":"gw-1","state":"created","region":"ams","instance_id":"01KG4ZQ8W3V5T7B9N1M2P4R6S8",
 "private_ip":"fdaa:9:1a2b:a7b:1f:0:2","created_at":"2026-02-03T10:11:20Z","updated_at":"2026-02-03T10:11:20Z",
 "host_status":"ok","nonce":"5b1f0c77",
 "config":{"image":"registry.example/gw@sha256:00ab","env":{"A":"1"},
  "guest":{"cpu_kind":"shared","cpus":2,"memory_mb":4096},"services":[{"autostop":false}],
  "mounts":[{"volume":"vol_qz81m0n4x7k2jd59","path":"/root","name":"data"}],
  "metadata":{"kiloclaw_user_id":"t-17","kiloclaw_sandbox_id":"gw-1","kiloclaw_op":"4294967303",
              "kiloclaw_revision":"3","fly_other":"x"},
  "restart":{"policy":"on-failure","max_retries":3}},
 "events":[{"id":"01KG4ZQ8X0","type":"launch","status":"created","source":"user","timestamp":1770113480123,
            "request":null}]}"""
LOST_MACHINE = """
{"id":"7811aa20c4d0e9","name":"gw-1","state":"started","host_status":"unreachable",
 "incomplete_config":{"image":"registry.example/gw","metadata":{"owner":"t-17","kiloclaw_sandbox_id":"gw-1"}}}"""
CREATED_VOLUME = """
{"id":"vol_qz81m0n4x7k2jd59","name":"data_a1","state":"creating","size_gb":10,"region":"ams","zone":"7c1e",
 "encrypted":true,"fstype":"ext4","attached_machine_id":null,"attached_alloc_id":null,
 "created_at":"2026-02-03T10:11:12.131Z","snapshot_retention":7,"auto_backup_enabled":true,"host_status":"ok"}"""

BARE = MachineSeen(
    machine=MACHINE,
    state=MachineState.STARTED,
    version=VersionId(""),
    volume=None,
    mark=None,
    named_ours=False,
    sandbox=None,
    user=None,
    revision=None,
    guest=None,
)


def machine(**fields: object) -> str:
    """A started machine with these further fields."""
    return json.dumps({"id": MACHINE, "state": "started", **fields})


def volume(**fields: object) -> str:
    """A created volume with these further fields."""
    return json.dumps({"id": VOLUME, "state": "created", **fields})


def test_a_machine_just_made_is_read_whole() -> None:
    """Everything that decisions look at, and nothing of what Fly adds."""
    assert read_machine(CREATED_MACHINE, SANDBOX) == MachineSeen(
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


def test_a_machine_on_a_lost_host_shows_what_its_incomplete_config_does() -> None:
    """Its sandbox is still known, so that it is not taken for a stranger's; the rest is not made up."""
    assert read_machine(LOST_MACHINE, SANDBOX) == evolve(BARE, named_ours=True, sandbox=SANDBOX, reachable=False)


def test_a_machine_on_a_lost_host_without_any_config_shows_whose_it_is_to_nobody() -> None:
    """Whoever looks whether it is ours must not be told yes for want of a no."""
    assert read_machine(machine(host_status="unreachable"), SANDBOX) == evolve(BARE, reachable=False)


@pytest.mark.parametrize(
    ("status", "reachable"),
    [("ok", True), (None, True), ("", True), ("unreachable", False), ("unknown", False), ("brand_new", False)],
)
def test_a_host_answers_only_where_nothing_else_is_said(status: str | None, reachable: bool) -> None:  # noqa: FBT001
    """Else the state that is shown is the last that anybody knew."""
    assert read_machine(machine(host_status=status), SANDBOX) == evolve(BARE, reachable=reachable)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("gw-1", True),
        ("gw-1-generation-7", True),
        ("gw-1-7", False),
        ("gw-10", False),
        ("gw-1-", False),
        ("gw-1-x", False),
    ],
)
def test_a_name_of_any_generation_is_ours(name: str, ours: bool) -> None:  # noqa: FBT001 (what a name is)
    """A later one was taken because the earlier was held."""
    assert read_machine(machine(name=name), SANDBOX) == evolve(BARE, named_ours=ours)


def test_a_partial_config_is_completed_from_the_incomplete_one() -> None:
    """Fly: while a host does not answer, the config may be there in part only, and the rest of it empty."""
    body = machine(
        host_status="unreachable",
        config={"guest": {"cpus": 1, "memory_mb": 256}, "metadata": {}, "mounts": []},
        incomplete_config={
            "metadata": {"kiloclaw_user_id": "t-17"},
            "mounts": [{"volume": "vol_1", "path": "/root"}],
            "guest": {"cpus": 2, "memory_mb": 512},
        },
    )
    assert read_machine(body, SANDBOX) == evolve(
        BARE, guest=Guest(1, 256, "shared"), user=USER, volume=VolumeId("vol_1"), reachable=False
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"config": None, "region": None, "name": None, "instance_id": None},
        {"config": {}},
        {"config": {"metadata": None, "mounts": None, "guest": None}},
        {"config": {"metadata": {}, "mounts": [], "guest": {"cpus": 1}}},
        {
            "config": {
                "mounts": [{"volume": "vol_1", "path": "/data"}, {"path": "/root"}, {"volume": "", "path": "/root"}]
            }
        },
        {"config": {"metadata": {"kiloclaw_op": "seven", "kiloclaw_revision": "-1", "kiloclaw_user_id": ""}}},
        {"config": {"metadata": {"kiloclaw_op": "9" * 5000, "kiloclaw_revision": "²"}}},
        {"name": "gw-10", "something_new": {"deep": [1]}},
    ],
)
def test_what_an_answer_does_not_say_is_none(fields: dict[str, object]) -> None:
    """A foreign machine, an older Fly or a newer one must not make a listing unreadable."""
    assert read_machine(machine(**fields), SANDBOX) == BARE


@pytest.mark.parametrize("state", MachineState)
def test_every_state_we_know_is_read(state: MachineState) -> None:
    """The names are Fly's own."""
    assert read_machine(json.dumps({"id": MACHINE, "state": state.value}), SANDBOX).state is state


def test_a_state_we_do_not_know_is_only_waited_for() -> None:
    """Fly adds states without asking us."""
    assert read_machine(json.dumps({"id": MACHINE, "state": "restarting"}), SANDBOX).state is MachineState.OTHER


def test_a_volume_just_made_is_read_whole() -> None:
    """It cannot be mounted yet, and its name is somebody else's."""
    assert read_volume(CREATED_VOLUME, SANDBOX) == VolumeSeen(
        volume=VOLUME, state=VolumeState.UNREADY, named=Named.FOREIGN, mark=None, attached=None, region=Region("ams")
    )


@pytest.mark.parametrize(
    ("name", "named", "mark"),
    [
        (volume_name(SANDBOX, OP), Named.MARKED, OP),
        (legacy_volume_name(SANDBOX), Named.LEGACY, None),
        (volume_name(SandboxId("gw-2"), OP), Named.FOREIGN, None),
        (volume_name(SANDBOX, OpId(0)) + "z" * 5000, Named.FOREIGN, None),
        ("", Named.FOREIGN, None),
    ],
)
def test_a_volumes_name_tells_which_request_made_it(name: str, named: Named, mark: OpId | None) -> None:
    """Volumes carry no metadata, so the name is all there is to find a lost create by."""
    assert read_volume(volume(name=name), SANDBOX) == VolumeSeen(VOLUME, VolumeState.CREATED, named, mark, None)


@pytest.mark.parametrize(
    ("names", "state"),
    [
        ("created extending attached detached", VolumeState.CREATED),
        (
            "scheduling_destroy pending_destroy waiting_for_detach destroying destroyed fork_cleanup",
            VolumeState.LEAVING,
        ),
        ("creating restoring enabling_remote_export hydrating recovering brand_new", VolumeState.UNREADY),
    ],
)
def test_a_volumes_state_tells_whether_it_can_be_mounted(names: str, state: VolumeState) -> None:
    """One on its way out still answers a get, and would still be mounted by whoever did not look."""
    assert {read_volume(volume(state=name), SANDBOX).state for name in names.split()} == {state}


@pytest.mark.parametrize(("text", "attached"), [(MACHINE, MACHINE), ("", None), ("\0" * 14, None), (None, None)])
def test_a_volume_tells_which_machine_has_it(text: str | None, attached: MachineId | None) -> None:
    """Fly has shown a row of NULs for a machine that is gone."""
    assert read_volume(volume(attached_machine_id=text), SANDBOX).attached == attached


def test_listings_are_sorted_by_id() -> None:
    """Fly promises no order, and equal truths must be equal values."""
    machines = json.dumps([{"id": one, "state": "started"} for one in ("c3", "a1", "b2")])
    volumes = json.dumps([{"id": one, "state": "created"} for one in ("vol_2", "vol_1")])
    assert [one.machine for one in read_machines(machines, SANDBOX)] == ["a1", "b2", "c3"]
    assert [one.volume for one in read_volumes(volumes, SANDBOX)] == [VolumeId("vol_1"), VolumeId("vol_2")]
    assert read_machines("[]", SANDBOX) == ()


SNAPSHOTS = """
[{"id":"vs_old","size":1,"volume_size":10,"digest":"x","created_at":"2026-02-03T10:11:12Z","status":"created"},
 {"id":"vs_new","created_at":"2026-02-03T10:11:12.131Z","status":"created","retention_days":5},
 {"id":"vs_east","created_at":"2026-02-03T11:11:12+02:00","status":"created"},
 {"id":"vs_zero","created_at":"0001-01-01T00:00:00Z","status":"created"},
 {"id":"vs_ageless","status":"created","something_new":[1]},
 {"id":"vs_going_on","size":0,"created_at":"0001-01-01T00:00:00Z","status":"running"},
 {"id":"vs_waiting","created_at":"soon","status":"waiting"},
 {"created_at":"2026-02-04T10:11:12Z"}]"""


def test_the_finished_snapshots_are_listed_the_newest_first() -> None:
    """One that is not finished cannot be restored, whatever it says of its time; moments are no texts to be sorted."""
    assert read_snapshots(SNAPSHOTS) == ("vs_new", "vs_old", "vs_east", "vs_zero", "vs_ageless")
    assert read_snapshots("[]") == ()


def test_a_moment_without_a_zone_is_of_utc() -> None:
    """Fly has one clock."""
    there = [("vs_1", "2026-02-03T10:11:13"), ("vs_2", "2026-02-03T10:11:12Z"), ("vs_3", "2026-02-03T10:11:14Z")]
    body = json.dumps([{"id": one, "created_at": at, "status": "created"} for one, at in there])
    assert read_snapshots(body) == ("vs_3", "vs_1", "vs_2")


@pytest.mark.parametrize(
    "body", ["", " ", '{"ok":true}', "{}", '{"previous_state":"stopped","migrated":false}', CREATED_VOLUME]
)
def test_a_change_is_acknowledged_by_an_object_or_by_nothing(body: str) -> None:
    """Each endpoint words it differently, and none of it is looked at."""
    assert read_acknowledgement(body) == WireAcknowledgement(ok=True)


def test_the_end_of_a_poll_tells_the_state() -> None:
    """Asked for several, Fly names the one that was reached."""
    body = '{"ok":true,"state":"started","event_id":"01KG4ZQZ4H","version":"01KG4ZQ8W3V5T7B9N1M2P4R6S8"}'
    assert read_wait(body) is MachineState.STARTED


Reader = Callable[[str], object]
MACHINE_OF: Reader = lambda body: read_machine(body, SANDBOX)  # noqa: E731
MACHINES_OF: Reader = lambda body: read_machines(body, SANDBOX)  # noqa: E731
VOLUME_OF: Reader = lambda body: read_volume(body, SANDBOX)  # noqa: E731
VOLUMES_OF: Reader = lambda body: read_volumes(body, SANDBOX)  # noqa: E731
UNREADABLE: tuple[tuple[Reader, str, str], ...] = (
    (MACHINE_OF, "<html>…</html>", r"^body: Expecting value"),
    (MACHINE_OF, "[" * 100_000, r"^body: "),
    (MACHINE_OF, "{}", r"required field missing @ body\.id; required field missing @ body\.state"),
    (MACHINE_OF, machine(host_status=True), r"^invalid value for type, expected str \| None @ body\.host_status$"),
    (MACHINE_OF, machine(region=5), r"^invalid value for type, expected str \| None @ body\.region$"),
    (MACHINE_OF, machine(config={"guest": {"cpus": 1.9}}), r"expected int \| None @ body\.config\.guest\.cpus$"),
    (MACHINE_OF, machine(config={"guest": {"cpus": True}}), r"expected int \| None @ body\.config\.guest\.cpus$"),
    (
        MACHINE_OF,
        machine(config={"metadata": {"kiloclaw_op": 7}}),
        r"expected str @ body\.config\.metadata\['kiloclaw_op'\]$",
    ),
    (MACHINE_OF, machine(config={"metadata": {"k": None}}), r"expected str @ body\.config\.metadata\['k'\]$"),
    (MACHINE_OF, json.dumps({"id": "../m", "state": "started"}), r"^'\.\./m' is no machine id$"),
    (MACHINES_OF, f"[{machine()}, {{}}]", r"required field missing @ body\[1\]\.id"),
    (MACHINES_OF, machine(), r"^body: must be list, not dict$"),
    (MACHINES_OF, "{}", r"^body: must be list, not dict$"),
    (MACHINES_OF, "null", r"^body: must be list, not NoneType$"),
    (MACHINES_OF, '""', r"^body: must be list, not str$"),
    (MACHINE_OF, machine(config=[]), r"@ body\.config$"),
    (MACHINE_OF, machine(config={"mounts": {}}), r"@ body\.config\.mounts$"),
    (MACHINE_OF, machine(config={"metadata": []}), r"@ body\.config\.metadata$"),
    (VOLUME_OF, volume(attached_machine_id=7), r"expected str \| None @ body\.attached_machine_id$"),
    (VOLUME_OF, json.dumps({"id": "a/b", "state": "created"}), r"^'a/b' is no volume id$"),
    (VOLUMES_OF, "{}x", r"^body: Extra data"),
    (read_snapshots, '[{"id":"vs_1","status":"created"},{"id":7}]', r"expected str \| None @ body\[1\]\.id$"),
    (read_snapshots, '[{"created_at":0}]', r"expected str \| None @ body\[0\]\.created_at$"),
    (read_snapshots, '[{"status":"created","created_at":"soon"}]', r"^'soon' is no moment$"),
    (read_snapshots, '[{"status":"created"}]', r"^'' is no snapshot id$"),
    (read_snapshots, '[{"id":"vs/1","status":"created"}]', r"^'vs/1' is no snapshot id$"),
    (read_snapshots, "null", r"^body: must be list, not NoneType$"),
    (read_wait, '{"ok":true}', r"required field missing @ body\.state"),
    (read_acknowledgement, "<html>welcome</html>", r"^body: Expecting value"),
    (read_acknowledgement, '{"ok":false}', r"says that it is not ok$"),
    (read_acknowledgement, "[]", r"^body: must be dict, not list$"),
)


@pytest.mark.parametrize(("reader", "body", "message"), UNREADABLE)
def test_an_answer_that_cannot_be_read_says_what_was_wrong_and_where(reader: Reader, body: str, message: str) -> None:
    """Nothing is concluded from half an answer, and cattrs alone would turn 1.9 into 1 and null into a name."""
    with pytest.raises(UnreadableError, match=message):
        reader(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "state", "config", "metadata", "mounts", "guest", "volume", "path", "name", "ok"),
                    *("status", "created_at", "host_status"),
                ]
            ),
            inner | st.sampled_from(["m1", "started", "/root", "created", "2026-02-03T10:11:12Z", "ok"]),
        )
    ),
)


@given(JSON.map(json.dumps) | st.text())
def test_whatever_the_answer_is_it_is_read_or_unreadable(body: str) -> None:
    """Any other exception would be a hole in a performer that promises to be total."""
    for reader in (MACHINE_OF, MACHINES_OF, VOLUME_OF, VOLUMES_OF, read_snapshots, read_wait, read_acknowledgement):
        try:
            reader(body)
        except UnreadableError as error:
            assert str(error)  # noqa: PT017 - which of the two it is, is the body's choice
