"""What can go wrong, each as a value: what it does, and how much of it.

Whom it befalls, and when, is said by the `Fault` around it in `faults`; what it comes to is decided by `gate` where it
spoils a request, and by the landings where it changes what a request finds.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import Attribute, field, frozen

LONGEST_LAG_MS: Final = 60_000
"""How far back a view may lag: so long is the past remembered."""


class When(Enum):
    """Before the request has its effect, or after."""

    BEFORE = "before"
    AFTER = "after"


class Happening(Enum):
    """What befalls a machine though its owner did not ask (Fly: fly.md 2.2, 2.4)."""

    EXIT = "exit"
    OUT_OF_MEMORY = "out_of_memory"
    RESTART = "restart"
    FAIL = "fail"
    WAKE = "wake"
    TRAFFIC = "traffic"
    IDLE = "idle"
    MIGRATE = "migrate"
    LOSE = "lose"


def _remembered(_kind: Lag, attribute: Attribute[int], value: int) -> None:
    if not 0 < value <= LONGEST_LAG_MS:
        raise ValueError(f"{attribute.name} must be 1 to {LONGEST_LAG_MS}, not {value}")


# -- on the wire -------------------------------------------------------------------------------------------------


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
class RateLimit:
    """Requests are counted, and those above Fly's rates refused (Fly: fly.md 1.0)."""


@frozen
class Omit:
    """The answer, or each thing it lists, lacks these fields."""

    fields: tuple[str, ...]


# -- what a look shows -------------------------------------------------------------------------------------------


@frozen
class Unseen:
    """A look shows nothing: 404 for one thing, an empty list for many, or a list that lacks `missing` alone."""

    missing: str = ""


@frozen
class Lag:
    """A look shows what was so long ago: what is newer is missing, what is gone is still there."""

    by_ms: int = field(validator=_remembered)


@frozen
class Ghost:
    """A look still shows what was deleted, for so long or for ever: a machine as destroyed, a volume as it was.

    With a `state` it is shown in that one.
    """

    state: str = ""
    for_ms: int = 0


@frozen
class Dark:
    """A listing of the whole organisation lacks the region, and says so."""


@frozen
class EchoDiffers:
    """A config is echoed as Fly likes it: `autostop` as a boolean, defaults filled in, the image with its digest."""


# -- what takes its time -----------------------------------------------------------------------------------------


@frozen
class Stuck:
    """What the request sets moving does not arrive until the control surface says so."""


@frozen
class Slow:
    """What the request sets moving takes so much longer."""

    by_ms: int


@frozen
class ClaimLingers:
    """A volume is still claimed for so long after its machine was deleted, by that machine or by a row of NULs."""

    for_ms: int
    nul: bool = False


@frozen
class NameLingers:
    """A machine's name is still taken for so long after the machine was deleted."""

    for_ms: int


@frozen
class TooEarly:
    """A start is refused for so long after the machine's last stop or update, and while it is starting."""

    for_ms: int


@frozen
class ImageMissing:
    """An image cannot be found for so long after it was first asked for."""

    for_ms: int


@frozen
class SecretsLag:
    """The secrets of an app are visible to its hosts only so long after they were set."""

    by_ms: int


# -- what befalls machines and their hosts -----------------------------------------------------------------------


@frozen
class Befall:
    """So long after the request, this happens to the machine that it is about, or that it made."""

    what: Happening
    after_ms: int = 0


@frozen
class Launches:
    """An update boots a machine that was down, unless the request says `skip_launch`."""


@frozen
class Cold:
    """A suspended machine has lost its memory: its start is a boot."""


@frozen
class Unreachable:
    """The host of the machine, volume or host that `of` names does not answer: changes end in this status."""

    status: int = 408


# -- where there is no room --------------------------------------------------------------------------------------


@frozen
class Full:
    """Nothing more fits into the region; refused with this status, or with the one that is usual for the request."""

    status: int = 0


@frozen
class OverQuota:
    """The organisation may have no more than so much memory in the region."""

    allowed_mb: int = 0


@frozen
class Capped:
    """The organisation may have no more than so many machines."""

    machines: int = 0


Kind = (
    Drop
    | Delay
    | Refuse
    | Garble
    | Hold
    | RateLimit
    | Omit
    | Unseen
    | Lag
    | Ghost
    | Dark
    | EchoDiffers
    | Stuck
    | Slow
    | ClaimLingers
    | NameLingers
    | TooEarly
    | ImageMissing
    | SecretsLag
    | Befall
    | Launches
    | Cold
    | Unreachable
    | Full
    | OverQuota
    | Capped
)
REGIONAL: Final = (Full, OverQuota, Dark)
"""What has a region; asked for apart, region by region."""
LASTING: Final = (Unreachable, RateLimit)
"""What lasts until it is taken away, for every request alike."""


def word_of(kind: type[Kind]) -> str:
    """The kind of fault, as it is written in JSON: `OverQuota` is `over_quota`."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in kind.__name__).lstrip("_")
