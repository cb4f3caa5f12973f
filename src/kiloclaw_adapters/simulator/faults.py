"""A fault: something that goes wrong, and the requests that it befalls; and what Fly says when it refuses.

The same values come over HTTP and from Python. docs/how-to/simulate-fly.md tells for each of the faults that fly.md 6
numbers where it is switched; what each kind does is said in `kinds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import Attribute, field, frozen

from kiloclaw_adapters.simulator.asking import Ask, Operation
from kiloclaw_adapters.simulator.kinds import LASTING, REGIONAL, Kind, Refuse, Unreachable, When, word_of


def _fits(fault: Fault, _attribute: Attribute[Kind], kind: Kind) -> None:
    if isinstance(kind, LASTING) and (fault.nth, fault.times, fault.chance) != (1, None, 1.0):
        raise ValueError(f"{fault.word()}: lasts until it is taken away, so it has no nth, no times and no chance")
    if isinstance(kind, Unreachable) and not fault.of:
        raise ValueError(f"{fault.word()}: of must name the machine, volume or host that does not answer")
    if isinstance(kind, REGIONAL) and not fault.region:
        raise ValueError(f"{fault.word()}: region must be named")
    if fault.region and not isinstance(kind, REGIONAL):
        raise ValueError(f"{fault.word()}: only {', '.join(word_of(one) for one in REGIONAL)} have a region")
    if not 0 < fault.chance <= 1:
        raise ValueError(f"{fault.word()}: chance must be above 0 and at most 1, not {fault.chance}")


@frozen
class Fault:
    """One fault: what it does, and to which requests; what is not said matches everything.

    It meets requests from the `nth` matching one on, so many `times`, or for ever; and of those it would meet, each
    with this `chance`.
    """

    kind: Kind = field(validator=_fits)
    operation: Operation | None = field(default=None, kw_only=True)
    app: str = field(default="", kw_only=True)
    of: str = field(default="", kw_only=True)
    region: str = field(default="", kw_only=True)
    without_cookie: bool = field(default=False, kw_only=True)
    nth: int = field(default=1, kw_only=True)
    times: int | None = field(default=None, kw_only=True)
    chance: float = field(default=1.0, kw_only=True)

    def word(self) -> str:
        """The kind, as it is written."""
        return word_of(type(self.kind))

    def matches(self, ask: Ask) -> bool:
        """Whether the fault is about such requests."""
        return (
            self.operation in {None, ask.operation}
            and self.app in {"", ask.app}
            and self.of in {"", ask.of}
            and not (self.without_cookie and ask.knows_front_end)
        )


NULS: Final = "\\u0000" * 14  # Fly: the claimant has been seen as a row of NULs (fly.md 3)
REFUSALS: Final[Mapping[str, tuple[int, str]]] = {
    "volume_claimed": (412, '{"error":"failed_precondition: volume already claimed by machine 00000000000000"}'),
    "volume_claimed_nul": (
        412,
        '{"error":"failed_precondition: volume already claimed by machine ' + NULS + '"}',
    ),
    "volume_bound": (412, '{"error":"failed_precondition: volume is currently bound to machine: 00000000000000"}'),
    "missing_volume": (400, '{"error":"volume does not exist"}'),
    "capacity_host": (
        412,
        (
            '{"error":"insufficient resources to create new machine with existing volume",'
            '"status":"volume_placement_capacity"}'
        ),
    ),
    "capacity_memory": (
        409,
        '{"error":"aborted: could not reserve resource for machine: insufficient memory available to fulfill request"}',
    ),
    "capacity_region": (422, '{"error":"could not find a candidate host","status":"insufficient_capacity"}'),
    "no_capacity": (400, '{"error":"no capacity"}'),
    "quota": (403, '{"error":"organization is using 204800 MB of memory, which is over the allowed quota"}'),
    "machine_limit": (422, '{"error":"the organization has reached its machine limit"}'),
    "payment": (422, '{"error":"a payment method is needed to run more machines"}'),
    "host_disabled": (412, '{"error":"failed_precondition: deploys to this host are temporarily disabled"}'),
    "fork_host_down": (412, '{"error":"failed_precondition: the host of the source volume is unreachable"}'),
    "snapshot_scheduled": (
        412,
        '{"error":"failed_precondition: snapshot is already scheduled at 2026-01-02T03:04:05Z"}',
    ),
    "image_missing": (400, '{"error":"could not fetch the manifest of the image: MANIFEST_UNKNOWN"}'),
    "still_active": (412, '{"error":"failed_precondition: machine still active, refusing to start"}'),
    "getting_replaced": (412, '{"error":"failed_precondition: machine getting replaced, refusing to start"}'),
    "still_attempting": (409, '{"error":"aborted: machine still attempting to start"}'),
    "concurrent_update": (409, '{"error":"aborted: machine update failed due to concurrent update"}'),
    "lease_held": (
        409,
        (
            '{"status":"error","message":"machine ID {of} lease currently held by fly-proxy,'
            ' expires at 2099-01-01T00:00:00Z"}'
        ),
    ),
    "secrets_unseen": (412, '{"error":"failed_precondition: min_secrets_version is not visible yet"}'),
    "rate_limited": (429, '{"error":"rate limit exceeded"}'),
    "unauthorized": (401, '{"error":"Authenticate: token validation error"}'),
    "forbidden": (403, '{"error":"unauthorized"}'),
    "machine_not_found": (404, '{"error":"machine not found"}'),
    "app_not_found": (404, '{"error":"app not found"}'),
    "timed_out": (408, '{"error":"deadline_exceeded: the request took too long"}'),
    "unavailable": (503, '{"error":"unavailable: try again"}'),
}
"""What Fly says, by a short name for `Refuse` (Fly: fly.md 1.4, 1.5, Appendix A)."""


def refuse(name: str, when: When = When.BEFORE) -> Refuse:
    """The refusal of this name. Raises KeyError if there is none."""
    status, text = REFUSALS[name]
    return Refuse(status, text, when)
