"""Two callers and all that is named after them change places, so that a search may follow one of two such states."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.commands import Admission
from kiloclaw_core.explore import Mirror
from kiloclaw_core.instance import AuditNote
from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId
from kiloclaw_core.outcomes import Done
from kiloclaw_core.registry import Evidence, Phase, Registry, Reservation, Route, RouteState
from kiloclaw_core.registry.asks import AskInstance
from kiloclaw_core.registry.effects import ReadRow
from kiloclaw_core.registry.inquiries import ReadingRow, Settled, Waiting
from kiloclaw_core.registry.record import ImportDue, Slot
from kiloclaw_core.world.admission.calls import Answered, LateAsk, NotYet, Sent
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.instances import Attempted, Instances, Wanted
from kiloclaw_core.world.admission.mirror import mirror_of
from kiloclaw_core.world.admission.rows import Row, Rows
from kiloclaw_core.world.admission.setting import ANN, BOB, FIRST, OTHER, OWNER, AdmissionGhost, Outages
from kiloclaw_core.world.admission.system import AdmissionSystem

TWO_USERS = evolve(admission_named("two-users"), mirrored=True)
ANNS, BOBS = SandboxId("first's"), SandboxId("other's")
HERS, HIS = AttemptId("first"), AttemptId("other")
ONE, TWO = Fence(1), Fence(2)


def mirrored() -> Mirror:
    """The mirror of two users."""
    mirror = mirror_of(TWO_USERS)
    assert mirror is not None
    return mirror


def attempt(name: str, fence: Fence, op: int, *, born: bool = False) -> Reservation:
    """An attempt of whoever is called so, about to be looked after."""
    user, instance = {"first": (ANN, ANNS), "other": (BOB, BOBS)}[name.removeprefix("born:").removesuffix("'s")]
    waiting = Waiting(OpId(op))
    return Reservation(AttemptId(name), user, instance, fence, Phase.OPEN, Evidence.NONE, waiting, born=born)


def test_who_is_exchanged_is_said_by_the_configuration() -> None:
    """Two callers who want an instance each: their parts change places; without a mirror nothing does."""
    assert mirror_of(admission_named("two-users")) is None
    assert mirrored().swaps == (("first", "other"),)


@pytest.mark.parametrize("name", ["one-attempt", "updated", "newcomer"])
def test_nobody_else_can_be_exchanged(name: str) -> None:
    """Somebody alone, somebody who changes what another has, and somebody who has had an instance for long."""
    with pytest.raises(ValueError, match=f"{name} has no mirror"):
        AdmissionSystem(evolve(admission_named(name), mirrored=True))


def test_a_registry_is_kept_by_name_and_so_is_its_image() -> None:
    """Reservations, routes and slots, what operators did, and the attempts that nobody made."""
    mine = Registry(
        OWNER,
        OpId(5),
        (attempt("born:first's", Fence(0), 3, born=True), attempt("first", TWO, 1), attempt("other", TWO, 2)),
        (Route(ANNS, ANN, RouteState.LIVE, ANNS),),
        (Slot(ANN, TWO), Slot(BOB, TWO)),
        audit=(AuditNote("olga", "released first", "looked"), AuditNote("olga", "released born:first's", "looked")),
    )
    theirs = evolve(
        mine,
        reservations=(
            attempt("born:other's", Fence(0), 3, born=True),
            attempt("first", TWO, 2),
            attempt("other", TWO, 1),
        ),
        routes=(Route(BOBS, BOB, RouteState.LIVE, BOBS),),
        audit=(AuditNote("olga", "released other", "looked"), AuditNote("olga", "released born:other's", "looked")),
    )
    assert (mirrored().image(mine), mirrored().image(theirs)) == (theirs, mine)


PAIRS = [
    (
        Rows((Row(ANNS, ANN),), (Slot(ANN, ONE), Slot(BOB, TWO))),
        Rows((Row(BOBS, BOB),), (Slot(ANN, TWO), Slot(BOB, ONE))),
    ),
    (
        Instances((Attempted(ANNS, Admission(HERS, ONE), Wanted.RUNNING), Attempted(BOBS))),
        Instances((Attempted(ANNS), Attempted(BOBS, Admission(HIS, ONE), Wanted.RUNNING))),
    ),
    (
        AdmissionGhost(((ANN, TWO, HERS), (BOB, ONE, HIS)), (HERS,), (ANNS,)),
        AdmissionGhost(((ANN, ONE, HERS), (BOB, TWO, HIS)), (HIS,), (BOBS,)),
    ),
    (
        LateAsk(AskInstance(ANNS, OWNER, ANN, Admission(HERS, ONE))),
        LateAsk(AskInstance(BOBS, OWNER, BOB, Admission(HIS, ONE))),
    ),
    (Sent(ReadRow(OpId(4), OWNER, ANN, ANNS)), Sent(ReadRow(OpId(4), OWNER, BOB, BOBS))),
    (Outages(rows=True), Outages(rows=True)),
    (NotYet(), NotYet()),
]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: type(pair[0]).__name__)
def test_an_image_of_an_image_is_what_was_mirrored(pair: tuple[object, object]) -> None:
    """Whatever has a name in it has the other one's, and what is kept by name is in its order."""
    one, other = pair
    assert (mirrored().image(one), mirrored().image(other)) == (other, one)


def test_two_attempts_of_one_user_are_exchanged_and_the_user_is_not() -> None:
    """What they share stays as it is."""
    mirror = mirror_of(evolve(admission_named("two-attempts"), mirrored=True))
    assert mirror is not None
    assert mirror.image(Slot(ANN, ONE)) == Slot(ANN, ONE)
    assert mirror.image(LateAsk(AskInstance(ANNS, OWNER, ANN, None))) == LateAsk(
        AskInstance(SandboxId("second's"), OWNER, ANN, None)
    )


# -- ops are mere names ------------------------------------------------------------------------------------------


def test_ops_are_told_reservation_by_reservation_where_names_say_who_is_first() -> None:
    """Their age depends on the order of names, which a mirror turns round; without one it is kept."""
    asked = evolve(attempt("first", ONE, 8), inquiry=ReadingRow(OpId(8)))
    over = evolve(attempt("first", TWO, 0), inquiry=Settled())
    registry = Registry(OWNER, OpId(9), (asked, attempt("other", ONE, 2), over), legacy=ImportDue(OpId(5)))
    assert AdmissionSystem(TWO_USERS).numbers(registry) == (8, 2, 5, 9)
    assert AdmissionSystem(admission_named("two-users")).numbers(registry) == (2, 5, 8, 9)
    assert AdmissionSystem(TWO_USERS).numbers(Answered(OpId(3), Done())) == (3,)


def test_what_is_under_way_stands_in_an_order_that_no_op_decides() -> None:
    """Two that differ in more than their ops are told apart by what they say."""
    system = AdmissionSystem(TWO_USERS)
    hers, his = (Sent(ReadRow(OpId(0), OWNER, user, instance)) for user, instance in ((ANN, ANNS), (BOB, BOBS)))
    asked = LateAsk(AskInstance(ANNS, OwnerKey("org:claws"), ANN, None))
    assert (system.slot_key(hers), system.slot_key(his)) == ((0, repr(hers)), (0, repr(his)))
    assert system.slot_key(asked) == (-1, repr(asked))


def test_the_beginning_is_its_own_image() -> None:
    """Nobody has asked for anything."""
    system = AdmissionSystem(TWO_USERS)
    parts = system.initial().parts
    images = [mirrored().image(part) for part in parts]
    assert (tuple(images), [one.name for one in (FIRST, OTHER)]) == (parts, list(system.names[-2:]))
