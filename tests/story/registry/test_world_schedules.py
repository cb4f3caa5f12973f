"""The schedules by which the admission before this one failed, GW1 to GW22 (registry 7.1) and LW40 to LW44: they pass.

Each is told in the world of admission, where every *always* is looked at after each step; what has no caller there is
told to the record itself. The bugs that bring them back are in `kiloclaw_adapters.mutants`.
"""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Begin,
    FailedClean,
    Occupied,
    Opener,
    OperatorRelease,
    Phase,
    Proof,
    Publish,
    Registry,
    RouteState,
    RowState,
    WorkStarted,
    registry_alarms_of,
    registry_decide,
    reservation_views,
)
from kiloclaw_core.registry.asks import (
    Active,
    ActiveShown,
    AskInstance,
    AskRegistry,
    Entitled,
    Granted,
    NotEntitled,
    Provisioned,
    Troubled,
)
from kiloclaw_core.registry.commands import RegistryCommand
from kiloclaw_core.registry.flow import asked, heard
from kiloclaw_core.registry.positions import Checking, Flow
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.registry.update import (
    Update,
    UpdateRequest,
    update_asked,
    update_heard,
)
from kiloclaw_core.world.admission.instances import Wanted
from kiloclaw_core.world.admission.setting import FIRST, NEWCOMER, OLD, OLD_TIMER, OTHER, SECOND, SMALL, UPDATER
from tests.story.registry.worldly import Tale

LET_IN: Final = ("first: asks", "first: Begin", "first: ReadActive", "first: WorkStarted")
TAKEN_ON: Final = (*LET_IN, "first: AskInstance")
WHOLE: Final = (*TAKEN_ON, "first: PrepareCommit", "first: InsertRow", "first: Subscribe", "first: LookAtRow")
HAD: Final = (*WHOLE, "first: Commit")
SECOND_ASKS: Final = ("second: asks", "second: Begin")
INSTANCE: Final = "instance first's"
UP: Final = (f"{INSTANCE}: it sends for a machine", f"{INSTANCE}: its machine is made")
FENCED: Final = ("registry: intent", "CloseRow", "registry: hears", "OrderDestroy", "registry: hears")

ANN: Final = UserId("ann")
MINE: Final = OwnerKey("user:ann")
BOX: Final = SandboxId("box")
SUCCESS: Final = Provisioned(SandboxId("first's"))
DESTROYED: Final = Troubled(Trouble.DESTROYED)


def phase(tale: Tale, name: str) -> Phase | None:
    """How far an attempt has come."""
    ending = tale.ending(name)
    return None if ending is None else ending.phase


def after(*commands: RegistryCommand, policy: Policy = Policy()) -> Registry:  # noqa: B008 - a frozen value
    """Ann's registry once these were granted; they have to be."""
    registry = Registry(MINE, policy=policy)
    for command in commands:
        registry = registry_decide(registry, command).unwrap()
    return registry


def begin(name: str, instance: SandboxId = BOX) -> Begin:
    """Ann's attempt of this name."""
    return Begin(MINE, AttemptId(name), ANN, instance)


# -- GW1 to GW5 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["first: dies", "first: is not answered"])
def test_gw1_and_lw41_an_attempt_whose_caller_never_heard_is_released_by_the_first_probe(how: str) -> None:
    """The begin landed, and nobody knows: the next caller waits for one probe, not for an operator."""
    tale = Tale((FIRST, SECOND)).happens("first: asks", how, "late: Begin lands", *SECOND_ASKS)
    assert tale.reply("second") == Troubled(Trouble.IN_PROGRESS)
    tale.calms().happens("second: asks the same again").calms()
    assert (phase(tale, "first"), tale.reply("second")) == (Phase.RELEASED, Provisioned(SandboxId("second's")))


def test_gw1_asking_again_is_the_same_attempt() -> None:
    """Whoever did not hear that they were let in is told so when they ask again."""
    tale = Tale((FIRST,)).happens("first: asks", "first: is not answered", "late: Begin lands")
    tale.happens("first: asks the same again").calms()
    assert tale.reply("first") == SUCCESS


