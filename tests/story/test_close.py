"""An attempt of the registry's at its instance: provisioned under its fence, and closed, late or early, for ever."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core.commands import Admission, Close, Desired, Identity, Provision, Refusal
from kiloclaw_core.facts import AlarmRang, Replied, Woken
from kiloclaw_core.instance import Absent, Instance, Record, Remembered
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, AttemptId, CommandId, Fence, OpId, OrgId, Region, SandboxId, UserId
from kiloclaw_core.outcomes import AppReady
from kiloclaw_core.phases import AlarmName, Gone
from kiloclaw_core.policy import Policy
from kiloclaw_core.provision import NEVER_WANTED
from kiloclaw_core.registry import ConfirmedAbsent, InFlight, Live, NeverSeen, Remaining, Verdict, verdict_of
from kiloclaw_core.stories import Idle

SANDBOX: Final = SandboxId("ki_1")
ANN: Final = UserId("ann")
WHO: Final = Identity(SANDBOX, ANN, AppName("acct-1"))
SPEC: Final = Spec("claw:1", regions=(Region("eu"),))
FIRST: Final = Admission(AttemptId("first"), Fence(1))
SECOND: Final = Admission(AttemptId("second"), Fence(2))
ABSENT: Final = Absent(SANDBOX)
PROVISION: Final = Provision(CommandId("first"), WHO, SPEC, Desired.RUNNING, admission=FIRST)
CLOSE: Final = Close(CommandId("close first"), WHO, FIRST)


def granted(record: Record, *commands: Provision | Close) -> Instance:
    """The instance once these are granted; they have to be."""
    for command in commands:
        record = decide(record, command).unwrap()
    assert isinstance(record, Instance)
    return record


def verdict(record: Record) -> Verdict:
    """What the instance says of the first attempt."""
    return verdict_of(record, ANN, None, FIRST)


def refusal(decided: Result[Record, Refusal]) -> Refusal:
    """Why it was refused; it has to be."""
    return decided.failure()


def test_what_was_never_seen_is_closed_by_a_tombstone() -> None:
    """It owes nothing and holds nothing: it is there so that whoever comes late finds it gone (GW1, LW41)."""
    closed = granted(evolve(ABSENT, policy=Policy(tries=1)), evolve(CLOSE, at=7))
    assert closed == Instance(
        phase=Gone(),
        story=Idle(),
        desired=Desired.GONE,
        ledger=Ledger(),
        ops=OpId(0),
        asked=None,
        identity=WHO,
        spec=NEVER_WANTED,
        granted=(Remembered(CommandId("close first")),),
        admission=FIRST,
        policy=Policy(tries=1),
    )
    assert closed.granted[0].at == 7


def test_a_late_provision_of_a_closed_attempt_is_refused() -> None:
    """The zombie of GW5: it was held up, and its attempt ended without it."""
    assert decide(granted(ABSENT, CLOSE), PROVISION) == Failure(Refusal.BEING_DESTROYED)


def test_a_provision_that_asks_again_has_what_it_asked_for() -> None:
    """LW43: a retry whose first call still runs makes no second volume, whatever its command is called."""
    once = granted(ABSENT, PROVISION)
    again = decide(once, evolve(PROVISION, id=CommandId("once more"))).unwrap()
    assert isinstance(again, Instance)
    assert evolve(again, granted=once.granted) == once


@pytest.mark.parametrize("record", [granted(ABSENT, PROVISION), granted(ABSENT, CLOSE)], ids=["provisioned", "closed"])
def test_another_attempt_takes_nothing_over(record: Instance) -> None:
    """One sandbox is one attempt's: a second one with the same name would fence nobody."""
    command = evolve(PROVISION, id=CommandId("second"), admission=SECOND)
    assert refusal(decide(record, command)) == Refusal.ANOTHER_ATTEMPT


def test_closing_what_was_provisioned_destroys_it() -> None:
    """Forward only: the create in flight is waited out by the phase that sent it, and nothing is created after."""
    closed = granted(ABSENT, PROVISION, CLOSE)
    assert closed.desired is Desired.GONE
    waiting = absorb(closed, Woken()).record
    assert isinstance(waiting, Instance)
    assert granted(waiting, CLOSE) == waiting


@pytest.mark.parametrize(
    "command",
    [
        evolve(CLOSE, admission=SECOND),
        evolve(CLOSE, identity=evolve(WHO, user=UserId("bob"))),
        evolve(CLOSE, identity=evolve(WHO, user=UserId("bob")), admission=None),
        evolve(CLOSE, identity=evolve(WHO, org=OrgId("claws"))),
    ],
    ids=["another attempt's", "another user's", "another user's, by whoever", "in another organisation"],
)
def test_closing_leaves_alone_what_is_anothers(command: Close) -> None:
    """An id that somebody made up names perhaps somebody else's instance."""
    provisioned = granted(ABSENT, PROVISION)
    assert decide(provisioned, command) == Success(
        evolve(provisioned, granted=(*provisioned.granted, Remembered(command.id)))
    )


def test_the_verdict_follows_the_record() -> None:
    """Never seen, in flight, live, being destroyed, and absent only when it is gone."""
    provisioned = granted(ABSENT, PROVISION)
    at_work = absorb(provisioned, Woken()).record
    resting = evolve(provisioned, asked=None, story=Idle())
    closed = granted(provisioned, CLOSE)
    assert [verdict(one) for one in (ABSENT, provisioned, at_work, resting, closed)] == [
        NeverSeen(),
        InFlight(1),
        InFlight(2),
        Live(),
        Remaining(),
    ]
    assert verdict(granted(ABSENT, CLOSE)) == ConfirmedAbsent()


def test_progress_grows_with_every_step() -> None:
    """Two probes that see the same number saw an attempt that stands still."""
    at_work = absorb(granted(ABSENT, PROVISION), AlarmRang(AlarmName.INTENT, OpId(0))).record
    further = absorb(at_work, Replied(OpId(1), AppReady(1))).record
    assert (verdict(at_work), verdict(further)) == (InFlight(2), InFlight(3))


def test_anothers_record_has_nothing_of_the_attempt_and_never_will() -> None:
    """Its provision is refused there: absence for the attempt, and no cause to destroy anything."""
    provisioned = granted(ABSENT, PROVISION)
    assert verdict_of(provisioned, ANN, None, SECOND) == ConfirmedAbsent()
    assert verdict_of(provisioned, UserId("bob"), None, None) == ConfirmedAbsent()
    assert verdict_of(provisioned, ANN, OrgId("claws"), FIRST) == ConfirmedAbsent()
    assert verdict_of(provisioned, ANN, None, None) == InFlight(1)
