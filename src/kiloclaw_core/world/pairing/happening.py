"""What happens by itself: steps are answered, commands act and exit, alarms ring, and somebody asks.

Alarms ring when nothing else can happen, the oldest first: which is fair.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.pairing.alarms import waiting_alarms_of
from kiloclaw_core.pairing.commands import Approve, PairingCommand, Refresh, StartCache, StopCache
from kiloclaw_core.pairing.effects import ListChannel, ListDevices, RunApprove
from kiloclaw_core.pairing.facts import CommandEnd, LineSeen, PairingAlarm, PairingOutcome, PairingRang, PairingReplied
from kiloclaw_core.pairing.lifecycle import pairing_absorb, pairing_ask
from kiloclaw_core.pairing.listings import Break, Broken
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.pairing.requests import subject_of
from kiloclaw_core.world.pairing.moving import at_step, fact_name, moved
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.pairing.slots import Answer, Kill, Line, Process, Slipped, Slot, Step, Told
from kiloclaw_core.world.pairing.truth import OpenClaw, approving, shown


def landing(slot: Slot, killed: bool, outside: OpenClaw) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """A step is answered; a command acts, and exits, or ends because it was killed."""
    match slot:
        case Step(effect=effect, stuck=False):
            yield Move(
                at_step("openclaw", effect, "is read"), When.CALM, kept=(Answer(effect.op, shown(outside, effect)),)
            )
        case Process(effect=effect, stuck=False) if killed:
            yield Move(at_step("process", effect, "is gone"), When.CALM, kept=(Answer(effect.op, killed_end(effect)),))
        case Process(effect=RunApprove() as effect, done=None, stuck=False):
            after, done = approving(outside, effect.subject)
            yield Move(at_step("process", effect, "acts"), When.CALM, (("outside", after),), (Process(effect, done),))
        case Process(effect=RunApprove() as effect, done=CommandEnd() as done, stuck=False):
            yield Move(at_step("process", effect, "exits"), When.CALM, kept=(Answer(effect.op, done),))
        case Process(effect=ListChannel() | ListDevices() as effect, stuck=False):
            yield Move(
                at_step("process", effect, "lists"), When.CALM, kept=(Answer(effect.op, shown(outside, effect)),)
            )
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def killed_end(effect: ListChannel | ListDevices | RunApprove) -> PairingOutcome:
    """What a command that was killed is answered with."""
    match effect:
        case RunApprove():
            return CommandEnd.KILLED
        case ListChannel() | ListDevices():
            return Broken(Break.CUT_SHORT)


def hearing(slot: Slot, _blocked: bool, record: Pairing) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """An answer arrives, or a line."""
    match slot:
        case Answer(op=op, outcome=outcome):
            fact = PairingReplied(op, outcome)
            action = Action(f"cache: hear {op} {fact_name(fact)}", "cache")
            yield moved(record, pairing_absorb(record, fact), action, When.CALM, fact)
        case Line(about=about):
            seen = LineSeen()
            action = Action(f"cache: see the line about {about}", "cache")
            yield moved(record, pairing_absorb(record, seen), action, When.CALM, seen)
        case Step() | Process() | Kill() | Told() | Slipped():
            return


def ringing(record: Pairing) -> Iterator[Move]:
    """The oldest alarm rings when nothing else can happen."""
    for alarm in in_order(record)[:1]:
        fact = PairingRang(alarm.name, alarm.of)
        action = Action(f"alarm: {alarm.name.value} {alarm.of} rings", "alarm")
        yield moved(record, pairing_absorb(record, fact), action, When.QUIET, fact)


def in_order(record: Pairing) -> list[PairingAlarm]:
    """The alarms of the record, the oldest first."""
    return sorted(waiting_alarms_of(record), key=lambda alarm: (alarm.of, alarm.patience_s))


def asking(record: Pairing, asked: tuple[Refresh | Approve, ...], budget: PairingBudget) -> Iterator[Move]:
    """Somebody starts it, stops it, asks for a list or for an approval."""
    for command, paid in commands_of(budget, len(asked)):
        transition = pairing_ask(record, command).value_or(None)
        if transition is None:
            continue  # refused at once, with nothing done
        action = Action(f"asker: {type(command).__name__} {len(asked)}", "asker")
        move = moved(record, transition, action, When.FREE)
        told = (*asked, command) if isinstance(command, Refresh | Approve) else asked
        yield evolve(move, writes=(*move.writes, ("asked", told), ("budget", paid)))


def commands_of(budget: PairingBudget, number: int) -> Iterator[tuple[PairingCommand, PairingBudget]]:
    """What may be asked next, and what is left of the budget then."""
    ask = AskId(f"asker {number}")
    if budget.starts:
        yield StartCache(), evolve(budget, starts=budget.starts - 1)
    if budget.stops:
        yield StopCache(), evolve(budget, stops=budget.stops - 1)
    if budget.refreshes:
        yield Refresh(ask, budget.refreshes[0]), evolve(budget, refreshes=budget.refreshes[1:])
    if budget.approves:
        yield Approve(ask, subject_of(budget.approves[0])), evolve(budget, approves=budget.approves[1:])
