"""The machine that holds our name, adopted or condemned: the volume with the data decides (reconcile 4.6.5 to 10)."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateMachine,
    DeleteMachine,
    DeleteVolume,
    Effect,
    GetVolume,
    ProbeHealth,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Due, Errand, Ledger, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, Guest, MachineState, VolumeState, machine_config
from kiloclaw_core.names import OpId, Region, VersionId
from kiloclaw_core.outcomes import AppReady, Done, MachineShown, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Change,
    Changing,
    CreatingMachine,
    Look,
    Pausing,
    Running,
    Stopped,
    Weighing,
)
from kiloclaw_core.stories import Attempt, Idle, Spent, Starting, Trust
from kiloclaw_core.world.configurations import FORGOTTEN, OLD_MACHINE, OLD_VOLUME

from .everywhere import verifying
from .machines import HINTED, HOLDER, NOT_FOUND, OLD, STALE, V3, V_OLD, refused, refused_again, volume_shown
from .moves import ousted, until
from .scenario import SANDBOX, SPEC, WHO, Scenario, provision, start, starting, stop

APP: Final = WHO.app
AMS: Final = Region("ams")
DUE: Final = Due()
ADOPTED: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN, spent=(Spent.ADOPTION,))
FRESH: Final = VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3))
BEARING: Final = evolve(FRESH, data=Data.BEARING, healthy=True)
FOUND: Final = VolumeHolding(V_OLD, Role.FOUND, Data.BEARING, AMS)
MOUNT: Final = evolve(FOUND, role=Role.ACTIVE)
GONE: Final[tuple[Outcome, ...]] = (
    NOT_FOUND,
    Rejected(Why.MISSING_VOLUME, None, 404),
    volume_shown(V_OLD, VolumeState.LEAVING),
)


def held(role: Role = Role.ACTIVE, volume: VolumeHolding | None = FRESH, errand: Errand = DUE) -> MachineHolding:
    """The machine that holds our name, as the ledger holds it."""
    return MachineHolding(OLD, role, None if volume is None else volume.volume, VersionId("iold"), errand)


def weighing() -> Scenario:
    """The holder mounts another volume than our fresh one: that other one, which may bear data, is looked at."""
    scenario = refused()
    scenario.answer(MachineShown(STALE))
    return scenario


def weighing_ours() -> Scenario:
    """The holder mounts another volume than ours, which may bear data: ours is looked at."""
    scenario = refused_again()
    scenario.answer(MachineShown(STALE))
    return scenario


def given_back(before: Instance, why: Why = Why.ALREADY_EXISTS) -> Instance:
    """The instance once its attempt ended with a refusal."""
    notes = (FailureNote(Failing.START, why), *before.notes)
    return evolve(before, phase=Stopped(), story=Idle(), notes=notes)


def mismatch(volume: str) -> Note:
    """What the log says of a holder that mounts this volume, which is not ours."""
    return Note("adopt_existing_machine_volume_mismatch", (("machine_id", OLD), ("found_volume_id", volume)))


# -- 4.6.5: another volume ---------------------------------------------------------------------------------------


def test_a_holder_that_mounts_another_volume_is_weighed_against_our_unused_one() -> None:
    """Ours was never mounted: if the other one is there, it has the data. Both are held as found."""
    scenario = refused()
    before = scenario.instance
    assert scenario.answer(MachineShown(STALE)) == Transition(
        evolve(
            before,
            phase=Weighing(OpId(9), HINTED, STALE, V_OLD, Look.FIRST),
            ledger=Ledger((held(Role.FOUND, FOUND),), (FRESH, FOUND)),
            ops=OpId(10),
        ),
        (GetVolume(OpId(9), APP, SANDBOX, V_OLD),),
    )


def test_a_holder_whose_volume_is_there_is_adopted_with_it_and_our_empty_one_goes() -> None:
    """Otherwise a wiped record and a failed lookup would end with an empty disk; only surely empty ones are deleted."""
    scenario = weighing()
    before = scenario.instance
    ledger = Ledger((held(volume=MOUNT),), (evolve(FRESH, role=Role.CONDEMNED, errand=Asked(OpId(11))), MOUNT))
    config = machine_config(SPEC, V_OLD, SANDBOX, WHO.user, WHO.org)
    transition = scenario.answer(volume_shown(V_OLD))
    assert (transition.record, transition.effects) == (
        evolve(
            before,
            phase=Changing(OpId(10), OLD, Change.UPDATE),
            story=Starting(OpId(4), evolve(ADOPTED, trust=Trust.UNSEEN)),
            ledger=ledger,
            ops=OpId(12),
        ),
        (UpdateMachine(OpId(10), APP, OLD, VersionId("iold"), config, 1), DeleteVolume(OpId(11), APP, V3)),
    )


@pytest.mark.parametrize("answer", GONE)
def test_a_volume_that_decides_and_is_not_shown_is_looked_for_again_apart(answer: Outcome) -> None:
    """A stale view must not decide which of two disks is the user's."""
    scenario = weighing()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=Weighing(OpId(10), HINTED, STALE, V_OLD, Look.SECOND), ops=OpId(11)),
        (GetVolume(OpId(10), APP, SANDBOX, V_OLD, pause_s=15.0),),
    )


