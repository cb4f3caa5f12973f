"""Memory is sound only where rules and claims keep to what they read: one that does not is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiloclaw_core.explore import BAG, Action, Claim, EachSlot, Joint, Kind, Local, Move, Sweep, When, report_of
from tests.checker.counters import Counters, Letter


def count(left: int) -> Iterator[Move]:
    """The left part counts to three."""
    if left < 3:
        yield Move(Action("count"), When.CALM, (("left", left + 1),))


def test_a_rule_that_reads_more_than_it_declares_is_named() -> None:
    """Its answer changes behind the back of what it declared."""
    answers = iter(range(100))

    def moody(_right: int) -> Iterator[Move]:
        if next(answers) == 0:
            yield Move(Action("once"), When.FREE, (("right", 1),))

    product = Counters((Local(("left",), count), Local(("right",), moody)))

    with pytest.raises(AssertionError, match=r"rule 1 \(Local reading right\): once depends on more than the rule"):
        report_of(product, audit_every=1)


def test_a_rule_that_says_more_when_asked_again_is_named() -> None:
    """The other way round: what is new was not remembered."""
    answers = iter(range(100))

    def growing() -> Iterator[Move]:
        if next(answers) > 0:
            yield Move(Action("late"), When.FREE, (("right", 1),))

    with pytest.raises(AssertionError, match=r"rule 0 \(Local reading nothing\): late depends"):
        report_of(Counters((Local((), growing),)), audit_every=1)


@pytest.mark.parametrize(("reads", "named"), [(("right",), "right"), ((), "nothing")])
def test_a_claim_that_reads_more_than_it_declares_is_named(reads: tuple[str, ...], named: str) -> None:
    """It was judged once for all states that look alike to it, and they were not alike."""
    claim: Claim[Joint] = Claim("small", "Left is small.", Kind.ALWAYS, reads, lambda joint: joint.parts[0] != 2)
    product = Counters((Local(("left",), count),), (claim,))

    with pytest.raises(AssertionError, match=rf"claim 'small' depends on more than it reads, {named}"):
        report_of(product, audit_every=1)


def test_an_audit_needs_a_number_of_states() -> None:
    """Every nought-th state is none."""
    with pytest.raises(ValueError, match="audit_every is 0"):
        report_of(Counters(()), audit_every=0)


def always(reads: tuple[str, ...]) -> Claim[Joint]:
    """A claim that holds."""
    return Claim("small", "It holds.", Kind.ALWAYS, reads, lambda _: True)


CONTRADICTIONS = [
    (Counters((), names=("left", "left")), "distinct names"),
    (Counters((), names=("left", BAG)), "distinct names"),
    (Counters((), (always(()), always(()))), "the claims small, small need distinct names"),
    (Counters((Local(("up",), count),)), r"rule 0 \(Local reading up\) reads 'up', but can read left, right"),
    (Counters((Local((BAG,), count),)), r"reads 'bag', but can read left, right"),
    (Counters((), (always(("up",)),)), r"claim 'small' reads 'up', but can read left, right, bag"),
    (Counters((), names=("left",)), "has 2 parts, but 1 are named"),
]


@pytest.mark.parametrize(("product", "message"), CONTRADICTIONS)
def test_a_product_that_contradicts_itself_is_refused(product: Counters, message: str) -> None:
    """Before anything is explored, and by name."""
    with pytest.raises(ValueError, match=message):
        report_of(product)


def wrong_part() -> Iterator[Move]:
    """Write a part that is not there."""
    yield Move(Action("go"), When.CALM, (("up", 1),))


def nothing_to_keep() -> Iterator[Move]:
    """Keep something without having a slot."""
    yield Move(Action("go"), When.CALM, kept=(Letter("a", 0),))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Local((), wrong_part), r"rule 0 \(Local reading nothing\): go writes 'up', which is no part"),
        (Sweep((), nothing_to_keep, lambda slot: slot), r"rule 0 \(Sweep .*: go keeps Letter.*, but its rule has no"),
    ],
)
def test_a_move_that_cannot_be_made_is_refused(rule: Local | Sweep | EachSlot, message: str) -> None:
    """The rule and the action are named, for they are what has to be mended."""
    with pytest.raises(ValueError, match=message):
        report_of(Counters((rule,)))
