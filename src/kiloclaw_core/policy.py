"""Every ceiling, patience, cadence and wait in one frozen value.

The record's environment supplies it: small when exploring, real in production, scaled in soak tests. Nothing else
in the core knows a duration.
"""

from __future__ import annotations

from attrs import frozen


@frozen(cache_hash=True)
class Policy:
    """How long we wait, how often we try, and when we slow down.

    Durations end in `_s` and are seconds. The defaults are upstream's where it has one (reconcile 7).
    """

    tries: int = 3
    """Retries of one story after the first attempt, before it gives up and rests with a note."""
    delete_failures_before_slowing: int = 50
    """Failed deletes of a resource, or payments of a debt, after which the cadence drops and the view says stuck."""
    failures_before_leaving: int = 5
    """Failed deletes of a machine on a host that does not answer, after which nobody waits for its name."""
    answers_remembered: int = 16
    """How many command ids a record remembers, so that a repeated one gets its first answer."""
    dead_remembered: int = 64
    """How many deleted ids a record remembers, so that none is adopted again."""
    audit_remembered: int = 64
    """How many of what operators took upon themselves a record remembers; the log has them all."""
    send_by_s: float = 20.0
    """A request that has not left this long after its commit is not sent at all."""
    request_s: float = 30.0
    """How long an ordinary request may take; waits and probes have their own."""
    settle_s: float = 75.0
    """After this a request that was sent can no longer land: send_by + request + grace."""
    look_apart_s: float = 15.0
    """The least time between two looks that must not share one stale view."""
    answer_patience_s: float = 180.0
    """How long a phase waits for an answer that ought to come by itself."""
    state_wait_s: float = 60.0
    """One poll of Fly's wait endpoint (Fly: 1 to 60 s)."""
    health_wait_s: float = 60.0
    """How long a started machine may take to answer its health route; a time-out ends the start with a note."""
    pause_s: float = 10.0
    """Between a refusal that may pass and the next try."""
    starting_ceiling_s: float = 300.0
    """A start that has not ended by then is given up and rests with a note."""
    restarting_soft_s: float = 300.0
    """A restart that has not ended by then is told, and no machine that is down is started again for it."""
    restarting_ceiling_s: float = 900.0
    """A restart that has not ended by then is given up: so long may a machine be replacing or updating."""
    relocating_ceiling_s: float = 600.0
    """A move to another volume, a recovery among them, that has not ended by then is given up."""
    restoring_ceiling_s: float = 1800.0
    """A restore that has not ended by then is given up."""
    recoveries_a_day: int = 3
    """How many recoveries may begin within `recovery_memory_s`; one more is refused, visibly."""
    recovery_memory_s: float = 86_400.0
    """How long a recovery counts against that."""
    moves_an_hour: int = 2
    """How many copies to move to may follow one another within `move_memory_s`, unless somebody asks for something."""
    move_memory_s: float = 3600.0
    """How long after the latest of them they count against that."""
    retention_s: float = 604_800.0
    """How long a volume that was left is kept: seven days, if it has snapshots or might have (reconcile 7)."""
    full_region_s: float = 3600.0
    """How long a region that had no room is not asked again."""
    secrets_age_s: float | None = None
    """A config this old is rendered anew, for its secrets' sake, when its machine next comes up; None: never."""
    stale_provision_s: float | None = 28_800.0
    """An instance that was provisioned, never started and has no machine is destroyed after this; None: never."""
    jitter_s: float = 60.0
    """Up to so much is added to the cadences of rest, so that instances do not all look at once."""
    retry_delete_s: float = 60.0
    """Between two deletes of the same resource, or two payments of a debt."""
    retry_delete_slow_s: float = 3600.0
    """The same once it counts as stuck."""
    running_cadence_s: float = 300.0
    """How often a running instance is looked at."""
    resting_cadence_s: float = 1800.0
    """How often a resting instance is looked at."""
    retry_s: float = 600.0
    """When a story that gave up is tried again by itself."""
    grave_cadences_s: tuple[float, ...] = (3600.0, 86_400.0, 691_200.0)
    """When the grave is swept again in an app that is not ours alone: an hour, a day, eight days."""
    probe_waits_s: tuple[float, ...] = (120.0, 60.0, 120.0, 240.0, 480.0, 900.0)
    """Before each probe of a reservation that is not resolved; the last is repeated (registry 7.3)."""
    resolved_remembered: int = 64
    """How many reservations that are released a registry remembers of each slot."""
    import_cooldown_s: float = 60.0
    """How long an import of legacy routes that failed is not tried again (registry 1.5)."""
