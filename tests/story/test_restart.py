"""Restarting: a new revision of the config on the same machine, and success proved by the version that then runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    EnsureApp,
    GetMachine,
    ProbeHealth,
    UpdateMachine,
)
from kiloclaw_core.instance import Failing, FailureNote, Note, Remembered, Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import machine_config
from kiloclaw_core.names import CommandId, OpId, VersionId
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Awaiting, Change, Changing, Ensuring, Inspecting, Look, Probing, Running
from kiloclaw_core.stories import Attempt, Idle, Restarting, Trust

from .moves import (
    DENIED,
    M7,
    OURS,
    V3,
    WIDE,
    displaced,
    down,
    followed,
    provisioned,
    recovering,
    restart,
    restarting,
    restoring,
    until,
    wide,
)
from .scenario import SANDBOX, WHO, Scenario, destroy, starting

APP: Final = WHO.app
FRESH: Final = Attempt(3, trust=Trust.SEEN)
WITH_APP: Final = Attempt(3, secrets=1, trust=Trust.SEEN)
SECOND: Final = evolve(WIDE, revision=2)
"""What the machine is to run from the restart on."""
CONFIG: Final = machine_config(SECOND, V3, SANDBOX, WHO.user, None)
RENEWED: Final = evolve(OURS, version=VersionId("i13"), revision=2, booted=False)
REFUSED: Final = FailureNote(Failing.RESTART, Why.UNAUTHORIZED)
GET: Final = GetMachine(OpId(12), APP, SANDBOX, M7)


# -- asked for ---------------------------------------------------------------------------------------------------


def test_a_restart_is_a_new_revision_of_the_same_spec() -> None:
    """The revision is what the machine bears as metadata: by it success is told from a machine that merely runs."""
    scenario = wide()
    before = scenario.instance
    assert scenario.ask(restart()) == evolve(
        before,
        story=Restarting(OpId(10), FRESH),
        spec=SECOND,
        asked=OpId(10),
        ops=OpId(11),
        granted=(*before.granted, Remembered(CommandId("restart"))),
    )


def test_a_restart_may_name_another_image() -> None:
    """It is the spec's image from then on, also for a machine that is made later."""
    scenario = wide()
    assert scenario.ask(restart("image-2")).spec == evolve(SECOND, image="image-2")


def test_a_restart_clears_the_note_of_the_one_before() -> None:
    """It is told what came of this one."""
    scenario = restarting(Changing)
    scenario.answer(DENIED)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), (REFUSED,))
    assert scenario.ask(restart(name="once more")).notes == ()


def test_a_stopped_instance_with_a_machine_may_be_restarted() -> None:
    """What is wanted then is that it runs (vector 27)."""
    scenario = down()
    scenario.ask(restart())
    assert (scenario.instance.desired, scenario.instance.story) == (Desired.RUNNING, Restarting(OpId(13), FRESH))


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = wide()
    scenario.ask(destroy())
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "refusal"),
    [
        (provisioned, Refusal.NO_MACHINE),
        (starting, Refusal.BUSY),
        (restarting, Refusal.BUSY),
        (displaced, Refusal.BUSY),
        (recovering, Refusal.RECOVERING),
        (restoring, Refusal.RESTORING),
        (destroyed, Refusal.BEING_DESTROYED),
    ],
)
def test_a_restart_is_refused_with_its_reason(tell_of: Callable[[], Scenario], refusal: Refusal) -> None:
    """Without a machine there is nothing to restart, and a story under way is not changed beneath itself."""
    assert decide(tell_of().record, restart(name="another")) == Failure(refusal)


# -- step by step ------------------------------------------------------------------------------------------------


def test_a_restart_begins_with_the_app() -> None:
    """A new config needs the version of the app's secrets."""
    scenario = wide()
    before = scenario.ask(restart())
    assert scenario.wake() == Transition(
        evolve(before, phase=Ensuring(OpId(11)), asked=None, ops=OpId(12)), (EnsureApp(OpId(11), APP),)
    )


def test_then_it_looks_at_the_machine_and_takes_the_volume_as_seen() -> None:
    """That our volume is there is not doubted before Fly says otherwise: no read more than upstream makes."""
    scenario = restarting(Ensuring)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Inspecting(OpId(12), M7, Look.FIRST), story=Restarting(OpId(10), WITH_APP), ops=OpId(13)),
        (GET,),
    )


def test_a_machine_that_runs_is_given_the_config_and_launched_anew() -> None:
    """In one request, for the version that was seen."""
    scenario = restarting(Inspecting)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Changing(OpId(13), M7, Change.UPDATE), ops=OpId(14)),
        (UpdateMachine(OpId(13), APP, M7, VersionId("i7"), CONFIG, 1),),
    )


def test_it_waits_for_the_version_that_the_update_made() -> None:
    """Without naming it the wait would end at once, on the old one (fly.md 2.6)."""
    scenario = restarting(Changing)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Awaiting(OpId(14), M7, Awaited.STARTED),
            ledger=evolve(before.ledger, machines=(RENEWED,)),
            ops=OpId(15),
        ),
        (AwaitState(OpId(14), APP, M7, Awaited.STARTED, version=VersionId("i13")),),
    )


def test_a_machine_that_runs_the_new_version_is_probed() -> None:
    """Up is not yet well."""
    scenario = restarting(Awaiting)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Probing(OpId(15), M7), ops=OpId(16)), (ProbeHealth(OpId(15), APP, SANDBOX, M7),)
    )


def test_a_restart_that_came_up_says_so() -> None:
    """By upstream's name, and the version counts as one that was seen up."""
    scenario = restarting(Probing)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Running(),
            story=Idle(),
            ledger=evolve(before.ledger, machines=(evolve(RENEWED, booted=True),)),
        ),
        (),
        (Note("restart_self_healed", (("label", "redeploy-same-image"), ("durationMs", "0"))),),
    )


def test_a_machine_that_is_down_is_updated_and_comes_up() -> None:
    """An update launches: one request is all that a restart of a stopped instance needs."""
    scenario = down()
    scenario.ask(restart())
    scenario.wake()
    until(scenario, Inspecting)
    assert scenario.land().effects == (UpdateMachine(OpId(16), APP, M7, VersionId("i7"), CONFIG, 1),)
    assert [type(one) for one in followed(scenario)] == [UpdateMachine, AwaitState, ProbeHealth]
    assert scenario.instance.phase == Running()
