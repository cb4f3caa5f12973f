"""What is read and is not ours is refused with its place: nothing is coerced, guessed or filled in."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from kiloclaw_core.codec import COMMAND, EFFECT, INSTANCE, Codec, CodecError, Of
from kiloclaw_core.effects import Awaited, AwaitState
from kiloclaw_core.instance import Instance
from kiloclaw_core.names import AppName, MachineId, OpId
from kiloclaw_core.policy import Policy

from .stored import PROVISIONED, canonical, provisioned

START = '{"at":1,"id":"c1","is":"start","reason":"x"}'

REFUSED_COMMANDS = {
    "": "malformed JSON (Expecting value, line 1 column 1) at $",
    '{"is":\n "start",\n  oops}': (
        "malformed JSON (Expecting property name enclosed in double quotes, line 3 column 3) at $"
    ),
    START + "x": "malformed JSON (Extra data, line 1 column 45) at $",
    "[" * 100_000: "malformed JSON (nested too deeply) at $",
    "1" * 5_000: "malformed JSON (a number has too many digits) at $",
    "null": "expected an object, not null at $",
    "[]": "expected an object, not a list at $",
    "{}": "missing key 'is' at $",
    START.replace('"start"', "7"): "expected a string under 'is', not a whole number at $",
    START.replace('"start"', '"levitate"'): "unknown command 'levitate' at $",
    START.replace('"at":1,', ""): "missing key 'at' at $",
    START.replace('"at":1,', '"at":1,"why":2,'): "unknown key 'why' at $",
    START.replace('"at":1,', '"at":1,"at":1,'): "the key 'at' twice at $",
    START.replace('"c1"', "null"): "expected a string, not null at $.id",
    START.replace('"c1"', "[]"): "expected a string, not a list at $.id",
    START.replace('"c1"', '{"a":1,"a":2}'): "expected a string, not an object at $.id",
    START.replace("1,", "1.9,"): "expected a whole number, not a number with a fraction at $.at",
    START.replace("1,", '"1",'): "expected a whole number, not a string at $.at",
    START.replace("1,", "true,"): "expected a whole number, not a boolean at $.at",
}


@pytest.mark.parametrize(("text", "told"), REFUSED_COMMANDS.items(), ids=range(len(REFUSED_COMMANDS)))
def test_a_text_that_is_no_command_is_refused_with_its_place(text: str, told: str) -> None:
    """Nothing is coerced, guessed or filled in."""
    assert str(COMMAND.decode(text).failure()) == told


REFUSED_RECORDS = (
    ('"phase":{"is":"stopped"}', '"phase":{"is":"levitating"}', "unknown phase 'levitating' at $.record.phase"),
    ('"phase":{"is":"stopped"}', '"phase":"stopped"', "expected an object, not a string at $.record.phase"),
    (
        '{"is":"stopped"}',
        '{"is":"gone","sweeps":1.0}',
        "expected a whole number, not a number with a fraction at $.record.phase.sweeps",
    ),
    ('"desired":"stopped"', '"desired":"flying"', "unknown desired 'flying' at $.record.desired"),
    ('"desired":"stopped"', '"desired":1', "expected a string, not a whole number at $.record.desired"),
    ('"has_run":false', '"has_run":1', "expected a boolean, not a whole number at $.record.has_run"),
    ('"has_run":false', '"has_run":false,"rank":1', "unknown key 'rank' at $.record"),
    ('"has_run":false,', "", "missing key 'has_run' at $.record"),
    ('"has_run":false', '"has_run":false,"policy":{}', "unknown key 'policy' at $.record"),
    ('"machines":[]', '"machines":"none"', "expected a list, not a string at $.record.ledger.machines"),
    (
        '"dead_volumes":[]',
        '"dead_volumes":["v",null]',
        "expected a string, not null at $.record.ledger.dead_volumes[1]",
    ),
    ('["KEY","s\\u00e9cret"]', '["KEY"]', "expected a list of 2, not of 1 at $.record.spec.environment[0]"),
    ('["KEY","s\\u00e9cret"]', '["KEY",5]', "expected a string, not a whole number at $.record.spec.environment[0][1]"),
    ('"guest":{', '"guest":{"cpus":9,', "the key 'cpus' twice at $.record.spec.guest"),
    ('"id":"first"', '"id":false', "expected a string, not a boolean at $.record.granted[0].id"),
    ('"kind":"instance"', '"kind":"app"', "a record of kind 'app', not 'instance' at $.kind"),
    ('"schema":1', '"schema":2', "unknown schema 2, the newest known here is 1 at $.schema"),
    ('"schema":1', '"schema":0', "unknown schema 0, the newest known here is 1 at $.schema"),
    ('"schema":1', '"schema":"1"', "expected a whole number, not a string at $.schema"),
    (',"schema":1', "", "missing key 'schema' at $"),
    (PROVISIONED, '{"kind":"instance","record":[],"schema":1}', "expected an object, not a list at $.record"),
)


@pytest.mark.parametrize(("was", "put", "told"), REFUSED_RECORDS, ids=[told for _, _, told in REFUSED_RECORDS])
def test_a_record_that_is_not_ours_is_refused_with_its_place(was: str, put: str, told: str) -> None:
    """One unreadable row must say what is wrong with it, and never be half read."""
    assert PROVISIONED.count(was) == 1
    assert str(INSTANCE.decode(PROVISIONED.replace(was, put), Policy()).failure()) == told


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("60", "expected a number with a fraction, not a whole number at $.timeout_s"),
        ("NaN", "expected a finite number at $.timeout_s"),
        ("1e999", "expected a finite number at $.timeout_s"),
    ],
)
def test_seconds_that_no_encoder_writes_are_refused(number: str, told: str) -> None:
    """Otherwise one value would have two texts, or none."""
    text = '{"app":"a","is":"await_state","machine":"m","op":1,"state":"started","timeout_s":60.0,"version":null}'
    assert str(EFFECT.decode(text.replace("60.0", number)).failure()) == told


def test_a_record_outside_its_envelope_is_refused_rather_than_given_some_policy() -> None:
    """Only who reads a record knows its environment."""
    loose = Codec("instance", Of[Instance])
    record = loose.encode(provisioned())
    assert loose.decode(record) == Failure(CodecError("missing key 'policy'", "$"))
    assert loose.decode(record.replace('"ops"', '"policy":{},"ops"')) == Failure(
        CodecError("a policy is never stored", "$.policy")
    )


def test_a_number_that_json_cannot_say_is_our_own_mistake() -> None:
    """It is raised before anything is stored."""
    endless = AwaitState(OpId(1), AppName("a"), MachineId("m"), Awaited.STARTED, timeout_s=float("inf"))
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        EFFECT.encode(endless)


# -- any text at all ---------------------------------------------------------------------------------------------

TREES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)
SLIPS = st.builds(
    lambda start, length, put: PROVISIONED[:start] + put + PROVISIONED[start + length :],
    st.integers(0, len(PROVISIONED)),
    st.integers(0, 5),
    st.sampled_from(["", *'"{}[],:0.1-', "null", "true", "is", "\\ud800"]),
)


@given(st.text() | TREES.map(json.dumps) | SLIPS)
def test_any_text_is_refused_or_means_what_it_says(text: str) -> None:
    """An unreadable row never fails the batch it came in, and nothing of a readable one is lost."""
    read = INSTANCE.decode(text, Policy())
    assert isinstance(read, Failure) or INSTANCE.encode(read.unwrap()) == canonical(text)
