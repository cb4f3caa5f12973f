"""Hypothesis strategies for every value of the vocabulary, drawn from the types alone, so that they follow them.

Every field is drawn, those with a default too. The values are well typed and nothing more: a ledger need not be
sorted, a phase need not fit its story.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kiloclaw_core.codec import Of
from kiloclaw_core.commands import Command
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Fact
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.phases import Phase
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Story

ValueT = TypeVar("ValueT")

LONGEST = 3
"""How many members a drawn tuple has at most."""

PRIMITIVES: dict[object, SearchStrategy[Any]] = {
    NoneType: st.none(),
    bool: st.booleans(),
    int: st.integers(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=12),
    Policy: st.sampled_from((Policy(), Policy(tries=1, grave_cadences_s=()))),
}


def values_of(of: type[Of[ValueT]]) -> SearchStrategy[ValueT]:
    """Every value of a type, unions included."""
    (kind,) = get_args(of)
    return _values(kind)


def members_of(of: type[Of[ValueT]]) -> dict[str, SearchStrategy[ValueT]]:
    """Every value of each member of a union, by the member's name."""
    (kind,) = get_args(of)
    return {member.__name__: _values(member) for member in get_args(kind)}


@cache
def _values(kind: Any) -> SearchStrategy[Any]:  # noqa: ANN401 - Python has no word for every kind of type
    if kind in PRIMITIVES:
        return PRIMITIVES[kind]
    if isinstance(kind, NewType):
        return _values(kind.__supertype__)
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*(_values(one) for one in get_args(kind)))
    if get_origin(kind) is tuple:
        return _tuples(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    fields = attrs.fields(attrs.resolve_types(kind))
    return st.builds(kind, **{one.alias: _values(one.type) for one in fields})


def _tuples(items: tuple[Any, ...]) -> SearchStrategy[tuple[Any, ...]]:
    if items[-1] is Ellipsis:
        return st.lists(_values(items[0]), max_size=LONGEST).map(tuple)
    return st.tuples(*(_values(one) for one in items))


PHASES = values_of(Of[Phase])
STORIES = values_of(Of[Story])
COMMANDS = values_of(Of[Command])
FACTS = values_of(Of[Fact])
EFFECTS = values_of(Of[Effect])
OUTCOMES = values_of(Of[Outcome])
LEDGERS = values_of(Of[Ledger])
INSTANCES = values_of(Of[Instance])
