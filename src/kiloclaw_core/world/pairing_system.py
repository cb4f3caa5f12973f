"""The controller's cache and its world joined: everything that may happen, each trouble within a budget.

A step of a reading is answered with what is true when it lands. A command acts, exits and is answered; it may be
killed before or after it acts, and one may be stuck, so that not even killing ends it. Alarms ring when nothing else
can happen, the oldest first: which is fair, and early ones are a trouble of their own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

from kiloclaw_core.explore import Action, Claim, EachSlot, Joint, Label, Local, Move, Pruning, Renumbering, Rule, When
from kiloclaw_core.facts import Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.alarms import waiting_alarms_of
from kiloclaw_core.pairing.commands import Approve, PairingCommand, Refresh, StartCache, StopCache
from kiloclaw_core.pairing.effects import (
    KillCommand,
    ListChannel,
    ListDevices,
    PairingEffect,
    ReadConfig,
    Reply,
    RunApprove,
)
from kiloclaw_core.pairing.facts import (
    CommandEnd,
    LineSeen,
    PairingAlarm,
    PairingFact,
    PairingOutcome,
    PairingRang,
    PairingReplied,
)
from kiloclaw_core.pairing.lifecycle import pairing_absorb, pairing_ask
from kiloclaw_core.pairing.listings import Break, Broken, Source
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.record import Life, OnTime, Pairing, PairingTransition
from kiloclaw_core.pairing.requests import DeviceSubject, Kind, PendingRequest, subject_of
from kiloclaw_core.world.pairing_claims import PAIRING_CLAIMS, PairingScene, Slip
from kiloclaw_core.world.pairing_world import OWN_DEVICE, Asking, OpenClaw, approving, shown

NAMES: Final = ("record", "outside", "asked", "budget")
FRESH: Final = Pairing(policy=PairingPolicy(auto_tries=2))
STARTED: Final = evolve(FRESH, life=Life.STARTED)
TRUSTING: Final = evolve(STARTED, policy=evolve(STARTED.policy, known_devices=(OWN_DEVICE,)))


# -- what is on its way ------------------------------------------------------------------------------------------


@frozen
class Step:
    """A step of a reading is under way; a stuck one is never answered."""

    effect: ReadConfig | ListChannel | ListDevices
    stuck: bool = False


@frozen
class Process:
    """A command is alive: `done` is what it did, or None while it has not acted. A stuck one does not exit."""

    effect: ListChannel | ListDevices | RunApprove
    done: CommandEnd | None = None
    stuck: bool = False


@frozen
class Answer:
    """An answer on its way."""

    op: OpId
    outcome: PairingOutcome


@frozen
class Line:
    """The gateway has written a line about this."""

    about: str


@frozen
class Kill:
    """The command of this op was told to end."""

    of: OpId


@frozen
class Told:
    """Somebody was answered; this is never forgotten."""

    reply: Reply


@frozen
class Slipped:
    """A move did what none may do; this is never forgotten."""

    slip: Slip


Slot = Step | Process | Answer | Line | Kill | Told | Slipped


@frozen
class PairingBudget:
    """How often each thing may still happen.

    `arrivals` are requests that come, in order; `breaks` readings that fail, `stucks` steps and commands that never
    end, `kills` commands that are killed at their time-out, `mutes` lines that are lost, `early` alarms before their
    time.
    """

    starts: int = 0
    stops: int = 0
    refreshes: tuple[Kind, ...] = ()
    approves: tuple[PendingRequest, ...] = ()
    arrivals: tuple[PendingRequest, ...] = ()
    breaks: int = 0
    stucks: int = 0
    kills: int = 0
    mutes: int = 0
    early: int = 0


def key_of(slot: Slot) -> tuple[int, str, str]:
    """Where a slot stands: by op, by sort, and by what else tells it from its like."""
    sort = type(slot).__name__
    match slot:
        case Step(effect=effect) | Process(effect=effect):
            return effect.op, sort, ""
        case Answer(op=op) | Kill(of=op):
            return op, sort, ""
        case Line(about=about):
            return 0, sort, about
        case Told(reply=reply):
            return 0, sort, f"{reply.ask} {reply.answer}"
        case Slipped(slip=slip):
            return 0, sort, slip.name


def as_slot(effect: PairingEffect) -> Slot:
    """What an effect puts on its way: a process where it runs a command."""
    match effect:
        case ReadConfig():
            return Step(effect)
        case ListChannel(source=Source.FILES) | ListDevices(source=Source.FILES):
            return Step(effect)
        case ListChannel() | ListDevices() | RunApprove():
            return Process(effect)
        case KillCommand(of=of):
            return Kill(of)
        case Reply():
            return Told(effect)


# -- a move of the record ----------------------------------------------------------------------------------------


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


def slips_of(record: Pairing, transition: PairingTransition, fact: PairingFact | None) -> Iterator[Slip]:
    """What a transition does that none may do."""
    begins = [one for one in transition.effects if not isinstance(one, Reply | KillCommand)]
    if begins and Life.STOPPED in {record.life, transition.record.life}:
        yield Slip.BEGUN_AFTER_STOP
    for before, after in zip(record.shelves, transition.record.shelves, strict=True):
        if record.life is Life.STOPPED and not set(after.entries) <= set(before.entries):
            yield Slip.GREW_AFTER_STOP
        if after.committed < before.committed:
            yield Slip.WENT_BACK
        if is_failure(fact) and len(after.entries) < len(before.entries):
            yield Slip.EMPTIED
    if isinstance(fact, LineSeen) and forgets(transition.record):
        yield Slip.FORGOT
    if any(is_hasty(record, transition.record, one) for one in begins):
        yield Slip.HASTY


def forgets(after: Pairing) -> bool:
    """Whether a cache that has not stopped is not about to read, though a line was seen."""
    return after.life is not Life.STOPPED and not all(shelf.dirty or shelf.again for shelf in after.shelves)


def is_failure(fact: PairingFact | None) -> bool:
    """Whether the fact is that something could not be read."""
    return isinstance(fact, PairingReplied) and isinstance(fact.outcome, Broken)


def is_hasty(record: Pairing, after: Pairing, effect: PairingEffect) -> bool:
    """Whether something is approved that nobody asked for and that was not even a candidate before."""
    if not isinstance(effect, RunApprove) or any(
        one.subject == effect.subject for one in after.approvals if one.askers
    ):
        return False
    return not any(DeviceSubject(one.request) == effect.subject for one in record.candidates)


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


# -- what happens by itself --------------------------------------------------------------------------------------


def landing(slot: Slot, killed: bool, outside: OpenClaw) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """A step is answered; a command acts, and exits, or ends because it was killed."""
    match slot:
        case Step(effect=effect, stuck=False):
            yield Move(_at("openclaw", effect, "is read"), When.CALM, kept=(Answer(effect.op, shown(outside, effect)),))
        case Process(effect=effect, stuck=False) if killed:
            yield Move(_at("process", effect, "is gone"), When.CALM, kept=(Answer(effect.op, killed_end(effect)),))
        case Process(effect=RunApprove() as effect, done=None, stuck=False):
            after, done = approving(outside, effect.subject)
            yield Move(_at("process", effect, "acts"), When.CALM, (("outside", after),), (Process(effect, done),))
        case Process(effect=RunApprove() as effect, done=CommandEnd() as done, stuck=False):
            yield Move(_at("process", effect, "exits"), When.CALM, kept=(Answer(effect.op, done),))
        case Process(effect=ListChannel() | ListDevices() as effect, stuck=False):
            yield Move(_at("process", effect, "lists"), When.CALM, kept=(Answer(effect.op, shown(outside, effect)),))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def is_killed_by(slot: Slot, other: Slot) -> bool:
    """Whether the slot is a command, and the other tells it to end."""
    return isinstance(slot, Process) and other == Kill(slot.effect.op)


def is_kept(slot: Slot, record: Pairing) -> bool:
    """Whether the slot can still have an effect: a command that has ended cannot be killed."""
    return not isinstance(slot, Kill) or (record.command is not None and record.command.op == slot.of)


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


def in_order(record: Pairing) -> list[PairingAlarm]:
    """The alarms of the record, the oldest first."""
    return sorted(waiting_alarms_of(record), key=lambda alarm: (alarm.of, alarm.patience_s))


# -- what is asked of it -----------------------------------------------------------------------------------------


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


# -- what befalls it ---------------------------------------------------------------------------------------------


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
                yield Move(_at("openclaw", effect, "cannot be read"), When.FREE, (broken,), (answer,))
            if budget.stucks:
                yield Move(_at("openclaw", effect, "hangs"), When.FREE, (stuck,), (Step(effect, stuck=True),))
        case Process(effect=effect, done=done, stuck=False):
            if budget.stucks:
                hung = Process(effect, done, stuck=True)
                yield Move(_at("process", effect, "is stuck"), When.FREE, (stuck,), (hung,))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def loosening(slot: Slot, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """What was stuck goes on after all."""
    match slot:
        case Step(effect=effect, stuck=True):
            yield Move(_at("openclaw", effect, "hangs no more"), When.FREE, (), (Step(effect),))
        case Process(effect=effect, done=done, stuck=True):
            yield Move(_at("process", effect, "is stuck no more"), When.FREE, (), (Process(effect, done),))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def killing(slot: Slot, _blocked: bool, budget: PairingBudget) -> Iterator[Move]:  # noqa: FBT001 - the explorer's
    """A command is killed at its time-out, whatever it has done."""
    match slot:
        case Process(effect=effect, stuck=False) if budget.kills:
            paid = (("budget", evolve(budget, kills=budget.kills - 1)),)
            answer = Answer(effect.op, killed_end(effect))
            yield Move(_at("process", effect, "is killed at its time-out"), When.FREE, paid, (answer,))
        case Step() | Process() | Answer() | Line() | Kill() | Told() | Slipped():
            return


def _at(lane: str, effect: Asking, what: str) -> Action:
    return Action(f"{lane}: {type(effect).__name__} {effect.op} {what}", lane)


@frozen
class PairingSystem:
    """The product of the cache, the truth, who asked, what slipped, and what is on its way."""

    budget: PairingBudget = PairingBudget()
    record: Pairing = FRESH
    outside: OpenClaw = OpenClaw()
    claims: tuple[Claim[PairingScene], ...] = PAIRING_CLAIMS
    names: tuple[str, ...] = NAMES
    anchor: str | None = "record"
    pruning: Pruning | None = Pruning(("record",), is_kept)
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("outside",), landing, is_killed_by),
            EachSlot(("record",), hearing),
            Local(("record",), ringing),
            Local(("record", "asked", "budget"), asking),
            Local(("outside", "budget"), arriving),
            EachSlot((), loosening),
            EachSlot(("budget",), muting),
            EachSlot(("budget",), breaking),
            EachSlot(("budget",), killing),
            Local(("record", "budget"), ringing_early),
        )

    def initial(self) -> Joint:
        """The cache as it is given, and nobody has asked for anything."""
        return Joint((self.record, self.outside, (), self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Slots by op and sort; lines, replies and slips by what they say."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return key_of(slot)

    def scene(self, joint: Joint, /) -> PairingScene:
        """What claims look at."""
        record, outside, asked, _ = joint.parts
        assert isinstance(record, Pairing), f"{record} is no cache"
        assert isinstance(outside, OpenClaw), f"{outside} is no truth"
        assert isinstance(asked, tuple), f"{asked} are no askers"
        slots = [slot for slot in joint.bag if isinstance(slot, Slot)]
        return PairingScene(
            record,
            outside,
            asked,
            tuple(slot.reply for slot in slots if isinstance(slot, Told)),
            tuple(slot.slip for slot in slots if isinstance(slot, Slipped)),
            tuple(slot.effect for slot in slots if isinstance(slot, Step)),
            tuple(slot.effect for slot in slots if isinstance(slot, Process)),
            not any(is_under_way(slot) for slot in slots),
        )


def is_under_way(slot: Slot) -> bool:
    """Whether something may yet come of the slot by itself."""
    match slot:
        case Step(stuck=stuck) | Process(stuck=stuck):
            return not stuck
        case Answer() | Line():
            return True
        case Kill() | Told() | Slipped():
            return False
