"""What is written down is read back as it was, byte for byte, in every process and under every schema to come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TypeVar

import attrs
import pytest
from hypothesis import given
from returns.result import Success

from kiloclaw_core.codec import COMMAND, EFFECT, FACT, INSTANCE, Codec, Of
from kiloclaw_core.commands import Command, Disown
from kiloclaw_core.effects import Awaited, AwaitState, Effect
from kiloclaw_core.facts import Fact, Replied
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.names import AppName, CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Outcome, Rejected, Why
from kiloclaw_core.phases import Phase, Story
from kiloclaw_core.policy import Policy

from ..strategies import COMMANDS, EFFECTS, FACTS, INSTANCES, LEDGERS, OUTCOMES, PHASES, STORIES
from .stored import PROVISIONED, canonical, provisioned

ValueT = TypeVar("ValueT")

PHASE = Codec("phase", Of[Phase])
STORY = Codec("story", Of[Story])
OUTCOME = Codec("outcome", Of[Outcome])
LEDGER = Codec("ledger", Of[Ledger])


def all_fields(value: object) -> object:
    """A value with every field in sight, those too that are no part of equality."""
    if isinstance(value, tuple):
        return tuple(all_fields(one) for one in value)
    kind: type = type(value)
    if not attrs.has(kind):
        return value
    return (kind, *(all_fields(getattr(value, one.name)) for one in attrs.fields(kind)))


def check_round_trip(codec: Codec[ValueT], value: ValueT) -> None:
    """The text is canonical, it says the value with every moment, and the value says the text again."""
    text = codec.encode(value)
    read = codec.decode(text).unwrap()
    assert text == canonical(text)
    assert (read, all_fields(read)) == (value, all_fields(value))
    assert codec.encode(read) == text


# -- what is written is read back --------------------------------------------------------------------------------


@given(PHASES)
def test_every_phase_survives_its_text(phase: Phase) -> None:
    """Whatever an instance waits for, it waits for after a crash."""
    check_round_trip(PHASE, phase)


@given(STORIES)
def test_every_story_survives_its_text(story: Story) -> None:
    """Why it waits survives as well."""
    check_round_trip(STORY, story)


@given(FACTS)
def test_every_fact_survives_its_text(fact: Fact) -> None:
    """A trace replays what happened."""
    check_round_trip(FACT, fact)


@given(COMMANDS)
def test_every_command_survives_its_text(command: Command) -> None:
    """A wish that crosses a process is the same wish."""
    check_round_trip(COMMAND, command)


@given(EFFECTS)
def test_every_effect_survives_its_text(effect: Effect) -> None:
    """What was asked of the outside can be shown and compared later."""
    check_round_trip(EFFECT, effect)


@given(OUTCOMES)
def test_every_outcome_survives_its_text(outcome: Outcome) -> None:
    """An unknown outcome stays unknown."""
    check_round_trip(OUTCOME, outcome)


@given(LEDGERS)
def test_every_ledger_survives_its_text(ledger: Ledger) -> None:
    """Nothing that we may own is forgotten by writing it down."""
    check_round_trip(LEDGER, ledger)


@given(INSTANCES)
def test_every_instance_survives_its_envelope(instance: Instance) -> None:
    """Moments are no part of equality, so every field is compared; the policy comes from whoever reads."""
    text = INSTANCE.encode(instance)
    read = INSTANCE.decode(text, instance.policy).unwrap()
    assert text == canonical(text)
    assert (read, all_fields(read)) == (instance, all_fields(instance))
    assert INSTANCE.encode(read) == text


def test_the_policy_is_the_readers_and_not_the_texts() -> None:
    """A record that moves to another environment obeys its ceilings."""
    small = Policy(tries=0)
    assert INSTANCE.decode(PROVISIONED, small) == Success(attrs.evolve(provisioned(), policy=small))


# -- pinned bytes ------------------------------------------------------------------------------------------------


def test_a_provisioned_instance_is_these_bytes() -> None:
    """A change here is a new schema, with a migration from this one."""
    assert INSTANCE.encode(provisioned()) == PROVISIONED


def test_a_command_is_these_bytes() -> None:
    """Ids of two kinds share one place without a tag: both are text."""
    command = Disown(CommandId("c1"), VolumeId("vol_1"), "ann", "host lost", at=1_700_000_000_000)
    assert COMMAND.encode(command) == (
        '{"at":1700000000000,"because":"host lost","id":"c1","is":"disown","operator":"ann","resource":"vol_1"}'
    )


def test_a_fact_is_these_bytes() -> None:
    """A union within a union carries a tag of its own, and an id that is not known is null."""
    fact = Replied(OpId(3), Rejected(Why.NOT_FOUND, status=404, text="no\nmachine"), at=5)
    assert FACT.encode(fact) == (
        '{"at":5,"is":"replied","op":3,'
        '"outcome":{"holder":null,"is":"rejected","status":404,"text":"no\\nmachine","why":"not_found"}}'
    )


def test_a_whole_number_of_seconds_is_written_as_the_float_it_equals() -> None:
    """Equal values are equal bytes."""
    awaits = (AwaitState(OpId(1), AppName("a"), MachineId("m"), Awaited.STARTED, timeout_s=wait) for wait in (60, 60.0))
    assert {EFFECT.encode(one) for one in awaits} == {
        '{"app":"a","is":"await_state","machine":"m","op":1,"state":"started","timeout_s":60.0}'
    }


def test_spaces_and_the_order_of_keys_do_not_matter_to_the_reader() -> None:
    """An operator may indent a record to read it, and put it back."""
    assert INSTANCE.decode(json.dumps(json.loads(PROVISIONED), indent=2), Policy()) == Success(provisioned())


@pytest.mark.parametrize("seed", ["0", "1", "42"])
def test_the_bytes_are_the_same_in_every_process(seed: str) -> None:
    """Python's hashes of strings differ from process to process; nothing durable may show it."""
    script = (
        "import sys; from kiloclaw_core.codec import INSTANCE; from kiloclaw_core.policy import Policy; "
        "sys.stdout.write(INSTANCE.encode(INSTANCE.decode(sys.stdin.read(), Policy()).unwrap()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", script], input=PROVISIONED, capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == PROVISIONED
