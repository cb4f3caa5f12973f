"""What claims look at: roles become the words of the trace format, in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.commands import Desired, Identity
from kiloclaw_core.effects import DeleteMachine
from kiloclaw_core.explore.model import Kind
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent
from kiloclaw_core.names import MachineId, OpId, OrgId, SnapshotId, VolumeId
from kiloclaw_core.outcomes import MachineShown, Rejected, Unknown, Why
from kiloclaw_core.phases import Changing, CreatingMachine, CreatingVolume
from kiloclaw_core.world.configurations import FORGOTTEN
from kiloclaw_core.world.fly import TrueSnapshot
from kiloclaw_core.world.moment import scene_of
from kiloclaw_core.world.predicates import (
    a_machine_is_up,
    at_home,
    data_is_kept,
    destroyed_stays_destroyed,
    nothing_left_behind,
    one_machine_at_most,
    tracked_at_rest,
    truthful,
)
from kiloclaw_core.world.scene import (
    RecordWords,
    Scene,
    SceneMachine,
    SceneVolume,
    record_words,
    written_record,
)
from kiloclaw_core.world.setting import Ghost
from kiloclaw_core.world.slots import Orphan, Sent

from .everywhere import EVERYWHERE, clearing, gone
from .moves import NO_ROOM, displaced, recovering, restarting, restoring
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, asked, provision, running, start, starting, stop, stopped
from .strays import LATE_MACHINE, late_machine, late_volume

BEGINNINGS: Final = {"starting_at", "restarting_at", "recovery_started_at", "restore_started_at"}
RUNNING: Final = RecordWords("running", "m7", "v3", "ams", "running")


def scene(scenario: Scenario, ghost: Ghost = Ghost()) -> Scene:  # noqa: B008 - a frozen value
    """The scenario as claims look at it, with nothing on its way."""
    return scene_of(scenario.record, scenario.outside, ghost, ())


def test_a_sandbox_that_never_was_says_nothing() -> None:
    """No record, no words."""
    assert (record_words(Absent(SANDBOX)), written_record(Absent(SANDBOX))) == (None, None)


def test_a_tombstone_says_nothing() -> None:
    """To outsiders, what is gone was never there."""
    record = gone().record
    assert (record_words(record), written_record(record)) == (None, None)


def test_a_running_instance_names_its_machine_and_its_volume() -> None:
    """Upstream's fields for them."""
    assert record_words(running().record) == RUNNING


def test_a_stopped_instance_without_a_machine_names_only_its_volume() -> None:
    """There is nothing else that it could be asked about."""
    assert record_words(stopped().record) == RecordWords("provisioned", None, "v3", "ams", "stopped")


def test_a_record_without_a_volume_has_no_region() -> None:
    """A region is a volume's."""
    assert record_words(asked(provision()).record) == RecordWords("provisioned", desired="stopped")


def test_what_is_on_its_way_out_is_pending_and_the_rest_is_listed() -> None:
    """Upstream has one field of each kind: what does not fit is named beside them."""
    scenario = running()
    for name in ("m-late", "m-later"):
        scenario.tell(late_machine(evolve(LATE_MACHINE, machine=MachineId(name))))
    for name in ("v-late", "v-later"):
        scenario.tell(late_volume(VolumeId(name)))
    stray = evolve(LATE_MACHINE, machine=MachineId("m-stray"), volume=VolumeId("v-stray"))
    scenario.tell(Replied(OpId(99), MachineShown(stray)))
    words = record_words(scenario.record)
    assert words == evolve(
        RUNNING,
        pending_destroy_machine_id="m-late",
        pending_destroy_volume_id="v-late",
        other_machine_ids=("m-later", "m-stray"),
        other_volume_ids=("v-later", "v-stray"),
    )
    assert words is not None
    assert words.machine_ids == {"m7", "m-late", "m-later", "m-stray"}
    assert words.leaving_machine_ids == {"m-late", "m-later", "m-stray"}
    assert words.volume_ids == {"v3", "v-late", "v-later", "v-stray"}


