"""A simulated Fly: a real HTTP server over the pure truth of `kiloclaw_core.world`, with faults on demand.

`create_app` and `Simulator` are for this process, `serving` and `serve` for a loopback port. What goes wrong is a
`Fault`, the same value from Python and over `/_sim`; `kinds` says what can go wrong. Where sources conflict, `Rules`
decide, and `LENIENT` and `STRICT` are two sets of them.
"""

from __future__ import annotations

from kiloclaw_adapters.simulator.app import Simulator, create_app
from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.chaos import everything_at
from kiloclaw_adapters.simulator.clocks import RealClock, VirtualClock
from kiloclaw_adapters.simulator.faults import Fault, refuse
from kiloclaw_adapters.simulator.hosts import Host
from kiloclaw_adapters.simulator.kinds import (
    Befall,
    Capped,
    ClaimLingers,
    Cold,
    Dark,
    Delay,
    Drop,
    EchoDiffers,
    Full,
    Garble,
    Ghost,
    Happening,
    Hold,
    ImageMissing,
    Lag,
    Launches,
    NameLingers,
    Omit,
    OverQuota,
    RateLimit,
    Refuse,
    SecretsLag,
    Slow,
    Stuck,
    TooEarly,
    Unreachable,
    Unseen,
    When,
)
from kiloclaw_adapters.simulator.rules import LENIENT, STRICT, Rules
from kiloclaw_adapters.simulator.server import serve, serving
from kiloclaw_adapters.simulator.settings import CONTROLLER_SECRET, ORG, TOKEN, Settings

__all__ = (
    "CONTROLLER_SECRET",
    "LENIENT",
    "ORG",
    "STRICT",
    "TOKEN",
    "Befall",
    "Capped",
    "ClaimLingers",
    "Cold",
    "Dark",
    "Delay",
    "Drop",
    "EchoDiffers",
    "Fault",
    "Full",
    "Garble",
    "Ghost",
    "Happening",
    "Hold",
    "Host",
    "ImageMissing",
    "Lag",
    "Launches",
    "NameLingers",
    "Omit",
    "Operation",
    "OverQuota",
    "RateLimit",
    "RealClock",
    "Refuse",
    "Rules",
    "SecretsLag",
    "Settings",
    "Simulator",
    "Slow",
    "Stuck",
    "TooEarly",
    "Unreachable",
    "Unseen",
    "VirtualClock",
    "When",
    "create_app",
    "everything_at",
    "refuse",
    "serve",
    "serving",
)
