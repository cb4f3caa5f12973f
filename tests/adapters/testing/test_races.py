"""The walks that hypothesis draws: of one mind with the rules, complete, and understood when they fail."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kiloclaw_adapters.explorer import opened
from kiloclaw_adapters.explorer.shards import lots
from kiloclaw_adapters.explorer.walking import Walk, Walker
from kiloclaw_adapters.mutants import MUTANTS
from kiloclaw_adapters.pytest_plugin import Put
from kiloclaw_adapters.testing import Change, changed
from kiloclaw_adapters.testing.races import (
    BrokenError,
    InstanceByName,
    assert_holds,
    by_name,
    named,
    scheduled,
    walk_by_choices,
    walk_by_rules,
    walk_by_schedule,
)
from kiloclaw_adapters.testing.races.named import sort_of
from kiloclaw_core import start
from kiloclaw_core.explore import replay_code
from kiloclaw_core.explore.compiled import Arrow
from kiloclaw_core.world.configurations import CONFIGURATIONS, configuration_named
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

from .changes import hurried

ONE_EACH = configuration_named("one-each")
SYSTEM = System(ONE_EACH)
WALKS = opened(ONE_EACH).walker()
SORTS = re.compile(r"@precondition\(may\(([^)]*)\)\).*?self\.happen\(([^)]*)\)", re.DOTALL)
RULES = [
    (re.findall(r'"([\w ]+)"', drawn), re.findall(r'"([\w ]+)"', happens))
    for drawn, happens in SORTS.findall(inspect.getsource(named))
]
"""For each rule that has a name, the sorts of things that it is drawn for, and those that it lets happen."""


@settings(max_examples=20)
@given(draws=st.data())
def test_the_draws_of_a_walk_are_its_replay_code(draws: st.DataObject) -> None:
    """By memory and by the rules themselves: each may be followed again, choice by choice."""
    for walk in (walk_by_choices(WALKS, draws, 12), walk_by_rules(SYSTEM, draws, 6)):
        assert [step.index for step in replay_code(SYSTEM, walk.code).steps] == list(walk.choices)
        assert walk.broken == ()


def test_a_walk_by_the_rules_ends_with_what_it_breaks() -> None:
    """The first broken claim is the last thing that a walk is about."""
    endless = next(one for one in MUTANTS if one.name == "no-ceiling")
    found: list[Walk] = []

    @settings(database=None, max_examples=60, derandomize=True, phases=[Phase.generate])
    @given(draws=st.data())
    def walking(draws: st.DataObject) -> None:
        walk = walk_by_rules(SYSTEM, draws, 20)
        if walk.broken:
            found.append(walk)

    with changed([endless]):
        walking()
        verdicts = [opened(ONE_EACH).walker().verdict(walk) for walk in found]
    assert {(told.verdict, told.claim) for told in verdicts} == {("broken", endless.caught_by)}


@settings(max_examples=30)
@given(schedule=st.binary(max_size=60))
def test_any_bytes_are_a_schedule(schedule: bytes) -> None:
    """No byte is wasted, and the healthy core holds along each."""
    walk = walk_by_schedule(WALKS, schedule)

    assert walk.broken == ()
    assert len(replay_code(SYSTEM, walk.code).steps) == len(walk.choices)


def test_the_mildest_byte_takes_the_mildest_choice() -> None:
    """So that what is shrunk is calm."""
    assert WALKS.walk(scheduled(bytes(9)), 9) == WALKS.walk(lambda _arrows: 0, 9)


def test_a_broken_claim_is_raised_with_the_way_there(changing: Put) -> None:
    """What hypothesis notes of the example is drawn as lanes, with the command to replay it."""
    changing(start, "creating_machine", hurried)
    code = (0, 0, 1, 0, 0, 0, 0, 0, 1)

    @settings(database=None, max_examples=1, phases=[Phase.generate])
    @given(st.just(code))
    def failing(choices: tuple[int, ...]) -> None:
        assert_holds(ONE_EACH, Walk(choices, broken=("one request at a time",)))

    with pytest.raises(BrokenError, match=r"^one request at a time: Of the requests that must be settled") as raised:
        failing()
    told = "\n".join(raised.value.__notes__)
    assert "BROKEN  one request at a time  (9 steps)" in told
    assert "replay  kiloclaw replay --code 0/0/1/0/0/0/0/0/1 --configuration one-each" in told


def test_a_mutant_is_a_change_as_well() -> None:
    """One mechanism for what we break and for what you try."""
    mutant = next(one for one in MUTANTS if one.name == "hurried-destroy")
    original = getattr(mutant.module, mutant.function)

    with changed([mutant, Change(start, "creating_machine", hurried)]):
        assert getattr(mutant.module, mutant.function) is not original
    assert getattr(mutant.module, mutant.function) is original


# -- by name -----------------------------------------------------------------------------------------------------


def test_a_failing_story_by_name_prints_a_program_and_its_lanes(changing: Put) -> None:
    """It can be read by somebody who has never seen the suite."""
    changing(start, "creating_machine", hurried)
    found: list[InstanceByName] = []

    @settings(database=None, max_examples=1, phases=[Phase.generate])
    @given(st.just(0))
    def telling(first: int) -> None:
        found.append(machine := by_name(ONE_EACH)())
        machine.it_wakes()
        machine.a_request_lands(first)
        machine.somebody_starts_it()
        for _ in range(2):
            machine.an_answer_is_delivered(first)
            machine.a_request_lands(first)
        machine.an_answer_is_delivered(first)
        machine.it_wakes()

    with pytest.raises(BrokenError, match=r"^one request at a time: ") as raised:
        telling()
    assert found[-1].choices == [0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert "9          wake" in "\n".join(raised.value.__notes__)


def test_every_rule_lets_happen_what_it_is_drawn_for() -> None:
    """A rule that is drawn for one thing and lets another happen would find nothing to do."""
    assert len(RULES) == inspect.getsource(named).count("@precondition(may(")
    assert [drawn for drawn, happens in RULES if drawn != happens] == []


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: one.name)
def test_everything_that_may_happen_is_let_happen_by_one_rule(configuration: Configuration) -> None:
    """What no rule does is never tried; what two do is tried twice as often as it seems."""
    walker, met = Walker(System(configuration)), set[str]()
    chance = lots(1, configuration.name, 0)

    def draw(arrows: Sequence[Arrow]) -> int:
        met.update(sort_of(walker, arrow) for arrow in arrows)
        return chance(arrows)

    walker.walk(draw, 60)
    sorts = [sort for drawn, _ in RULES for sort in drawn]
    assert [sort for sort in sorted(met) if sorts.count(sort) != 1] == []