def test_gw2_and_lw40_an_attempt_whose_instance_was_never_reached_is_closed_and_released() -> None:
    """No identity, no alarm, nobody to see to it: the instance is closed for the attempt, and that is the evidence."""
    tale = Tale((FIRST, SECOND)).happens(*LET_IN, "first: is not answered", "late: AskInstance never lands").calms()
    assert (phase(tale, "first"), tale.scene.instances.of(SandboxId("first's")).wanted) == (Phase.RELEASED, Wanted.GONE)
    assert tale.happens("second: asks").calms().reply("second") == Provisioned(SandboxId("second's"))


def test_gw3_a_machine_whose_answer_was_lost_is_found_and_destroyed() -> None:
    """It would have run for ever, unbilled and unreachable."""
    tale = Tale((FIRST,)).happens(*LET_IN, "first: is not answered", "late: AskInstance lands", *UP).calms()
    ending = tale.ending("first")
    assert ending is not None
    assert (ending.phase, ending.there, ending.route) == (Phase.RELEASED, False, RouteState.TOMBSTONE)


def test_gw4_a_destroy_that_is_slow_is_never_taken_back() -> None:
    """While it goes on nobody is routed there; a second instance is had when the first is gone, and not before."""
    tale = Tale((FIRST, SECOND)).happens(*HAD, *UP, "owner: destroys first's", *SECOND_ASKS, "second: ReadActive")
    tale.happens("second: Publish", "second: FailedClean")
    assert tale.reply("second") == Troubled(Trouble.ALREADY_ACTIVE)
    tale.calms()
    assert (phase(tale, "first"), tale.row(SandboxId("first's"))) == (Phase.RELEASED, RowState.DESTROYED)


def test_gw5_a_zombie_of_an_operators_release_is_fenced_everywhere() -> None:
    """It is held up on the way to its instance; when it gets there the instance is closed."""
    tale = Tale((FIRST, SECOND)).happens(*LET_IN, "operator: releases first", *FENCED)
    assert phase(tale, "first") is Phase.RELEASED
    tale.happens("second: asks", "first: AskInstance: InstanceRefused", "first: FailedClean").calms()
    assert (tale.reply("first"), tale.reply("second")) == (DESTROYED, Provisioned(SandboxId("second's")))


def test_gw5_a_zombie_that_is_about_to_insert_its_row_is_fenced_by_the_rows() -> None:
    """Neither the registry nor the instance is asked at that moment: the rows themselves know the fence."""
    tale = Tale((FIRST, SECOND)).happens(*TAKEN_ON, "first: PrepareCommit", "operator: releases first", *FENCED)
    tale.happens("first: InsertRow: RowFenced", "first: FailedDirty", "second: asks").calms()
    assert tale.reply("first") == Troubled(Trouble.ATTEMPT_ENDED)
    assert tale.row(SandboxId("first's")) is RowState.NONE


def test_who_is_told_to_begin_anew_has_an_instance_by_a_new_attempt_and_by_no_other() -> None:
    """Under the old id nothing else is ever said, and never again that a moment's patience would help (registry 4)."""
    tale = Tale((FIRST, SECOND)).happens(*LET_IN, "first: is not answered", "late: AskInstance never lands").calms()
    assert tale.reply("first") == Troubled(Trouble.PROVISION_FAILED)
    tale.happens("first: asks the same again").calms().happens("second: asks").calms()
    assert (tale.reply("first"), tale.reply("second")) == (
        Troubled(Trouble.ATTEMPT_ENDED),
        Provisioned(SandboxId("second's")),
    )
    assert [explanation(one).anew for one in (Trouble.PROVISION_FAILED, Trouble.ATTEMPT_ENDED)] == [True, True]


