"""What may be named on a command line: channels, codes and requests, each by its whole pattern.

None of the patterns lets a text begin with a dash, nor hold a blank, a separator or a line's end: so that what comes
from outside is never an option, nor a second argument (pairing 2.3). Classes are written out in ASCII and matched
from end to end, because `$` would take a line's end (pairing 1.11).
"""

from __future__ import annotations

import re
from typing import Final, NewType

ChannelName = NewType("ChannelName", str)
AskId = NewType("AskId", str)
"""Which asker this is: made up by whoever passes the question on, and answered once."""

CHANNEL: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
CODE: Final = re.compile(r"[A-Za-z0-9]{1,32}")
REQUEST: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
CAPABILITY: Final = re.compile(r"[a-z][a-z0-9]*([.-][a-z][a-z0-9]*)*")

TELEGRAM: Final = ChannelName("telegram")
DISCORD: Final = ChannelName("discord")
SLACK: Final = ChannelName("slack")


def is_channel(text: str) -> bool:
    """Whether the text can name a channel."""
    return CHANNEL.fullmatch(text) is not None


def is_code(text: str) -> bool:
    """Whether the text can be a pairing code."""
    return CODE.fullmatch(text) is not None


def is_request(text: str) -> bool:
    """Whether the text can be the id of a device request."""
    return REQUEST.fullmatch(text) is not None


def is_capability(text: str) -> bool:
    """Whether the text can name what a controller can do."""
    return CAPABILITY.fullmatch(text) is not None
