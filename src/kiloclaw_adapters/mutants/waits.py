"""What goes wrong with the alarms of a controller's cache: whoever waits is forgotten, or a list is read too often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kiloclaw_adapters.mutants.caches import SHELL_BUSY, UNREADABLE
from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.pairing import alarms
from kiloclaw_core.pairing.facts import PairingAlarm, PairingAlarmName
from kiloclaw_core.pairing.record import Approval, Idle, Life, Pairing, Reading, Shelf
from kiloclaw_core.pairing.requests import Kind
from kiloclaw_core.world.pairing.configurations import WAITING
from kiloclaw_core.world.pairing.setting import STARTED, PairingBudget
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.pairing.truth import MESSAGE

_of_idle = alarms._of_idle  # noqa: SLF001 - what a list that rests wants
_of_approval = alarms._of_approval  # noqa: SLF001 - what an approval wants
_of_shelf = alarms._of_shelf  # noqa: SLF001 - what a list wants


def two_timers(record: Pairing, shelf: Shelf, idle: Idle) -> Iterator[PairingAlarm]:
    """A reading after a line is one more that is periodic."""
    yield from _of_idle(record, shelf, idle)
    yield PairingAlarm(PairingAlarmName.PERIODIC, idle.since, record.policy.debounce_s)


def no_patience(record: Pairing) -> Iterator[PairingAlarm]:
    """Nothing looks after a command that runs."""
    yield from ()


def no_end_of_a_turn(record: Pairing, approval: Approval) -> Iterator[PairingAlarm]:
    """Whoever waits for a turn waits for as long as it takes."""
    return (one for one in _of_approval(record, approval) if one.name is not PairingAlarmName.QUEUE_PATIENCE)


def no_end_of_a_look(record: Pairing, approval: Approval) -> Iterator[PairingAlarm]:
    """Whoever is in doubt waits for a reading, for as long as it takes."""
    return (one for one in _of_approval(record, approval) if one.name is not PairingAlarmName.LOOK_PATIENCE)


def no_end_of_a_reading(record: Pairing, shelf: Shelf) -> Iterator[PairingAlarm]:
    """Whoever asks for a list waits for as long as the reading takes."""
    return (one for one in _of_shelf(record, shelf) if one.name is not PairingAlarmName.READ_PATIENCE)


def a_timer_left(record: Pairing, shelf: Shelf) -> Iterator[PairingAlarm]:
    """The timer of a list goes on while the list is read."""
    yield from _of_shelf(record, shelf)
    if isinstance(shelf.phase, Reading):
        yield PairingAlarm(PairingAlarmName.PERIODIC, shelf.phase.began, record.policy.periodic_s)


def given_up_unless_started(record: Pairing, shelf: Shelf, idle: Idle) -> Iterator[PairingAlarm]:
    """What cannot be read is not read again before the gateway has been started."""
    return iter(()) if shelf.failures and record.life is Life.FRESH else _of_idle(record, shelf, idle)


STARTED_STUCK: Final = PairingSystem(PairingBudget(approves=(MESSAGE,), stucks=1), STARTED, WAITING)
STARTED_TWICE: Final = PairingSystem(PairingBudget(refreshes=(Kind.CHANNELS,)), STARTED, WAITING)

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant("two-timers", (), alarms, "_of_idle", two_timers, PairingSystem(record=STARTED), "one timer of a sort"),
    Mutant("no-patience", ("PW15",), alarms, "_of_command", no_patience, STARTED_STUCK, "every wait ends"),
    Mutant("no-end-of-a-turn", ("PW15",), alarms, "_of_approval", no_end_of_a_turn, SHELL_BUSY, "every wait ends"),
    Mutant("no-end-of-a-look", ("PW15",), alarms, "_of_approval", no_end_of_a_look, STARTED_STUCK, "every wait ends"),
    Mutant(
        "no-end-of-a-reading", ("PW10",), alarms, "_of_shelf", no_end_of_a_reading, STARTED_TWICE, "every wait ends"
    ),
    Mutant("a-timer-left", ("PW16",), alarms, "_of_shelf", a_timer_left, STARTED_TWICE, "one timer of a sort"),
    Mutant(
        "given-up-unless-started", (), alarms, "_of_idle", given_up_unless_started, UNREADABLE, "the lists are true"
    ),
)
