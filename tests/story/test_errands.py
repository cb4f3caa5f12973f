"""The errands of holdings and debts: repeated until they are done, beside whatever phase there is."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import CreateMachine, DebtKind, DeleteMachine, DeleteVolume, PayDebt
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Asked, Debt, Failed, Role, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import MachineId, OpId, Region, VolumeId
from kiloclaw_core.outcomes import Done, Healthy, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName, Clearing, Pausing
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Starting, Trust
from kiloclaw_core.views import debug_view

from .everywhere import clearing, creating_machine
from .scenario import SANDBOX, WHO, Scenario, destroy, stopped
from .strays import LATE_MACHINE, late_machine, late_volume

APP: Final = WHO.app
OURS: Final = MachineId("m7")
LATE: Final = VolumeId("v-late")
MISSING: Final = Rejected(Why.NOT_FOUND, status=404)
BUSY: Final = Rejected(Why.RATE_LIMITED, status=429, text="slow down")
UNHEARD: Final = Rejected(Why.HOST_DOWN, status=503, text="host unavailable")


def paying() -> Scenario:
    """A destroyed instance that holds nothing any more, and owes."""
    scenario = clearing()
    scenario.land(DeleteMachine)
    scenario.land(DeleteVolume)
    return scenario


@pytest.mark.parametrize("done", [Done(), MISSING])
def test_what_is_gone_is_as_good_as_deleted(done: Outcome) -> None:
    """Fly says 404 of what was deleted before: that is what was wanted."""
    scenario = clearing()
    transition = scenario.answer(done)
    assert transition.notes == (Note("destroy_machine_ok", (("machine_id", "m7"),)),)
    assert (scenario.instance.ledger.machines, scenario.instance.ledger.dead_machines) == ((), (OURS,))


@pytest.mark.parametrize(
    ("answer", "why", "text"),
    [
        (Rejected(Why.UNRECOGNISED, status=500, text="internal error"), Why.UNRECOGNISED, "internal error"),
        (Unknown("timed out"), Why.NO_ANSWER, "timed out"),
        (Healthy(), Why.NO_ANSWER, ""),
    ],
)
def test_a_delete_that_is_not_done_is_kept_noted_and_repeated(answer: Outcome, why: Why, text: str) -> None:
    """Its answer, whole, is what an operator reads."""
    scenario = clearing()
    before = scenario.instance
    failed = before.ledger.with_errand(before.ledger.machines[0], Failed(OpId(11), 1))
    noted = (FailureNote(Failing.DESTROY, why),)
    line = Note("destroy_machine_failed", (("machine_id", "m7"), ("error", text)))
    assert scenario.answer(answer) == Transition(evolve(before, ledger=failed, notes=noted), notes=(line,))
    assert scenario.instance.notes[0].text == text
    assert scenario.ring(AlarmName.ERRAND_RETRY).effects == (DeleteMachine(OpId(12), APP, OURS),)


def test_a_delete_that_is_never_answered_has_failed_and_is_repeated() -> None:
    """Deletes need no settling: asking again does no harm. A route that swallows answers must not look healthy."""
    scenario = clearing()
    before = scenario.instance
    again = before.ledger.with_errand(before.ledger.machines[0], Asked(OpId(12), 1))
    after = evolve(before, ledger=again, ops=OpId(13))
    assert scenario.ring(AlarmName.ERRAND_PATIENCE) == Transition(after, (DeleteMachine(OpId(12), APP, OURS),))


@pytest.mark.parametrize(
    ("answer", "reachable"),
    [(BUSY, True), (Unknown("timed out"), False), (UNHEARD, False)],
    ids=["it is busy", "no answer", "again unheard"],
)
def test_a_delete_that_is_refused_tells_whether_the_host_answers(answer: Outcome, *, reachable: bool) -> None:
    """Only a host that does not answer is left behind; where there is no answer at all, what was known stays."""
    scenario = clearing()
    (before,) = scenario.instance.ledger.machines
    scenario.answer(UNHEARD)
    assert scenario.instance.ledger.machines == (evolve(before, errand=Failed(OpId(11), 1), reachable=False),)

    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.answer(answer)
    assert scenario.instance.ledger.machines == (evolve(before, errand=Failed(OpId(12), 2), reachable=reachable),)


def test_failures_are_counted_up_to_the_ceiling() -> None:
    """A count that grows for ever would make every hour a new state."""
    scenario = stopped(policy=Policy(delete_failures_before_slowing=2))
    scenario.ask(destroy())
    scenario.wake()
    counted = []
    for _ in range(3):
        scenario.answer(Unknown())
        counted.append(scenario.instance.ledger.volumes[0].errand.failures)
        scenario.ring(AlarmName.ERRAND_RETRY)
    assert counted == [1, 2, 2]


def test_a_destroy_error_is_cleared_when_everything_is_deleted_and_paid() -> None:
    """Its cause is resolved, and not sooner."""
    scenario = clearing()
    scenario.answer(Unknown())
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land(DeleteMachine)
    scenario.land(DeleteVolume)
    scenario.land(PayDebt)
    assert [note.failing for note in scenario.instance.notes] == [Failing.DESTROY]
    scenario.land(PayDebt)
    assert scenario.instance.notes == ()


def test_a_payment_that_fails_is_repeated_and_keeps_the_instance_from_being_gone() -> None:
    """An instance is not gone while somebody still routes to it."""
    scenario = paying()
    before = scenario.instance
    failed = evolve(before.debts[0], errand=Failed(OpId(13), 1))
    noted = (FailureNote(Failing.DESTROY, Why.RATE_LIMITED),)
    line = Note("payment_failed", (("debt", "postgres_mark"), ("error", "slow down")))
    after = evolve(before, debts=(failed, before.debts[1]), notes=noted)
    assert scenario.answer(Rejected(Why.RATE_LIMITED, status=429, text="slow down")) == Transition(after, notes=(line,))
    scenario.land()
    assert (scenario.instance.phase, scenario.sent) == (Clearing(), ())
    payment = PayDebt(OpId(15), DebtKind.POSTGRES_MARK, SANDBOX, WHO.user)
    assert scenario.ring(AlarmName.ERRAND_RETRY).effects == (payment,)


def test_a_payment_that_is_never_answered_has_failed_and_is_repeated() -> None:
    """Paying twice does no harm."""
    scenario = paying()
    before = scenario.instance
    again = evolve(before.debts[0], errand=Asked(OpId(15), 1))
    pay = evolve(scenario.sent[0], op=OpId(15))
    assert scenario.ring(AlarmName.ERRAND_PATIENCE) == Transition(
        evolve(before, debts=(again, before.debts[1]), ops=OpId(16)), (pay,)
    )


def test_a_debt_whose_row_is_absent_is_paid() -> None:
    """Somebody else wiped it: there is nothing left to mark."""
    scenario = paying()
    before = scenario.instance
    line = Note("paid", (("debt", "postgres_mark"),))
    after = evolve(before, debts=(Debt(DebtKind.REGISTRY_TOMBSTONE, Asked(OpId(14))),))
    assert scenario.answer(MISSING) == Transition(after, notes=(line,))


def test_a_debt_that_cannot_be_paid_is_shown_as_stuck() -> None:
    """It is repeated more slowly, and people are told."""
    scenario = stopped(policy=Policy(delete_failures_before_slowing=1))
    scenario.ask(destroy())
    scenario.wake()
    scenario.land()
    scenario.answer(Unknown())
    shown = debug_view(scenario.record)
    assert (shown.stuck, shown.debts) == (("postgres_mark",), ("postgres_mark", "registry_tombstone"))


def test_a_delete_beside_a_start_fails_without_a_note() -> None:
    """A start is not unhappy because something old will not go; the view says stuck when it is."""
    scenario = creating_machine()
    scenario.tell(late_volume(LATE))
    before = scenario.instance
    failed = before.ledger.with_errand(before.ledger.volumes[1], Failed(OpId(8), 1))
    line = Note("destroy_volume_failed", (("volume_id", "v-late"), ("error", "")))
    assert scenario.answer(Unknown(), DeleteVolume) == Transition(evolve(before, ledger=failed), notes=(line,))


def test_a_delete_beside_a_start_is_done_without_moving_it() -> None:
    """The start goes on waiting for its own answer."""
    scenario = creating_machine()
    scenario.tell(late_volume(LATE))
    phase = scenario.instance.phase
    assert scenario.answer(Done(), DeleteVolume).effects == ()
    assert (scenario.instance.phase, scenario.instance.ledger.dead_volumes) == (phase, (LATE,))


def test_a_start_whose_name_is_held_by_a_machine_on_its_way_out_waits_for_it() -> None:
    """Its delete was sent already: what is condemned is never adopted, and its name will be free."""
    scenario = creating_machine()
    scenario.tell(late_machine())
    before = scenario.instance
    fresh = before.ledger.with_volume(evolve(before.ledger.volumes[0], data=Data.FRESH))
    story = Starting(OpId(4), Attempt(tries=2, secrets=1, trust=Trust.SEEN))
    assert scenario.answer(Rejected(Why.ALREADY_EXISTS, LATE_MACHINE.machine, 409), CreateMachine) == Transition(
        evolve(before, phase=Pausing(OpId(9)), story=story, ledger=fresh, ops=OpId(10))
    )


def test_a_volume_is_not_deleted_while_a_machine_is_on_its_way_out() -> None:
    """It may be the one it mounts: the machine goes first."""
    scenario = _losing_its_machine()
    transition = scenario.tell(late_volume(LATE))
    assert (transition.effects, scenario.instance.ledger.holding(LATE)) == (
        (),
        VolumeHolding(LATE, Role.CONDEMNED, Data.FRESH, Region("ams"), mark=OpId(99)),
    )
    assert DeleteVolume(OpId(scenario.instance.ops), APP, LATE) in scenario.land(DeleteMachine).effects


def test_only_the_errand_that_rang_is_run_again() -> None:
    """The others have alarms of their own."""
    scenario = paying()
    scenario.answer(Unknown())
    scenario.answer(Unknown())
    before = scenario.instance
    first, second = before.debts
    transition = scenario.ring(AlarmName.ERRAND_RETRY)
    after = evolve(before, ops=OpId(16), debts=(evolve(first, errand=Asked(OpId(15), 1)), second))
    assert transition == Transition(after, (PayDebt(OpId(15), DebtKind.POSTGRES_MARK, SANDBOX, WHO.user),))


def _losing_its_machine() -> Scenario:
    """A start whose machine two looks did not show, so that it is being deleted before another is made."""
    scenario = creating_machine()
    scenario.land()
    for _ in range(3):
        scenario.answer(MISSING)
    assert (scenario.instance.phase, scenario.instance.desired.value) == (Clearing(), "running")
    return scenario
