"""A program of somebody who installed us: never run, only read by type checkers, which must know what everything is."""

# pyright: strict

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from returns.result import Result

from kiloclaw_adapters.check import Judged, judge_rules, lines_of, redact
from kiloclaw_adapters.directory import MemoryDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.following import Advice, Followed, Kind, follow_file
from kiloclaw_adapters.provider import Provider, fly_provider
from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.store import Store, open_store
from kiloclaw_core import (
    Absent,
    Alarm,
    AlarmName,
    Command,
    Effect,
    Instance,
    Phase,
    Record,
    Refusal,
    Spec,
    Start,
    Stop,
    Transition,
    View,
    Woken,
    absorb,
    alarms_of,
    awaited_ops,
    decide,
    status_of,
    view,
)
from kiloclaw_core.explore import Report, report_of
from kiloclaw_core.names import CommandId, OpId, Region, SandboxId
from kiloclaw_core.rules import RuleVerdict, check
from kiloclaw_core.trace import Verdict, judge
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System


def core(record: Record, command: Command) -> Transition:
    """One step of the core: a result, a record, effects, alarms."""
    decided = decide(record, command)
    assert_type(decided, Result[Record, Refusal])
    transition = absorb(decided.value_or(record), Woken())
    assert_type(transition, Transition)
    assert_type(transition.record, Absent | Instance)
    assert_type(transition.effects, tuple[Effect, ...])
    assert_type(alarms_of(transition.record), tuple[Alarm, ...])
    assert_type(awaited_ops(transition.record), frozenset[OpId])
    assert_type(status_of(transition.record), str | None)
    return transition


def inside(instance: Instance, alarm: Alarm) -> Region | None:
    """What a record and an alarm have."""
    assert_type(instance.spec, Spec)
    assert_type(alarm.name, AlarmName)
    assert_type(instance.phase, Phase)
    volume = instance.ledger.volume
    return None if volume is None else assert_type(volume.region, Region)


def shown(record: Record) -> View:
    """What callers see."""
    return assert_type(view(record), View)


def asked() -> tuple[Command, ...]:
    """Commands are made from what they are about."""
    return (Start(CommandId("k1")), Stop(CommandId("k2"), reason="manual"))


async def facade(folder: Path) -> View:
    """A life from Python."""
    store = assert_type(open_store("sqlite:///kiloclaw.db"), Store)
    fly = assert_type(fly_provider("token", "acme", "secret"), Provider)
    async with Kiloclaw(store=store, fly=fly, directory=MemoryDirectory(), recorder=Recorder(folder)) as kiloclaw:
        seen = await kiloclaw.provision("alice-1", "alice", Spec("image-1"))
        assert_type(seen, View)
        assert_type(await kiloclaw.list(), tuple[View, ...])
        return seen


def traces(file: str) -> list[str]:
    """Judged, followed and redacted."""
    judged = assert_type(judge_rules(file), Judged)
    assert_type(judged.broken, tuple[RuleVerdict, ...])
    assert_type(check(["{}"]), tuple[RuleVerdict, ...])
    assert_type(judge(["{}"]), tuple[Verdict, ...])
    for one in follow_file(file):
        match one:
            case Advice(kind=kind, line=line):
                assert_type(kind, Kind)
                assert_type(line, int)
            case Followed(steps=steps):
                assert_type(steps, int)
    with lines_of(file) as lines:
        return list(redact(lines))


def searched() -> Report:
    """Searched."""
    report = report_of(System(configuration_named("one-each")))
    assert_type(report.states, int)
    return report


def absent() -> Absent:
    """Nothing yet."""
    return Absent(SandboxId("alice-1"))
