"""A move of the cache's record: what it sends is on its way, who is told is told, and slips stay."""

from __future__ import annotations

from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.facts import Woken
from kiloclaw_core.pairing.effects import KillCommand, PairingEffect
from kiloclaw_core.pairing.facts import CommandEnd, LineSeen, PairingFact, PairingRang, PairingReplied
from kiloclaw_core.pairing.record import OnTime, Pairing, PairingTransition
from kiloclaw_core.world.pairing.slips import slips_of
from kiloclaw_core.world.pairing.slots import Slipped, as_slot
from kiloclaw_core.world.pairing.truth import Asking


def moved(
    record: Pairing, transition: PairingTransition, action: Action, when: When, fact: PairingFact | None = None
) -> Move:
    """The move of a record by a transition: what it sends is on its way, who is told is told, and slips stay."""
    sent = tuple(as_slot(effect) for effect in transition.effects if not is_killed_already(record, effect))
    slips = tuple(Slipped(slip) for slip in dict.fromkeys(slips_of(record, transition, fact)))
    cell = None if fact is None else (under_way(record), fact_name(fact), under_way(transition.record))
    return Move(action, when, (("record", transition.record),), (), (*sent, *slips), cell)


def is_killed_already(record: Pairing, effect: PairingEffect) -> bool:
    """Whether the effect kills a command once more, which no more than the first time ends one that is stuck."""
    return isinstance(effect, KillCommand) and record.command is not None and record.command.stage != OnTime()


def under_way(record: Pairing) -> str:
    """What is under way, in a few words."""
    words = [record.life.value, *(type(shelf.phase).__name__.lower() for shelf in record.shelves)]
    words += [type(one.phase).__name__.lower() for one in record.approvals]
    return " ".join(words)


def fact_name(fact: PairingFact) -> str:
    """The fact as a column of the transition table."""
    match fact:
        case PairingReplied(outcome=outcome):
            return outcome.name.lower() if isinstance(outcome, CommandEnd) else type(outcome).__name__
        case PairingRang(name=name):
            return f"{name.value} rang"
        case LineSeen() | Woken():
            return type(fact).__name__


def at_step(lane: str, effect: Asking, what: str) -> Action:
    """That this happens to what an effect asked for."""
    return Action(f"{lane}: {type(effect).__name__} {effect.op} {what}", lane)