def test_a_holder_whose_volume_is_gone_is_condemned_once_and_the_refusal_returned() -> None:
    """It alone is deleted, never a volume; the next attempt finds a clean name."""
    scenario = weighing()
    scenario.answer(NOT_FOUND)
    before = scenario.instance
    machine = held(Role.CONDEMNED, FOUND, errand=Asked(OpId(11)))
    transition = scenario.answer(NOT_FOUND)
    assert (transition.record, transition.effects) == (
        evolve(given_back(before), ledger=Ledger((machine,), (FRESH, FOUND)), ops=OpId(12)),
        (DeleteMachine(OpId(11), APP, OLD),),
    )
    assert transition.notes[0] == mismatch("v-old")


def test_a_holder_that_mounts_another_volume_than_our_data_is_weighed_against_ours() -> None:
    """Ours may bear data: while it is there, adopting the old machine would undo what happened since."""
    scenario = refused_again()
    before = scenario.instance
    assert scenario.answer(MachineShown(STALE)) == Transition(
        evolve(
            before,
            phase=Weighing(OpId(18), HINTED, STALE, V3, Look.FIRST),
            ledger=evolve(before.ledger, machines=(held(Role.FOUND, FOUND),), volumes=(BEARING, FOUND)),
            ops=OpId(19),
        ),
        (GetVolume(OpId(18), APP, SANDBOX, V3),),
    )


def test_a_stale_holder_is_condemned_while_our_data_is_there() -> None:
    """It is a left-over of the host before; its own volume is kept, for it may bear data too."""
    scenario = weighing_ours()
    before = scenario.instance
    machine = held(Role.CONDEMNED, FOUND, errand=Asked(OpId(19)))
    transition = scenario.answer(volume_shown(V3))
    ledger = evolve(before.ledger, machines=(machine,), volumes=(BEARING, FOUND))
    assert (transition.record, transition.effects) == (
        evolve(given_back(before), ledger=ledger, ops=OpId(20)),
        (DeleteMachine(OpId(19), APP, OLD),),
    )


def test_a_holder_is_adopted_with_its_volume_when_ours_is_gone() -> None:
    """It is all there is; ours is retained on record, for it was never condemned."""
    scenario = weighing_ours()
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    ledger = scenario.instance.ledger
    assert ledger.machines == (held(volume=MOUNT),)
    assert ledger.volumes == (evolve(BEARING, role=Role.RETAINED, healthy=False), MOUNT)
    assert [type(one) for one in scenario.sent] == [UpdateMachine]


