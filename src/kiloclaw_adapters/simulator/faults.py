"""What can go wrong, as values: which requests a fault meets, and what it does to them.

The same values come over HTTP and from Python. Of the faults that fly.md 6 numbers there are here: 1 and 2 (`Drop`,
`Refuse`, `Garble`, each before or after the effect), 3, 4 and 6 (`Unseen`), 7 and 8 (`Ghost`), 9, 12, 28 and 31
(`Refuse`, by name), 10 and 11 (`Stuck`), 18 (`Unreachable`), 21 and 22 (the truth refuses the name; with `Unreachable`
its holder is already dying), 23 and 24 (`Full`, `OverQuota`), 26 (`RateLimit`), 34 (`Garble`), 35 (`Omit`) and 36
(`EchoDiffers`). 14, a machine that stops by itself, and an unwell controller are asked for at the control surface.
`Delay` and `Hold` make any two requests overlap as a test wants (38).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import Attribute, field, frozen

from kiloclaw_adapters.simulator.asking import Ask, Operation


class When(Enum):
    """Before the request has its effect, or after."""

    BEFORE = "before"
    AFTER = "after"


@frozen
class Drop:
    """The connection is closed without an answer."""

    when: When = When.BEFORE


@frozen
class Delay:
    """The request waits this long before its effect, and its answer so long after it."""

    before_ms: int = 0
    after_ms: int = 0


@frozen
class Refuse:
    """This is the answer, whatever became of the request. `{of}` in the text is what the request names."""

    status: int
    text: str
    when: When = When.BEFORE


@frozen
class Garble:
    """The answer is a page of HTML, as a proxy in between would write it."""

    status: int = 502
    when: When = When.BEFORE


@frozen
class Hold:
    """The request stands still until it is released."""

    when: When = When.BEFORE


@frozen
class Unseen:
    """A look shows nothing: 404 for one thing, an empty list for many, or a list that lacks `missing` alone."""

    missing: str = ""


@frozen
class Ghost:
    """A look still shows what was deleted: a machine as destroyed, a volume as if nothing had happened."""


@frozen
class Stuck:
    """What the request sets moving does not arrive until the control surface says so."""


@frozen
class Unreachable:
    """The host of the machine that `of` names does not answer: changes time out, a delete waits for its return."""


@frozen
class Full:
    """Nothing more fits into the region."""


@frozen
class OverQuota:
    """The organisation may have no more in the region."""


@frozen
class RateLimit:
    """Requests are counted, and those above Fly's rates refused (Fly: fly.md 1.0)."""


@frozen
class Omit:
    """The answer, or each thing it lists, lacks these fields."""

    fields: tuple[str, ...]


@frozen
class EchoDiffers:
    """A config is echoed as Fly likes it: `autostop` as a boolean, defaults filled in."""


Kind = (
    Drop
    | Delay
    | Refuse
    | Garble
    | Hold
    | Unseen
    | Ghost
    | Stuck
    | Unreachable
    | Full
    | OverQuota
    | RateLimit
    | Omit
    | EchoDiffers
)
REGIONAL: Final = (Full, OverQuota)
LASTING: Final = (Unreachable, RateLimit)


def _fits(fault: Fault, _attribute: Attribute[Kind], kind: Kind) -> None:
    if isinstance(kind, LASTING) and (fault.nth, fault.times) != (1, None):
        raise ValueError(f"{fault.word()}: lasts until it is taken away, so it has no nth and no times")
    if isinstance(kind, Unreachable) and not fault.of:
        raise ValueError(f"{fault.word()}: of must name the machine whose host does not answer")
    if isinstance(kind, REGIONAL) and not fault.region:
        raise ValueError(f"{fault.word()}: region must be named")
    if fault.region and not isinstance(kind, REGIONAL):
        raise ValueError(f"{fault.word()}: only full and over_quota have a region")


@frozen
class Fault:
    """One fault: what it does, and to which requests; what is not said matches everything.

    It meets requests from the `nth` matching one on, so many `times`, or for ever.
    """

    kind: Kind = field(validator=_fits)
    operation: Operation | None = field(default=None, kw_only=True)
    app: str = field(default="", kw_only=True)
    of: str = field(default="", kw_only=True)
    region: str = field(default="", kw_only=True)
    without_cookie: bool = field(default=False, kw_only=True)
    nth: int = field(default=1, kw_only=True)
    times: int | None = field(default=None, kw_only=True)

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


def word_of(kind: type[Kind]) -> str:
    """The kind of fault, as it is written in JSON: `OverQuota` is `over_quota`."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in kind.__name__).lstrip("_")


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
    "host_disabled": (412, '{"error":"failed_precondition: deploys to this host are temporarily disabled"}'),
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
