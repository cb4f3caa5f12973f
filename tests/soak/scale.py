"""How long everything takes in a soak: a week passes in a minute, and no request is hurried more than HTTP allows.

What takes days in production is scaled; what waits for an answer keeps its proportions: a request that was sent has
landed, or will not, before its settle is over.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.ports import Terms
from kiloclaw_core.policy import Policy

WEEK_S: Final = 604_800.0
DAY_S: Final = 86_400.0
HOUR_S: Final = 3600.0
SHORTEST_S: Final = 2.0
"""No cadence is shorter than this, however long a week is."""
LEASE_S: Final = 8.0
LOOK_S: Final = 2.0
REAL: Final = Policy()


def policy_of(week_s: float) -> Policy:
    """The policy under which a week takes so many seconds."""

    def scaled(seconds: float) -> float:
        return max(SHORTEST_S, seconds * week_s / WEEK_S)

    stale_s = REAL.stale_provision_s
    assert stale_s is not None, "a provision is stale at some time"
    return Policy(
        send_by_s=2.0,
        request_s=4.0,
        settle_s=8.0,
        look_apart_s=1.0,
        answer_patience_s=15.0,
        state_wait_s=3.0,
        health_wait_s=5.0,
        pause_s=0.5,
        starting_ceiling_s=40.0,
        restarting_soft_s=15.0,
        restarting_ceiling_s=40.0,
        relocating_ceiling_s=60.0,
        restoring_ceiling_s=60.0,
        retry_delete_s=1.0,
        retry_delete_slow_s=5.0,
        jitter_s=SHORTEST_S,
        retry_s=5.0,
        running_cadence_s=5.0,
        resting_cadence_s=10.0,
        recovery_memory_s=scaled(DAY_S),
        move_memory_s=scaled(HOUR_S),
        retention_s=scaled(WEEK_S),
        full_region_s=scaled(HOUR_S),
        stale_provision_s=scaled(stale_s) * 3,
        grave_cadences_s=tuple(scaled(one) for one in REAL.grave_cadences_s),
    )


def terms(owner: str) -> Terms:
    """The terms of one process: a lease that a process which was killed is missed by soon, renewed under load."""
    return Terms(owner, lease_s=LEASE_S, look_s=LOOK_S)
