"""What has less left is passed over where the same was found with more: what is found besides is the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import pytest
from attrs import evolve, frozen

from kiloclaw_core.explore import (
    Action,
    Claim,
    Joint,
    Kind,
    Local,
    Move,
    Pruning,
    Report,
    Rule,
    Step,
    Trace,
    Verdict,
    When,
    replay_code,
    report_naively,
    report_of,
)
from kiloclaw_core.explore.allowance import amounts_of, audit_allowance
from tests.checker.counters import Counters
from tests.checker.test_mirror import words
from tests.checker.toy import Budget, Bug, Race

RACES = [
    *(Race(bug=bug) for bug in Bug if bug is not Bug.HASTY_ALARM),  # that one counts for ever
    Race(budget=Budget(1, 1, 1)),
    Race(("one", "two", "three"), Budget(1, 0, 0)),
    Race(budget=Budget(2, 1, 0), anchor="lock"),
]


@frozen
class Left:
    """How many slips and falls may still happen."""

    slips: int = 0
    falls: int = 0


def spending(left: Left) -> Iterator[Move]:
    """One slips, or falls."""
    if left.slips:
        yield Move(Action("slips"), When.FREE, (("left", evolve(left, slips=left.slips - 1)),))
    if left.falls:
        yield Move(Action("falls"), When.FREE, (("left", evolve(left, falls=left.falls - 1)), ("right", "down")))


def rising(right: Hashable) -> Iterator[Move]:
    """One gets up."""
    if right == "down":
        yield Move(Action("gets up"), When.CALM, (("right", 0),))


SAFE: Claim[Joint] = Claim("stands", "One stands some day.", Kind.LEADS_HOME, ("right",), lambda one: one.parts[1] == 0)


def walking(*rules: Rule, left: Left = Left(1, 1), claims: tuple[Claim[Joint], ...] = (SAFE,)) -> Counters:
    """Somebody who may slip and fall, and whatever else the rules say."""
    return Counters(
        (Local(("left",), spending), Local(("right",), rising), *rules), claims, left=left, allowance="left"
    )


def shown(report: Report) -> object:
    """What became of each claim, and which cells were seen."""
    return words(report), report.cells, report.complete


# -- what is found -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"{race.bug.name}-{race.budget}-{len(race.clients)}")
def test_every_claim_is_judged_alike_in_fewer_states(race: Race) -> None:
    """Broken, witnessed or held, with traces as short, bounds as long and the same cells."""
    whole, fewer = report_of(race), report_of(evolve(race, allowance="budget"), audit_every=1)
    assert (shown(fewer), fewer.states < whole.states) == (shown(whole), True)


def test_the_oracle_passes_nothing_over() -> None:
    """It follows whatever is left."""
    race = Race(allowance="budget")
    assert report_naively(race) == report_naively(evolve(race, allowance=None))


def test_what_was_spent_for_nothing_leads_nowhere() -> None:
    """Two states are followed, on one's feet and down; six there are, by what is left."""
    assert report_of(evolve(walking(), allowance=None)).states == 6
    assert report_of(walking()).states == 2


def test_what_has_more_left_is_followed_although_it_came_later() -> None:
    """A jump costs a slip and is the shorter way; whoever walks has it still."""

    def jumping(left: Left, right: int) -> Iterator[Move]:
        if left.slips and right < 2:
            yield Move(Action("jumps"), When.FREE, (("left", Left(left.slips - 1, 0)), ("right", 2)))

    def stepping(right: int) -> Iterator[Move]:
        if right < 2:
            yield Move(Action("steps"), When.FREE, (("right", right + 1),))

    rules = (Local(("left", "right"), jumping), Local(("right",), stepping))
    report = report_of(Counters(rules, left=Left(1), allowance="left"), audit_every=1)
    assert (report.states, report.edges, report.depth) == (4, 4, 2)


def test_a_round_of_what_was_passed_over_is_replayed() -> None:
    """The way round is calm, so that it goes on however much is left."""

    def going_round(right: Hashable) -> Iterator[Move]:
        if right in {"down", "up"}:
            yield Move(Action("turns"), When.CALM, (("right", "up" if right == "down" else "down"),))

    report = report_of(walking(Local(("right",), going_round), left=Left(0, 2)))

    steps = (Step(0, 1, Action("falls")), Step(2, 3, Action("turns")), Step(1, 2, Action("turns")))
    (verdict,) = report.verdicts
    assert verdict.trace is not None
    assert replay_code(walking(Local(("right",), going_round), left=Left(0, 2)), verdict.trace.code) == verdict.trace
    assert (verdict.verdict, verdict.round_from, [one.action for one in verdict.trace.steps]) == (
        "broken",
        1,
        [one.action for one in steps],
    )


