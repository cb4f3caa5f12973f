"""What callers do: they ask, and they look."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core import lifecycle
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
from kiloclaw_core.instance import Instance, Record
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId
from kiloclaw_core.views import debug_view
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import IDENTITY, SPEC, Budget, Ghost
from kiloclaw_core.world.witnesses import granted_of, refused_of


def ask(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller asks for something."""
    if budget.starts:
        command = Start(CommandId(f"start-{budget.starts}"))
        yield asked(record, ghost, evolve(budget, starts=budget.starts - 1), command)
    if budget.stops:
        stop = Stop(CommandId(f"stop-{budget.stops}"))
        yield asked(record, ghost, evolve(budget, stops=budget.stops - 1), stop)
    if budget.destroys:
        destroy = Destroy(CommandId(f"destroy-{budget.destroys}"))
        yield asked(record, ghost, evolve(budget, destroys=budget.destroys - 1), destroy)
    if budget.restarts:
        restart = Restart(CommandId(f"restart-{budget.restarts}"))
        yield asked(record, ghost, evolve(budget, restarts=budget.restarts - 1), restart)
    if budget.resizes:
        resize = Resize(CommandId(f"resize-{budget.resizes}"), Guest(4, 8192), 20)
        yield asked(record, ghost, evolve(budget, resizes=budget.resizes - 1), resize)
    if budget.provisions:
        again = Provision(CommandId(f"provision-{budget.provisions}"), IDENTITY, SPEC)
        yield asked(record, ghost, evolve(budget, provisions=budget.provisions - 1), again)


def operate(record: Record, outside: Outside, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An operator asks for what only operators may, naming what is really there."""
    who, why = "operator", "because"
    if budget.recovers:
        recover = Recover(CommandId(f"recover-{budget.recovers}"), who, why)
        yield asked(record, ghost, evolve(budget, recovers=budget.recovers - 1), recover)
    for snapshot in outside.fly.snapshots if budget.restores else ():
        restore = Restore(CommandId(f"restore-{budget.restores}"), snapshot.snapshot, who, why)
        yield asked(record, ghost, evolve(budget, restores=budget.restores - 1), restore)
    for volume in outside.fly.volumes if budget.clean_ups else ():
        clean_up = CleanUp(CommandId(f"clean-up-{budget.clean_ups}"), volume.volume, who, why)
        yield asked(record, ghost, evolve(budget, clean_ups=budget.clean_ups - 1), clean_up)
    for volume in outside.fly.volumes if budget.reassociations else ():
        over = Reassociate(CommandId(f"reassociate-{budget.reassociations}"), volume.volume, who, why)
        yield asked(record, ghost, evolve(budget, reassociations=budget.reassociations - 1), over)


def asked(record: Record, ghost: Ghost, budget: Budget, command: Command) -> Move:
    """A command is granted and committed, or refused; whichever, the caller has been answered."""
    name = re.sub(r"(?<!^)(?=[A-Z])", " ", type(command).__name__).lower()
    granted = lifecycle.decide(record, command)
    after = granted.value_or(None)
    if not isinstance(after, Instance):
        refusal = granted.failure()
        refused = (("ghost", refused_of(ghost, command, refusal)), ("budget", budget))
        return Move(Action(f"{name}: {refusal.value}", "caller"), When.FREE, refused)
    ghost = granted_of(ghost, record, after, command)
    writes = (("record", after), ("ghost", ghost), ("budget", budget))
    return Move(Action(name, "caller"), When.FREE, writes)


def poll(record: Record) -> Iterator[Move]:
    """A caller looks: a view is taken, and nothing changes."""
    status = debug_view(record).view.status
    yield Move(Action(f"poll: {status}", "caller"), When.FREE)
