"""How this Fly decides where its documents, its own client and its users tell it differently (Fly: fly.md 6, 9).

Neither preset is the truth: whoever holds under both does not depend on what nobody knows.
"""

from __future__ import annotations

from typing import Final

from attrs import Attribute, field, frozen


def _is_positive(_rules: Rules, attribute: Attribute[float], value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{attribute.name} must be 0 or more, not {value!r}")


@frozen
class Rules:
    """What is allowed, each where sources conflict; what is not said is lenient."""

    stopped_needs_version: bool = False
    """A wait for `stopped` must name the version that it means."""
    fork_refuses_size: bool = False
    """A fork must not name a size; otherwise one that is not below its source's is granted."""
    update_launches: bool = False
    """An update boots a machine that was down, unless the request says `skip_launch`."""
    name_held_s: float = field(default=0.0, validator=_is_positive)
    """How long a machine's name stays taken after the machine was deleted."""
    app_name_held_s: float = field(default=0.0, validator=_is_positive)
    """How long an app's name stays taken after the app was deleted."""
    secrets_time_out: bool = False
    """A request for secrets that its host does not see yet ends in 408, not in 412."""
    says_retry_after: bool = False
    """A 429 says when to come back."""
    refuses_stale_nonce: bool = False
    """A nonce is refused where no lease is held; otherwise it is passed over."""
    lease_refuses: bool = False
    """Another's lease refuses a stop or a delete; otherwise it makes them wait."""
    longest_stop_s: float = field(default=0.0, validator=_is_positive)
    """The longest that a stop may give a machine; 0 is any time."""


LENIENT: Final = Rules()
STRICT: Final = Rules(
    stopped_needs_version=True,
    fork_refuses_size=True,
    update_launches=True,
    name_held_s=10.0,
    app_name_held_s=60.0,
    secrets_time_out=True,
    says_retry_after=True,
    refuses_stale_nonce=True,
    lease_refuses=True,
    longest_stop_s=300.0,
)
PRESETS: Final = {"lenient": LENIENT, "strict": STRICT}
