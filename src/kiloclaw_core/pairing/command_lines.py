"""The command lines that list and approve, as arguments and never as a shell's text (pairing 1.7, 1.8).

Only what has matched its whole pattern is put on one; anything else is our own mistake, and is told as that.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_core.pairing.names import ChannelName, is_channel, is_code, is_request
from kiloclaw_core.pairing.requests import ChannelSubject, DeviceSubject, Subject

OPENCLAW: Final = "/usr/local/bin/openclaw"
MOST_OUTPUT: Final = 1 << 20
"""How many bytes a command may say before it is killed (pairing 1.7)."""
LIST_DEVICES: Final = (OPENCLAW, "devices", "list", "--json")


def list_channel_line(channel: ChannelName) -> tuple[str, ...]:
    """List what one channel has pending."""
    assert is_channel(channel), "a channel is checked before it is put on a command line"
    return (OPENCLAW, "pairing", "list", channel, "--json")


def approve_line(subject: Subject) -> tuple[str, ...]:
    """Approve one request."""
    match subject:
        case ChannelSubject(channel=channel, code=code):
            assert is_channel(channel), "a channel is checked before it is put on a command line"
            assert is_code(code.revealed), "a code is checked before it is put on a command line"
            return (OPENCLAW, "pairing", "approve", channel, code.revealed, "--notify")
        case DeviceSubject(request=request):
            assert is_request(request.revealed), "a request is checked before it is put on a command line"
            return (OPENCLAW, "devices", "approve", request.revealed)
