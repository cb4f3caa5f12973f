"""What happens to a child and to its supervisor: it comes, ends, is signalled; somebody asks, and alarms ring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor import lifecycle
from kiloclaw_core.supervisor.lifecycle import supervisor_absorb, supervisor_ask
from kiloclaw_core.supervisor.record import Force, Stopping, Supervisor, SupervisorTransition
from kiloclaw_core.supervisor.vocabulary import (
    Exit,
    Exited,
    NotSpawned,
    RestartChild,
    SendSignal,
    ShutDown,
    Signal,
    Spawned,
    StartChild,
    StopChild,
    SupervisorCommand,
    SupervisorEffect,
    SupervisorFact,
    SupervisorRang,
)
from kiloclaw_core.world.supervisor.setting import SupervisorBudget
from kiloclaw_core.world.supervisor.slots import Alive, Coming, Fact, Sent, Slot, Told, as_slot

CLEAN: Final = Exit(code=0)
FAILED: Final = Exit(code=1)


def moved(record: Supervisor, transition: SupervisorTransition, action: Action, when: When) -> Move:
    """The move of a record by a transition: what it sends is on its way."""
    sent = tuple(as_slot(effect) for effect in transition.effects if not is_sent_already(record, effect))
    return Move(action, when, (("record", transition.record),), (), sent)


def is_sent_already(record: Supervisor, effect: SupervisorEffect) -> bool:
    """Whether the effect sends a signal once more, which no more than the first time ends a child."""
    if not isinstance(effect, SendSignal) or not isinstance(record.phase, Stopping):
        return False
    return effect.signal is Signal.TERM or record.phase.force is Force.KILLED


def coming(slot: Slot, _blocked: bool, budget: SupervisorBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """A child comes, stubborn or not, or cannot be started."""
    match slot:
        case Coming(child=child):
            told = Fact(Spawned(child))
            yield Move(_at(child, "comes"), When.CALM, (), (Alive(child),), (told,))
            if budget.stubborn:
                paid = (("budget", evolve(budget, stubborn=budget.stubborn - 1)),)
                yield Move(_at(child, "comes, and is stubborn"), When.FREE, paid, (Alive(child, True),), (told,))
            if budget.refusals:
                paid = (("budget", evolve(budget, refusals=budget.refusals - 1)),)
                yield Move(_at(child, "cannot be started"), When.FREE, paid, (Fact(NotSpawned(child)),))
        case Alive() | Sent() | Fact() | Told():
            return


def dying(slot: Slot, killed: bool, budget: SupervisorBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """A child ends by itself, or of a signal that has reached it."""
    match slot:
        case Alive(child=child, stuck=False):
            if killed:
                yield Move(_at(child, "dies of a signal"), When.CALM, (), (Fact(Exited(child, Exit(signal=15))),))
            if budget.exits:
                paid = (("budget", evolve(budget, exits=budget.exits - 1)),)
                yield Move(_at(child, "exits with 0"), When.FREE, paid, (Fact(Exited(child, CLEAN)),))
                yield Move(_at(child, "crashes"), When.FREE, paid, (Fact(Exited(child, FAILED)),))
            if budget.stuck:
                paid = (("budget", evolve(budget, stuck=budget.stuck - 1)),)
                yield Move(_at(child, "is stuck"), When.FREE, paid, (evolve(slot, stuck=True),))
        case Alive(child=child):
            yield Move(_at(child, "is stuck no more"), When.FREE, (), (evolve(slot, stuck=False),))
        case Coming() | Sent() | Fact() | Told():
            return


def hearing(slot: Slot, waits: bool, record: Supervisor) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """Something is told of a child; that it came, before that it went."""
    match slot:
        case Fact(fact=fact) if not waits:
            action = Action(f"supervisor: hear {type(fact).__name__} {fact.child}", "supervisor")
            yield moved(record, supervisor_absorb(record, fact), action, When.CALM)
        case Fact() | Coming() | Alive() | Sent() | Told():
            return


def ringing(record: Supervisor) -> Iterator[Move]:
    """The alarm rings, when nothing else can happen; there is never more than one."""
    for alarm in lifecycle.waiting_alarms_of(record):
        fact: SupervisorFact = SupervisorRang(alarm.name, alarm.of)
        action = Action(f"alarm: {alarm.name.value} {alarm.of} rings", "alarm")
        yield moved(record, supervisor_absorb(record, fact), action, When.QUIET)


def asking(record: Supervisor, asked: tuple[AskId, ...], budget: SupervisorBudget) -> Iterator[Move]:
    """Somebody starts it, stops it, restarts it, or shuts it down."""
    for command, paid in commands_of(budget, len(asked)):
        transition = supervisor_ask(record, command).value_or(None)
        if transition is None:
            continue  # refused at once, with nothing done
        told = (*asked, command.ask) if isinstance(command, StopChild | RestartChild | ShutDown) else asked
        move = moved(record, transition, Action(f"asker: {type(command).__name__}", "asker"), When.FREE)
        yield evolve(move, writes=(*move.writes, ("asked", told), ("budget", paid)))


def commands_of(budget: SupervisorBudget, number: int) -> Iterator[tuple[SupervisorCommand, SupervisorBudget]]:
    """What may be asked next, and what is left of the budget then."""
    ask = AskId(f"asker {number}")
    if budget.starts:
        yield StartChild(), evolve(budget, starts=budget.starts - 1)
    if budget.stops:
        yield StopChild(ask), evolve(budget, stops=budget.stops - 1)
    if budget.restarts:
        yield RestartChild(ask), evolve(budget, restarts=budget.restarts - 1)
    if budget.shutdowns:
        yield ShutDown(ask), evolve(budget, shutdowns=budget.shutdowns - 1)


def _at(child: OpId, what: str) -> Action:
    return Action(f"process: child {child} {what}", "process")
