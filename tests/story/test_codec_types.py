"""The codec follows types that nobody has written yet: unions with None, renamed keys, new fields, new rules."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import pytest
from attrs import Attribute, field, frozen
from returns.result import Failure, Success

from kiloclaw_core.codec import Codec, CodecError, Of, RecordCodec
from kiloclaw_core.names import OrgId, UserId
from kiloclaw_core.policy import Policy


def _is_positive(_pet: object, attribute: Attribute[int], legs: int) -> None:
    if legs < 1:
        raise ValueError(f"{attribute.name} must be positive")


class Colour(Enum):
    """An enum to be optional."""

    RED = "red"


@frozen
class LandAnimal:
    """A member of a union, with a rule of its own."""

    legs: int = field(validator=_is_positive)
    colour: Colour | None = None


@frozen
class Fish:
    """Another member, without fields."""


@frozen
class Nest:
    """A member that holds others of its union, among them what is no class."""

    held: tuple[Held, ...] = ()


Held: TypeAlias = Nest | Fish | Colour | int | float | None
HELD = Codec("held", Of[Held])


@frozen
class Farm:
    """A record whose fields may all be missing."""

    animal: LandAnimal | Fish | None
    owner: UserId | OrgId | None
    policy: Policy = Policy()


def _renames_pet(keys: dict[str, object]) -> dict[str, object]:
    return {("animal" if key == "pet" else key): value for key, value in keys.items()}


def _adds_owner(keys: dict[str, object]) -> dict[str, object]:
    return {**keys, "owner": "nobody"}


FARM = RecordCodec("farm", Of[Farm], (_renames_pet, _adds_owner))


@pytest.mark.parametrize(
    ("farm", "record"),
    [
        (Farm(None, None), '{"animal":null,"owner":null}'),
        (Farm(Fish(), UserId("ann")), '{"animal":{"is":"fish"},"owner":"ann"}'),
        (Farm(LandAnimal(4), None), '{"animal":{"colour":null,"is":"land_animal","legs":4},"owner":null}'),
        (Farm(LandAnimal(1, Colour.RED), None), '{"animal":{"colour":"red","is":"land_animal","legs":1},"owner":null}'),
    ],
)
def test_unions_may_hold_none(farm: Farm, record: str) -> None:
    """What may be missing is null, with the tags of the rest as they are."""
    text = f'{{"kind":"farm","record":{record},"schema":3}}'
    assert FARM.encode(farm) == text
    assert FARM.decode(text, Policy()) == Success(farm)


@pytest.mark.parametrize(
    ("schema", "record", "farm"),
    [
        (1, '{"pet":{"is":"fish"}}', Farm(Fish(), UserId("nobody"))),
        (2, '{"animal":{"is":"fish"}}', Farm(Fish(), UserId("nobody"))),
        (3, '{"animal":{"is":"fish"},"owner":"ann"}', Farm(Fish(), UserId("ann"))),
    ],
)
def test_a_record_of_an_older_schema_is_brought_forward(schema: int, record: str, farm: Farm) -> None:
    """Every schema that was ever released is read for ever, one step at a time."""
    assert FARM.decode(f'{{"kind":"farm","record":{record},"schema":{schema}}}', Policy()) == Success(farm)


def test_a_rule_that_a_class_makes_is_told_like_any_misfit() -> None:
    """A validator must not escape as an exception from a text."""
    text = '{"kind":"farm","record":{"animal":{"colour":null,"is":"land_animal","legs":0},"owner":null},"schema":3}'
    assert FARM.decode(text, Policy()) == Failure(CodecError("legs must be positive", "$.record.animal"))


class Aquarium:
    """A place for a namesake."""

    @frozen
    class Fish:
        """Not the fish above."""


def test_two_members_of_one_name_are_refused_when_they_are_met() -> None:
    """Their texts could not be told apart."""
    codec = Codec("pet", Of[Fish | Aquarium.Fish])
    with pytest.raises(TypeError, match="two members of one union are called 'fish'"):
        codec.encode(Fish())


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (Nest((Nest((Fish(),)), None)), '{"held":[{"held":[{"is":"fish"}],"is":"nest"},null],"is":"nest"}'),
        (Nest((Colour.RED, 1, 1.5)), '{"held":["red",1,1.5],"is":"nest"}'),
        (Colour.RED, '"red"'),
        (2.0, "2.0"),
        (None, "null"),
    ],
    ids=["classes", "others", "text", "number", "nothing"],
)
def test_what_is_no_class_stands_in_a_union_as_it_is(held: Held, text: str) -> None:
    """No tag is needed where JSON itself tells one from another; and a type may hold itself."""
    assert HELD.encode(held) == text
    assert HELD.decode(text) == Success(held)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('"blue"', CodecError("unknown held 'blue'", "$")),
        (
            "true",
            CodecError(
                "expected an object or a string or a whole number or a number with a fraction, not a boolean", "$"
            ),
        ),
        ('{"held":["blue"],"is":"nest"}', CodecError("unknown held 'blue'", "$.held[0]")),
        ('{"held":[{"is":"fish","is":"fish"}],"is":"nest"}', CodecError("the key 'is' twice", "$.held[0]")),
    ],
    ids=["unknown", "other", "inside", "twice"],
)
def test_what_no_member_is_written_as_is_refused(text: str, error: CodecError) -> None:
    """A text is the name of an enum's member or nothing, and a boolean is no number."""
    assert HELD.decode(text) == Failure(error)


@pytest.mark.parametrize("codec", [Codec("pet", Of[Fish | Colour | OrgId]), Codec("pet", Of[Fish | tuple[int, ...]])])
def test_members_that_cannot_be_told_apart_are_refused_when_they_are_met(codec: Codec[Fish]) -> None:
    """Of two that are texts nobody could say which is meant; and what is a list is not read in a union at all."""
    with pytest.raises(TypeError, match="it could not be told what is a"):
        codec.encode(Fish())
