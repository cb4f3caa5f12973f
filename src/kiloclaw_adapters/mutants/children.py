"""What goes wrong with the child that a supervisor watches: PW13 and PW14, brought back."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Result

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor import lifecycle as supervising
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
    numbered,
)
from kiloclaw_core.supervisor.vocabulary import (
    NotSpawned,
    SendSignal,
    Signal,
    StartChild,
    SupervisorAlarm,
    SupervisorCommand,
    SupervisorFact,
    SupervisorRefusal,
)
from kiloclaw_core.world.supervisor.setting import SupervisorBudget
from kiloclaw_core.world.supervisor.system import SupervisorSystem

_decide = supervising.supervisor_decide
_stopping = supervising._stopping  # noqa: SLF001 - what ends a child
_moved = supervising._moved  # noqa: SLF001 - the one dispatch of facts
_awaited = supervising._awaited  # noqa: SLF001 - who waits
_waiting_alarms = supervising.waiting_alarms_of
_called_for = supervising._called_for  # noqa: SLF001 - what the supervisor does


def never_escalates(record: Supervisor, child: OpId, force: Force, signal: Signal) -> SupervisorTransition:
    """A child that does not end is asked again, and never killed."""
    since, record = numbered(record)
    return SupervisorTransition(
        evolve(record, phase=Stopping(child, Force.ASKED, since)), (SendSignal(child, Signal.TERM),)
    )


def waits_without_limit(record: Supervisor) -> tuple[SupervisorAlarm, ...]:
    """Whoever stops a child waits without limit."""
    return () if isinstance(record.phase, Stopping) else _waiting_alarms(record)


def spawn_errors_lost(record: Supervisor, fact: SupervisorFact) -> SupervisorTransition:
    """That a child could not be started is nobody's business."""
    return SupervisorTransition(record) if isinstance(fact, NotSpawned) else _moved(record, fact)


def second_child(record: Supervisor) -> SupervisorTransition:
    """Another child is started while the one before is still there."""
    if isinstance(record.phase, Up) and record.wish is Wish.UP and record.unwanted is not None:
        return supervising._spawn(evolve(record, unwanted=None))  # noqa: SLF001 - what starts a child
    return _called_for(record)


def restarts_for_ever(record: Supervisor) -> SupervisorTransition:
    """A child that ended is started again, whatever is wanted."""
    if isinstance(record.phase, Down):
        return supervising._spawn(record)  # noqa: SLF001 - what starts a child
    return _called_for(record)


def spawns_for_ever(record: Supervisor) -> tuple[SupervisorAlarm, ...]:
    """A child that does not come is waited for without limit."""
    return () if isinstance(record.phase, Starting) else _waiting_alarms(record)


def stays_crashed(record: Supervisor) -> tuple[SupervisorAlarm, ...]:
    """After a crash nothing is started any more."""
    return () if isinstance(record.phase, Crashed) else _waiting_alarms(record)


def given_up(record: Supervisor, child: OpId, force: Force, signal: Signal) -> SupervisorTransition:
    """A child that outlives being killed is taken for gone."""
    stopping = _stopping(record, child, force, signal)
    if isinstance(record.phase, Stopping) and record.phase.force is Force.KILLED:
        return evolve(stopping, record=evolve(stopping.record, phase=Down(), waiters=()))
    return stopping


def shut_for_now(record: Supervisor, command: SupervisorCommand) -> Result[Supervisor, SupervisorRefusal]:
    """What is asked after a shutdown is granted."""
    wanted = isinstance(command, StartChild) and record.wish is Wish.ENDED
    return _decide(evolve(record, wish=Wish.DOWN) if wanted else record, command)


def waits_twice(record: Supervisor, ask: AskId) -> Supervisor:
    """Whoever waits for a child to go is written down twice."""
    return _awaited(_awaited(record, ask), ask)


STUBBORN: Final = SupervisorSystem(SupervisorBudget(starts=1, stops=1, restarts=0, shutdowns=0, exits=0, stubborn=1))
REFUSED: Final = SupervisorSystem(
    SupervisorBudget(starts=1, stops=0, restarts=0, shutdowns=0, exits=0, refusals=1, stubborn=0)
)
RESTARTED: Final = SupervisorSystem(SupervisorBudget(starts=1, stops=0, restarts=1, shutdowns=0, exits=0, stubborn=0))
CRASHED: Final = SupervisorSystem(SupervisorBudget(starts=1, stops=0, restarts=0, shutdowns=0, exits=1, stubborn=0))
STUCK: Final = SupervisorSystem(
    SupervisorBudget(starts=1, stops=1, restarts=0, shutdowns=0, exits=0, stubborn=0, stuck=1)
)
SHUT: Final = SupervisorSystem(SupervisorBudget(starts=1, stops=0, restarts=0, shutdowns=1, exits=0, stubborn=0))

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "waits-without-limit",
        ("PW13",),
        supervising,
        "waiting_alarms_of",
        waits_without_limit,
        STUBBORN,
        "every wait presses on",
    ),
    Mutant(
        "spawns-for-ever",
        ("PW14",),
        supervising,
        "waiting_alarms_of",
        spawns_for_ever,
        STUBBORN,
        "every wait presses on",
    ),
    Mutant(
        "stays-crashed", ("PW14",), supervising, "waiting_alarms_of", stays_crashed, CRASHED, "every wait presses on"
    ),
    Mutant("given-up", ("PW14", "B37"), supervising, "_stopping", given_up, STUCK, "no child is forgotten"),
    Mutant("shut-for-now", ("PW21",), supervising, "supervisor_decide", shut_for_now, SHUT, "a shutdown is for ever"),
    Mutant(
        "never-escalates", ("PW13",), supervising, "_stopping", never_escalates, STUBBORN, "what is wanted is there"
    ),
    Mutant(
        "spawn-errors-lost", ("PW14",), supervising, "_moved", spawn_errors_lost, REFUSED, "what is wanted is there"
    ),
    Mutant("second-child", ("PW14", "B26"), supervising, "_called_for", second_child, RESTARTED, "one child at a time"),
    Mutant("restarts-for-ever", (), supervising, "_called_for", restarts_for_ever, SHUT, "a shutdown is for ever"),
    Mutant("waits-twice", (), supervising, "_awaited", waits_twice, STUBBORN, "told once"),
)
