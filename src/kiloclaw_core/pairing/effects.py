"""What the cache wants done outside; all but the kills and the replies are answered exactly once, by their op.

Whoever runs a command answers when its process is gone, and not before: the answer is what lets the next one start. At
the effect's time-out he asks it to end, after the grace he kills it with all its children.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.answers import PairingAnswer
from kiloclaw_core.pairing.listings import Source
from kiloclaw_core.pairing.names import AskId, ChannelName
from kiloclaw_core.pairing.requests import Subject


@frozen
class ReadConfig:
    """Read OpenClaw's configuration and say which channels are set up: `ConfigRead`, or `Broken`."""

    op: OpId


@frozen
class ListChannel:
    """Read what one channel has pending: a `Listing`."""

    op: OpId
    channel: ChannelName
    source: Source
    timeout_s: float
    grace_s: float


@frozen
class ListDevices:
    """Read what devices have pending: a `Listing`."""

    op: OpId
    source: Source
    timeout_s: float
    grace_s: float


@frozen
class RunApprove:
    """Run the command that approves this request: a `CommandEnd`."""

    op: OpId
    subject: Subject
    timeout_s: float
    grace_s: float


@frozen
class KillCommand:
    """End the command that this op runs, as at its time-out; its answer is still owed. Nothing if it is gone."""

    of: OpId


@frozen
class Reply:
    """Tell the asker."""

    ask: AskId
    answer: PairingAnswer


PairingEffect = ReadConfig | ListChannel | ListDevices | RunApprove | KillCommand | Reply