def test_a_volume_that_gave_way_to_an_older_one_is_retained() -> None:
    """A machine may have run on it: it is named until its retention ends."""
    scenario = _retaining()
    words = record_words(scenario.record)
    assert words is not None
    assert (words.volume_id, words.retained_volume_id) == ("v-old", "v3")


def test_a_volume_on_its_way_to_be_the_one_in_use_is_named() -> None:
    """Until its move is committed the other one is the volume, and both are known."""
    words = record_words(recovering(CreatingMachine).record)
    assert words == RecordWords("recovering", None, "v3", "ams", "running", pending_recovery_volume_id="v17")
    assert words is not None
    assert words.volume_ids == {"v3", "v17"}


def displaced_restart() -> Scenario:
    """A restart that finds no room for its machine moves, and is a restart all the same."""
    scenario = restarting(Changing)
    scenario.answer(NO_ROOM)
    return scenario


@pytest.mark.parametrize(
    ("scenario", "status", "since"),
    [
        (starting, "starting", "starting_at"),
        (displaced, "starting", "starting_at"),
        (restarting, "restarting", "restarting_at"),
        (displaced_restart, "restarting", "restarting_at"),
        (recovering, "recovering", "recovery_started_at"),
        (restoring, "restoring", "restore_started_at"),
    ],
)
def test_a_written_record_says_when_what_is_under_way_began(
    scenario: Callable[[], Scenario], status: str, since: str
) -> None:
    """Under upstream's names for it: a trace shows how long people had to wait."""
    written = written_record(scenario().record)
    assert written is not None
    assert (written["status"], written[since]) == (status, AT)
    assert [one for one in written if one in BEGINNINGS] == [since]


def test_a_written_record_says_why_it_is_not_as_wanted() -> None:
    """The reason, and not the text: that is for people, and may say anything."""
    scenario = recovering(CreatingVolume)
    scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401, "token expired"))
    written = written_record(scenario.record)
    assert written is not None
    assert {key: value for key, value in written.items() if "error" in key} == {"last_recovery_error": "unauthorized"}


def test_a_written_record_says_whose_it_is_and_when() -> None:
    """Two services are compared line by line: what is empty is left out."""
    assert written_record(running().record) == {
        "status": "running",
        "machine_id": "m7",
        "volume_id": "v3",
        "region": "ams",
        "desired": "running",
        "user_id": "user-1",
        "sandbox_id": "ki_1",
        "app": "app-1",
        "machine_size": {"cpus": 2, "memory_mb": 4096, "cpu_kind": "shared"},
        "provisioned_at": AT,
        "last_started_at": AT,
    }


def test_a_legacy_record_is_written_without_a_size() -> None:
    """It is not known until its machine is seen."""
    record = asked(provision(spec=evolve(SPEC, guest=None))).record
    assert written_record(record) == {
        "status": "provisioned",
        "desired": "stopped",
        "user_id": "user-1",
        "sandbox_id": "ki_1",
        "app": "app-1",
        "provisioned_at": AT,
    }


def test_a_written_record_names_everything_that_is_kept_and_whose_it_is() -> None:
    """What a machine ran on once is named until its retention ends; an owner may be an organisation."""
    scenario = _retaining(evolve(WHO, org=OrgId("org-1")))
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.tell(Replied(OpId(99), MachineShown(evolve(LATE_MACHINE, volume=None)), AT))
    assert written_record(scenario.record) == {
        "status": "running",
        "machine_id": "m-old",
        "volume_id": "v-old",
        "region": "ams",
        "desired": "running",
        "pending_destroy_volume_id": "v-late",
        "retained_volume_id": "v3",
        "other_machine_ids": ("m-late",),
        "user_id": "user-1",
        "sandbox_id": "ki_1",
        "org_id": "org-1",
        "app": "app-1",
        "machine_size": {"cpus": 2, "memory_mb": 4096, "cpu_kind": "shared"},
        "provisioned_at": AT,
        "last_started_at": AT,
        "last_stopped_at": AT,
    }


