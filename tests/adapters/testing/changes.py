"""Changes of the core that tests of this folder put in place: one that is wrong at once, and one that never ends."""

from __future__ import annotations

from kiloclaw_core import start, story
from kiloclaw_core.facts import Fact, Woken
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.phases import CreatingMachine, Stopped
from kiloclaw_core.verbs import rest

_creating_machine = start.creating_machine


def hurried(instance: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """Asked for something else while a create is in flight: go on at once."""
    return story.onward(instance) if isinstance(fact, Woken) else _creating_machine(instance, phase, fact)


def left_alone(instance: Instance, _seen: MachineSeen) -> Transition:
    """A machine that is up although it should be down is left up."""
    return rest(instance, Stopped())
