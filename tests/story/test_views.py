"""What outsiders are shown: a status in upstream's words, a view for callers, a debug view for operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Disown
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Failing, FailureNote, Record
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId, MachineId, OpId, OrgId, SecretRef, VolumeId
from kiloclaw_core.outcomes import Rejected, Unhealthy, Unknown, Why
from kiloclaw_core.phases import AlarmName, Changing
from kiloclaw_core.policy import Policy
from kiloclaw_core.status import busy_with, phase_name, status_of
from kiloclaw_core.views import (
    AlarmView,
    DebugView,
    HoldingView,
    NoteView,
    SpecView,
    View,
    debug_view,
    stuck_resources,
    upstream_note,
    view,
)

from .everywhere import EVERYWHERE, changing, clearing, creating_machine, creating_volume, inspecting, probing
from .moves import FULL, NO_ROOM, displaced, photographed, recovering, restarting, restoring, until, wide
from .scenario import AT, EMPTY, SANDBOX, WHO, Scenario, asked, destroy, provision, running, start, stop, stopped
from .strays import late_volume

RUNNING: Final = View(
    sandbox_id="ki_1",
    status="running",
    desired="running",
    busy=None,
    machine_id="m7",
    volume_id="v3",
    region="ams",
    because=None,
    last_started_at=AT,
    last_stopped_at=None,
)

SHOWN: Final[dict[str, tuple[str, str | None, str | None]]] = {
    "Stopped": ("Stopped", "provisioned", None),
    "Running": ("Running", "running", None),
    "Gone": ("Gone", None, None),
    "Pausing": ("Pausing", "starting", "starting"),
    "Clearing": ("Clearing", "destroying", "destroying"),
    "Ensuring": ("Ensuring", "starting", "starting"),
    "Surveying": ("Surveying", "provisioned", "provisioning"),
    "CreatingVolume": ("CreatingVolume(volume)", "provisioned", "provisioning"),
    "ListingSnapshots": ("ListingSnapshots", "starting", "starting"),
    "CreatingMachine": ("CreatingMachine", "starting", "starting"),
    "CheckingVolume": ("CheckingVolume", "starting", "starting"),
    "Seeking": ("Seeking", "starting", "starting"),
    "Verifying": ("Verifying", "starting", "starting"),
    "Weighing": ("Weighing", "starting", "starting"),
    "Inspecting": ("Inspecting", "running", None),
    "Changing": ("Changing(stop)", "running", "stopping"),
    "Awaiting": ("Awaiting(started)", "starting", "starting"),
    "Probing": ("Probing", "starting", "starting"),
    "Settling": ("Settling(machine)", "starting", "starting"),
    "Listing": ("Listing(machine)", "starting", "starting"),
    "Sweeping": ("Sweeping", "destroying", "destroying"),
    "StockTaking": ("StockTaking", "provisioned", None),
}
"""The phase as operators read it, the status, and what is under way, for the scenario in each phase."""


def seen(record: Record) -> View:
    """The view, but for what may be asked now: that has tests of its own."""
    return evolve(view(record), actions=())


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_every_phase_has_a_status_in_upstreams_words(phase: str) -> None:
    """People compare: the words that outsiders see are not ours to change."""
    instance = EVERYWHERE[phase]().instance
    assert (phase_name(instance.phase), status_of(instance), busy_with(instance)) == SHOWN[phase]


@pytest.mark.parametrize(
    ("scenario", "word"),
    [(displaced, "starting"), (restarting, "restarting"), (recovering, "recovering"), (restoring, "restoring")],
)
def test_every_story_has_a_status_in_upstreams_words(scenario: Callable[[], Scenario], word: str) -> None:
    """What is under way is what it was begun for: a start that moves is still a start."""
    instance = scenario().instance
    assert (status_of(instance), busy_with(instance)) == (word, word)


def test_a_restart_that_moves_is_still_a_restart() -> None:
    """Nobody asked for a move."""
    scenario = restarting(Changing)
    scenario.answer(NO_ROOM)
    assert (status_of(scenario.record), busy_with(scenario.instance)) == ("restarting", "restarting")


def test_an_operator_sees_how_long_volumes_are_kept_and_where_there_was_no_room() -> None:
    """A volume that was left, why it is still there, and what is remembered for a while."""
    scenario = recovering(scenario=photographed(wide()))
    scenario.land_all()
    scenario.ask(stop("rest"))
    scenario.wake()
    scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Changing).answer(FULL)
    shown = debug_view(scenario.record)
    assert [(one.id, one.role, one.region, one.kept) for one in shown.ledger if one.kind == "volume"] == [
        ("v3", "retained", "ams", "long"),
        ("v17", "active", "fra", None),
    ]
    assert (shown.recoveries, shown.full_regions, shown.in_flight) == (1, ("fra",), (scenario.sent[0].op,))


def test_a_sandbox_that_never_was_has_no_status() -> None:
    """It is known by its name alone."""
    nothing = View("ki_1", None, None, None, None, None, None, None, None, None)
    assert (status_of(Absent(SANDBOX)), seen(Absent(SANDBOX))) == (None, nothing)
    shown = debug_view(Absent(SANDBOX))
    assert shown == DebugView(shown.view, "Absent", "Idle", 0, (), (), (), (), (), (), ())


def test_a_running_instance_is_shown_with_what_it_holds() -> None:
    """This is what a caller gets."""
    assert seen(running().record) == RUNNING


def test_an_instance_that_is_being_stopped_is_still_running() -> None:
    """It is busy with stopping; upstream has no word for it."""
    assert seen(changing().record) == evolve(RUNNING, desired="stopped", busy="stopping")


def test_an_instance_without_a_machine_that_is_being_stopped_is_not_running() -> None:
    """Its start has made nothing yet: there is nothing up that could be said to run."""
    scenario = creating_machine()
    scenario.ask(stop())
    scenario.wake()
    assert (status_of(scenario.record), busy_with(scenario.instance)) == ("provisioned", "stopping")


def test_an_instance_that_has_run_is_stopped_and_no_longer_provisioned() -> None:
    """Provisioned is the word for one that was never started."""
    scenario = changing()
    scenario.land_all()
    assert seen(scenario.record) == evolve(RUNNING, status="stopped", desired="stopped", last_stopped_at=AT)


def test_a_running_instance_that_is_looked_at_keeps_its_status() -> None:
    """The alarm's look is nobody's business, and the second look neither."""
    scenario = inspecting()
    scenario.outside = EMPTY
    scenario.land()
    assert status_of(scenario.record) == "running"


def test_a_stopped_instance_that_is_looked_at_keeps_its_status() -> None:
    """The look says nothing about what is wanted."""
    scenario = changing()
    scenario.land_all()
    scenario.ring(AlarmName.STOCKTAKE)
    assert status_of(scenario.record) == "stopped"


def test_a_failed_start_is_told_in_the_view_and_under_upstreams_name() -> None:
    """The whole body is kept for people, the reason for programs (seed #1183)."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, None, 422, '{"error":"organization is limited to 10 machines"}'))
    shown = debug_view(scenario.record)
    assert (shown.view.status, shown.view.because) == ("provisioned", "start: limit")
    assert shown.notes == (
        NoteView("last_start_error", "limit", '{"error":"organization is limited to 10 machines"}', AT),
    )


def test_a_failed_start_is_forgotten_by_the_next_success() -> None:
    """A note stands exactly as long as its cause."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, status=422))
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    shown = debug_view(scenario.record)
    assert (shown.view.status, shown.view.because, shown.notes) == ("running", None, ())


def test_two_reasons_are_both_given() -> None:
    """An instance may be unwell and fail to stop."""
    scenario = probing()
    scenario.answer(Unhealthy("503"))
    scenario.ask(stop())
    scenario.wake()
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401))
    assert view(scenario.record).because == "health: wait_timeout; stop: unauthorized"


@pytest.mark.parametrize(
    ("failing", "name"),
    [
        (Failing.PROVISION, "last_provision_error"),
        (Failing.START, "last_start_error"),
        (Failing.HEALTH, "last_health_error"),
        (Failing.STOP, "last_stop_error"),
        (Failing.UNEXPECTED_STOP, "last_unexpected_stop"),
        (Failing.RESTART, "last_restart_error"),
        (Failing.RECOVERY, "last_recovery_error"),
        (Failing.RESTORE, "last_restore_error"),
        (Failing.HOST, "last_host_error"),
        (Failing.RETENTION, "last_retention_error"),
        (Failing.DESTROY, "last_destroy_error"),
    ],
)
def test_every_note_has_a_name_that_outsiders_know(failing: Failing, name: str) -> None:
    """Upstream's, where it has one (lifecycle 1.3, 1.4)."""
    note = FailureNote(failing, Why.NO_ANSWER, "no answer", AT)
    assert upstream_note(note) == NoteView(name, "no_answer", "no answer", AT)


def test_an_operator_sees_everything_that_is_held_owed_and_armed() -> None:
    """A destroy whose delete failed once: nothing is hidden, nothing is stuck yet."""
    scenario = clearing()
    scenario.answer(Unknown("timed out"))
    timed_out = NoteView("last_destroy_error", "no_answer", "timed out", AT)
    assert evolve(debug_view(scenario.record), view=seen(scenario.record)) == DebugView(
        view=evolve(
            RUNNING,
            status="destroying",
            desired="gone",
            busy="destroying",
            machine_id=None,
            volume_id=None,
            region=None,
            because="destroy: no_answer",
            errors=(timed_out,),
        ),
        phase="Clearing",
        story="Idle",
        ops=12,
        ledger=(
            HoldingView("m7", "machine", "condemned", 1, stuck=False),
            HoldingView("v3", "volume", "condemned", 0, stuck=False, region="ams"),
        ),
        dead=(),
        debts=("postgres_mark", "registry_tombstone"),
        notes=(timed_out,),
        alarms=(AlarmView("errand_retry", 11, 60.0),),
        audit=(),
        stuck=(),
        user="user-1",
        app="app-1",
        spec=SpecView("image-1", "2 x shared, 4096 MB", overridden=False, volume_gb=10, regions=("ams",)),
    )


def test_an_operator_sees_whose_an_instance_is_and_what_its_next_machine_is_made_of() -> None:
    """An operator's size is called one; of what the machine is told, and of its secrets, the names are shown."""
    claws = evolve(WHO, org=OrgId("claws"))
    secrets = (("KEY", SecretRef("env:KEY")),)
    spec = evolve(provision().spec, environment=(("TOKEN", "hush"),), secrets=secrets, override=Guest(8, 16_384))
    scenario = asked(provision(identity=claws, spec=spec))
    shown = debug_view(scenario.record)
    assert (shown.user, shown.org, shown.app) == ("user-1", "claws", "app-1")
    assert shown.spec == SpecView(
        image="image-1",
        size="8 x performance, 16384 MB",
        overridden=True,
        volume_gb=10,
        regions=("ams",),
        environment=("TOKEN",),
        secrets=("KEY",),
        revision=1,
    )


def test_an_operator_sees_what_an_operator_took_upon_himself() -> None:
    """The audit stays in the record, and the dead with it."""
    scenario = clearing()
    scenario.ask(Disown(CommandId("disown"), MachineId("m7"), "eve", "its host is lost"))
    shown = debug_view(scenario.record)
    assert (shown.audit, shown.dead) == (("eve disowned m7 because its host is lost",), ("m7",))


def test_everything_stuck_is_named() -> None:
    """A machine, a volume, a debt: each by what people can look for."""
    scenario = running(EMPTY, Policy(delete_failures_before_slowing=1))
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.answer(Unknown())
    scenario.ask(destroy())
    scenario.wake()
    scenario.answer(Unknown())
    assert stuck_resources(scenario.instance) == ("m7", "v-late")
    assert view(scenario.record).because == "stuck: m7, v-late cannot be deleted"


def test_what_is_stuck_comes_before_any_other_reason() -> None:
    """It is what only time or an operator will help."""
    scenario = _stuck_debt()
    assert [note.failing for note in scenario.instance.notes] == [Failing.DESTROY]
    assert view(scenario.record).because == "stuck: postgres_mark cannot be deleted"


def test_a_command_that_is_granted_is_seen_at_once() -> None:
    """Intent is durable before anything is done about it."""
    scenario = stopped()
    scenario.ask(start())
    assert (view(scenario.record).status, view(scenario.record).desired) == ("starting", "running")
    scenario.ask(destroy())
    assert (view(scenario.record).status, view(scenario.record).desired) == ("destroying", "gone")


def test_secrets_are_never_shown() -> None:
    """The environment of a spec is in no view, nor in what a record prints."""
    scenario = Scenario(Absent(SANDBOX))
    spec = evolve(provision().spec, environment=(("TOKEN", "hush"),))
    scenario.ask(provision(spec=spec))
    assert "hush" not in f"{debug_view(scenario.record)} {scenario.record}"


def test_a_provision_that_failed_is_told_under_its_own_name() -> None:
    """It is not a start that failed."""
    scenario = creating_volume()
    scenario.tell(Replied(OpId(3), Rejected(Why.CAPACITY_REGION, None, 409, "no capacity"), AT))
    assert debug_view(scenario.record).notes == (
        NoteView("last_provision_error", "capacity_region", "no capacity", AT),
    )


def _stuck_debt() -> Scenario:
    scenario = stopped(policy=Policy(delete_failures_before_slowing=1))
    scenario.ask(destroy())
    scenario.wake()
    scenario.land()
    scenario.answer(Unknown())
    return scenario