# -- what is refused ---------------------------------------------------------------------------------------------


def test_an_allowance_counts() -> None:
    """Each field is a count, and there is one at least."""
    assert amounts_of(Left(3, 1)) == (3, 1)
    for nothing in (7, "plenty", Joint((), ())):
        with pytest.raises(TypeError, match="is no allowance: every field of one is a count"):
            amounts_of(nothing)


def test_what_is_left_is_for_rules_alone_to_read() -> None:
    """A claim would judge otherwise what was passed over, and a pruning would keep other slots of it."""
    curious: Claim[Joint] = Claim("curious", "It is.", Kind.ALWAYS, ("left",), lambda _: True)
    with pytest.raises(ValueError, match="claim 'curious' reads 'left', the allowance, which only rules may read"):
        report_of(walking(claims=(curious,)))
    with pytest.raises(ValueError, match="the pruning reads 'left', the allowance"):
        report_of(evolve(walking(), pruning=Pruning(("left",), lambda _letter, _left: True)))
    with pytest.raises(ValueError, match="the aspect of left reads 'left', the allowance"):
        report_of(evolve(walking(), aspects={"left": str}))
    with pytest.raises(ValueError, match="the allowance reads 'purse', but can read left, right"):
        report_of(evolve(walking(), allowance="purse"))


def test_what_happens_only_where_less_is_left_is_named() -> None:
    """It would be passed over, unseen."""

    def despairing(left: Left) -> Iterator[Move]:
        if left == Left():
            yield Move(Action("despairs"), When.FREE, (("right", "down"),))

    product = walking(Local(("left",), despairing), left=Left(1, 0))
    with pytest.raises(AssertionError, match="despairs: happens where less is left, but not in Joint"):
        report_of(product, audit_every=1)


def test_what_is_calm_only_where_more_is_left_is_named() -> None:
    """Home might be out of reach for what was passed over."""

    def paying(left: Left, right: Hashable) -> Iterator[Move]:
        if left.slips and right == 0:
            yield Move(Action("pays"), When.CALM, (("right", "paid"),))

    with pytest.raises(AssertionError, match="pays: is calm, but does not happen where less is left, in Joint"):
        audit_allowance(walking(Local(("left", "right"), paying)), Joint((Left(1, 0), 0), ()))


def test_what_is_calm_and_spends_is_named() -> None:
    """A way round might end that seemed to have none."""

    def wearing(left: Left) -> Iterator[Move]:
        yield Move(Action("wears out"), When.CALM, (("left", Left(max(0, left.slips - 1))),))

    with pytest.raises(AssertionError, match="wears out: is calm, but changes how much is left in Joint"):
        audit_allowance(walking(Local(("left",), wearing)), Joint((Left(1, 0), 0), ()))


def test_what_leaves_less_the_more_there_is_is_named() -> None:
    """What follows would not be what follows."""

    def losing(left: Left) -> Iterator[Move]:
        if left.slips < 2:
            yield Move(Action("loses"), When.FREE, (("left", Left(1 - left.slips, 0)), ("right", "lost")))

    with pytest.raises(AssertionError, match="loses: happens where less is left, but not in Joint"):
        audit_allowance(walking(Local(("left",), losing)), Joint((Left(1, 0), 0), ()))


def test_a_verdict_is_of_what_was_followed() -> None:
    """The shortest way that breaks a claim is one that nothing was passed over for."""
    fallen: Claim[Joint] = Claim("up", "Nobody falls.", Kind.ALWAYS, ("right",), lambda one: one.parts[1] != "down")
    report = report_of(walking(claims=(fallen,)))
    step = Step(1, 2, Action("falls"))
    trace = Trace((step,), Joint((Left(1, 1), 0), ()), Joint((Left(1, 0), "down"), ()))
    assert report.verdicts == (Verdict("up", Kind.ALWAYS, "broken", trace),)
