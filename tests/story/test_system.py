"""The system that is explored: how requests land and answers are heard, what callers do, and what claims are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core import turn
from kiloclaw_core.commands import Provision
from kiloclaw_core.effects import DeleteVolume
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.explore.product import Joint
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Done, MachineMade, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName, CreatingMachine
from kiloclaw_core.world.configurations import CONFIGURATIONS, STRANGER, configuration_named
from kiloclaw_core.world.deliveries import (
    fact_name,
    go_on,
    hear,
    land_request,
    must_settle,
    op_of,
    phase_of,
    ring,
    told,
    wake,
)
from kiloclaw_core.world.fate import advance, becomes_whole
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside, land
from kiloclaw_core.world.moment import is_bounded, scene_of, unserved
from kiloclaw_core.world.setting import IDENTITY, SMALL, SPEC, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled
from kiloclaw_core.world.system import LABELS, System, is_awaited

from .everywhere import awaiting, changing, clearing, creating_machine, creating_volume, inspecting, settling, sweeping
from .moves import recovering, restarting, restoring
from .scenario import SANDBOX, Scenario, running, start, starting, stop, stopped
from .strays import LATE_MACHINE

CALM: Final = Ghost()


def sent(scenario: Scenario) -> Sent:
    """The request of this scenario, on its way."""
    (effect,) = scenario.sent
    return Sent(effect)


def test_a_system_begins_with_a_granted_provision() -> None:
    """Nothing was called yet; strangers are remembered so that their loss would show."""
    configuration = configuration_named("stranger")
    command = Provision(CommandId("provision"), IDENTITY, SPEC)
    record = decide(Absent(SANDBOX, SMALL), command).unwrap()
    ghost = Ghost(strangers=frozenset({"m-old"}))
    system = System(configuration)
    assert system.initial() == Joint((record, Outside(Fly((STRANGER,))), ghost, configuration.budget), ())
    assert system.scene(system.initial()) == scene_of(record, configuration.outside, ghost, ())


def test_a_configuration_leaves_out_the_claims_that_its_beginning_breaks() -> None:
    """All others are judged."""
    configuration = configuration_named("forgotten-machine")
    every = System(configuration_named("start-destroy")).claims
    kept = tuple(claim for claim in every if claim.name not in configuration.without)
    assert System(configuration).claims == kept
    assert len(kept) == len(every) - len(configuration.without)


def test_every_configuration_is_found_by_its_name() -> None:
    """And no two share one."""
    assert [configuration_named(one.name) for one in CONFIGURATIONS] == list(CONFIGURATIONS)


def test_a_configuration_that_is_not_there_is_refused_with_those_that_are() -> None:
    """Whoever mistyped a name should not have to look it up."""
    with pytest.raises(KeyError) as refused:
        configuration_named("stat-destroy")
    there_are = ", ".join(one.name for one in CONFIGURATIONS)
    assert refused.value.args == (f"no configuration is named 'stat-destroy'; there are {there_are}",)


def test_what_an_op_or_id_is_numbered_by_can_be_changed() -> None:
    """Two states that differ only in numbers are one state; ids without a number keep their names."""
    system = System(configuration_named("start-destroy"))
    slot = Answered(OpId(7), MachineMade(evolve(LATE_MACHINE, machine=MachineId("m7"), volume=VolumeId("v-old"))))
    assert system.numbers(slot) == (7, 99)
    renumbered = system.renumber(slot, {7: 1, 99: 2})
    seen = evolve(LATE_MACHINE, machine=MachineId("m1"), volume=VolumeId("v-old"), mark=OpId(2))
    assert renumbered == Answered(OpId(1), MachineMade(seen))
    assert [label.make(3) for label in LABELS.values()] == [3, "m3", "v3", "i3"]


def test_slots_stand_in_the_order_of_their_ops() -> None:
    """The same bag is always written the same way."""
    system = System(configuration_named("start-destroy"))
    effect = DeleteVolume(OpId(4), IDENTITY.app, VolumeId("v1"))
    slots: tuple[Slot, ...] = (Sent(effect), Orphan(effect), Stalled(effect), Answered(OpId(4), Done()))
    assert [op_of(slot) for slot in slots] == [4, 4, 4, 4]
    assert [system.slot_key(slot)[:2] for slot in slots] == [
        (4, "Sent"),
        (4, "Orphan"),
        (4, "Stalled"),
        (4, "Answered"),
    ]


@pytest.mark.parametrize(
    ("fact", "name"),
    [
        (Replied(OpId(1), Rejected(Why.QUOTA)), "Replied(Rejected(quota))"),
        (Replied(OpId(1), Done()), "Replied(Done)"),
        (AlarmRang(AlarmName.GRAVE, OpId(1)), "AlarmRang(grave)"),
        (Woken(), "Woken"),
        (Recovered(), "Recovered"),
    ],
)
def test_every_fact_is_a_column_of_the_transition_table(fact: Fact, name: str) -> None:
    """Numbers are left out: the table is about kinds."""
    assert fact_name(fact) == name


# -- deliveries --------------------------------------------------------------------------------------------------


def test_an_answer_is_heard_and_what_it_sends_is_on_its_way() -> None:
    """One commit: the record, what was witnessed, and the requests that leave after it."""
    scenario = creating_machine()
    before = scenario.record
    _, outcome = land(scenario.outside, scenario.sent[0])
    transition = absorb(before, Replied(OpId(7), outcome))
    moves = list(hear(Answered(OpId(7), outcome), False, before, CALM))
    assert moves == [
        Move(
            Action("hear 7: MachineMade", "in flight"),
            When.CALM,
            writes=(("record", transition.record), ("ghost", CALM)),
            spawned=tuple(Sent(effect) for effect in transition.effects),
            cell=("CreatingMachine", "Replied(MachineMade)", "Awaiting(started) + AwaitState"),
        )
    ]


def test_a_request_on_its_way_is_not_an_answer() -> None:
    """Only answers are heard."""
    scenario = creating_machine()
    assert list(hear(sent(scenario), False, scenario.record, CALM)) == []


def test_a_request_lands_and_becomes_its_answer() -> None:
    """The outside is changed in one instant."""
    scenario = creating_machine()
    slot = sent(scenario)
    after, outcome = land(scenario.outside, slot.effect)
    assert list(land_request(slot, False, scenario.outside)) == [
        Move(
            Action("land CreateMachine 7: MachineMade", "fly"),
            When.CALM,
            (("outside", after),),
            (Answered(OpId(7), outcome),),
        )
    ]


def test_a_poll_goes_on_while_the_machine_is_on_its_way() -> None:
    """It is answered once the machine has arrived."""
    scenario = awaiting()
    assert list(land_request(sent(scenario), False, scenario.outside)) == []
    scenario.arrive()
    (move,) = land_request(sent(scenario), False, scenario.outside)
    assert move.action == Action("land AwaitState 8: StateReached", "fly")


def test_an_orphan_lands_unheard_or_never() -> None:
    """Nobody will know which."""
    scenario = creating_machine()
    orphan = Orphan(scenario.sent[0])
    after, _ = land(scenario.outside, orphan.effect)
    assert list(land_request(orphan, False, scenario.outside)) == [
        Move(Action("land late CreateMachine 7: MachineMade", "fly"), When.CALM, (("outside", after),)),
        Move(Action("lost for good CreateMachine 7", "in flight"), When.CALM),
    ]


def test_a_request_that_was_held_up_too_long_is_not_sent() -> None:
    """The performer's own rule: sent later it could land after its settle."""
    scenario = creating_machine()
    stalled = Stalled(scenario.sent[0])
    assert list(land_request(stalled, False, scenario.outside)) == [
        Move(
            Action("do not send CreateMachine 7", "in flight"),
            When.CALM,
            kept=(Answered(OpId(7), Rejected(Why.NOT_SENT)),),
        )
    ]


