"""What is claimed of the supervisor and its child: S13, L3 and L5 of pairing 6.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.supervisor import lifecycle
from kiloclaw_core.supervisor.record import Crashed, Down, Force, Starting, Stopping, Up, Wish
from kiloclaw_core.world.supervisor.setting import SupervisorScene


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
