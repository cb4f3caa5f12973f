"""What befalls the cache: requests come, lines are lost, readings fail or hang, and commands are killed."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.pairing.facts import PairingRang
from kiloclaw_core.pairing.lifecycle import pairing_absorb
from kiloclaw_core.pairing.listings import Broken
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.world.pairing.happening import in_order, killed_end
from kiloclaw_core.world.pairing.moving import at_step, moved
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.pairing.slots import Answer, Kill, Line, Process, Slipped, Slot, Step, Told
from kiloclaw_core.world.pairing.truth import OpenClaw


def ringing_early(record: Pairing, budget: PairingBudget) -> Iterator[Move]:
    """Any alarm rings before its time."""
    if not budget.early:
        return
    paid = ("budget", evolve(budget, early=budget.early - 1))
    for alarm in in_order(record):
        fact = PairingRang(alarm.name, alarm.of)
        action = Action(f"alarm: {alarm.name.value} {alarm.of} rings early", "alarm")
        move = moved(record, pairing_absorb(record, fact), action, When.FREE, fact)
        yield evolve(move, writes=(*move.writes, paid))


def arriving(outside: OpenClaw, budget: PairingBudget) -> Iterator[Move]:
    """A request comes, and the gateway writes a line, or writes none."""
    if not budget.arrivals:
        return
    request, *left = budget.arrivals
    after = (("outside", outside.having(request)), ("budget", evolve(budget, arrivals=tuple(left))))
    name = type(request).__name__
    yield Move(Action(f"openclaw: a {name} comes", "openclaw"), When.FREE, after, (), (Line(name),))


def muting(slot: Slot, _blocked: bool, budget: PairingBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """A line is lost."""
    match slot:
        case Line(about=about) if budget.mutes:
            paid = (("budget", evolve(budget, mutes=budget.mutes - 1)),)
            yield Move(Action(f"openclaw: no line about {about}", "openclaw"), When.FREE, paid)
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def breaking(slot: Slot, _blocked: bool, budget: PairingBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """Something cannot be read, or does not end."""
    broken = ("budget", evolve(budget, breaks=budget.breaks - 1))
    stuck = ("budget", evolve(budget, stucks=budget.stucks - 1))
    match slot:
        case Step(effect=effect, stuck=False):
            if budget.breaks:
                answer = Answer(effect.op, Broken())
                yield Move(at_step("openclaw", effect, "cannot be read"), When.FREE, (broken,), (answer,))
            if budget.stucks:
                yield Move(at_step("openclaw", effect, "hangs"), When.FREE, (stuck,), (Step(effect, stuck=True),))
        case Process(effect=effect, done=done, stuck=False):
            if budget.stucks:
                hung = Process(effect, done, stuck=True)
                yield Move(at_step("process", effect, "is stuck"), When.FREE, (stuck,), (hung,))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def loosening(slot: Slot, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """What was stuck goes on after all."""
    match slot:
        case Step(effect=effect, stuck=True):
            yield Move(at_step("openclaw", effect, "hangs no more"), When.FREE, (), (Step(effect),))
        case Process(effect=effect, done=done, stuck=True):
            yield Move(at_step("process", effect, "is stuck no more"), When.FREE, (), (Process(effect, done),))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def killing(slot: Slot, _blocked: bool, budget: PairingBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """A command is killed at its time-out, whatever it has done."""
    match slot:
        case Process(effect=effect, stuck=False) if budget.kills:
            paid = (("budget", evolve(budget, kills=budget.kills - 1)),)
            answer = Answer(effect.op, killed_end(effect))
            yield Move(at_step("process", effect, "is killed at its time-out"), When.FREE, paid, (answer,))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return
