"""Our machine, looked at: what is seen enters the record, and it is believed gone, or down, only on two looks."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import DeleteMachine, EnsureApp, GetMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.inspection import is_down
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Asked, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineState
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, MachineShown, Rejected, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Clearing,
    Ensuring,
    Inspecting,
    Look,
    Pausing,
    Running,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Starting, Trust
from kiloclaw_core.world import sights

from .everywhere import inspecting
from .machines import becomes, halted, looking, replaced
from .scenario import SANDBOX, WHO, Scenario, destroy

APP: Final = WHO.app
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
GET: Final = GetMachine(OpId(10), APP, SANDBOX, M7)
AGAIN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)
DOWN: Final = (MachineState.STOPPED, MachineState.SUSPENDED, MachineState.FAILED)
DEAD: Final = (MachineState.DESTROYING, MachineState.DESTROYED)


def stocktaking() -> Scenario:
    """A halted instance that looks at its machine, as it does from time to time."""
    scenario = halted()
    scenario.ring(AlarmName.STOCKTAKE)
    return scenario


# -- what is seen -------------------------------------------------------------------------------------------------


def test_a_mount_that_differs_is_evidence_and_enters_the_ledger() -> None:
    """Whatever a get shows as ours is held at once: a volume that a machine of ours mounts may bear data."""
    scenario = looking(halted())
    replaced(scenario, evolve(scenario.outside.fly.machines[0], volume=VolumeId("v-other")))
    scenario.land()
    ledger = scenario.instance.ledger
    assert ledger.machines == (MachineHolding(M7, Role.ACTIVE, VolumeId("v-other"), VersionId("i7"), revision=1),)
    assert VolumeHolding(VolumeId("v-other"), Role.FOUND, Data.BEARING, Region("ams")) in ledger.volumes


@pytest.mark.parametrize(("reachable", "mount"), [(True, None), (False, V3)])
def test_a_machine_that_shows_no_mount_has_none_if_its_host_answers(*, reachable: bool, mount: VolumeId | None) -> None:
    """What a host that does not answer leaves out is not gone."""
    scenario = looking(halted())
    bare = evolve(sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX), volume=None, reachable=reachable)
    scenario.answer(MachineShown(bare))
    (held,) = scenario.instance.ledger.machines
    assert (held.volume, held.reachable) == (mount, reachable)


def test_a_machine_of_another_version_than_we_knew_is_looked_at_once_more() -> None:
    """Somebody changed it since: what follows is decided on a look that shows the version we know."""
    scenario = looking(halted())
    replaced(scenario, evolve(scenario.outside.fly.machines[0], version=VersionId("i-theirs")))
    before = scenario.instance
    held = MachineHolding(M7, Role.ACTIVE, V3, VersionId("i-theirs"), revision=1)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Inspecting(OpId(17), M7, Look.FIRST),
            ledger=evolve(before.ledger, machines=(held,)),
            ops=OpId(18),
        ),
        (evolve(GET, op=OpId(17)),),
    )


def test_a_machine_of_another_version_is_nobodys_haste_while_none_is_wanted() -> None:
    """Whatever it is now, it is seen at the next stock-taking."""
    scenario = stocktaking()
    replaced(scenario, evolve(scenario.outside.fly.machines[0], version=VersionId("i-theirs")))
    before = scenario.instance
    held = MachineHolding(M7, Role.ACTIVE, V3, VersionId("i-theirs"), revision=1)
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), ledger=evolve(before.ledger, machines=(held,)))
    )


def test_a_machine_is_down_that_serves_nobody_and_is_not_on_its_way_to() -> None:
    """One that is leaving serves nobody any more; a state that is newer than this library is not called down."""
    assert {state: is_down(state) for state in MachineState} == {state: state in DOWN + DEAD for state in MachineState}


# -- not shown ---------------------------------------------------------------------------------------------------


def test_a_machine_that_is_not_shown_is_looked_for_again_apart() -> None:
    """One look may share a stale view; a machine given up too soon is a second machine soon."""
    scenario = inspecting()
    before = scenario.instance
    assert scenario.answer(NOT_FOUND) == Transition(
        evolve(before, phase=Inspecting(OpId(11), M7, Look.SECOND), ops=OpId(12)),
        (GetMachine(OpId(11), APP, SANDBOX, M7, pause_s=15.0),),
    )


@pytest.mark.parametrize("state", DEAD)
def test_a_machine_on_its_way_out_counts_as_not_shown(state: MachineState) -> None:
    """What somebody else deletes is never launched again."""
    scenario = becomes(inspecting(), state)
    assert scenario.land().effects == (GetMachine(OpId(11), APP, SANDBOX, M7, pause_s=15.0),)


def test_a_running_instance_whose_machine_two_looks_miss_says_so() -> None:
    """The record never says that it runs without a machine (W21); its delete makes sure of the name."""
    scenario = inspecting()
    scenario.answer(NOT_FOUND)
    before = scenario.instance
    condemned = MachineHolding(M7, Role.CONDEMNED, V3, VersionId("i7"), Asked(OpId(12)), revision=1, booted=True)
    assert scenario.answer(NOT_FOUND) == Transition(
        evolve(
            before,
            phase=Stopped(),
            ledger=evolve(before.ledger, machines=(condemned,)),
            notes=(FailureNote(Failing.UNEXPECTED_STOP, Why.NOT_FOUND),),
            ops=OpId(13),
        ),
        (DeleteMachine(OpId(12), APP, M7),),
        (Note("clear_stale_machine"),),
    )
    assert scenario.instance.notes[0].text == "the machine is gone"


def test_a_start_whose_machine_two_looks_miss_makes_another_once_the_name_is_free() -> None:
    """A 404 is no reason to fail a start (trace: start 404 recreates); the delete before the create is the fence."""
    scenario = looking(halted())
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    assert (scenario.instance.phase, scenario.sent) == (Clearing(), (DeleteMachine(OpId(18), APP, M7),))
    scenario.land(DeleteMachine)
    assert scenario.land_all().phase == Running()
    held = MachineHolding(MachineId("m19"), Role.ACTIVE, V3, VersionId("i19"), revision=1, booted=True)
    assert scenario.instance.ledger.machine == held


# -- looked at, at rest ------------------------------------------------------------------------------------------


def test_a_running_instance_whose_machine_is_up_goes_on_resting() -> None:
    """Nothing drifted, nothing is written."""
    scenario = inspecting()
    before = scenario.instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))


@pytest.mark.parametrize("state", DOWN)
def test_a_machine_that_is_down_unasked_is_looked_at_again_apart(state: MachineState) -> None:
    """Upstream believed one stale answer and relocated a healthy machine."""
    scenario = becomes(inspecting(), state)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Inspecting(OpId(11), M7, Look.SECOND), ops=OpId(12)),
        (GetMachine(OpId(11), APP, SANDBOX, M7, pause_s=15.0),),
    )


def test_a_machine_that_two_looks_show_stopped_stopped_unexpectedly_and_is_recovered_from() -> None:
    """We saw it up in this very version and nobody asked it to stop: the instance moves (reconcile 3)."""
    scenario = becomes(inspecting(), MachineState.STOPPED)
    scenario.land()
    before = scenario.instance
    recovering = Relocating(OpId(13), Attempt(tries=3), Cause.UNEXPECTED_STOP)
    started = "instance.unexpected_stop_recovery_started"
    assert scenario.land() == Transition(
        evolve(before, phase=Ensuring(OpId(14)), story=recovering, recoveries=(OpId(12),), ops=OpId(15)),
        (EnsureApp(OpId(14), APP),),
        (
            Note("unexpected_stop_recovery_trigger", (("fly_state", "stopped"), ("value", "1"))),
            Note(started, (("label", "alarm_stopped"), ("value", "1"))),
        ),
    )


@pytest.mark.parametrize("state", [MachineState.SUSPENDED, MachineState.FAILED])
def test_a_machine_that_two_looks_show_down_for_another_reason_is_told(state: MachineState) -> None:
    """Told at once, and tried again by its alarm or by a user; what is wanted stays."""
    scenario = becomes(inspecting(), state)
    scenario.land()
    before = scenario.instance
    note = FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED)
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), notes=(note,)), (), (Note("sync_status", (("fly_state", state.value),)),)
    )
    assert scenario.instance.notes[0].text == f"the machine is {state.value}"


def test_a_machine_that_the_second_look_shows_up_runs() -> None:
    """It restarted by itself, or the first look was stale."""
    scenario = becomes(inspecting(), MachineState.STOPPED)
    scenario.land()
    before = becomes(scenario, MachineState.STARTED).instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))


def test_a_machine_that_was_found_down_is_started_by_its_alarm_and_the_note_cleared() -> None:
    """What is wanted is still that it runs."""
    scenario = becomes(inspecting(), MachineState.SUSPENDED)
    scenario.land_all()
    scenario.ring(AlarmName.RETRY)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_stopped_instance_whose_machine_two_looks_miss_goes_on_resting() -> None:
    """Nobody wants one now: no note, but the ledger no longer names it as ours to use."""
    scenario = stocktaking()
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    assert (scenario.instance.phase, scenario.instance.notes, scenario.instance.ledger.machine) == (Stopped(), (), None)


def test_a_look_after_a_destroy_leads_to_razing() -> None:
    """Whatever it shows, it is to go."""
    scenario = inspecting()
    scenario.ask(destroy())
    before = scenario.instance
    transition = scenario.land()
    assert (transition.effects, scenario.instance.phase) == ((DeleteMachine(OpId(12), APP, M7),), Clearing())
    assert scenario.instance.spec == before.spec


@pytest.mark.parametrize(
    ("answer", "label", "error"),
    [
        (Unknown("reset"), "no_answer", "no answer"),
        (Rejected(Why.UNAUTHORIZED, None, 401, "token expired"), "unauthorized", "token expired"),
    ],
)
def test_a_look_at_rest_that_shows_nothing_is_told_and_changes_nothing(
    answer: Unknown | Rejected, label: str, error: str
) -> None:
    """Unknown is never taken for down: it is looked again in time, and people hear of it (RW30)."""
    scenario = inspecting()
    before = scenario.instance
    line = Note("machine_check_failed", (("label", label), ("error", error)))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Running()), (), (line,))


def test_a_look_of_a_start_without_an_answer_is_repeated_after_a_pause() -> None:
    """The start needs to know, and has tries."""
    scenario = looking(halted())
    before = scenario.instance
    story = Starting(OpId(13), evolve(AGAIN, tries=2))
    assert scenario.answer(Done()) == Transition(evolve(before, phase=Pausing(OpId(17)), story=story, ops=OpId(18)))


def test_a_look_of_a_start_that_was_taken_over_is_repeated() -> None:
    """A read may be repeated at will."""
    scenario = looking(halted())
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Inspecting(OpId(17), M7, Look.FIRST), ops=OpId(18)), (evolve(GET, op=OpId(17)),)
    )


def test_an_older_look_does_not_stand_for_the_second_one() -> None:
    """Two looks apart are worth something only if the second one is not the first, come twice."""
    scenario = becomes(inspecting(), MachineState.STOPPED)
    first = scenario.outside.fly.machines[0]
    scenario.land()
    before = scenario.instance
    shown = MachineShown(sights.machine_seen(first, SANDBOX))
    assert scenario.tell(Replied(OpId(10), shown)) == Transition(before)
    assert before.story == Idle()
