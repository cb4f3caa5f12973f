"""What an instance says of an attempt, read off its record: never seen, at work, at rest, on its way out, or gone."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Admission, Close, Command, Desired, Destroy, Identity, Provision
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, AttemptId, CommandId, Fence, OrgId, UserId
from kiloclaw_core.phases import Gone, Stopped
from kiloclaw_core.registry import ConfirmedAbsent, InFlight, Live, NeverSeen, Remaining, Verdict, verdict_of
from kiloclaw_core.stories import Idle

from .telling import ANN, BEN, FIRST, KI_1, ONE, TWO

ACME: Final = OrgId("acme")
WHO: Final = Identity(KI_1, ANN, AppName("acct-1"), ACME)
OURS: Final = Admission(FIRST, ONE)
PROVISION: Final = Provision(CommandId("first"), WHO, Spec("claw:1"), Desired.STOPPED, admission=OURS)
DESTROY: Final = Destroy(CommandId("destroy"))
CLOSE: Final = Close(CommandId("close"), WHO, OURS)


def instance(*commands: Command) -> Instance:
    """The instance once these are granted; they have to be."""
    record: Record = Absent(KI_1)
    for command in commands:
        record = decide(record, command).unwrap()
    assert isinstance(record, Instance)
    return record


def verdict(record: Record, admission: Admission | None = OURS) -> Verdict:
    """What it says to Ann's registry in the organisation."""
    return verdict_of(record, ANN, ACME, admission)


AT_REST: Final = evolve(instance(PROVISION), asked=None, story=Idle(), phase=Stopped())
"""Provisioned, and come to rest since: what happens in between is the instance's own story."""


def test_what_was_never_provisioned_was_never_seen() -> None:
    """Its record is written before anything is called: there is nothing that it does not know of."""
    assert verdict(Absent(KI_1)) == NeverSeen()


def test_an_instance_that_was_asked_for_is_at_work() -> None:
    """From the commit of its intent on, before anything is called; its ops tell how far it is."""
    provisioned = instance(PROVISION)
    assert verdict(provisioned) == InFlight(provisioned.ops)


def test_an_instance_with_an_intent_or_a_story_is_at_work() -> None:
    """Either is enough."""
    assert verdict(evolve(AT_REST, asked=AT_REST.ops)) == InFlight(AT_REST.ops)
    assert verdict(evolve(AT_REST, story=instance(PROVISION).story)) == InFlight(AT_REST.ops)


@pytest.mark.parametrize("desired", [Desired.STOPPED, Desired.RUNNING])
def test_an_instance_at_rest_is_live(desired: Desired) -> None:
    """Whether it runs or not, and however often it looks round."""
    assert verdict(evolve(AT_REST, desired=desired)) == Live()


def test_an_instance_that_is_to_go_may_have_something_left() -> None:
    """Nothing more is made."""
    assert verdict(instance(PROVISION, DESTROY)) == Remaining()
    assert verdict(instance(PROVISION, CLOSE)) == Remaining()


def test_an_instance_that_is_gone_has_nothing_left() -> None:
    """Be it after a destroy, or because it was closed before anybody asked for it."""
    assert verdict(evolve(instance(PROVISION, DESTROY), phase=Gone())) == ConfirmedAbsent()
    assert verdict(instance(CLOSE)) == ConfirmedAbsent()


@pytest.mark.parametrize(
    "admission",
    [Admission(AttemptId("second"), ONE), Admission(FIRST, TWO), Admission(FIRST, Fence(0))],
)
def test_an_instance_of_another_attempt_has_nothing_of_this_one(admission: Admission) -> None:
    """And never will: this one is refused there."""
    assert verdict(AT_REST, admission) == ConfirmedAbsent()


def test_without_an_attempt_whatever_the_user_has_there_is_meant() -> None:
    """An instance that is older than the registry was provisioned for none."""
    assert verdict(AT_REST, None) == Live()
    assert verdict(evolve(AT_REST, admission=None), None) == Live()
    assert verdict(evolve(AT_REST, admission=None)) == ConfirmedAbsent()


@pytest.mark.parametrize("admission", [OURS, None])
@pytest.mark.parametrize(("user", "org"), [(BEN, ACME), (ANN, None), (ANN, OrgId("other"))])
def test_an_instance_of_another_context_has_nothing_of_this_one(
    user: UserId, org: OrgId | None, admission: Admission | None
) -> None:
    """Another user's, or the same user's for another organisation."""
    assert verdict_of(AT_REST, user, org, admission) == ConfirmedAbsent()
