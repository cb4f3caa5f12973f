"""How an instance came to where a search begins: asked, answered and at rest, and nothing went wrong on the way."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import lifecycle
from kiloclaw_core.commands import Command, Provision, Start, Stop
from kiloclaw_core.effects import AwaitState, Effect
from kiloclaw_core.facts import Fact, Replied, Woken
from kiloclaw_core.instance import Absent, Record
from kiloclaw_core.names import CommandId, SnapshotId
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world.landing import Outside, land, must_wait
from kiloclaw_core.world.setting import SANDBOX, Beginning, Configuration


def beginning_of(configuration: Configuration) -> tuple[Record, Outside]:
    """The record and the outside as they stand when the search of this configuration begins."""
    absent = Absent(SANDBOX, configuration.policy)
    command = Provision(CommandId("provision"), configuration.identity, configuration.spec)
    record = lifecycle.decide(absent, command).unwrap()
    outside = configuration.outside
    match configuration.beginning:
        case Beginning.PROVISIONED:
            return record, outside
        case Beginning.STOPPED:
            return served(record, outside)
        case Beginning.RUNNING:
            return with_snapshots(*asked(*served(record, outside), Start(CommandId("began"))), configuration.snapshots)
        case Beginning.HALTED:
            up = asked(*served(record, outside), Start(CommandId("began")))
            return with_snapshots(*asked(*up, Stop(CommandId("halted"))), configuration.snapshots)


def asked(record: Record, outside: Outside, command: Command) -> tuple[Record, Outside]:
    """The record and the outside once a command was served."""
    return served(lifecycle.decide(record, command).unwrap(), outside)


def served(record: Record, outside: Outside) -> tuple[Record, Outside]:
    """The record and the outside once what is wanted was looked at, and everything that follows has happened."""
    record, under_way = told(record, Woken())
    while under_way:
        effect, *rest = under_way
        if isinstance(effect, AwaitState) and must_wait(outside.fly, effect):
            outside = arrived(outside)
        outside, outcome = land(outside, effect)
        record, sent = told(record, Replied(effect.op, outcome))
        under_way = (*rest, *sent)
    return record, outside


def told(record: Record, fact: Fact) -> tuple[Record, tuple[Effect, ...]]:
    """The record that absorbed a fact, and what it sends."""
    transition = lifecycle.absorb(record, fact)
    return transition.record, transition.effects


def arrived(outside: Outside) -> Outside:
    """The outside once every machine on its way is there."""
    for machine in outside.fly.machines:
        if fate.is_moving(machine.state):
            outside = evolve(outside, fly=fate.advance(outside.fly, machine))
    return outside


def with_snapshots(record: Record, outside: Outside, count: int) -> tuple[Record, Outside]:
    """The same with so many snapshots of every volume."""
    for number in range(count):
        for volume in outside.fly.volumes:
            taken = disks.take_snapshot(outside.fly, volume, SnapshotId(f"s-{volume.volume}-{number}"))
            outside = evolve(outside, fly=taken)
    return record, outside