def test_a_holder_without_a_volume_is_condemned_beside_our_unused_one() -> None:
    """A machine without a root mount has nothing to keep and counts as a mismatch."""
    scenario = refused()
    before = scenario.instance
    machine = held(Role.CONDEMNED, None, errand=Asked(OpId(9)))
    transition = scenario.answer(MachineShown(evolve(HOLDER, volume=None)))
    assert transition.notes[0] == mismatch("")
    assert (transition.record, transition.effects) == (
        evolve(given_back(before), ledger=Ledger((machine,), (FRESH,)), ops=OpId(10)),
        (DeleteMachine(OpId(9), APP, OLD),),
    )


def test_when_our_data_is_gone_and_the_holder_has_none_that_is_what_is_told() -> None:
    """A missing volume is told, never replaced by an empty one; the machine is left for people to look at."""
    scenario = refused_again()
    scenario.answer(MachineShown(evolve(HOLDER, volume=None)))
    scenario.answer(NOT_FOUND)
    before = scenario.instance
    said = "our volume is gone, and the machine has none"
    line = Note(
        "instance.provisioning_failed", (("label", "no_machine_created"), ("why", "missing_volume"), ("error", said))
    )
    assert scenario.answer(NOT_FOUND) == Transition(given_back(before, Why.MISSING_VOLUME), (), (line,))


@pytest.mark.parametrize("answer", [Unknown(), Done(), Rejected(Why.RATE_LIMITED, None, 429)])
def test_weighing_without_an_answer_is_another_try_of_the_start(answer: Outcome) -> None:
    """Unknown is never taken for gone: nothing is adopted and nothing condemned."""
    scenario = weighing()
    before = scenario.instance
    story = Starting(OpId(4), evolve(ADOPTED, tries=2, spent=()))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(10)), story=story, ops=OpId(11)))


def test_weighing_that_was_taken_over_begins_with_the_create() -> None:
    """The name is the fence: it is refused again, or it is free by now."""
    assert [type(one) for one in weighing().take_over().effects] == [CreateMachine]


def test_an_older_answer_does_not_weigh() -> None:
    """Only the op that the phase waits for steers."""
    scenario = weighing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


# -- 4.6.6 and 4.6.7: adopted, and started inline ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        (MachineState.STARTED, ProbeHealth(OpId(9), APP, SANDBOX, OLD)),
        (MachineState.STARTING, AwaitState(OpId(9), APP, OLD, Awaited.STARTED, version=VersionId("iold"))),
        (
            MachineState.FAILED,
            UpdateMachine(
                OpId(9),
                APP,
                OLD,
                VersionId("iold"),
                machine_config(SPEC, V3, SANDBOX, WHO.user, WHO.org),
                secrets_version=1,
            ),
        ),
    ],
)
def test_a_holder_that_mounts_our_volume_is_adopted_and_started_as_it_is(state: MachineState, effect: Effect) -> None:
    """Its id is durable before anything more is sent: the record and the next request are one transition."""
    scenario = refused()
    transition = scenario.answer(MachineShown(evolve(HOLDER, state=state)))
    assert transition.effects == (effect,)
    assert (scenario.instance.ledger.machines, scenario.instance.story) == ((held(),), Starting(OpId(4), ADOPTED))
    told = (("machine_id", OLD), ("fly_state", state.value))
    assert transition.notes[0] == Note("adopt_existing_machine", told)


def test_a_holder_of_the_wanted_config_is_only_started() -> None:
    """A create of ours made it, and its answer was lost to whoever asked."""
    scenario = refused()
    assert scenario.answer(MachineShown(evolve(HOLDER, revision=1))).effects == (StartMachine(OpId(9), APP, OLD),)


def test_an_adopted_machines_size_is_learnt_before_it_is_updated() -> None:
    """Without it a legacy instance would be resized to the default guest, silently (4.6.7, 2.13)."""
    scenario = Scenario(outside=FORGOTTEN)
    for command in (provision(spec=evolve(SPEC, guest=None)), start()):
        scenario.ask(command)
        scenario.wake()
        scenario.land_all()
    size = Guest(2, 4096, "shared")
    assert (OLD_MACHINE.guest, scenario.instance.spec.guest) == (size, size)
    assert scenario.outside.fly.machines[0].guest == size


