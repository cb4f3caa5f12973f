"""A create refused because its name is taken: who holds the name, and is it ours? (reconcile 4.6.1 to 4.6.4)"""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import CreateMachine, DeleteMachine, GetMachine, ListMachines, ProbeHealth, StopMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Ledger, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen, MachineState
from kiloclaw_core.names import MachineId, OpId, Region, SandboxId, UserId
from kiloclaw_core.outcomes import AppReady, Done, MachineShown, MachinesListed, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName, Clearing, CreatingMachine, Pausing, Seeking, Source, Stopped, Verifying
from kiloclaw_core.stories import Attempt, Idle, Starting, Trust
from kiloclaw_core.views import NoteView, debug_view

from .everywhere import creating_machine
from .machines import BODY, HINTED, HOLDER, NAMELESS, NOT_FOUND, OLD, V3, refused, refused_again
from .moves import until
from .scenario import AT, SANDBOX, WHO, Scenario, asked, destroy, provision, start, stop

APP: Final = WHO.app
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
FRESH: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.FRESH, Region("ams"), mark=OpId(3)),))
OTHER: Final = MachineId("mother")


def given_back(before: Instance) -> Instance:
    """The instance once its attempt ended with the refusal it got: nothing made, nothing lost."""
    return evolve(
        before,
        phase=Stopped(),
        story=Idle(),
        ledger=FRESH,
        notes=(FailureNote(Failing.START, Why.ALREADY_EXISTS),),
    )


def line(refusal: Rejected) -> Note:
    """What the log says of it."""
    return Note(
        "instance.provisioning_failed",
        (("label", "no_machine_created"), ("why", "already_exists"), ("error", refusal.text)),
    )


def shared(refusal: Rejected = HINTED) -> Scenario:
    """A start so refused in an app that other sandboxes share."""
    scenario = asked(provision(identity=evolve(WHO, tenancy=Tenancy.SHARED)))
    scenario.wake()
    scenario.land_all()
    scenario.ask(start())
    scenario.wake()
    scenario.land()
    scenario.land()
    scenario.answer(refusal)
    return scenario


# -- 4.6.1: when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [Rejected(Why.CONFLICT, None, 409), Rejected(Why.NAME_TAKEN, None, 422)])
def test_another_409_is_no_reason_to_adopt(refusal: Rejected) -> None:
    """Only a name that a machine holds is; a conflict passes or is told."""
    scenario = creating_machine()
    assert scenario.answer(refusal).effects == ()
    assert isinstance(scenario.instance.phase, Pausing | Stopped)


def test_a_name_that_is_taken_after_a_destroy_is_no_reason_to_adopt() -> None:
    """Nothing was made; whoever holds the name is found by the sweep, if it is ours."""
    scenario = creating_machine()
    scenario.ask(destroy())
    scenario.answer(HINTED)
    assert scenario.instance.phase == Clearing()


# -- 4.6.2: who holds the name -----------------------------------------------------------------------------------


def test_a_holder_that_the_refusal_names_is_looked_at() -> None:
    """The text saves a listing, and proves nothing (4.6.2 a); meanwhile the volume is as empty as it was."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.answer(HINTED) == Transition(
        evolve(before, phase=Verifying(OpId(8), HINTED, OLD, Source.HINT), ledger=FRESH, ops=OpId(9)),
        (GetMachine(OpId(8), APP, SANDBOX, OLD),),
    )


def test_a_holder_that_the_refusal_does_not_name_is_listed_for() -> None:
    """The wording is the provider's: it is never the only route (4.6.2 b)."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.answer(NAMELESS) == Transition(
        evolve(before, phase=Seeking(OpId(8), NAMELESS, None), ledger=FRESH, ops=OpId(9)),
        (ListMachines(OpId(8), APP, SANDBOX),),
    )


@pytest.mark.parametrize(
    ("machine", "source"),
    [
        (evolve(HOLDER, sandbox=None, user=None), Source.NAME),
        (evolve(HOLDER, named_ours=False), Source.METADATA),
        (HOLDER, Source.NAME),
    ],
)
def test_a_listed_machine_with_our_name_or_our_metadata_is_looked_at(machine: MachineSeen, source: Source) -> None:
    """By name first: it is the name that is taken."""
    scenario = refused(NAMELESS)
    before = scenario.instance
    assert scenario.answer(MachinesListed((machine,))) == Transition(
        evolve(before, phase=Verifying(OpId(9), NAMELESS, OLD, source), ops=OpId(10)),
        (GetMachine(OpId(9), APP, SANDBOX, OLD),),
    )


