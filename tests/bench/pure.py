"""What a decision costs, and what writing one down costs: the core against the least that could be done instead."""

from __future__ import annotations

import json
from collections.abc import Iterator

from attrs import evolve
from returns.result import Success

from kiloclaw_core.codec import INSTANCE
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Instance
from kiloclaw_core.lifecycle import absorb
from kiloclaw_core.outcomes import StateReached
from kiloclaw_core.phases import Awaiting, Probing
from tests.story.everywhere import awaiting
from tests.story.scenario import AT, running

from .measuring import Effort, Line, often, race


def lines(effort: Effort) -> Iterator[Line]:
    """The lines about decisions and the codec."""
    yield decision(effort)
    yield from codec(effort)


def decision(effort: Effort) -> Line:
    """A booting instance hears that its machine is up, and asks it whether it is well."""
    instance = awaiting().instance
    phase = instance.phase
    assert isinstance(phase, Awaiting), "the scenario no longer waits for its machine"
    fact = Replied(phase.op, StateReached(), AT)
    after = absorb(instance, fact).record
    assert isinstance(after, Instance), "an instance stays one"
    assert isinstance(after.phase, Probing), "a machine that is up is probed"
    assert evolve(instance, phase=after.phase, ops=after.ops) == after, "the decision changes more than phase and ops"

    pair = race(
        often(lambda: absorb(instance, fact)),
        often(lambda: evolve(instance, phase=after.phase, ops=after.ops)),
        effort,
    )
    return pair.as_cost("absorb / attrs.evolve", "Awaiting hears StateReached; against one evolve to the same record")


def codec(effort: Effort) -> Iterator[Line]:
    """A running instance written as canonical JSON, and read back, against json alone on the same text."""
    instance = running().instance
    policy, text = instance.policy, INSTANCE.encode(instance)
    tree: object = json.loads(text)
    plain = json.JSONEncoder(separators=(",", ":"))  # its keys are in order already
    assert plain.encode(tree) == text, "json alone writes another text"
    assert INSTANCE.decode(text, policy) == Success(instance), "the record does not come back"

    note = f"{len(text):,} characters; strict and tagged, against json alone on the same text"
    written = race(often(lambda: INSTANCE.encode(instance)), often(lambda: plain.encode(tree)), effort)
    yield written.as_cost("encode a record / json.dumps", note)
    back = race(often(lambda: INSTANCE.decode(text, policy)), often(lambda: json.loads(text)), effort)
    yield back.as_cost("decode a record / json.loads", note)
