"""The system that is explored: what its callers and its operators ask for, as long as their budget lasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from kiloclaw_core.commands import (
    CleanUp,
    Command,
    Destroy,
    Provision,
    Reassociate,
    Recover,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.instance import Record
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId
from kiloclaw_core.world.callers import ASKING, clean_up, poll, reassociate, recover, restore
from kiloclaw_core.world.setting import IDENTITY, SPEC, Budget, Ghost

from .everywhere import clearing
from .moves import S3, V3, photographed, restored
from .scenario import Scenario, running

CALM: Final = Ghost()
WHY: Final = ("operator", "because")


def asked(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """Whatever callers may ask for."""
    for rule in ASKING:
        yield from rule.step(record, ghost, budget)


def granted(scenario: Scenario, command: Command, name: str, ghost: Ghost = CALM) -> Move:
    """The move of a caller whose command is granted: it is committed, and his budget is spent."""
    record = decide(scenario.record, command).unwrap()
    return Move(Action(name, "caller"), When.FREE, (("record", record), ("ghost", ghost), ("budget", Budget())))


def refused(name: str) -> Move:
    """The move of a caller whose command is refused: nothing is committed, and his budget is spent all the same."""
    return Move(Action(name, "caller"), When.FREE, (("ghost", CALM), ("budget", Budget())))


@pytest.mark.parametrize(
    ("budget", "command", "name", "ghost"),
    [
        (Budget(starts=1), Start(CommandId("start-1")), "start", Ghost(wanted="running")),
        (Budget(stops=1), Stop(CommandId("stop-1")), "stop", Ghost(wanted="stopped")),
        (Budget(destroys=1), Destroy(CommandId("destroy-1")), "destroy", Ghost(destroy_granted=True)),
        (Budget(restarts=1), Restart(CommandId("restart-1")), "restart", Ghost(wanted="running", restarted=2)),
        (Budget(resizes=1), Resize(CommandId("resize-1"), Guest(4, 8192), 20), "resize", CALM),
        (Budget(provisions=1), Provision(CommandId("provision-1"), IDENTITY, SPEC), "provision", CALM),
    ],
)
def test_a_caller_asks_as_long_as_his_budget_lasts(budget: Budget, command: Command, name: str, ghost: Ghost) -> None:
    """A command that is granted is committed; what was granted is remembered beside the record."""
    scenario = running()
    assert list(asked(scenario.record, CALM, budget)) == [granted(scenario, command, name, ghost)]
    assert list(asked(scenario.record, CALM, Budget())) == []


def test_a_refused_caller_is_answered_too() -> None:
    """Nothing is committed, but the asking is over."""
    assert list(asked(clearing().record, CALM, Budget(starts=1))) == [refused("start: the instance is being destroyed")]


def test_an_operator_has_an_instance_recovered() -> None:
    """Whatever it rests in."""
    scenario = running()
    command = Recover(CommandId("recover-1"), *WHY)
    assert list(recover(scenario.record, CALM, Budget(recovers=1))) == [granted(scenario, command, "recover")]


def test_an_operator_names_snapshots_that_are_there() -> None:
    """One that is not there is asked for by nobody."""
    scenario = running()
    assert list(restore(scenario.record, scenario.outside, CALM, Budget(restores=1))) == []
    scenario = photographed(scenario)
    command = Restore(CommandId("restore-1"), S3, *WHY)
    assert list(restore(scenario.record, scenario.outside, CALM, Budget(restores=1))) == [
        granted(scenario, command, "restore", Ghost(went_back=True))
    ]


def test_an_operator_names_volumes_that_are_there() -> None:
    """Also the one in use, and is told then that it is."""
    scenario = restored()
    assert list(clean_up(scenario.record, scenario.outside, CALM, Budget(clean_ups=1))) == [
        granted(scenario, CleanUp(CommandId("clean-up-1"), V3, *WHY), "clean up"),
        refused("clean up: the volume is not one that is kept beside the one in use"),
    ]
    assert list(reassociate(scenario.record, scenario.outside, CALM, Budget(reassociations=1))) == [
        granted(scenario, Reassociate(CommandId("reassociate-1"), V3, *WHY), "reassociate", Ghost(went_back=True)),
        refused("reassociate: the volume is the one in use"),
    ]


def test_an_operator_without_a_budget_asks_for_nothing() -> None:
    """Whatever is there."""
    scenario = restored()
    assert list(recover(scenario.record, CALM, Budget())) == []
    for operate in (restore, clean_up, reassociate):
        assert list(operate(scenario.record, scenario.outside, CALM, Budget())) == []


def test_looking_changes_nothing() -> None:
    """A view is taken, nothing is written."""
    assert list(poll(running().record)) == [Move(Action("poll: running", "caller"), When.FREE)]