def test_whoever_cannot_be_told_what_became_of_it_is_not_told_to_begin_anew() -> None:
    """The row landed without an answer, the word that it failed never did: the probe completes what is whole.

    Whoever had begun a new one would have been turned away by an instance of their own; asked again, it is theirs.
    """
    tale = Tale((FIRST,)).happens(*TAKEN_ON, "first: PrepareCommit")
    tale.happens("first: is not answered: InsertRow", "late: InsertRow lands")
    tale.happens("first: is not answered: FailedDirty", "late: FailedDirty never lands")
    assert tale.reply("first") == Troubled(Trouble.UNAVAILABLE)
    tale.calms()
    assert phase(tale, "first") is Phase.COMPLETED
    tale.happens("first: asks the same again").calms()
    assert tale.reply("first") == SUCCESS
    assert not explanation(Trouble.UNAVAILABLE).anew


def test_whoever_fails_what_a_probe_has_completed_is_told_to_come_back_for_it() -> None:
    """The row landed without an answer, and the probe was faster than the word that it failed."""
    probe = ("ReadRow", "registry: hears", "ReadVerdict", "registry: hears", "Bootstrap", "registry: hears")
    tale = Tale((FIRST,)).happens(*TAKEN_ON, "first: PrepareCommit")
    tale.happens("first: is not answered: InsertRow", "late: InsertRow lands", "registry: probe 0 rings early", *probe)
    tale.happens("first: FailedDirty")
    assert (tale.reply("first"), phase(tale, "first")) == (Troubled(Trouble.COMPLETION_PENDING), Phase.COMPLETED)
    tale.happens("first: asks the same again").calms()
    assert tale.reply("first") == SUCCESS


# -- GW6 to GW11 -------------------------------------------------------------------------------------------------


def test_gw6_an_attempt_is_not_completed_while_it_is_destroyed() -> None:
    """The row is there and subscribed, and its owner wants it gone: the completion is refused, the destroy goes on."""
    tale = Tale((FIRST,)).happens(*WHOLE, "owner: destroys first's", "first: Commit")
    assert tale.reply("first") == DESTROYED
    ending = tale.calms().ending("first")
    assert ending is not None
    assert (ending.phase, ending.row, ending.route) == (Phase.RELEASED, RowState.DESTROYED, RouteState.TOMBSTONE)


def test_gw6_a_destroyed_row_is_not_subscribed() -> None:
    """Neither a trial nor a funded subscription goes to a row whose fence is closed."""
    inserted = (*TAKEN_ON, "first: PrepareCommit", "first: InsertRow")
    tale = Tale((FIRST,)).happens(*inserted, "owner: destroys first's", "registry: intent", "CloseRow")
    tale.happens("first: Subscribe", "first: LookAtRow").calms()
    assert tale.reply("first") == Troubled(Trouble.COMPLETION_PENDING)
    assert not any(row.subscribed for row in tale.scene.rows.rows)


def test_gw7_a_destroy_while_the_create_is_in_flight_waits_for_it() -> None:
    """The slot is not free before the machine has come and gone."""
    tale = Tale((FIRST, SECOND)).happens(*TAKEN_ON, f"{INSTANCE}: it sends for a machine", "owner: destroys", *FENCED)
    tale.happens(*SECOND_ASKS, "second: Hurry")
    assert tale.reply("second") == Troubled(Trouble.CLEANUP_IN_PROGRESS)
    assert tale.calms().scene.instances.of(SandboxId("first's")).traceless


def test_gw8_what_is_destroyed_is_told_to_be_destroyed() -> None:
    """Its row is never active again, so that an update finds none and another destroy is granted."""
    tale = Tale((FIRST, UPDATER)).happens(*HAD, "updater: asks", "updater: ReadActive", "owner: destroys first's")
    tale.happens("updater: Publish")
    assert tale.reply("updater") == DESTROYED
    tale.calms().happens("updater: asks the same again").calms()
    assert tale.reply("updater") == Troubled(Trouble.NOT_FOUND)


