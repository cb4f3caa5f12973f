"""What an exploration of the cache begins with: how much may still happen, and the record that it happens to."""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.record import Life, Pairing
from kiloclaw_core.pairing.requests import Kind, PendingRequest
from kiloclaw_core.world.pairing.truth import OWN_DEVICE

FRESH: Final = Pairing(policy=PairingPolicy(auto_tries=2))
STARTED: Final = evolve(FRESH, life=Life.STARTED)
TRUSTING: Final = evolve(STARTED, policy=evolve(STARTED.policy, known_devices=(OWN_DEVICE,)))


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
