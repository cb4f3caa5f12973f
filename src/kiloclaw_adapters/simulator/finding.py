"""Finds what a request is about, as the truth has it, or as a look may see it; and refuses where it is not.

What is looked for was deleted, is not there yet, or stands on a host that does not answer: each is said as Fly says it.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.simulator.asking import Ask, Refused, refused, rejected
from kiloclaw_adapters.simulator.kinds import Ghost, Kind, Lag, Unseen
from kiloclaw_adapters.simulator.papers import BuriedMachine, BuriedVolume
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.app.effects import GetApp
from kiloclaw_core.names import MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import apps as truth_of_apps
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.apps import Apps, TrueApp
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueVolume

TIMED_OUT: Final = 408


def lag_ms(met: tuple[Kind, ...]) -> int:
    """How far a look lags behind."""
    return max((kind.by_ms for kind in met if isinstance(kind, Lag)), default=0)


def seen(stage: Stage, met: tuple[Kind, ...]) -> Fly:
    """The machines and volumes as a look sees them: as they are, or as they were."""
    behind_ms = lag_ms(met)
    return stage.past(behind_ms) if behind_ms else stage.fly


def is_unseen(met: tuple[Kind, ...]) -> bool:
    """Whether a look shows nothing at all."""
    return any(isinstance(kind, Unseen) for kind in met)


def haunted(stage: Stage, met: tuple[Kind, ...], buried: BuriedMachine | BuriedVolume) -> str | None:
    """The state in which a look still shows what was deleted, if it does; a volume's may be empty: as it was."""
    for kind in met:
        if isinstance(kind, Ghost) and (not kind.for_ms or stage.now_ms() - buried.at_ms < kind.for_ms):
            return kind.state
    return None


# -- apps --------------------------------------------------------------------------------------------------------


def opened(stage: Stage, ask: Ask) -> Apps:
    """The apps as the caller's token opens them."""
    return Apps(opened=(ask.org,), apps=stage.apps.apps)


def open_app(stage: Stage, ask: Ask, met: tuple[Kind, ...] = ()) -> TrueApp:
    """The app that the request is about, if it is there, the caller's, and seen already."""
    outcome = truth_of_apps.read(opened(stage, ask), GetApp(OpId(0), ask.app))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    found = stage.apps.app(ask.app)
    assert found is not None, f"the truth shows an app {ask.app} that is not there"
    if stage.app_papers[ask.app].created_ms > stage.now_ms() - lag_ms(met):
        raise rejected(truth_of_apps.not_found())
    return found


# -- machines ----------------------------------------------------------------------------------------------------


def machine_there(stage: Stage, ask: Ask) -> TrueMachine:
    """The machine that the request is about, if it is there, in this app."""
    return machine_in(stage.fly, ask)


def machine_in(fly: Fly, ask: Ask) -> TrueMachine:
    """The machine that the request is about, as this truth has it."""
    found = fly.machine(MachineId(ask.of))
    if found is None or found.app != ask.app:
        raise rejected(truth.machine_not_found())
    return found


def machine_reached(stage: Stage, ask: Ask) -> TrueMachine:
    """The machine that the request would change, if its host answers (Fly: fly.md 2.3)."""
    found = machine_there(stage, ask)
    answering(stage.silence(found))
    return found


# -- volumes -----------------------------------------------------------------------------------------------------


def volume_in(fly: Fly, ask: Ask) -> TrueVolume:
    """The volume that the request is about, as this truth has it, in this app."""
    found = fly.volume(VolumeId(ask.of))
    if found is None or found.app != ask.app:
        raise rejected(truth.volume_not_found())
    return found


def volume_reached(stage: Stage, ask: Ask) -> TrueVolume:
    """The volume that the request would change, if its host answers."""
    found = volume_in(stage.fly, ask)
    answering(stage.silence_of(found.volume))
    return found


def mounted(stage: Stage, ask: Ask, volume: VolumeId) -> TrueVolume:
    """The volume that a config mounts: to another app it does not exist, and its host must answer."""
    found = stage.fly.volume(volume)
    if found is None or found.app != ask.app:
        raise refused(400, "volume does not exist")
    answering(stage.silence_of(volume))
    return found


def answering(silence: int | None) -> None:
    """Go on if there is no silence; otherwise the request ends in it."""
    if silence is not None:
        raise unanswered(silence)


def unanswered(status: int) -> Refused:
    """The refusal of a change whose host did not answer."""
    word = "deadline_exceeded" if status == TIMED_OUT else "unavailable"
    return refused(status, f"{word}: the host did not answer")
