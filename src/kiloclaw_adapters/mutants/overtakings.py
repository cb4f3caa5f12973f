"""Bugs of what was begun before and ends after: it writes what it meant to, whatever was asked or made meanwhile."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant, small
from kiloclaw_core import launch, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.facts import AlarmRang, Fact
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.phases import Awaiting, Change, Changing, Running
from kiloclaw_core.verbs import condemn_volume, rest
from kiloclaw_core.world.setting import Beginning

_awaiting = launch.awaiting
_booted = story.booted
_changed = launch.changed


def restarted_over_destroy(record: Instance, phase: Changing) -> Transition:
    """A restart whose update is answered writes that it runs, although the instance is being destroyed by then."""
    if phase.change is Change.UPDATE:
        return rest(evolve(record, desired=Desired.RUNNING), Running())
    return _changed(record, phase)


def restarted_over_stop(record: Instance) -> Transition:
    """A restart that ends writes that it runs, although somebody has asked for a stop by then."""
    if record.desired is Desired.STOPPED:
        return rest(evolve(record, desired=Desired.RUNNING), Running())
    return _booted(record)


def tidied_under_way(record: Instance, phase: Awaiting, fact: Fact) -> Transition:
    """An alarm tidies up what an earlier recovery may have left, and takes the copy of the one under way."""
    copy = record.ledger.candidate
    tidying = isinstance(fact, AlarmRang) and copy is not None
    return _awaiting(condemn_volume(record, copy) if tidying and copy is not None else record, phase, fact)


MUTANTS: Final = (
    Mutant(
        "restarted-over-destroy",
        ("B64", "B65"),
        launch,
        "changed",
        restarted_over_destroy,
        small(Beginning.RUNNING, restarts=1, destroys=1),
        "destroyed stays destroyed",
    ),
    Mutant(
        "restarted-over-stop",
        ("B66",),
        story,
        "booted",
        restarted_over_stop,
        small(Beginning.RUNNING, restarts=1, stops=1),
        "asked is wanted",
    ),
    Mutant(
        "tidied-under-way",
        ("B102",),
        launch,
        "awaiting",
        tidied_under_way,
        small(Beginning.RUNNING, quits=1, early=1),
        "the data is kept",
    ),
)
