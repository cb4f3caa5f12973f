"""Every ceiling, patience, cadence and wait in one frozen value.

The record's environment supplies it: small when exploring, real in production, scaled in soak tests. Nothing else
in the core knows a duration.
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen
from attrs.validators import and_, deep_iterable, ge, gt, instance_of, min_len, optional

NUMBER: Final = instance_of((int, float))
LASTS: Final = and_(NUMBER, gt(0.0))
OR_NEVER: Final = optional(LASTS)
MAY_LAST: Final = and_(NUMBER, ge(0.0))
EACH_LASTS: Final = deep_iterable(LASTS, instance_of(tuple))
SOME_LAST: Final = and_(EACH_LASTS, min_len(1))
COUNTED: Final = and_(instance_of(int), ge(0))
AT_LEAST_ONE: Final = and_(instance_of(int), ge(1))
EIGHT_HOURS_S: Final[float | None] = 28_800.0
"""Or never; whoever reads types takes a bare number for one that is always there."""


@frozen(cache_hash=True)
class Policy:
    """How long we wait, how often we try, and when we slow down.

    Durations end in `_s` and are seconds. The defaults are upstream's where it has one (reconcile 7). Raises ValueError
    for a number that cannot be one of these, TypeError for what is no number.
    """

    tries: int = field(default=3, validator=COUNTED)
    """Retries of one story after the first attempt, before it gives up and rests with a note."""
    delete_failures_before_slowing: int = field(default=50, validator=AT_LEAST_ONE)
    """Failed deletes of a resource, or payments of a debt, after which the cadence drops and the view says stuck."""
    failures_before_leaving: int = field(default=5, validator=AT_LEAST_ONE)
    """Failed deletes of a machine on a host that does not answer, after which nobody waits for its name."""
    answers_remembered: int = field(default=16, validator=AT_LEAST_ONE)
    """How many command ids a record remembers, so that a repeated one gets its first answer."""
    dead_remembered: int = field(default=64, validator=AT_LEAST_ONE)
    """How many deleted ids a record remembers, so that none is adopted again."""
    audit_remembered: int = field(default=64, validator=AT_LEAST_ONE)
    """How many of what operators took upon themselves a record remembers; the log has them all."""
    send_by_s: float = field(default=20.0, validator=LASTS)
    """A request that has not left this long after its commit is not sent at all."""
    request_s: float = field(default=30.0, validator=LASTS)
    """How long an ordinary request may take; waits and probes have their own."""
    settle_s: float = field(default=75.0, validator=LASTS)
    """After this a request that was sent can no longer land: send_by + request + grace."""
    look_apart_s: float = field(default=15.0, validator=LASTS)
    """The least time between two looks that must not share one stale view."""
    answer_patience_s: float = field(default=180.0, validator=LASTS)
    """How long a phase waits for an answer that ought to come by itself."""
    state_wait_s: float = field(default=60.0, validator=LASTS)
    """One poll of Fly's wait endpoint (Fly: 1 to 60 s)."""
    health_wait_s: float = field(default=60.0, validator=LASTS)
    """How long a started machine may take to answer its health route; a time-out ends the start with a note."""
    pause_s: float = field(default=10.0, validator=LASTS)
    """Between a refusal that may pass and the next try."""
    starting_ceiling_s: float = field(default=300.0, validator=LASTS)
    """A start that has not ended by then is given up and rests with a note."""
    restarting_soft_s: float = field(default=300.0, validator=LASTS)
    """A restart that has not ended by then is told, and no machine that is down is started again for it."""
    restarting_ceiling_s: float = field(default=900.0, validator=LASTS)
    """A restart that has not ended by then is given up: so long may a machine be replacing or updating."""
    relocating_ceiling_s: float = field(default=600.0, validator=LASTS)
    """A move to another volume, a recovery among them, that has not ended by then is given up."""
    restoring_ceiling_s: float = field(default=1800.0, validator=LASTS)
    """A restore that has not ended by then is given up."""
    recoveries_a_day: int = field(default=3, validator=COUNTED)
    """How many recoveries may begin within `recovery_memory_s`; one more is refused, visibly."""
    recovery_memory_s: float = field(default=86_400.0, validator=LASTS)
    """How long a recovery counts against that."""
    moves_an_hour: int = field(default=2, validator=COUNTED)
    """How many copies to move to may follow one another within `move_memory_s`, unless somebody asks for something."""
    move_memory_s: float = field(default=3600.0, validator=LASTS)
    """How long after the latest of them they count against that."""
    retention_s: float = field(default=604_800.0, validator=LASTS)
    """How long a volume that was left is kept: seven days, if it has snapshots or might have (reconcile 7)."""
    full_region_s: float = field(default=3600.0, validator=LASTS)
    """How long a region that had no room is not asked again."""
    secrets_age_s: float | None = field(default=None, validator=OR_NEVER)
    """A config this old is rendered anew, for its secrets' sake, when its machine next comes up; None: never."""
    stale_provision_s: float | None = field(default=EIGHT_HOURS_S, validator=OR_NEVER)
    """An instance that was provisioned, never started and has no machine is destroyed after this; None: never."""
    jitter_s: float = field(default=60.0, validator=MAY_LAST)
    """Up to so much is added to the cadences of rest, so that instances do not all look at once."""
    retry_delete_s: float = field(default=60.0, validator=LASTS)
    """Between two deletes of the same resource, or two payments of a debt."""
    retry_delete_slow_s: float = field(default=3600.0, validator=LASTS)
    """The same once it counts as stuck."""
    running_cadence_s: float = field(default=300.0, validator=LASTS)
    """How often a running instance is looked at."""
    resting_cadence_s: float = field(default=1800.0, validator=LASTS)
    """How often a resting instance is looked at."""
    retry_s: float = field(default=600.0, validator=LASTS)
    """When a story that gave up is tried again by itself."""
    grave_cadences_s: tuple[float, ...] = field(default=(3600.0, 86_400.0, 691_200.0), validator=EACH_LASTS)
    """When the grave is swept again in an app that is not ours alone: an hour, a day, eight days."""
    probe_waits_s: tuple[float, ...] = field(default=(120.0, 60.0, 120.0, 240.0, 480.0, 900.0), validator=SOME_LAST)
    """Before each probe of a reservation that is not resolved; the last is repeated (registry 7.3)."""
    resolved_remembered: int = field(default=64, validator=COUNTED)
    """How many reservations that are released a registry remembers of each slot."""
    import_cooldown_s: float = field(default=60.0, validator=LASTS)
    """How long an import of legacy routes that failed is not tried again (registry 1.5)."""
