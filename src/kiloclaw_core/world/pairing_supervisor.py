"""The supervisor and the processes that it watches, joined: every order in which they come, end, and do not end.

A child comes or cannot be started, ends cleanly or not, and dies of signals; a stubborn one outlives being asked, and
one that is stuck outlives being killed, until it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

from kiloclaw_core.explore import (
    Action,
    Claim,
    EachSlot,
    Joint,
    Kind,
    Label,
    Local,
    Move,
    Pruning,
    Renumbering,
    Rule,
    When,
)
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor import lifecycle
from kiloclaw_core.supervisor.lifecycle import supervisor_absorb, supervisor_ask
from kiloclaw_core.supervisor.record import (
    Crashed,
    Down,
    Force,
    Starting,
    Stopping,
    Supervisor,
    SupervisorTransition,
    Up,
    Wish,
)
from kiloclaw_core.supervisor.vocabulary import (
    Arrived,
    Exit,
    Exited,
    NotSpawned,
    RestartChild,
    SendSignal,
    ShutDown,
    Signal,
    Spawn,
    Spawned,
    StartChild,
    StopChild,
    SupervisorCommand,
    SupervisorEffect,
    SupervisorFact,
    SupervisorRang,
)

CLEAN: Final = Exit(code=0)
FAILED: Final = Exit(code=1)


@frozen
class Coming:
    """A child is being spawned."""

    child: OpId


@frozen
class Alive:
    """A child is there; a stubborn one does not end when it is asked, one that is stuck not even when it is killed."""

    child: OpId
    stubborn: bool = False
    stuck: bool = False


@frozen
class Sent:
    """A signal on its way to a child."""

    child: OpId
    signal: Signal


@frozen
class Fact:
    """Something that is to be told of a child."""

    fact: Spawned | NotSpawned | Exited


@frozen
class Told:
    """Somebody was told that a child is gone; this is never forgotten."""

    ask: AskId


Slot = Coming | Alive | Sent | Fact | Told


@frozen
class SupervisorBudget:
    """How often each thing may still happen; `exits` are those that nobody asked for."""

    starts: int = 1
    stops: int = 1
    restarts: int = 1
    shutdowns: int = 1
    exits: int = 1
    refusals: int = 0
    stubborn: int = 1
    stuck: int = 0


@frozen
class SupervisorScene:
    """One moment: the record, who waits, which children there are, and whether nothing is on its way."""

    record: Supervisor
    asked: tuple[AskId, ...]
    told: tuple[AskId, ...]
    coming: tuple[OpId, ...]
    alive: tuple[Alive, ...]
    quiet: bool

    @property
    def waiting(self) -> bool:
        """Whether somebody waits to be told."""
        return set(self.told) != set(self.asked)


def key_of(slot: Slot) -> tuple[int, str, str]:
    """Where a slot stands: by child, by sort, and by what else tells it from its like."""
    sort = type(slot).__name__
    match slot:
        case Coming(child=child) | Alive(child=child):
            return child, sort, ""
        case Sent(child=child, signal=signal):
            return child, sort, signal.value
        case Fact(fact=fact):
            return fact.child, sort, type(fact).__name__
        case Told(ask=ask):
            return 0, sort, ask


def as_slot(effect: SupervisorEffect) -> Slot:
    """What an effect puts on its way."""
    match effect:
        case Spawn(child=child):
            return Coming(child)
        case SendSignal(child=child, signal=signal):
            return Sent(child, signal)
        case Arrived(ask=ask):
            return Told(ask)


def moved(record: Supervisor, transition: SupervisorTransition, action: Action, when: When) -> Move:
    """The move of a record by a transition: what it sends is on its way."""
    sent = tuple(as_slot(effect) for effect in transition.effects if not is_sent_already(record, effect))
    return Move(action, when, (("record", transition.record),), (), sent)


def is_sent_already(record: Supervisor, effect: SupervisorEffect) -> bool:
    """Whether the effect sends a signal once more, which no more than the first time ends a child."""
    if not isinstance(effect, SendSignal) or not isinstance(record.phase, Stopping):
        return False
    return effect.signal is Signal.TERM or record.phase.force is Force.KILLED


# -- what happens by itself --------------------------------------------------------------------------------------


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


def is_fatal(slot: Slot, other: Slot) -> bool:
    """Whether the other is a signal of which this child dies."""
    if not isinstance(slot, Alive) or not isinstance(other, Sent) or slot.child != other.child:
        return False
    return other.signal is Signal.KILL or not slot.stubborn


def hearing(slot: Slot, waits: bool, record: Supervisor) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """Something is told of a child; that it came, before that it went."""
    match slot:
        case Fact(fact=fact) if not waits:
            action = Action(f"supervisor: hear {type(fact).__name__} {fact.child}", "supervisor")
            yield moved(record, supervisor_absorb(record, fact), action, When.CALM)
        case Fact() | Coming() | Alive() | Sent() | Told():
            return


def is_told_before(slot: Slot, other: Slot) -> bool:
    """Whether the other is that the child came, and the slot something else of the same child."""
    if not isinstance(slot, Fact) or not isinstance(other, Fact) or isinstance(slot.fact, Spawned):
        return False
    return isinstance(other.fact, Spawned) and other.fact.child == slot.fact.child


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


def is_kept(slot: Slot, record: Supervisor) -> bool:
    """Whether the slot can still have an effect: a signal to a child that is gone has none."""
    return not isinstance(slot, Sent) or record.child == slot.child


def _at(child: OpId, what: str) -> Action:
    return Action(f"process: child {child} {what}", "process")


# -- claims ------------------------------------------------------------------------------------------------------


def one_child(scene: SupervisorScene) -> bool:
    """Whether at most one child is there or on its way (S13)."""
    return len(scene.coming) + len(scene.alive) <= 1


def ended_stays_ended(scene: SupervisorScene) -> bool:
    """Whether no child is wanted or known once a shutdown has come through."""
    return scene.record.wish is not Wish.ENDED or isinstance(scene.record.phase, Down | Stopping)


def every_wait_has_an_alarm(scene: SupervisorScene) -> bool:
    """Whether whatever is waited for has an alarm, but a child that is content (L5)."""
    settled = isinstance(scene.record.phase, Down) or (isinstance(scene.record.phase, Up) and not scene.waiting)
    return settled or bool(lifecycle.waiting_alarms_of(scene.record))


def told_once(scene: SupervisorScene) -> bool:
    """Whether nobody was told twice."""
    return len(set(scene.told)) == len(scene.told)


def at_home(scene: SupervisorScene) -> bool:
    """Whether what is there is what is wanted, and everybody was told; one that is stuck is killed on and on."""
    phase, wish = scene.record.phase, scene.record.wish
    if isinstance(phase, Stopping):
        return scene.quiet and phase.force is Force.KILLED and any(one.stuck for one in scene.alive)
    as_wanted = isinstance(phase, Up) if wish is Wish.UP else isinstance(phase, Down)
    return scene.quiet and as_wanted and not scene.waiting


def forced(scene: SupervisorScene) -> bool:
    """Whether a child that outlived being asked is killed."""
    return isinstance(scene.record.phase, Stopping) and scene.record.phase.force is Force.KILLED


def overtaken(scene: SupervisorScene) -> bool:
    """Whether a shutdown is wanted while a stop is under way that somebody waits for."""
    stopping = isinstance(scene.record.phase, Stopping) and scene.record.phase.force is Force.ASKED
    return stopping and scene.record.wish is Wish.ENDED and len(scene.record.waiters) > 1


def _always(
    name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[SupervisorScene], bool]
) -> Claim[SupervisorScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[SupervisorScene], bool]) -> Claim[SupervisorScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


SUPERVISOR_CLAIMS: Final[tuple[Claim[SupervisorScene], ...]] = (
    _always("one child at a time", "At most one child is there or on its way.", ("bag",), one_child),
    _always(
        "a shutdown is for ever",
        "After a shutdown no child is up, and none is started.",
        ("record",),
        ended_stays_ended,
    ),
    _always(
        "whatever is waited for has an alarm",
        "No child is waited for without an alarm.",
        ("record", "asked", "bag"),
        every_wait_has_an_alarm,
    ),
    _always("told once", "Nobody is told twice that a child is gone.", ("bag",), told_once),
    _sometimes("a stubborn child is killed", ("record",), forced),
    _sometimes("a shutdown overtakes a stop", ("record",), overtaken),
    _sometimes("a crash is paused after", ("record",), lambda scene: isinstance(scene.record.phase, Crashed)),
    _sometimes(
        "another child comes after one that went",
        ("record",),
        lambda scene: isinstance(scene.record.phase, Starting) and scene.record.crashes > 0,
    ),
    Claim(
        "what is wanted is there",
        "Whatever happened, the child comes to be as it is wanted, and everybody is told.",
        Kind.LEADS_HOME,
        ("record", "asked", "bag"),
        at_home,
    ),
)


@frozen
class SupervisorSystem:
    """The product of the supervisor, who asked, and the children and signals that are on their way."""

    budget: SupervisorBudget = SupervisorBudget()
    record: Supervisor = Supervisor()
    claims: tuple[Claim[SupervisorScene], ...] = SUPERVISOR_CLAIMS
    names: tuple[str, ...] = ("record", "asked", "budget")
    anchor: str | None = "record"
    pruning: Pruning | None = Pruning(("record",), is_kept)
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("budget",), coming),
            EachSlot(("budget",), dying, is_fatal),
            EachSlot(("record",), hearing, is_told_before),
            Local(("record",), ringing),
            Local(("record", "asked", "budget"), asking),
        )

    def initial(self) -> Joint:
        """There is no child and none is wanted."""
        return Joint((self.record, (), self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Slots by child and sort."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return key_of(slot)

    def scene(self, joint: Joint, /) -> SupervisorScene:
        """What claims look at."""
        record, asked, _ = joint.parts
        assert isinstance(record, Supervisor), f"{record} is no supervisor"
        assert isinstance(asked, tuple), f"{asked} are no askers"
        slots = [slot for slot in joint.bag if isinstance(slot, Slot)]
        alive = tuple(slot for slot in slots if isinstance(slot, Alive))
        return SupervisorScene(
            record,
            asked,
            tuple(slot.ask for slot in slots if isinstance(slot, Told)),
            tuple(slot.child for slot in slots if isinstance(slot, Coming)),
            alive,
            all(isinstance(slot, Told | Alive | Sent) for slot in slots),
        )
