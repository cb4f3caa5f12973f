"""What is claimed of the supervisor and its child: S13, L3 and L5 of pairing 6.2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.supervisor import lifecycle
from kiloclaw_core.supervisor.lifecycle import Name
from kiloclaw_core.supervisor.record import Crashed, Down, Force, Starting, Stopping, Up, Wish
from kiloclaw_core.world.supervisor.setting import SupervisorScene


def one_child(scene: SupervisorScene) -> bool:
    """Whether at most one child is there or on its way (S13)."""
    return len(scene.coming) + len(scene.alive) <= 1


def ended_stays_ended(scene: SupervisorScene) -> bool:
    """Whether, once it was told to shut down, that is what is wanted, and every child is gone or on its way out."""
    ended = scene.record.wish is Wish.ENDED and isinstance(scene.record.phase, Down | Stopping)
    return ended or not scene.shut


def none_forgotten(scene: SupervisorScene) -> bool:
    """Whether every child that is there, or on its way, is the one that the supervisor knows of."""
    return {scene.record.child} >= {*scene.coming, *(one.child for one in scene.alive)}


def every_wait_ends(scene: SupervisorScene) -> bool:
    """Whether what is waited for has the very alarm that presses on, and people wait only for a child to go (L5)."""
    wanted = {(one.name, one.of) for one in lifecycle.waiting_alarms_of(scene.record)}
    match scene.record.phase:
        case Down() | Up():
            return not scene.waiting
        case Starting(child=child):
            return (Name.SPAWN, child) in wanted and not scene.waiting
        case Crashed(since=since):
            return (Name.BACK_OFF, since) in wanted and not scene.waiting
        case Stopping(force=Force.ASKED, since=since):
            return (Name.ESCALATE, since) in wanted
        case Stopping(since=since):
            return (Name.KILL_AGAIN, since) in wanted


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
        "After a shutdown no child is up, none is started, and none is wanted any more.",
        ("record", "budget"),
        ended_stays_ended,
    ),
    _always(
        "no child is forgotten",
        "Every child that is there or on its way is the one that the supervisor knows of.",
        ("record", "bag"),
        none_forgotten,
    ),
    _always(
        "every wait presses on",
        "What is waited for has the very alarm that presses on, and people wait only for a child to go.",
        ("record", "asked", "bag"),
        every_wait_ends,
    ),
    _always("told once", "Nobody is told twice that a child is gone.", ("bag",), told_once),
    _sometimes("a stubborn child is killed", ("record",), forced),
    _sometimes("somebody waits for a child to go", ("asked", "bag"), lambda scene: scene.waiting),
    _sometimes("a child is still to come", ("bag",), lambda scene: bool(scene.coming)),
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
