"""In a mirror one state stands for two: what is found is the same, and what is no mirror is named."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import partial

import pytest
from attrs import evolve

from kiloclaw_core.explore import (
    Action,
    Claim,
    EachSlot,
    Joint,
    Kind,
    Local,
    Mirror,
    Move,
    ProductModel,
    Report,
    Step,
    Trace,
    Verdict,
    When,
    interned,
    replay_code,
    report_naively,
    report_of,
)
from kiloclaw_core.explore.canonical import ranks
from kiloclaw_core.explore.following import Follower
from tests.checker.counters import Counters, Letter

SIDES = ("left", "right")
FRESH = {"left": 7, "right": 8}


def other_side(value: Hashable) -> Hashable:
    """A letter from the other side; a count is a count."""
    if isinstance(value, Letter):
        return Letter(SIDES[1 - SIDES.index(value.word)], value.number)
    return value


BOTH = Mirror((SIDES,), other_side)
NOBODY = Mirror((), lambda value: value)
"""Numbers are mere names, and every state stands for itself."""


def climb(count: int, *, side: str) -> Iterator[Move]:
    """One side counts to two, and writes a letter each time."""
    if count < 2:
        yield Move(Action(f"{side} climbs"), When.FREE, ((side, count + 1),), spawned=(Letter(side, FRESH[side]),))


def both_write(left: int, right: int) -> Iterator[Move]:
    """Both sides write at once; the left one's letter is the older, for no reason but its name."""
    if left == right == 2:
        spawned = tuple(Letter(side, FRESH[side]) for side in SIDES)
        yield Move(Action("both write"), When.CALM, (("left", 3), ("right", 3)), spawned=spawned)


