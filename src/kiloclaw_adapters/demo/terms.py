"""How long everything takes in the demo: the same policy as in production, only quicker, so that nobody has to wait.

The proportions are kept: a request that was sent has landed, or will not, before its settle is over. A running instance
is looked at every second, an attempt that ends nowhere is asked about after two, and a volume that was left is kept for
three instead of for a week.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.ports import Terms
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import Region
from kiloclaw_core.policy import Policy

POLICY: Final = Policy(
    send_by_s=0.5,
    request_s=1.5,
    settle_s=2.5,
    look_apart_s=0.2,
    answer_patience_s=1.8,
    state_wait_s=2.0,
    health_wait_s=5.0,
    pause_s=0.3,
    starting_ceiling_s=15.0,
    retry_delete_s=0.5,
    retry_delete_slow_s=2.0,
    retry_s=5.0,
    jitter_s=0.1,
    running_cadence_s=1.0,
    relocating_ceiling_s=15.0,
    retention_s=3.0,
    probe_waits_s=(2.0, 0.4),
)
SPEC: Final = Spec("registry.fly.io/kiloclaw-machines:demo", regions=(Region("ams"), Region("fra")))
SIMULATED_SECRET: Final = "simulated"  # noqa: S105 (it opens nothing but a simulator)
"""What the tokens of simulated controllers are made from."""
LEASE_S: Final = 1.0
LOOK_S: Final = 0.05


def terms(owner: str) -> Terms:
    """The terms of one process of the demo: a lease short enough for a killed process to be missed at once."""
    return Terms(owner, lease_s=LEASE_S, look_s=LOOK_S)