def test_a_performer_without_that_rule_would_send_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The explored system obeys the interpreter's rule, so that a mutant of it shows here."""
    monkeypatch.setattr(turn, "may_send", lambda *_: True)
    scenario = creating_machine()
    after, outcome = land(scenario.outside, scenario.sent[0])
    assert list(land_request(Stalled(scenario.sent[0]), False, scenario.outside)) == [
        Move(
            Action("send too late CreateMachine 7", "in flight"),
            When.CALM,
            (("outside", after),),
            (Answered(OpId(7), outcome),),
        )
    ]


def test_an_answer_has_landed_already() -> None:
    """It does not land twice."""
    assert list(land_request(Answered(OpId(7), Done()), False, Outside())) == []


def test_a_settle_waits_for_the_request_that_it_is_about() -> None:
    """It ends only when that can no longer land."""
    scenario = settling()
    settle = sent(scenario)
    create = creating_machine().sent[0]
    other = clearing().sent[0]
    assert [must_settle(settle, slot) for slot in (Sent(create), Orphan(create), Stalled(create), Sent(other))] == [
        True,
        True,
        False,
        False,
    ]
    assert [must_settle(slot, Sent(create)) for slot in (Sent(create), Answered(OpId(7), Done()))] == [False, False]
    assert list(land_request(settle, True, scenario.outside)) == []