def arrive(slot: Letter, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """A letter arrives."""
    yield Move(Action(f"{slot.word} {slot.number} arrives"), When.CALM)


def always(name: str, reads: tuple[str, ...], broken: tuple[Hashable, ...]) -> Claim[Joint]:
    """Whether the two counts are never these."""
    return Claim(name, f"{name}.", Kind.ALWAYS, reads, lambda joint: joint.parts != broken)


CLAIMS: tuple[Claim[Joint], ...] = (
    always("never both", SIDES, (3, 3)),
    Claim("one is ahead", "One is.", Kind.SOMETIMES, SIDES, lambda joint: set(joint.parts) == {0, 2}),
    Claim("ends", "Nothing is on its way.", Kind.LEADS_HOME, (*SIDES, "bag"), lambda joint: not joint.bag),
)
CLIMBERS = Counters(
    (
        *(Local((side,), partial(climb, side=side)) for side in SIDES),
        Local(SIDES, both_write),
        EachSlot((), arrive),
    ),
    CLAIMS,
    mirror=BOTH,
)


def words(report: Report) -> list[tuple[str, str, int | None, int | None]]:
    """What became of each claim, and how long its trace is; which of two images it passes is nobody's concern."""
    return [
        (one.claim, one.verdict, one.bound, None if one.trace is None else len(one.trace.steps))
        for one in report.verdicts
    ]


# -- what is found -----------------------------------------------------------------------------------------------


def test_one_state_stands_for_two_and_nothing_else_changes() -> None:
    """Every claim is judged alike, and all that is stood for is exactly all there is."""
    whole, half = report_of(evolve(CLIMBERS, mirror=NOBODY)), report_of(CLIMBERS, audit_every=1)
    assert (half.stood_for, half.depth, half.complete) == (whole.states, whole.depth, True)
    assert (whole.stood_for, half.states < whole.states) == (whole.states, True)
    assert words(half) == words(whole)


def test_the_oracle_is_not_reduced() -> None:
    """It finds as many states as are stood for, one by one."""
    literal, half = report_naively(CLIMBERS), report_of(CLIMBERS)
    assert (literal.states, literal.stood_for) == (half.stood_for, None)


def test_without_a_mirror_nobody_stands_for_another() -> None:
    """Then numbers keep their age, and there are more states: which of two letters is older tells them apart."""
    aged, named = report_of(evolve(CLIMBERS, mirror=None)), report_of(evolve(CLIMBERS, mirror=NOBODY))
    assert (aged.stood_for, aged.states > named.states, words(aged)) == (None, True, words(named))


def test_a_trace_is_of_what_can_happen() -> None:
    """Whatever stood for the states it passes, the rules themselves lead along it."""
    for verdict in report_of(CLIMBERS).verdicts:
        if verdict.trace is not None:
            assert replay_code(CLIMBERS, verdict.trace.code) == verdict.trace


def test_a_round_may_be_twice_as_long_as_the_one_that_was_found() -> None:
    """A token goes from left to right and back: in the mirror it stays where it is."""

    def take(left: int, right: int) -> Iterator[Move]:
        if left == right:
            yield Move(Action("left takes it"), When.FREE, (("left", 1),))
            yield Move(Action("right takes it"), When.FREE, (("right", 1),))
        else:
            yield Move(Action("passes it"), When.CALM, (("left", right), ("right", left)))

    home: Claim[Joint] = Claim("ends", "Nobody has it.", Kind.LEADS_HOME, SIDES, lambda joint: joint.parts == (0, 0))
    product = Counters((Local(SIDES, take),), (home,), mirror=BOTH)

    report = report_of(product)

    steps = (Step(0, 2, Action("left takes it")), Step(0, 1, Action("passes it")), Step(0, 1, Action("passes it")))
    ways = [verdict.trace for verdict in report.verdicts]
    assert (report.states, report.stood_for) == (2, 3)
    assert ways == [Trace(steps, Joint((0, 0), ()), Joint((1, 0), ()))]
    assert report.verdicts == (Verdict("ends", Kind.LEADS_HOME, "broken", ways[0], round_from=1),)


def test_mere_names_are_ranked_as_they_are_mentioned() -> None:
    """Each once, those of the anchor before the others."""
    assert ranks((9, 4, 9), (5, 4, 2), by_age=False) == {9: 0, 4: 1, 5: 128, 2: 129}
    assert ranks((), (5, 2), by_age=False) == {5: 0, 2: 1}


# -- what is refused ---------------------------------------------------------------------------------------------


def test_a_beginning_that_looks_otherwise_in_a_mirror_is_refused() -> None:
    """From its image there is no way that was searched."""
    with pytest.raises(ValueError, match="the mirror image of the initial joint is another"):
        report_of(evolve(CLIMBERS, left=1))


def test_a_mirror_of_what_is_not_there_is_refused() -> None:
    """By the name of the part."""
    with pytest.raises(ValueError, match="the mirror reads 'up', but can read left, right"):
        report_of(evolve(CLIMBERS, mirror=Mirror((("left", "up"),), other_side)))


def test_what_happens_on_one_side_alone_is_no_mirror() -> None:
    """What the other side may do was never looked at."""
    lame = evolve(CLIMBERS, rules=CLIMBERS.rules[:1])
    with pytest.raises(AssertionError, match="left climbs: not what happens in a mirror"):
        report_of(lame)


def test_a_claim_that_tells_the_sides_apart_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was judged in one of two images, and says otherwise of the other."""
    monkeypatch.setattr(interned, "REDUCED_EVERY", 1)
    unfair: Claim[Joint] = Claim(
        "left", "Left is never ahead.", Kind.ALWAYS, SIDES, lambda joint: joint.parts != (2, 1)
    )
    with pytest.raises(AssertionError, match="claim 'left' tells mirror images apart by what it reads, left"):
        report_of(evolve(CLIMBERS, claims=(unfair,)), audit_every=1)


def test_what_stands_for_something_else_is_named() -> None:
    """A state may be followed in place of its image, and of no other."""
    first = CLIMBERS.initial()
    model = ProductModel(CLIMBERS)
    ends = [model.next(first, choice) for choice in model.actions(first)]
    silent = evolve(CLIMBERS, claims=())
    interned.audit_image(silent, BOTH, first, ends[::-1], 0)
    with pytest.raises(AssertionError, match="left climbs: what stands for the end of it is no image of that, Joint"):
        interned.audit_image(silent, BOTH, first, [first, first], 0)


def test_nobody_follows_where_nothing_leads() -> None:
    """A search that says so has a fault of its own."""
    with pytest.raises(AssertionError, match="nothing leads from Joint"):
        Follower.of(CLIMBERS).to(Joint((3, 3), ()))
