"""The world of admission by itself: what rows, instances and the network do, and nothing beyond a budget."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Admission, Refusal
from kiloclaw_core.explore import Kind, report_naively, report_of
from kiloclaw_core.names import AttemptId, Fence, OpId, SandboxId, UserId
from kiloclaw_core.outcomes import Done
from kiloclaw_core.registry import Consult, Evidence, Failure, Phase, Resolution, RouteState, RowState, Slot
from kiloclaw_core.registry.asks import (
    Accepted,
    AskRegistry,
    CheckEntitlement,
    Inserted,
    InstanceRefused,
    RowFenced,
    RowTaken,
)
from kiloclaw_core.registry.effects import MarkRow, ReadVerdict
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Remaining
from kiloclaw_core.registry.outcomes import LegacyRow
from kiloclaw_core.world.admission import instances, rows
from kiloclaw_core.world.admission.calls import Place, changes_anything, effect_at_rows, land_at_rows, place_of_ask
from kiloclaw_core.world.admission.configurations import ADMISSIONS, admission_named
from kiloclaw_core.world.admission.instances import Attempted, Instances, Wanted
from kiloclaw_core.world.admission.rows import Row, Rows
from kiloclaw_core.world.admission.safety import losers_do_nothing
from kiloclaw_core.world.admission.setting import (
    FIRST,
    OLD_KEY,
    OLD_TIMER,
    OWNER,
    SECOND,
    AdmissionBudget,
    AdmissionConfiguration,
    Caller,
)
from kiloclaw_core.world.admission.system import AdmissionSystem
from tests.story.registry.worldly import Ending, Tale

ANN: Final = UserId("ann")
BOX: Final = SandboxId("box")
OTHER: Final = SandboxId("other box")
MINE: Final = Admission(AttemptId("mine"), Fence(1))
THEIRS: Final = Admission(AttemptId("theirs"), Fence(1))
NAMED: Final = Attempted(BOX)
WORD: Final = {Kind.ALWAYS: "held", Kind.LEADS_HOME: "held"}


# -- rows --------------------------------------------------------------------------------------------------------


def test_a_row_is_inserted_once_and_only_while_its_fence_is_open() -> None:
    """Twice is once; whoever comes after the fence, or while another is active, inserts nothing."""
    one, answer = rows.inserted(Rows(), ANN, BOX, Fence(1))
    assert (one, answer) == (Rows((Row(BOX, ANN),)), Inserted())
    assert rows.inserted(one, ANN, BOX, Fence(1)) == (one, Inserted())
    assert rows.inserted(one, ANN, OTHER, Fence(2)) == (one, RowTaken())
    closed = rows.closed(Rows(), ANN, Fence(2))
    assert closed == Rows((), (Slot(ANN, Fence(2)),))
    assert rows.closed(closed, ANN, Fence(1)) == closed
    assert rows.inserted(closed, ANN, BOX, Fence(2)) == (closed, RowFenced())
    assert rows.inserted(closed, ANN, BOX, Fence(3)) == (Rows((Row(BOX, ANN),), closed.closed), Inserted())


def test_a_row_is_subscribed_unless_it_is_destroyed_or_its_fence_is_closed() -> None:
    """What has no fence belongs to no attempt, and is not fenced."""
    inserted = Rows((Row(BOX, ANN),))
    closed = rows.closed(inserted, ANN, Fence(1))
    assert rows.subscribed(inserted, ANN, BOX, Fence(1)).state(BOX) is RowState.CANONICAL
    assert rows.subscribed(closed, ANN, BOX, Fence(1)) == closed
    assert rows.subscribed(closed, ANN, BOX, None).state(BOX) is RowState.CANONICAL
    destroyed = rows.marked(inserted, BOX)
    assert rows.subscribed(destroyed, ANN, BOX, None) == destroyed
    assert rows.marked(Rows(), BOX) == Rows()


def test_the_oldest_active_row_is_what_older_routes_are_made_of() -> None:
    """What is destroyed is not shown."""
    two = Rows((Row(BOX, ANN, destroyed=True), Row(OTHER, ANN, subscribed=True)))
    assert two.oldest() == LegacyRow(OTHER, ANN, OTHER, keyed_by_instance=True, subscribed=True)
    assert Rows().oldest() is None


def test_rows_are_asked_about_rows_alone() -> None:
    """A question that went astray is our own mistake."""
    assert [place_of_ask(one) for one in (CheckEntitlement(OWNER, ANN), AskRegistry(Consult(OWNER)))] == [
        Place.BILLING,
        Place.REGISTRY,
    ]
    assert not changes_anything(CheckEntitlement(OWNER, ANN))
    with pytest.raises(AssertionError, match="is not asked of rows"):
        land_at_rows(Rows(), CheckEntitlement(OWNER, ANN))
    with pytest.raises(AssertionError, match="is not asked of rows"):
        effect_at_rows(Rows(), ReadVerdict(OpId(0), BOX, OWNER, ANN, AttemptId("mine"), Fence(1)))
    marked = effect_at_rows(Rows((Row(BOX, ANN),)), MarkRow(OpId(0), OWNER, ANN, BOX))
    assert marked == (Rows((Row(BOX, ANN, destroyed=True),)), Done())


# -- instances ---------------------------------------------------------------------------------------------------


def test_an_instance_is_one_attempts() -> None:
    """Asked again by the same it says yes again; to any other it says no, for ever."""
    had, yes = instances.provisioned(NAMED, MINE)
    assert (had, yes) == (Attempted(BOX, MINE, Wanted.RUNNING), Accepted())
    assert instances.provisioned(had, MINE) == (had, Accepted())
    anothers = InstanceRefused(Refusal.ANOTHER_ATTEMPT, ConfirmedAbsent())
    assert instances.provisioned(had, THEIRS) == (had, anothers)
    closed = instances.closed(NAMED, MINE)
    assert instances.provisioned(closed, MINE) == (closed, InstanceRefused(Refusal.BEING_DESTROYED, ConfirmedAbsent()))
    assert instances.provisioned(closed, THEIRS) == (closed, anothers)


def test_an_instance_is_closed_by_its_own_attempt_or_by_its_owner() -> None:
    """What another has is left alone; what is closed stays so."""
    had, _ = instances.provisioned(NAMED, MINE)
    assert instances.closed(had, THEIRS) == had
    gone = instances.closed(had, None)
    assert instances.verdict_on(gone, MINE) == Remaining()
    assert instances.closed(gone, MINE) == gone


def test_an_instance_is_changed_if_it_is_there() -> None:
    """An update revives none; asked under a name that no record has it makes one, as the real record would (GW17)."""
    had, _ = instances.provisioned(NAMED, MINE)
    gone = instances.closed(NAMED, None)
    assert [instances.configured(one) for one in (NAMED, had, gone)] == [
        (evolve(NAMED, wanted=Wanted.RUNNING), Accepted()),
        (had, Accepted()),
        (gone, InstanceRefused(Refusal.BEING_DESTROYED, ConfirmedAbsent())),
    ]


def test_an_instance_is_reached_by_the_name_of_its_record_and_by_no_other() -> None:
    """Whoever takes the id of a row for it reaches nothing, and what they close there is nobody's (GW17)."""
    old = Attempted(BOX, None, Wanted.RUNNING, there=True, key=OLD_KEY)
    known = Instances((old,))
    assert (known.at(OLD_KEY), known.at(BOX)) == (old, Attempted(BOX))
    assert known.having(instances.closed(known.at(BOX), None)) == Instances((old, Attempted(BOX, None, Wanted.GONE)))
    tale = Tale((OLD_TIMER,), old=True).happens("old-timer: asks").calms().happens("owner: destroys old").calms()
    assert [(one.key, one.wanted, one.there) for one in tale.scene.instances.instances] == [
        (OLD_KEY, Wanted.GONE, False)
    ]


