"""What callers do: they ask, and they look."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

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
from kiloclaw_core.explore.product import Local
from kiloclaw_core.instance import Instance, Record
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId
from kiloclaw_core.views import debug_view
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import IDENTITY, SPEC, Budget, Ghost
from kiloclaw_core.world.witnesses import granted_of, refused_of

WHO: Final = "operator"
WHY: Final = "because"


def start(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller wants it up."""
    if budget.starts:
        command = Start(CommandId(f"start-{budget.starts}"))
        yield asked(record, ghost, evolve(budget, starts=budget.starts - 1), command)


def stop(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller wants it down."""
    if budget.stops:
        command = Stop(CommandId(f"stop-{budget.stops}"))
        yield asked(record, ghost, evolve(budget, stops=budget.stops - 1), command)


def destroy(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller wants it gone."""
    if budget.destroys:
        command = Destroy(CommandId(f"destroy-{budget.destroys}"))
        yield asked(record, ghost, evolve(budget, destroys=budget.destroys - 1), command)


def restart(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller wants it up anew."""
    if budget.restarts:
        command = Restart(CommandId(f"restart-{budget.restarts}"))
        yield asked(record, ghost, evolve(budget, restarts=budget.restarts - 1), command)


def resize(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller wants it larger."""
    if budget.resizes:
        command = Resize(CommandId(f"resize-{budget.resizes}"), Guest(4, 8192), 20)
        yield asked(record, ghost, evolve(budget, resizes=budget.resizes - 1), command)


def provision(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller provisions it again."""
    if budget.provisions:
        command = Provision(CommandId(f"provision-{budget.provisions}"), IDENTITY, SPEC)
        yield asked(record, ghost, evolve(budget, provisions=budget.provisions - 1), command)


def recover(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An operator has it recovered."""
    if budget.recovers:
        command = Recover(CommandId(f"recover-{budget.recovers}"), WHO, WHY)
        yield asked(record, ghost, evolve(budget, recovers=budget.recovers - 1), command)


def restore(record: Record, outside: Outside, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An operator goes back to a snapshot that is there."""
    for snapshot in outside.fly.snapshots if budget.restores else ():
        command = Restore(CommandId(f"restore-{budget.restores}"), snapshot.snapshot, WHO, WHY)
        yield asked(record, ghost, evolve(budget, restores=budget.restores - 1), command)


def clean_up(record: Record, outside: Outside, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An operator cleans up a volume that is there."""
    for volume in outside.fly.volumes if budget.clean_ups else ():
        command = CleanUp(CommandId(f"clean-up-{budget.clean_ups}"), volume.volume, WHO, WHY)
        yield asked(record, ghost, evolve(budget, clean_ups=budget.clean_ups - 1), command)


def reassociate(record: Record, outside: Outside, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An operator takes a volume that is there into use."""
    for volume in outside.fly.volumes if budget.reassociations else ():
        command = Reassociate(CommandId(f"reassociate-{budget.reassociations}"), volume.volume, WHO, WHY)
        yield asked(record, ghost, evolve(budget, reassociations=budget.reassociations - 1), command)


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


ASKING: Final = (
    Local(("record", "ghost", "budget.starts"), start),
    Local(("record", "ghost", "budget.stops"), stop),
    Local(("record", "ghost", "budget.destroys"), destroy),
    Local(("record", "ghost", "budget.restarts"), restart),
    Local(("record", "ghost", "budget.resizes"), resize),
    Local(("record", "ghost", "budget.provisions"), provision),
)
"""What callers ask for, each as long as its own budget lasts."""
OPERATING: Final = (
    Local(("record", "ghost", "budget.recovers"), recover),
    Local(("record", "outside", "ghost", "budget.restores"), restore),
    Local(("record", "outside", "ghost", "budget.clean_ups"), clean_up),
    Local(("record", "outside", "ghost", "budget.reassociations"), reassociate),
)
"""What only operators may ask for, naming what is really there."""
