"""What callers do: they ask, and they look."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core import lifecycle
from kiloclaw_core.commands import Command, Destroy, Start, Stop
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.instance import Instance, Record
from kiloclaw_core.names import CommandId
from kiloclaw_core.views import debug_view
from kiloclaw_core.world.setting import Budget, Ghost


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


def asked(record: Record, ghost: Ghost, budget: Budget, command: Command) -> Move:
    """A command is granted and committed, or refused; whichever, the caller has been answered."""
    name = type(command).__name__.lower()
    granted = lifecycle.decide(record, command)
    if not isinstance(granted.value_or(None), Instance):
        return Move(Action(f"{name}: {granted.failure().value}", "caller"), When.FREE, (("budget", budget),))
    ghost = evolve(ghost, destroy_granted=ghost.destroy_granted or isinstance(command, Destroy))
    writes = (("record", granted.unwrap()), ("ghost", ghost), ("budget", budget))
    return Move(Action(name, "caller"), When.FREE, writes)


def poll(record: Record) -> Iterator[Move]:
    """A caller looks: a view is taken, and nothing changes."""
    status = debug_view(record).view.status
    yield Move(Action(f"poll: {status}", "caller"), When.FREE)