# -- the network -------------------------------------------------------------------------------------------------

TAKEN_ON: Final = ("first: asks", "first: Begin", "first: ReadActive", "first: WorkStarted", "first: AskInstance")
DESTROYED: Final = (*TAKEN_ON, "owner: destroys first's", "registry: intent")


@pytest.mark.parametrize("fate", ["lands", "never lands"])
@pytest.mark.parametrize("trouble", ["network: CloseRow is not answered", "registry: is taken over"])
def test_a_fence_whose_answer_is_lost_is_closed_again(trouble: str, fate: str) -> None:
    """It is monotone: once or twice is the same, and never is asked for again."""
    tale = Tale((FIRST,)).happens(*DESTROYED, trouble, f"late: CloseRow {fate}").calms()
    ending = tale.ending("first")
    assert ending is not None
    assert ending.phase is Phase.RELEASED


@pytest.mark.parametrize("fate", ["lands", "never lands"])
def test_an_order_whose_answer_is_lost_is_given_again(fate: str) -> None:
    """The instance may have heard it; that it did is asked, not assumed."""
    tale = Tale((FIRST,)).happens(*DESTROYED, "CloseRow", "registry: hears", "network: OrderDestroy is not answered")
    tale.happens(f"late: OrderDestroy {fate}").calms()
    assert not tale.scene.instances.of(SandboxId("first's")).there


