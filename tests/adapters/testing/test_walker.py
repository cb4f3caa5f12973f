"""A walk is what a search is, one way at a time: the same choices, the same claims, and findings that are followed."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import opened, walking
from kiloclaw_adapters.explorer.shards import lots
from kiloclaw_adapters.explorer.shortening import shortened
from kiloclaw_adapters.explorer.walking import AstrayError, Draw, Walk, Walker, Walks, in_turn, mildest
from kiloclaw_adapters.testing import overridden
from kiloclaw_core import start, stop
from kiloclaw_core.explore import Kind, ProductModel, When, replay_code
from kiloclaw_core.explore.compiled import Arrow
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System

from .changes import hurried, left_alone

ONE_EACH = configuration_named("one-each")
RESURRECTED = configuration_named("resurrected")


def drawn(seed: int) -> Draw:
    """Whoever draws at random from this seed."""
    chance = random.Random(seed)
    return lambda arrows: chance.randrange(len(arrows))


def first_broken(walker: Walks, name: str) -> Walk:
    """The first walk of a shard that breaks a claim, on the way or on the way home."""
    draws = (lots(1, name, number) for number in range(2_000))
    return next(walk for draw in draws if (walk := walker.homeward(walker.walk(draw, 60), draw)).broken)


def test_the_choices_of_a_walk_are_its_replay_code() -> None:
    """What was drawn can be followed by the rules themselves, to the same end and through the same choices."""
    system = System(ONE_EACH)
    walker, counts = Walker(system), list[int]()

    def draw(arrows: Sequence[Arrow]) -> int:
        counts.append(len(arrows))
        return len(arrows) - 1

    walk = walker.walk(draw, 20)
    trace = replay_code(system, walk.code)

    assert [step.index for step in trace.steps] == list(walk.choices)
    assert [step.of for step in trace.steps] == counts
    assert walker.components.joint_of(walker.end_of(walk)) == trace.end


def test_a_walk_offers_what_the_model_offers_all_along() -> None:
    """Rules that answer from memory must offer the choices of rules that are asked afresh."""
    system = System(RESURRECTED)
    model, walker = ProductModel(system), Walker(system)
    joint = model.initial()
    for choice in walker.walk(drawn(3), 60).choices:
        joint = model.next(joint, model.actions(joint)[choice])

    assert walker.components.joint_of(walker.end_of(walker.walk(drawn(3), 60))) == joint


def test_a_walk_ends_where_nothing_more_may_change() -> None:
    """Callers may look at what is gone for ever; that is no way to go deep."""
    walker = opened(ONE_EACH).walker()
    bold = walker.walk(lambda arrows: next((i for i, one in enumerate(arrows) if is_asked(one)), 0), 1_000)

    assert len(bold.choices) < 100
    assert "gone" in bold.seen


def is_asked(arrow: Arrow) -> bool:
    """Whether somebody asks for something."""
    return arrow[0].when is When.FREE and not arrow[0].move.action.label.startswith("poll")


def test_calm_leads_every_walk_home() -> None:
    """Wherever they have come to."""
    walker = opened(RESURRECTED).walker()

    walks = [walker.homeward(walker.walk(drawn(seed), seed), drawn(seed)) for seed in range(40)]

    assert [walk.broken for walk in walks] == [()] * 40


def test_a_claim_that_is_broken_ends_the_walk_and_is_told_with_its_trace() -> None:
    """The finding is what a search would have found, in as few steps as leaving some out comes to."""
    with overridden(start, "creating_machine", hurried):
        walker = opened(ONE_EACH).walker()
        found = first_broken(walker, ONE_EACH.name)
        short = shortened(walker, found)
        verdict = walker.verdict(short)

    assert len(short.choices) <= min(len(found.choices), 30)
    assert (verdict.claim, verdict.kind, verdict.verdict) == (short.broken[0], Kind.ALWAYS, "broken")
    assert verdict.trace is not None
    assert verdict.trace.code == short.code


def test_calm_that_never_gets_home_is_told_with_its_round() -> None:
    """The same state twice, with calm moves alone between them."""
    with overridden(stop, "unwanted", left_alone):
        walker = opened(RESURRECTED).walker()
        short = shortened(walker, first_broken(walker, RESURRECTED.name))
        verdict = walker.verdict(short)

    assert (verdict.claim, verdict.kind) == ("leads home", Kind.LEADS_HOME)
    assert short.round_from is not None
    assert verdict.round_from == short.round_from


def test_a_finding_that_is_none_is_refused() -> None:
    """Nothing is told that the rules themselves do not confirm."""
    walker = opened(RESURRECTED).walker()
    walk = walker.walk(mildest, 4)
    for broken, round_from in (
        ("one machine at most", None),
        ("no such claim", None),
        ("gone", None),
        ("leads home", None),
        ("leads home", 2),
    ):
        with pytest.raises(AstrayError):
            walker.verdict(evolve(walk, broken=(broken,), round_from=round_from))


def test_a_schedule_is_counted_round_and_ends_mildly() -> None:
    """Any numbers at all are a schedule, so that any of them may be left out."""
    arrows = opened(ONE_EACH).walker().walk
    assert arrows(in_turn((7, 1_000_000)), 2).choices == arrows(in_turn((7, 1_000_000, 0)), 2).choices
    assert arrows(in_turn(()), 3).choices == (0, 0, 0)


@pytest.mark.parametrize("bound", ["REMEMBERED", "AT_HAND"])
def test_a_walker_that_remembers_too_much_begins_anew_and_walks_the_same(
    bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory has an end, and what is remembered changes nothing."""
    remembering = opened(RESURRECTED).walker()
    kept = [remembering.homeward(remembering.walk(drawn(seed), 40), drawn(seed)) for seed in range(10)]

    monkeypatch.setattr(walking, bound, 1)
    forgetful = opened(RESURRECTED).walker()
    assert [forgetful.homeward(forgetful.walk(drawn(seed), 40), drawn(seed)) for seed in range(10)] == kept