def test_gw9_an_instance_marks_its_own_row() -> None:
    """Nobody else is waited for: row, route and slot are over when it is gone."""
    inserted = (*TAKEN_ON, "first: PrepareCommit", "first: InsertRow")
    tale = Tale((FIRST,)).happens(*inserted, "owner: destroys first's", *FENCED)
    assert tale.row(SandboxId("first's")) is RowState.UNSUBSCRIBED
    tale.happens(f"{INSTANCE}: marks its row", f"{INSTANCE}: tells the registry").calms()
    assert (phase(tale, "first"), tale.row(SandboxId("first's"))) == (Phase.RELEASED, RowState.DESTROYED)


def test_gw10_and_lw42_a_row_that_was_never_inserted_counts_as_marked() -> None:
    """There is nothing to wait for in a row that does not exist."""
    tale = Tale((FIRST,)).happens(*TAKEN_ON, "first: PrepareCommit", "first: is not answered")
    tale.happens("late: InsertRow never lands").calms()
    assert (phase(tale, "first"), tale.row(SandboxId("first's"))) == (Phase.RELEASED, RowState.NONE)


def test_gw11_whoever_is_told_of_an_instance_has_one_that_starts() -> None:
    """What is wanted is durable with the identity: a retry finds it, and never forgets the start."""
    tale = Tale((FIRST,)).happens(*LET_IN, "first: dies", "late: AskInstance lands", "first: asks the same again")
    tale.calms()
    ending = tale.ending("first")
    assert ending is not None
    assert (tale.reply("first"), ending.wanted, ending.there) == (SUCCESS, Wanted.RUNNING, True)


# -- GW12 to GW18 ------------------------------------------------------------------------------------------------


def test_gw12_a_slot_that_nobody_needs_is_no_late_bomb() -> None:
    """The second was let in although the first is active, and its server died: the probe frees the slot."""
    tale = Tale((FIRST, SECOND)).happens(*HAD, *SECOND_ASKS, "second: dies").calms()
    assert (phase(tale, "first"), phase(tale, "second")) == (Phase.COMPLETED, Phase.RELEASED)


def test_gw13_a_destroy_that_cannot_be_ordered_is_ordered_again() -> None:
    """The instance does not answer: the slot stays held, and its remains are known."""
    tale = Tale((FIRST,)).happens(*TAKEN_ON, *UP, "outage: instances", "owner: destroys first's", "registry: intent")
    tale.happens("CloseRow", "registry: hears", "OrderDestroy", "registry: hears")
    assert phase(tale, "first") is Phase.CLEANING
    tale.happens("outage: instances answer again", "first: PrepareCommit").calms()
    assert phase(tale, "first") is Phase.RELEASED


def test_gw14_a_route_that_was_read_before_its_instance_was_destroyed_is_not_published() -> None:
    """A tombstone is written even where there was no route, and what an old look shows never wins over it."""
    tale = Tale((OLD_TIMER,), old=True).happens("visitor: wants the routes", "registry: intent", "ReadLegacy")
    tale.happens("owner: destroys old", "registry: hears")
    route = tale.registry.route(OLD)
    assert route is not None
    assert route.state is RouteState.DRAINING
    tale.calms()
    assert [one.state for one in tale.registry.routes] == [RouteState.TOMBSTONE]


def test_gw15_who_has_an_instance_is_told_so_and_not_that_they_pay() -> None:
    """The preflight says who may have one; that they have one already is found behind it, in every context."""
    tale = Tale((NEWCOMER,), old=True).happens("newcomer: asks").calms()
    assert tale.reply("newcomer") == Troubled(Trouble.ALREADY_ACTIVE)
    request = FIRST.request
    assert not isinstance(request, UpdateRequest)
    flow = Flow(request)
    assert flow.position == Checking()
    assert asked(heard(flow, NotEntitled())) == Troubled(Trouble.ENTITLEMENT_EXPIRED)
    assert isinstance(asked(heard(flow, Entitled())), AskRegistry)