@pytest.mark.parametrize(
    "fates",
    [
        ("late: CloseRow lands", "late: OrderDestroy lands"),
        ("late: OrderDestroy lands", "late: CloseRow lands"),
        ("late: CloseRow lands", "late: OrderDestroy never lands"),
        ("late: OrderDestroy lands", "late: CloseRow never lands"),
    ],
    ids=["fence first", "order first", "fence alone", "order alone"],
)
@pytest.mark.parametrize("after", [False, True], ids=["at once", "when all is over"])
def test_a_fence_and_an_order_that_are_both_late_come_to_the_same_in_either_order(
    fates: tuple[str, str], *, after: bool
) -> None:
    """Neither undoes the other, and neither is missed: whatever did not land is asked for again."""
    lost = ("network: CloseRow is not answered", "registry: hears", "registry: probe", "CloseRow", "registry: hears")
    tale = Tale((FIRST,)).happens(*DESTROYED, *lost, "network: OrderDestroy is not answered")
    if after:
        tale.happens("registry: hears", "registry: probe", "CloseRow", "registry: hears", "OrderDestroy")
    ending = tale.happens(*fates).calms().ending("first")
    assert ending is not None
    assert ending.probes in {2, 3}
    assert evolve(ending, probes=0) == Ending(
        Phase.RELEASED,
        Evidence.CONFIRMED_ABSENT,
        Failure.DESTROYED,
        Resolution.DESTROYED,
        0,
        RouteState.TOMBSTONE,
        RowState.NONE,
        Wanted.GONE,
        there=False,
    )


def test_an_answer_that_is_swallowed_is_waited_for_and_no_longer() -> None:
    """Patience is an alarm of its own."""
    tale = Tale((FIRST,)).happens(*DESTROYED, "CloseRow", "network: the answer to").calms()
    ending = tale.ending("first")
    assert ending is not None
    assert (ending.phase, ending.there) == (Phase.RELEASED, False)


def test_what_does_not_answer_is_asked_again_when_it_does() -> None:
    """An outage ends an attempt no sooner than what is found when it is over."""
    tale = Tale((FIRST,)).happens("outage: rows stop", *TAKEN_ON[:2], "first: ReadActive: NoAnswer")
    tale.happens("first: FailedClean", "outage: rows answer again", "outage: instances stop", "first: asks the same")
    assert tale.may("outage: instances answer again")
    tale.happens("outage: instances answer again").calms()
    ending = tale.ending("first")
    assert ending is not None
    assert ending.phase is Phase.RELEASED


# -- what a claim sees -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [Wanted.RUNNING, Wanted.GONE])
def test_whatever_was_asked_of_a_losers_instance_is_seen(wanted: Wanted) -> None:
    """That it was closed as well: only an owner may have what nobody was let in for destroyed."""
    tale = Tale((FIRST, SECOND), unheard=True).happens("first: asks", "first: Begin", "second: asks", "second: Begin")
    assert losers_do_nothing(tale.scene)
    theirs = evolve(tale.scene.instances.of(SandboxId("second's")), wanted=wanted)
    assert not losers_do_nothing(evolve(tale.scene, instances=tale.scene.instances.having(theirs)))
    tale.happens("owner: destroys second's").calms()
    assert losers_do_nothing(tale.scene)
    closed = tale.scene.instances.of(SandboxId("second's"))
    assert closed.wanted is Wanted.GONE
    revived = tale.scene.instances.having(evolve(closed, wanted=Wanted.RUNNING))
    assert not losers_do_nothing(evolve(tale.scene, instances=revived))


# -- searched whole ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callers", "budget"),
    [((FIRST, SECOND), AdmissionBudget()), ((FIRST,), AdmissionBudget(destroys=1))],
    ids=["two callers", "a destroy"],
)
def test_without_anything_going_wrong_all_is_as_it_should_be(
    callers: tuple[Caller, ...], budget: AdmissionBudget
) -> None:
    """The smallest searches there are: nothing may happen but what is asked, and the oracle finds the same."""
    calm = AdmissionConfiguration("calm", "Nothing goes wrong.", callers, budget)
    system = AdmissionSystem(calm)
    swift, literal = report_of(system), report_naively(system)
    assert (swift.states, swift.edges, swift.complete) == (literal.states, literal.edges, True)
    sure = [one for one in swift.verdicts if one.kind in WORD]
    assert [(one.claim, one.verdict) for one in sure] == [(one.claim, WORD[one.kind]) for one in sure]
    assert [one.verdict for one in swift.verdicts] == [one.verdict for one in literal.verdicts]


def test_a_configuration_is_found_by_its_name() -> None:
    """And who misspells it is told what there is."""
    assert admission_named("one-attempt") is ADMISSIONS[0]
    with pytest.raises(KeyError, match="there are one-attempt, in-doubt"):
        admission_named("none")