def test_an_adopted_machines_id_survives_when_its_start_fails() -> None:
    """The next attempt begins at the machine: no second adoption and no create."""
    scenario = refused()
    scenario.answer(MachineShown(HOLDER))
    before = scenario.instance
    scenario.answer(Rejected(Why.INVALID, None, 422))
    assert scenario.instance == given_back(before, Why.INVALID)
    assert scenario.instance.ledger.machine == held()


def test_a_holder_that_a_move_adopts_after_a_stop_was_asked_is_stopped_where_it_is() -> None:
    """It is ours and mounts the copy, where the user may have written: nobody wants it up any more, and it stays."""
    scenario = ousted()
    until(scenario, CreatingMachine).answer(HINTED)
    candidate = scenario.instance.ledger.candidate
    assert candidate is not None
    scenario.ask(stop("enough"))
    scenario.answer(MachineShown(evolve(HOLDER, volume=candidate.volume)))
    roles = {held.volume: held.role for held in scenario.instance.ledger.volumes}
    assert roles == {candidate.volume: Role.ACTIVE, V3: Role.RETAINED}
    assert scenario.sent == (StopMachine(OpId(scenario.instance.ops - 1), WHO.app, OLD),)


def test_an_attempt_adopts_at_most_once() -> None:
    """An adopted machine that vanishes and a name that stays taken would go round for ever (4.6.8)."""
    scenario = refused()
    scenario.answer(MachineShown(evolve(HOLDER, state=MachineState.STARTING)))
    for answer in (NOT_FOUND, NOT_FOUND, NOT_FOUND, Done()):
        scenario.answer(answer)
    assert [type(one) for one in scenario.sent] == [CreateMachine]
    line = Note(
        "instance.provisioning_failed",
        (("label", "no_machine_created"), ("why", "already_exists"), ("error", HINTED.text)),
    )
    transition = scenario.answer(HINTED)
    assert (transition.effects, transition.notes, scenario.instance.phase) == ((), (line,), Stopped())
    assert (scenario.instance.ledger.machines, scenario.instance.ledger.dead_machines) == ((), (OLD,))


# -- 4.6.10: the whole story -------------------------------------------------------------------------------------


def test_a_wiped_record_whose_machine_is_adopted_ends_running_on_its_data() -> None:
    """The user sees his files: the survey found the old volume, and the old machine runs with it."""
    scenario = starting(FORGOTTEN)
    scenario.land_all()
    instance, fly = scenario.instance, scenario.outside.fly
    assert (instance.phase, instance.notes) == (Running(), ())
    assert instance.ledger.machine is not None
    assert (instance.ledger.machine.machine, instance.ledger.dead_volumes) == (OLD_MACHINE.machine, ())
    assert fly.volumes == (OLD_VOLUME,)
    assert [(one.machine, one.state) for one in fly.machines] == [(OLD_MACHINE.machine, MachineState.STARTED)]


def test_a_machine_that_turns_up_beside_an_empty_volume_is_adopted_with_its_data() -> None:
    """Where the survey did not show the old volume, the name does: the empty one is gone in the end."""
    scenario = verifying()
    scenario.land_all()
    instance, fly = scenario.instance, scenario.outside.fly
    assert (instance.phase, instance.notes) == (Running(), ())
    assert instance.ledger.machine is not None
    assert (instance.ledger.machine.machine, instance.ledger.dead_volumes) == (OLD_MACHINE.machine, (V3,))
    assert fly.volumes == (OLD_VOLUME,)


def test_an_attempt_after_a_condemned_holder_finds_a_clean_name() -> None:
    """The refusal is returned once; the alarm's try succeeds."""
    scenario = weighing_ours()
    scenario.answer(volume_shown(V3))
    scenario.land_all()
    scenario.ring(AlarmName.RETRY)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())
