"""Numbers are found by annotation, wherever frozen values and tuples put them, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Literal, NewType

import pytest
from attrs import field, frozen, make_class

from kiloclaw_core.explore import Label, Renumbering

OpId = NewType("OpId", int)
MachineId = NewType("MachineId", str)
Nickname = NewType("Nickname", str)


@frozen
class Base:
    """What others extend, and what therefore may be one of them."""

    count: int


@frozen
class Extended(Base):
    """One that does."""

    op: OpId


@frozen
class Nested:
    """A value in itself, with nothing in it that could be a number: none is looked for."""

    inner: Nested | None = None
    plain: tuple[Plain, ...] = ()
    nickname: Nickname = Nickname("fred")
    mode: Literal["a", "b"] = "a"
    note: OpId = field(default=OpId(0), eq=False)


@frozen
class Holder:
    """One place where nothing can be, and three where something may."""

    nested: Nested
    base: Base
    box: frozenset[str]
    chain: Chain | None = None


@frozen
class Chain:
    """A value in itself, with a number in it."""

    inner: Chain | None
    op: OpId


class Role(Enum):
    """An enum, which has no numbers."""

    ACTIVE = 1


@frozen
class Held:
    """A value inside another."""

    machine: MachineId
    of: OpId


@frozen
class Plain:
    """A value without any number."""

    count: int


@frozen
class Record:
    """Every place in which a number may stand, and every one in which it may not."""

    op: OpId
    maybe: OpId | None
    holdings: tuple[Held, ...]
    pair: tuple[OpId, int]
    either: Held | Plain | OpId
    count: int
    texts: tuple[str, ...]
    nickname: Nickname
    role: Role | None
    mode: Literal["a", "b"] | None
    anything: Hashable
    _own: OpId = OpId(9)
    note: OpId = field(default=OpId(0), eq=False)


@frozen
class Vague:
    """An int that may be an op or a count."""

    which: OpId | int


@frozen
class Boxed:
    """Numbers where they cannot be replaced."""

    ops: frozenset[OpId]


def machine_number(machine: MachineId) -> int | None:
    """The number in "m7"; none in a name that people gave."""
    return int(machine[1:]) if machine[1:].isdigit() else None


IDS = Renumbering({OpId: Label(int, OpId), MachineId: Label(machine_number, lambda number: f"m{number}")})


def record(first: int, second: int, third: int) -> Record:
    """A record whose live numbers are these three."""
    return Record(
        op=OpId(first),
        maybe=OpId(second),
        holdings=(Held(MachineId(f"m{third}"), OpId(first)), Held(MachineId("fred"), OpId(second))),
        pair=(OpId(third), 30),
        either=Held(MachineId(f"m{second}"), OpId(third)),
        count=30,
        texts=("m30",),
        nickname=Nickname("m30"),
        role=Role.ACTIVE,
        mode="a",
        anything=(Plain(30), Held(MachineId(f"m{first}"), OpId(second)), 30),
        own=OpId(third),
    )


def test_every_labelled_place_is_read() -> None:
    """Ops and machines count; counts, texts, nicknames and notes do not."""
    assert IDS.numbers(record(10, 20, 5)) == (5, 10, 20)


def test_every_labelled_place_is_replaced_and_nothing_else() -> None:
    """The record under a map is the record that had been made with the new numbers."""
    renumbered = IDS.renumber(record(10, 20, 5), {5: 0, 10: 1, 20: 2})

    assert renumbered == record(1, 2, 0)
    assert isinstance(renumbered, Record)
    assert renumbered.note == OpId(0)


def test_an_absent_number_stays_absent() -> None:
    """None has no number, and a value without numbers is given back itself."""
    plain = Plain(3)

    assert IDS.numbers(Held(MachineId("fred"), OpId(1))) == (1,)
    assert IDS.renumber(plain, {}) is plain
    assert IDS.numbers(7) == ()


def test_a_number_is_found_wherever_its_class_may_have_it() -> None:
    """In a class that others extend, and in one that holds its like; where none can be, what is held stays itself."""
    nested = Nested(Nested(), (Plain(3),), note=OpId(7))
    holder = Holder(nested, Extended(3, OpId(4)), frozenset({"m5"}), Chain(Chain(None, OpId(6)), OpId(8)))

    renumbered = IDS.renumber(holder, {4: 0, 6: 1, 8: 2})

    assert IDS.numbers(holder) == (4, 6, 8)
    assert renumbered == Holder(nested, Extended(3, OpId(0)), frozenset({"m5"}), Chain(Chain(None, OpId(1)), OpId(2)))
    assert isinstance(renumbered, Holder)
    assert renumbered.nested is nested


def test_what_cannot_be_read_may_hold_anything() -> None:
    """An alias that names its own parts is read only where it is written; so a class that has one is always walked."""
    odd = make_class("Odd", ["value"])
    odd.__annotations__["value"] = "NotHere"

    assert IDS._may_hold(odd)
    assert not IDS._may_hold(Nested)


def test_a_union_that_cannot_be_told_apart_is_refused() -> None:
    """An int that is an op in one state and a count in the next must not be guessed at."""
    with pytest.raises(TypeError, match=r"cannot tell the int values of .*OpId.* apart"):
        IDS.numbers(Vague(OpId(1)))


def test_a_number_in_a_set_is_refused() -> None:
    """A set has an order of its own; numbers belong into attrs values and tuples."""
    with pytest.raises(TypeError, match=r"cannot renumber inside frozenset"):
        IDS.numbers(Boxed(frozenset({OpId(1)})))