def test_in_a_shared_app_a_name_is_no_hint() -> None:
    """Nothing is ours by its name alone where others may name things too."""
    scenario = shared(NAMELESS)
    scenario.answer(MachinesListed((evolve(HOLDER, sandbox=None),)))
    assert scenario.instance.phase == Stopped()


def test_of_several_machines_the_one_nearest_to_serving_is_looked_at() -> None:
    """Reconcile 2.12.6; the older id decides between equals."""
    scenario = refused(NAMELESS)
    up = evolve(HOLDER, machine=MachineId("mup"), state=MachineState.STARTED)
    second = evolve(up, machine=MachineId("mzz"))
    assert scenario.answer(MachinesListed((HOLDER, second, up))).effects == (
        GetMachine(OpId(9), APP, SANDBOX, MachineId("mup")),
    )


@pytest.mark.parametrize(
    "machines",
    [
        (),
        (evolve(HOLDER, state=MachineState.DESTROYED),),
        (evolve(HOLDER, named_ours=False, sandbox=SandboxId("ki_2")),),
    ],
)
def test_a_name_that_nobody_seems_to_hold_ends_the_attempt_with_the_refusal(machines: tuple[MachineSeen, ...]) -> None:
    """Status and ids are unchanged, and the whole body is logged, so that the wording can be learnt (4.6.2 c)."""
    scenario = refused(NAMELESS)
    before = scenario.instance
    unparsed = Note("adopt_existing_machine_unparsed", (("body", NAMELESS.text),))
    assert scenario.answer(MachinesListed(machines)) == Transition(given_back(before), (), (unparsed, line(NAMELESS)))
    assert debug_view(scenario.record).notes == (NoteView("last_start_error", "already_exists", NAMELESS.text, AT),)


def test_a_holder_that_is_dead_to_us_is_waited_for() -> None:
    """We deleted it; Fly's names are slower than its machines, and what is dead is never adopted."""
    scenario = refused_again(evolve(HINTED, holder=MachineId("m7")))
    assert scenario.sent == ()
    assert isinstance(scenario.instance.phase, Pausing)


def test_a_name_that_a_dead_holder_keeps_to_the_last_try_is_told_as_a_conflict() -> None:
    """The next machine was to have another name by then, and that was taken as well."""
    lingers = evolve(HINTED, holder=MachineId("m7"))
    scenario = refused_again(lingers)
    while isinstance(scenario.instance.phase, Pausing):
        scenario.ring(AlarmName.PAUSE)
        until(scenario, CreatingMachine).answer(lingers)
    until(scenario, CreatingMachine).answer(lingers)
    assert (scenario.instance.phase, scenario.instance.generation) == (Stopped(), 1)
    assert FailureNote(Failing.START, Why.CONFLICT) in scenario.instance.notes


# -- 4.6.3: looked at --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [NOT_FOUND, MachineShown(evolve(HOLDER, state=MachineState.DESTROYING))])
def test_a_hint_that_leads_nowhere_is_checked_against_a_listing(gone: Outcome) -> None:
    """The name registry is ahead of the machines; nothing is created in this attempt."""
    scenario = refused()
    before = scenario.instance
    assert scenario.answer(gone) == Transition(
        evolve(before, phase=Seeking(OpId(9), HINTED, OLD), ops=OpId(10)), (ListMachines(OpId(9), APP, SANDBOX),)
    )


def test_a_machine_that_was_not_there_is_not_looked_at_twice() -> None:
    """A stale listing would send us round in a circle: what it shows must differ from the hint."""
    scenario = refused()
    scenario.answer(NOT_FOUND)
    before = scenario.instance
    transition = scenario.answer(MachinesListed((HOLDER,)))
    assert (transition.record, transition.effects) == (given_back(before), ())


def test_another_machine_than_the_hint_is_looked_at() -> None:
    """The listing knew better than the text."""
    scenario = refused()
    scenario.answer(NOT_FOUND)
    other = evolve(HOLDER, machine=OTHER)
    assert scenario.answer(MachinesListed((HOLDER, other))).effects == (GetMachine(OpId(10), APP, SANDBOX, OTHER),)


@pytest.mark.parametrize("gone", [NOT_FOUND, MachineShown(evolve(HOLDER, state=MachineState.DESTROYED))])
def test_a_listed_machine_that_has_vanished_ends_the_attempt_and_nothing_is_created(gone: Outcome) -> None:
    """The next attempt finds a clean name, or somebody who holds it."""
    scenario = refused(NAMELESS)
    scenario.answer(MachinesListed((HOLDER,)))
    before = scenario.instance
    vanished = Note("adopt_existing_machine_vanished", (("machine_id", "mold"),))
    assert scenario.answer(gone) == Transition(given_back(before), (), (vanished, line(NAMELESS)))