def test_gw16_no_second_row_hides_the_first() -> None:
    """A repair compares the oldest active row alone, and there is never another."""
    tale = Tale((FIRST, SECOND)).happens(*TAKEN_ON, "first: PrepareCommit", "first: InsertRow", "first: dies")
    tale.happens(*SECOND_ASKS, "second: ReadActive")
    assert tale.reply("second") == Troubled(Trouble.IN_PROGRESS)
    tale.calms().happens("second: asks the same again").calms()
    assert (tale.reply("second"), len(tale.scene.rows.rows)) == (Troubled(Trouble.ALREADY_ACTIVE), 1)


def test_gw16_a_holder_that_lacks_its_completion_alone_is_completed_by_whoever_meets_it() -> None:
    """Not even a probe is waited for."""
    tale = Tale((FIRST, SECOND)).happens(*WHOLE, "first: dies", "late: Commit never lands", *SECOND_ASKS)
    tale.happens("second: ReadActive", "second: Publish")
    assert (tale.reply("second"), phase(tale, "first")) == (Troubled(Trouble.ALREADY_ACTIVE), Phase.COMPLETED)


def test_gw17_an_instance_keeps_the_key_it_was_born_with() -> None:
    """It is named by its row and reached by its key: an update asks the one that there is, never a new one."""
    key = SandboxId("YW5u")
    update = Update(UpdateRequest(MINE, ANN, BOX))
    update = update_heard(update, ActiveShown(Active(BOX, key, subscribed=True)))
    assert update_asked(update) == AskRegistry(Publish(MINE, Proof(MINE, ANN, BOX), key))
    update = update_heard(update, Granted(Fence(0), Phase.COMPLETED))
    assert update_asked(update) == AskInstance(key, MINE, ANN, None)
    route = after(Publish(MINE, Proof(MINE, ANN, BOX), key)).route(BOX)
    assert route is not None
    assert route.key == key


def test_gw18_an_operator_finds_an_attempt_that_never_had_an_instance() -> None:
    """It is listed by itself, with its evidence; what they take upon themselves is durable before anything is done."""
    registry = after(begin("first"), WorkStarted(MINE, AttemptId("first"), Fence(1)))
    (view,) = reservation_views(registry)
    assert (view.attempt_id, view.phase, view.evidence, view.route) == ("first", "working", "possible", None)
    release = OperatorRelease(MINE, AttemptId("first"), Phase.WORKING, Fence(1), "olga", "looked at Fly", 7)
    answered_for = registry_decide(registry, release).unwrap()
    (note,) = answered_for.audit
    assert (note.operator, note.did, note.because, note.at) == ("olga", "released first", "looked at Fly", 7)
    assert answered_for.holder(ANN) is not None


# -- GW19 to GW22, and LW43 and LW44 -----------------------------------------------------------------------------


def test_gw19_a_conflict_says_who_holds_the_slot_and_since_when() -> None:
    """And a reservation says who asked for it, in which request, and what became of it."""
    opened = Begin(MINE, AttemptId("first"), ANN, BOX, Opener("ann's phone", "req-1"), 7)
    registry = after(opened)
    refused = registry_decide(registry, begin("second", SandboxId("other")))
    assert refused == Failure(Occupied(AttemptId("first"), BOX, Phase.OPEN, 0, 7))
    (view,) = reservation_views(registry)
    assert (view.actor, view.request_id, view.opened_at, view.history) == (
        "ann's phone",
        "req-1",
        7,
        (("open", "", 7),),
    )


def test_gw20_attempts_that_ended_are_forgotten_in_the_end() -> None:
    """So many are remembered, the newest; a live one is never forgotten."""
    commands: list[RegistryCommand] = []
    for number in range(1, 6):
        name = AttemptId(f"attempt {number}")
        commands += [begin(name), FailedClean(MINE, name, Fence(number))]
    registry = after(*commands, policy=Policy(resolved_remembered=2))
    assert [one.attempt for one in registry.reservations] == ["attempt 4", "attempt 5"]
    assert registry.fence(ANN) == Fence(5)


