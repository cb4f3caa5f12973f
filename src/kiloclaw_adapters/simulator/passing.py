"""Lets time pass over a simulator: everything that is due comes, the earliest first.

What comes when is kept by `agenda`; what it does is decided by `happenings` and `backups`.
"""

from __future__ import annotations

from kiloclaw_adapters.simulator import backups
from kiloclaw_adapters.simulator.agenda import Arrival, Backup, Befalling, Coming, Expiry, Filling, Finish
from kiloclaw_adapters.simulator.happenings import arrive, become_whole, befall, may_befall
from kiloclaw_adapters.simulator.stage import Stage


def catch_up(stage: Stage) -> None:
    """Let everything come that is due; what waits for a host that does not answer comes when that is back."""
    stage.notice_hosts()
    while (taken := stage.agenda.take(stage.clock.now(), stage.waits)) is not None:
        coming, moment = taken
        with stage.as_of(moment):
            bring(stage, coming)


def bring(stage: Stage, coming: Coming) -> None:
    """Let this come now."""
    match coming:
        case Arrival(machine=machine):
            arrive(stage, machine)
        case Befalling(machine=machine, what=what):
            found = stage.fly.machine(machine)
            if found is not None and may_befall(stage, found, what):
                befall(stage, found, what)
        case Filling(volume=volume):
            become_whole(stage, volume)
        case Backup(volume=volume):
            backups.back_up(stage, volume)
        case Finish(snapshot=snapshot):
            backups.finish(stage, snapshot)
        case Expiry(snapshot=snapshot):
            backups.forget(stage, snapshot)