@pytest.mark.parametrize("answer", [Unknown(), Done(), Rejected(Why.RATE_LIMITED, None, 429)])
@pytest.mark.parametrize("refusal", [HINTED, NAMELESS])
def test_a_look_without_an_answer_is_another_try_of_the_start(refusal: Rejected, answer: Outcome) -> None:
    """Nothing is held that was not verified; the create is refused again and says again by whom."""
    scenario = refused(refusal)
    before = scenario.instance
    story = Starting(OpId(4), evolve(SEEN, tries=2))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(9)), story=story, ops=OpId(10)))
    assert [type(one) for one in scenario.ring(AlarmName.PAUSE).effects] == [CreateMachine]


@pytest.mark.parametrize("refusal", [HINTED, NAMELESS])
def test_a_look_that_was_taken_over_begins_with_the_create(refusal: Rejected) -> None:
    """The name is the fence: it is refused again, or it is free by now."""
    assert [type(one) for one in refused(refusal).take_over().effects] == [CreateMachine]


@pytest.mark.parametrize("refusal", [HINTED, NAMELESS])
def test_an_older_answer_does_not_stand_for_the_look(refusal: Rejected) -> None:
    """Only the op that the phase waits for steers."""
    scenario = refused(refusal)
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


# -- 4.6.4: whose it is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("foreign", [evolve(HOLDER, sandbox=SandboxId("ki_2")), evolve(HOLDER, user=UserId("user-2"))])
def test_somebody_elses_machine_is_left_alone(foreign: MachineSeen) -> None:
    """Its metadata says whose it is, even if it mounts our volume: nothing is destroyed, and people are told."""
    scenario = refused()
    before = scenario.instance
    note = Note("adopt_existing_machine_foreign", (("machine_id", "mold"),))
    assert scenario.answer(MachineShown(foreign)) == Transition(given_back(before), (), (note, line(HINTED)))
    assert scenario.instance.notes[0].text == BODY


def test_a_machine_without_metadata_is_ours_by_name_in_an_app_of_our_own() -> None:
    """An older client made it; in this app there is nobody else."""
    scenario = refused()
    nameless = evolve(HOLDER, sandbox=None, user=None, state=MachineState.STARTED)
    assert scenario.answer(MachineShown(nameless)).effects == (ProbeHealth(OpId(9), APP, SANDBOX, OLD),)


def test_a_machine_without_metadata_is_foreign_in_a_shared_app_unless_it_mounts_our_volume() -> None:
    """A name proves nothing there; a mount of a volume we hold does."""
    plain = evolve(HOLDER, sandbox=None, user=None, state=MachineState.STARTED)
    assert shared().answer(MachineShown(evolve(plain, volume=None))).effects == ()
    assert shared().answer(MachineShown(plain)).effects == (ProbeHealth(OpId(9), APP, SANDBOX, OLD),)


# -- another wish meanwhile --------------------------------------------------------------------------------------


def test_a_machine_that_is_ours_is_stopped_when_a_stop_was_asked_as_it_was_found() -> None:
    """It may have been up all along: it is held, and then it is stopped."""
    scenario = creating_machine()
    scenario.ask(stop())
    scenario.wake()
    scenario.answer(HINTED)
    transition = scenario.answer(MachineShown(evolve(HOLDER, state=MachineState.STARTED)))
    assert transition.effects == (StopMachine(OpId(10), APP, OLD),)
    assert transition.notes[0] == Note("adopt_existing_machine", (("machine_id", "mold"), ("fly_state", "started")))


def test_a_machine_that_is_ours_is_deleted_when_a_destroy_was_asked_as_it_was_found() -> None:
    """Whatever we learn of is razed."""
    scenario = refused()
    scenario.ask(destroy())
    assert scenario.answer(MachineShown(HOLDER)).effects == (DeleteMachine(OpId(10), APP, OLD),)
    assert (scenario.instance.phase, scenario.instance.notes) == (Clearing(), ())


def test_a_destroy_is_never_noted_over_by_a_refusal() -> None:
    """The attempt has nothing to tell any more."""
    scenario = refused()
    scenario.ask(destroy())
    scenario.answer(MachineShown(evolve(HOLDER, sandbox=SandboxId("ki_2"))))
    assert (scenario.instance.phase, scenario.instance.notes) == (Clearing(), ())
