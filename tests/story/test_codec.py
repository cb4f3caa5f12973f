"""What is written down is read back as it was, byte for byte, in every process and under every schema to come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TypeVar

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from returns.result import Success

from kiloclaw_core.codec import COMMAND, EFFECT, FACT, INSTANCE, Codec, Of
from kiloclaw_core.commands import Command, Desired, Disown, Restore
from kiloclaw_core.effects import Awaited, AwaitState, Content, CopyOf, CreateVolume, Effect, Empty, SnapshotOf
from kiloclaw_core.facts import Fact, Replied
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Kept, Ledger, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data, Guest
from kiloclaw_core.names import AppName, CommandId, MachineId, OpId, Region, SandboxId, SnapshotId, VolumeId
from kiloclaw_core.outcomes import Outcome, Rejected, Why
from kiloclaw_core.phases import Phase
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Another, Attempt, Restoring, Story

from ..strategies import COMMANDS, EFFECTS, FACTS, INSTANCES, LEDGERS, OUTCOMES, PHASES, STORIES, members_of
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


@pytest.mark.parametrize("name", members_of(Of[Command]))
@settings(max_examples=5)
@given(data=st.data())
def test_each_command_survives_its_text(name: str, data: st.DataObject) -> None:
    """A command that is drawn seldom is written down like any other."""
    check_round_trip(COMMAND, data.draw(members_of(Of[Command])[name]))


@pytest.mark.parametrize("name", members_of(Of[Effect]))
@settings(max_examples=5)
@given(data=st.data())
def test_each_effect_survives_its_text(name: str, data: st.DataObject) -> None:
    """So is an effect, its content and its secrets' references included."""
    check_round_trip(EFFECT, data.draw(members_of(Of[Effect])[name]))


@pytest.mark.parametrize("name", members_of(Of[Phase]))
@settings(max_examples=5)
@given(data=st.data())
def test_each_phase_survives_its_text(name: str, data: st.DataObject) -> None:
    """So is a phase, whatever it carries."""
    check_round_trip(PHASE, data.draw(members_of(Of[Phase])[name]))


@pytest.mark.parametrize("name", members_of(Of[Story]))
@settings(max_examples=5)
@given(data=st.data())
def test_each_story_survives_its_text(name: str, data: st.DataObject) -> None:
    """So is a story, with its wish and its moments."""
    check_round_trip(STORY, data.draw(members_of(Of[Story])[name]))


@pytest.mark.parametrize("name", members_of(Of[Outcome]))
@settings(max_examples=5)
@given(data=st.data())
def test_each_outcome_survives_its_text(name: str, data: st.DataObject) -> None:
    """So is an outcome, however much it shows."""
    check_round_trip(OUTCOME, data.draw(members_of(Of[Outcome])[name]))


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


def test_a_command_of_an_operator_is_these_bytes() -> None:
    """What an operator takes upon himself is written with his name and his reason."""
    command = Restore(CommandId("c2"), SnapshotId("vs_1"), "ann", "a bad upgrade", at=1_700_000_000_000)
    assert COMMAND.encode(command) == (
        '{"at":1700000000000,"because":"a bad upgrade","id":"c2","is":"restore","operator":"ann","snapshot":"vs_1"}'
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (Empty(), '{"is":"empty"}'),
        (CopyOf(VolumeId("v1")), '{"is":"copy_of","volume":"v1"}'),
        (SnapshotOf(VolumeId("v1"), SnapshotId("vs_1")), '{"is":"snapshot_of","snapshot":"vs_1","volume":"v1"}'),
    ],
)
def test_what_a_volume_is_made_of_is_these_bytes(content: Content, text: str) -> None:
    """An empty volume, a copy and a snapshot are told apart by their tags alone."""
    effect = CreateVolume(OpId(3), AppName("a"), SandboxId("box"), (Region("eu"),), 10, Guest(), content)
    assert EFFECT.encode(effect) == (
        f'{{"app":"a","content":{text},"guest":{{"cpu_kind":"performance","cpus":1,"memory_mb":3072}},'
        '"is":"create_volume","op":3,"regions":["eu"],"sandbox":"box","size_gb":10}'
    )


def test_a_restore_under_way_is_these_bytes() -> None:
    """Its wish, what was wanted before it and when it began all survive."""
    restoring = Restoring(OpId(4), Attempt(3), Another(VolumeId("v1")), Desired.STOPPED, since=7)
    assert STORY.encode(restoring) == (
        '{"attempt":{"secrets":null,"spent":[],"tries":3,"trust":"unseen"},"before":"stopped","is":"restoring",'
        '"op":4,"since":7,"wish":{"is":"another","volume":"v1"}}'
    )


def test_a_kept_volume_is_these_bytes() -> None:
    """How long it is kept, and what it descends from, decide whether it may go."""
    kept = VolumeHolding(
        VolumeId("v1"), Role.RETAINED, Data.BEARING, Region("eu"), Kept(OpId(9), Span.LONG), counted=True, mark=OpId(3)
    )
    assert LEDGER.encode(Ledger(volumes=(kept,))) == (
        '{"dead_machines":[],"dead_volumes":[],"machines":[],"volumes":[{"counted":true,"data":"bearing",'
        '"errand":{"failures":0,"is":"kept","op":9,"span":"long"},"healthy":false,"mark":3,"parent":null,'
        '"region":"eu","role":"retained","volume":"v1"}]}'
    )


def test_a_whole_number_of_seconds_is_written_as_the_float_it_equals() -> None:
    """Equal values are equal bytes."""
    awaits = (AwaitState(OpId(1), AppName("a"), MachineId("m"), Awaited.STARTED, timeout_s=wait) for wait in (60, 60.0))
    assert {EFFECT.encode(one) for one in awaits} == {
        '{"app":"a","is":"await_state","machine":"m","op":1,"state":"started","timeout_s":60.0,"version":null}'
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