# -- the claims, where they hold ---------------------------------------------------------------------------------


def test_a_healthy_instance_is_home() -> None:
    """At rest, truthful, tracked: what every instance is led to."""
    seen = scene(running())
    assert seen == Scene(
        record=RUNNING,
        machines=(SceneMachine("m7", "started", "v3", 1),),
        volumes=(SceneVolume("v3", "d1"),),
        resting=True,
        written=1,
        recoveries_allowed=3,
        moves_allowed=2,
    )
    assert at_home(seen)
    assert a_machine_is_up(seen)
    assert data_is_kept(seen)


def test_a_destroyed_instance_has_left_nothing_behind() -> None:
    """Gone, and it stays so."""
    seen = scene(gone(), Ghost(destroy_granted=True))
    gone_for_good = Scene(record=None, resting=True, armed=False, destroy_granted=True, written=1)
    assert seen == evolve(gone_for_good, recoveries_allowed=3, moves_allowed=2)
    assert nothing_left_behind(seen)
    assert destroyed_stays_destroyed(seen)
    assert truthful(seen)
    assert tracked_at_rest(seen)


def test_a_machine_on_its_way_out_is_not_a_second_one() -> None:
    """It is named only to be rid of."""
    scenario = clearing()
    scenario.answer(Unknown(), DeleteMachine)
    assert one_machine_at_most(scene(scenario, Ghost(destroy_granted=True)))


def test_an_instance_that_could_not_start_is_truthful_by_its_note() -> None:
    """It says why it is not as wanted."""
    assert truthful(Scene(RecordWords("stopped", desired="running"), noted=True))
    assert truthful(Scene(RecordWords("stopped", "m1", desired="stopped")))


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_every_claim_holds_in_every_phase(phase: str) -> None:
    """Nothing went wrong in any of these stories, so no claim may say that something did."""
    scenario = EVERYWHERE[phase]()
    ghost = Ghost(destroy_granted=scenario.instance.desired is Desired.GONE)
    seen = scene_of(scenario.record, scenario.outside, ghost, tuple(Sent(effect) for effect in scenario.sent))
    assert [claim.name for claim in CLAIMS if claim.kind is Kind.ALWAYS and not claim.holds(seen)] == []


def test_the_witnesses_of_these_stories_are_seen() -> None:
    """The claims are not empty: what they are about was there."""
    scenario = EVERYWHERE["CreatingMachine"]()
    orphan = Orphan(scenario.sent[0])
    scenes = (
        scene(running()),
        scene(recovering(CreatingMachine)),
        scene(restarting()),
        scene(restoring()),
        scene(_retaining()),
        scene(clearing(), Ghost(destroy_granted=True)),
        scene(gone(), Ghost(destroy_granted=True, conflicted=True)),
        scene_of(scenario.record, scenario.outside, Ghost(destroy_granted=True), (orphan,)),
    )
    witnesses = [claim for claim in CLAIMS if claim.kind is Kind.SOMETIMES]
    assert [claim.name for claim in witnesses if not any(claim.holds(one) for one in scenes)] == []


def _retaining(identity: Identity = WHO) -> Scenario:
    """A start whose machine is lost and whose volume then is, while a forgotten machine has its name and the data."""
    scenario = running(identity=identity)
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    scenario.ask(start("again"))
    scenario.wake()
    for _ in range(5):
        scenario.land()
    snapshot = TrueSnapshot(SnapshotId("s-v3"), VolumeId("v3"), 1)
    scenario.outside = evolve(FORGOTTEN, fly=evolve(FORGOTTEN.fly, snapshots=(snapshot,)))
    scenario.land_all()
    return scenario
