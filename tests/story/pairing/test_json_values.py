"""JSON values are read without a surprise: total functions, and JavaScript's own ideas of truth and text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing.json_values import (
    FrozenList,
    FrozenObject,
    freeze,
    is_truthy,
    list_of,
    number_of,
    object_of,
    spelled,
    text_of,
    thaw,
    well_formed,
)

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


def test_what_is_no_object_has_no_keys() -> None:
    """And keys that are no text are none."""
    others: tuple[object, ...] = (None, [], "a", 1)
    assert [object_of(tree) for tree in others] == [{}] * 4
    assert object_of({"a": 1, 2: 3}) == {"a": 1}


def test_what_is_no_list_has_no_members() -> None:
    """A text is no list either."""
    trees: tuple[object, ...] = (None, {}, "abc", [1, 2])
    assert [list_of(tree) for tree in trees] == [(), (), (), (1, 2)]


def test_half_a_pair_is_no_text() -> None:
    """It could not be sent on."""
    assert [text_of(tree) for tree in ("a", "", "\ud800", 1, None)] == ["a", "", None, None, None]
    assert well_formed("a\ud800b\U0001f600") == "a\ufffdb\U0001f600"


def test_a_boolean_is_no_number_and_neither_is_what_has_no_end() -> None:
    """Python takes `True` for 1, and JavaScript reads 1e400 as infinite (pairing 1.11)."""
    trees = (1, 1.5, True, math.inf, math.nan, 10**400, "1", None)
    assert [number_of(tree) for tree in trees] == [1, 1.5, None, None, None, None, None, None]


@pytest.mark.parametrize("tree", [True, 1, "false", "0", {}, [], {"a": 1}, -1, math.inf])
def test_javascript_takes_this_for_true(tree: object) -> None:
    """Empty lists and objects are, and so is the word for false."""
    assert is_truthy(tree) is True


@pytest.mark.parametrize("tree", [False, None, 0, 0.0, -0.0, "", math.nan])
def test_javascript_takes_this_for_false(tree: object) -> None:
    """Nought, no text, and what is no number."""
    assert is_truthy(tree) is False


def test_texts_are_spelled_as_javascript_spells_them() -> None:
    """What has no text of its own is empty."""
    trees: tuple[object, ...] = ("a", True, False, 7, 7.0, 7.5, None, [], {}, math.nan)
    assert [spelled(tree) for tree in trees] == ["a", "true", "false", "7", "7", "7.5", "", "", "", ""]


def test_a_frozen_value_thaws_to_what_it_was() -> None:
    """Keys keep their order."""
    tree = {"b": [1, 2.5, "x", None, True], "a": {}}
    assert freeze(tree) == FrozenObject((("b", FrozenList((1, 2.5, "x", None, True))), ("a", FrozenObject(()))))
    assert thaw(freeze(tree)) == tree


def test_what_json_cannot_say_or_lies_too_deep_is_null() -> None:
    """Somebody else's depth must not be ours."""
    assert thaw(freeze({"a": math.inf, "b": object(), "c": "\ud800"})) == {"a": None, "b": None, "c": "\ufffd"}
    assert thaw(freeze([[[1]]], 1)) == [[None]]


@given(TREES)
def test_every_function_is_total(tree: object) -> None:
    """Whatever a parser gives."""
    frozen = freeze(tree)
    assert freeze(thaw(frozen)) == frozen
    assert (isinstance(spelled(tree), str), isinstance(is_truthy(tree), bool)) == (True, True)
    hash(frozen)
