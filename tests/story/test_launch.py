"""Our machine, launched by a start: booted, updated first if its config is an older one, or waited for."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    ProbeHealth,
    StartMachine,
    UpdateMachine,
)
from kiloclaw_core.instance import Failing, FailureNote, Transition
from kiloclaw_core.ledger import MachineHolding, Role
from kiloclaw_core.machine import Guest, MachineState, machine_config
from kiloclaw_core.names import CommandId, MachineId, OpId, OrgId, VersionId, VolumeId
from kiloclaw_core.outcomes import AppReady, MachineShown, Rejected, StateElsewhere, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Change,
    Changing,
    Pausing,
    Probing,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Starting, Trust
from kiloclaw_core.world import sights

from .machines import becomes, halted, looking, replaced
from .scenario import SANDBOX, SPEC, WHO, Scenario, provision, running, start, stop

APP: Final = WHO.app
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
AGAIN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)
DOWN: Final = (MachineState.STOPPED, MachineState.SUSPENDED, MachineState.FAILED)


@pytest.mark.parametrize(
    ("state", "reachable", "why", "text"),
    [
        (MachineState.STOPPED, False, Why.HOST_DOWN, "the host of the machine does not answer"),
        (MachineState.STOPPING, True, Why.TOO_EARLY, "the machine is stopping"),
    ],
)
def test_a_start_that_cannot_use_its_machine_says_why_after_the_last_try(
    *, state: MachineState, reachable: bool, why: Why, text: str
) -> None:
    """Until then each is a refusal that may pass."""
    scenario = halted()
    scenario.record = evolve(scenario.instance, policy=Policy(tries=0))
    looking(replaced(scenario, evolve(scenario.outside.fly.machines[0], state=state, reachable=reachable))).land()
    assert scenario.instance.notes == (FailureNote(Failing.START, why),)
    assert scenario.instance.notes[0].text == text


@pytest.mark.parametrize("state", DOWN)
def test_a_start_boots_a_machine_that_is_down(state: MachineState) -> None:
    """Its config is the wanted one, so that nothing but a start is needed."""
    scenario = becomes(looking(halted()), state)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Changing(OpId(17), M7, Change.START), ops=OpId(18)), (StartMachine(OpId(17), APP, M7),)
    )


def test_a_start_probes_a_machine_that_is_up_already() -> None:
    """Somebody else started it, or a lost answer did: it is as wanted, once it is well."""
    scenario = becomes(looking(halted()), MachineState.STARTED)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Probing(OpId(17), M7), ops=OpId(18)), (ProbeHealth(OpId(17), APP, SANDBOX, M7),)
    )


@pytest.mark.parametrize(
    "state",
    [
        MachineState.CREATED,
        MachineState.STARTING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.OTHER,
    ],
)
def test_a_start_waits_for_a_machine_that_is_on_its_way(state: MachineState) -> None:
    """A state that is newer than this library is only waited for, never acted on."""
    scenario = becomes(looking(halted()), state)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Awaiting(OpId(17), M7, Awaited.STARTED), ops=OpId(18)),
        (AwaitState(OpId(17), APP, M7, Awaited.STARTED, version=VersionId("i7")),),
    )


def test_a_start_lets_a_stopping_machine_stop_first() -> None:
    """Fly refuses a start in this state: too early, so that it is tried again after a pause."""
    scenario = becomes(looking(halted()), MachineState.STOPPING)
    before = scenario.instance
    story = Starting(OpId(13), evolve(AGAIN, tries=2))
    assert scenario.land() == Transition(evolve(before, phase=Pausing(OpId(17)), story=story, ops=OpId(18)))


def configured() -> Scenario:
    """A halted instance whose owner has since asked for another image; a start looks at the old machine."""
    scenario = halted()
    scenario.ask(evolve(provision(spec=evolve(SPEC, image="image-2")), id=CommandId("configured")))
    return looking(scenario)


def test_a_start_updates_a_machine_of_an_older_config() -> None:
    """The whole config, for the version that was seen: a change that somebody made since refuses it."""
    scenario = configured()
    before = scenario.instance
    config = machine_config(evolve(SPEC, image="image-2", revision=2), V3, SANDBOX, WHO.user, WHO.org)
    assert scenario.land() == Transition(
        evolve(before, phase=Changing(OpId(17), M7, Change.UPDATE), ops=OpId(18)),
        (UpdateMachine(OpId(17), APP, M7, VersionId("i7"), config, 1),),
    )


def test_an_update_tells_a_machine_whose_it_is_and_which_secrets_it_has() -> None:
    """An organisation that has no secrets yet, as any other."""
    claws = evolve(WHO, org=OrgId("claws"))
    scenario = running(identity=claws)
    for command in (stop(), evolve(provision(identity=claws, spec=SPEC), id=CommandId("configured"))):
        scenario.ask(command)
        scenario.wake()
        scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    scenario.answer(AppReady(0))
    scenario.land()
    config = machine_config(evolve(SPEC, revision=2), V3, SANDBOX, claws.user, claws.org)
    assert scenario.land().effects == (UpdateMachine(OpId(17), APP, M7, VersionId("i7"), config, 0),)


def test_a_start_waits_for_the_machine_that_it_updated() -> None:
    """The update has it run; the version that it made is what is known, and waited for, from now on."""
    scenario = configured()
    scenario.land()
    before = scenario.instance
    held = MachineHolding(M7, Role.ACTIVE, V3, VersionId("i17"), revision=2)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Awaiting(OpId(18), M7, Awaited.STARTED),
            ledger=evolve(before.ledger, machines=(held,)),
            ops=OpId(19),
        ),
        (AwaitState(OpId(18), APP, M7, Awaited.STARTED, version=VersionId("i17")),),
    )


def test_a_start_boots_the_machine_that_its_update_left_down() -> None:
    """Fly leaves a machine that was down as it is, as a rule (fly.md 2.2): it is shown so, and not waited for (B67)."""
    scenario = configured()
    scenario.land()
    seen = sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX)
    before = scenario.instance
    held = MachineHolding(M7, Role.ACTIVE, V3, VersionId("i17"), revision=2)
    left = evolve(seen, version=VersionId("i17"), revision=2, state=MachineState.STOPPED)
    assert scenario.answer(MachineShown(left)) == Transition(
        evolve(
            before,
            phase=Changing(OpId(18), M7, Change.START),
            ledger=evolve(before.ledger, machines=(held,)),
            ops=OpId(19),
        ),
        (StartMachine(OpId(18), APP, M7),),
    )


def test_a_machine_whose_host_went_silent_is_not_booted_for_having_been_down_before() -> None:
    """Its state is the last that was known: it is waited for, and looked at (fly.md 2.3)."""
    scenario = configured()
    scenario.land()
    seen = sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX)
    silent = evolve(seen, version=VersionId("i17"), revision=2, state=MachineState.STOPPED, reachable=False)
    assert scenario.answer(MachineShown(silent)).effects == (
        AwaitState(OpId(18), APP, M7, Awaited.STARTED, version=VersionId("i17")),
    )


def test_a_stop_asked_during_an_update_does_not_boot_what_that_left_down() -> None:
    """It is down, as it is wanted now."""
    scenario = configured()
    scenario.land()
    seen = evolve(sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX), state=MachineState.STOPPED)
    scenario.ask(stop("after all"))
    assert StartMachine not in {type(effect) for effect in scenario.answer(MachineShown(seen)).effects}


def test_a_start_boots_the_machine_that_went_down_after_its_update() -> None:
    """It was shown on its way: then it is looked at after a pause, and started."""
    scenario = configured()
    scenario.land()
    scenario.land()
    scenario.answer(StateElsewhere(MachineState.STOPPED))
    becomes(scenario, MachineState.STOPPED)
    scenario.ring(AlarmName.PAUSE)
    assert scenario.land().effects == (StartMachine(OpId(21), APP, M7),)


def test_a_legacy_size_is_learnt_from_the_machine_before_it_is_updated() -> None:
    """Without it a legacy instance would be resized to the default, silently (reconcile 2.13, 4.6.7)."""
    scenario = Scenario()
    scenario.ask(provision(spec=evolve(SPEC, guest=None)))
    for command in (start(), stop(), evolve(provision(spec=SPEC), id=CommandId("configured"))):
        scenario.wake()
        scenario.land_all()
        scenario.ask(command)
    guest = Guest(8, 16_384, "performance")
    replaced(scenario, evolve(scenario.outside.fly.machines[0], guest=guest))
    (effect,) = looking(scenario).land().effects
    assert isinstance(effect, UpdateMachine)
    assert (effect.config.guest, scenario.instance.spec) == (guest, evolve(SPEC, guest=guest, revision=2))


def test_a_machine_that_hides_its_size_leaves_it_unknown() -> None:
    """An unreachable host shows no guest; a guess would be what the user pays for."""
    scenario = Scenario()
    scenario.ask(provision(spec=evolve(SPEC, guest=None)))
    for command in (start(), stop()):
        scenario.wake()
        scenario.land_all()
        scenario.ask(command)
    scenario.wake()
    scenario.land_all()
    replaced(scenario, evolve(scenario.outside.fly.machines[0], guest=None))
    looking(scenario).land()
    assert scenario.instance.spec.guest is None
