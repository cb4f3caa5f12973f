"""Which states a page holds: whole rounds of moves about a trace, no more than it may, with every choice in order."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.explorer.page.near import PageTooLargeError, neighbourhood
from kiloclaw_core.explore import ProductModel, explore_naively, passages, replay_code
from tests.checker.toy import Race

RACE = Race()
CODE = "0/0/0/0"


def test_a_small_system_is_held_whole() -> None:
    """Then nothing leads out of the page, and a visitor may go wherever they like."""
    held = neighbourhood(RACE, (), (), 1_000)
    searched = explore_naively(ProductModel(RACE))

    assert (held.whole, held.states[0]) == (True, searched.states[0])
    assert set(held.states) == set(searched.states)


def test_a_large_one_is_held_for_whole_rounds_of_moves() -> None:
    """Half a round would let some choices lead out and others not, as chance has it."""
    held = neighbourhood(RACE, (), (), 100)
    searched = explore_naively(ProductModel(RACE))
    within = {state for state, depth in zip(searched.states, searched.depths, strict=True) if depth <= held.moves}

    assert (held.moves, held.whole, held.about) == (4, False, "the beginning")
    assert set(held.states) == within
    assert len(within) <= 100


def test_the_rounds_go_about_the_trace_that_is_near() -> None:
    """What is close to the fault is of interest, not what is close to the beginning."""
    trace = replay_code(RACE, CODE)
    held = neighbourhood(RACE, (trace,), (), 40)
    model = ProductModel(RACE)
    ends = {model.next(after, choice) for _, _, after in passages(RACE, trace) for choice in model.actions(after)}

    assert (held.moves, held.whole, held.about) == (1, False, "the trace")
    assert {trace.start, trace.end, *ends} <= set(held.states)


def test_a_trace_that_is_only_passed_is_held_without_what_is_about_it() -> None:
    """The way to a witness can be gone, and costs no more than its own states."""
    trace = replay_code(RACE, CODE)
    held = neighbourhood(RACE, (), (trace,), 1 + len(trace.steps))

    assert (held.moves, len(held.states)) == (0, 1 + len(trace.steps))
    assert set(held.states) == {trace.start, *(after for _, _, after in passages(RACE, trace))}


def test_where_other_traces_are_held_besides_the_rounds_go_about_what_failed() -> None:
    """The head of the page says what its moves are counted from."""
    near, passing = replay_code(RACE, CODE), replay_code(RACE, "1/0")

    assert neighbourhood(RACE, (near,), (near, passing), 40).about == "what failed"


def test_every_state_offers_what_the_system_offers_there_in_its_order() -> None:
    """The number of a choice is what the address is made of."""
    held, model = neighbourhood(RACE, (), (), 100), ProductModel(RACE)

    assert [[(way.action, way.when, way.end) for way in ways] for ways in held.ways] == [
        [(choice.move.action, choice.move.when, model.next(state, choice)) for choice in model.actions(state)]
        for state in held.states
    ]


def test_traces_that_are_more_than_a_page_may_hold_are_refused() -> None:
    """A page without the fault that it is about is none."""
    with pytest.raises(PageTooLargeError, match=r"^the traces alone pass 5 states, and the page may hold 4$"):
        neighbourhood(RACE, (replay_code(RACE, CODE),), (), 4)