def test_machines_on_their_way_arrive() -> None:
    """Those that are up or down stay so."""
    scenario = awaiting()
    fly = scenario.outside.fly
    after = evolve(scenario.outside, fly=advance(fly, fly.machines[0]))
    assert list(go_on(scenario.outside)) == [
        Move(Action("machine m7 is started", "fly"), When.CALM, (("outside", after),))
    ]
    assert list(go_on(after)) == []


def test_volumes_that_are_being_filled_become_whole() -> None:
    """A copy is there before everything is in it."""
    scenario = recovering(CreatingMachine)
    fly = scenario.outside.fly
    copy = fly.volumes[1]
    assert (copy.volume, copy.state) == ("v17", VolumeState.UNREADY)
    after = evolve(scenario.outside, fly=becomes_whole(fly, copy))
    assert list(go_on(scenario.outside)) == [
        Move(Action("volume v17 is whole", "fly"), When.CALM, (("outside", after),))
    ]
    assert list(go_on(after)) == []


def test_a_worker_looks_at_an_intent_that_nobody_looked_at() -> None:
    """By its alarm, and only while there is one."""
    scenario = stopped()
    assert list(wake(scenario.record, CALM)) == []
    record = scenario.ask(start())
    (move,) = wake(record, CALM)
    fact = AlarmRang(AlarmName.INTENT, OpId(4))
    assert move == told(Action("wake", "instance"), When.CALM, record, CALM, fact)
    assert list(wake(Absent(SANDBOX), CALM)) == []


def test_alarms_ring_when_nothing_else_can() -> None:
    """Each for itself; a new intent can be looked at, and is without waiting for quiet."""
    scenario = creating_machine()
    moves = list(ring(scenario.record, CALM))
    assert [(move.action.label, move.when) for move in moves] == [
        ("alarm ceiling", When.QUIET),
        ("alarm patience", When.QUIET),
    ]
    record = scenario.ask(stop())
    assert list(ring(record, CALM)) == []
    assert [move.when for move in wake(record, CALM)] == [When.CALM]


# -- what claims are shown ---------------------------------------------------------------------------------------


def test_who_waits_for_an_answer_that_is_under_way_is_served() -> None:
    """And who waits for none, or only for errands, which have alarms of their own, waits for nobody."""
    scenario = creating_machine()
    assert unserved(scenario.record, (sent(scenario),)) is None
    assert unserved(scenario.record, (Answered(OpId(7), Unknown()),)) is None
    assert unserved(running().record, ()) is None
    assert unserved(clearing().record, ()) is None
    assert unserved(Absent(SANDBOX), ()) is None


def test_who_waits_for_an_answer_that_cannot_come_is_named() -> None:
    """An orphan's answer is heard by nobody; a look that failed waits for its alarm."""
    scenario = creating_machine()
    assert unserved(scenario.record, (Orphan(scenario.sent[0]),)) == "CreatingMachine"
    assert unserved(sweeping().record, ()) is None


def test_a_read_that_nobody_waits_for_is_abandoned() -> None:
    """Whoever performs it may stop; what changes the outside, or reports what it made, still matters."""
    scenario = inspecting()
    look = sent(scenario)
    create = creating_machine().sent[0]
    made = Answered(OpId(99), MachineMade(LATE_MACHINE))
    slots: tuple[Slot, ...] = (look, Answered(OpId(10), Done()), Sent(create), Orphan(create), Stalled(create), made)
    assert [is_awaited(slot, scenario.record) for slot in slots] == [True, True, True, True, True, True]
    strangers: tuple[Slot, ...] = (look, Answered(OpId(10), Done()))
    assert [is_awaited(slot, running().record) for slot in strangers] == [False, False]


def test_a_sandbox_that_never_was_has_a_row_too() -> None:
    """The transition table begins there."""
    assert (phase_of(Absent(SANDBOX)), phase_of(creating_machine().record)) == ("Absent", "CreatingMachine")


# -- what has an end ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", [starting, restarting, recovering, restoring])
def test_what_is_under_way_has_a_ceiling(scenario: Callable[[], Scenario]) -> None:
    """What has none could go on for ever."""
    assert is_bounded(scenario().instance)


def test_what_is_past_its_ceiling_has_an_end() -> None:
    """A create in flight is waited out first."""
    scenario = creating_machine()
    scenario.ring(AlarmName.CEILING)
    assert is_bounded(scenario.instance)


@pytest.mark.parametrize("scenario", [running, creating_volume, changing])
def test_what_is_at_rest_or_counts_its_tries_needs_no_ceiling(scenario: Callable[[], Scenario]) -> None:
    """A provision and a stop end when their tries are spent."""
    assert is_bounded(scenario().instance)
