"""The codec follows types that nobody has written yet: unions with None, renamed keys, new fields, new rules."""

from __future__ import annotations

from enum import Enum

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
