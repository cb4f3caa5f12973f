"""Values that are nobody's business: codes, ids, tokens and what a requester says of himself.

They compare and hash by what they hide and never show it: not in a `repr`, not in a log line, not in a trace or in the
message of a failed assertion. Whoever needs what is hidden says so, by `revealed`, and that word is easy to find.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.pairing.json_values import Frozen


@frozen(repr=False)
class Hidden:
    """A text that is compared and never shown."""

    revealed: str

    def __repr__(self) -> str:
        """Say what it is, and not what it says."""
        return f"{type(self).__name__}(hidden)"


@frozen(repr=False)
class Code(Hidden):
    """What somebody who messaged the bot was given to prove that it was he: good for an hour."""


@frozen(repr=False)
class EntryId(Hidden):
    """Whom a channel request is from, in the channel's own words."""


@frozen(repr=False)
class RequestId(Hidden):
    """Which device request this is; whoever knows it may approve it."""


@frozen(repr=False)
class DeviceId(Hidden):
    """Which device asks: the print of its key."""


@frozen(repr=False)
class Token(Hidden):
    """The bearer token of a controller: the whole of the barrier before it (pairing 7)."""


@frozen(repr=False)
class Meta:
    """What a channel tells of the sender, names among it: any JSON value, frozen."""

    revealed: Frozen

    def __repr__(self) -> str:
        """Say what it is, and not what it says."""
        return "Meta(hidden)"
