"""A simulated Fly: a real HTTP server over the pure truth of `kiloclaw_core.world`, with faults on demand.

`create_app` and `Simulator` are for this process, `serving` and `serve` for a loopback port. What goes wrong is a
`Fault`, the same value from Python and over `/_sim`; `faults` says which faults there are.
"""

from __future__ import annotations

from kiloclaw_adapters.simulator.app import Simulator, create_app
from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.clocks import RealClock, VirtualClock
from kiloclaw_adapters.simulator.faults import (
    Delay,
    Drop,
    EchoDiffers,
    Fault,
    Full,
    Garble,
    Ghost,
    Hold,
    Omit,
    OverQuota,
    RateLimit,
    Refuse,
    Stuck,
    Unreachable,
    Unseen,
    When,
    refuse,
)
from kiloclaw_adapters.simulator.server import serve, serving
from kiloclaw_adapters.simulator.settings import ORG, TOKEN, Settings

__all__ = (
    "ORG",
    "TOKEN",
    "Delay",
    "Drop",
    "EchoDiffers",
    "Fault",
    "Full",
    "Garble",
    "Ghost",
    "Hold",
    "Omit",
    "Operation",
    "OverQuota",
    "RateLimit",
    "RealClock",
    "Refuse",
    "Settings",
    "Simulator",
    "Stuck",
    "Unreachable",
    "Unseen",
    "VirtualClock",
    "When",
    "create_app",
    "refuse",
    "serve",
    "serving",
)