def test_gw20_what_is_destroyed_before_anybody_has_heard_of_it_leaves_nothing() -> None:
    """Not even a tombstone; and whoever asks for it then is told by the instance itself that it is closed."""
    tale = Tale((FIRST,), unheard=True).happens("owner: destroys first's").calms()
    assert (tale.registry.reservations, tale.registry.routes) == ((), ())
    tale.happens("first: asks").calms()
    assert (tale.reply("first"), phase(tale, "first")) == (Troubled(Trouble.DUPLICATE), Phase.RELEASED)


def abandoned(tale: Tale, name: str) -> Tale:
    """The story once this attempt never reached its instance, was left by whoever served it, and was cleaned up."""
    steps = ("asks", "Begin", "ReadActive", "WorkStarted", "dies")
    return tale.happens(*(f"{name}: {step}" for step in steps), "late: AskInstance never lands").calms()


def test_gw20_whoever_asks_again_when_they_are_forgotten_is_refused_by_their_instance() -> None:
    """The registry lets them in as if for the first time; what they had is closed, and comes to nothing once more."""
    tale = Tale((FIRST, SECOND), policy=evolve(SMALL, resolved_remembered=1))
    abandoned(abandoned(tale, "first"), "second")
    assert [one.attempt for one in tale.registry.reservations] == ["second"]
    tale.happens("first: asks the same again", "first: Begin: Granted(open)").calms()
    assert (tale.reply("first"), phase(tale, "first")) == (Troubled(Trouble.DUPLICATE), Phase.RELEASED)
    closed = tale.scene.instances.of(SandboxId("first's"))
    assert (closed.wanted, closed.traceless) == (Wanted.GONE, True)


def test_gw20_whoever_asks_again_for_what_was_destroyed_is_refused_by_the_registry() -> None:
    """Its tombstone is kept, though the attempt is forgotten."""
    tale = Tale((FIRST, SECOND), policy=evolve(SMALL, resolved_remembered=1))
    tale.happens(*TAKEN_ON, "owner: destroys first's").calms()
    abandoned(tale, "second")
    assert [one.attempt for one in tale.registry.reservations] == ["second"]
    assert tale.happens("first: asks the same again").calms().reply("first") == DESTROYED


def test_gw21_nothing_is_left_of_an_attempt_that_was_abandoned() -> None:
    """Its instance has nothing left; what an owner's app leaves is the owner's, and is used again (limits)."""
    tale = Tale((FIRST,)).happens(*TAKEN_ON, *UP, "first: dies").calms()
    assert all(one.traceless for one in tale.scene.instances.instances)


def test_gw22_every_question_may_be_repeated() -> None:
    """An answer that is lost is asked for again before anything is given up; twice is once."""
    tale = Tale((FIRST,), tries=2)
    tale.happens("first: asks", "first: is not answered", "late: Begin lands", "first: Begin", "first: ReadActive")
    tale.happens("first: WorkStarted", "first: is not answered", "late: AskInstance lands").calms()
    assert tale.reply("first") == SUCCESS


def test_lw43_two_calls_of_one_attempt_make_one_machine() -> None:
    """The first still runs when the second comes: it is the same attempt, and the same instance."""
    tale = Tale((FIRST,)).happens(*TAKEN_ON, f"{INSTANCE}: it sends", "first: dies", "late: PrepareCommit never lands")
    tale.happens("first: asks the same again", "first: Begin", "first: ReadActive", "first: WorkStarted")
    tale.happens("first: AskInstance: Accepted").calms()
    assert (tale.reply("first"), len([one for one in tale.scene.instances.instances if one.there])) == (SUCCESS, 1)


def test_lw44_what_ends_takes_no_alarm_along_but_its_own() -> None:
    """One user's attempt ends while another's waits: alarms follow from the record, so that none can be forgotten."""
    tale = Tale((FIRST, OTHER)).happens("first: asks", "first: Begin", "other: asks", "other: Begin", "first: dies")
    tale.happens("registry: probe 0 rings early")
    waiting = [one for one in tale.registry.reservations if one.unresolved]
    assert [one.attempt for one in waiting] == ["other"]
    assert len(registry_alarms_of(tale.registry)) == 1
