"""The truth that a controller's cache looks at: what OpenClaw has pending, and what its commands do when they run.

A command acts at one instant and exits at another; in between it may be killed, and then nobody knows. What goes wrong
is decided by whoever uses this.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.pairing.effects import ListChannel, ListDevices, ReadConfig, RunApprove
from kiloclaw_core.pairing.facts import CommandEnd, ConfigRead, PairingOutcome
from kiloclaw_core.pairing.hidden import Code, DeviceId, EntryId, RequestId
from kiloclaw_core.pairing.listings import Ok
from kiloclaw_core.pairing.names import SLACK, TELEGRAM, ChannelName
from kiloclaw_core.pairing.requests import ChannelRequest, DeviceRequest, PendingRequest, Subject, is_listed, subject_of

Asking = ReadConfig | ListChannel | ListDevices | RunApprove
MESSAGE: Final = ChannelRequest(TELEGRAM, Code("A1"), EntryId("somebody"))
"""Somebody messaged the bot."""
OTHER_MESSAGE: Final = ChannelRequest(SLACK, Code("B2"), EntryId("somebody else"))
"""Somebody messaged it elsewhere."""
OWN_DEVICE: Final = DeviceId("the gateway's own")
GATEWAY: Final = DeviceRequest(
    RequestId("00000000-0000-0000-0000-000000000001"), OWN_DEVICE, "operator", client_id="gateway-client"
)
"""The gateway's own device asks for what it needs."""
PRETENDER: Final = DeviceRequest(
    RequestId("00000000-0000-0000-0000-000000000002"), DeviceId("a stranger's"), "operator", client_id="gateway-client"
)
"""A stranger's device says that it is the gateway's."""
OPTION: Final = DeviceRequest(RequestId("--all"), OWN_DEVICE, "operator", client_id="gateway-client")
"""A request whose id would be an option on a command line."""


@frozen
class OpenClaw:
    """What is pending, what was approved, which channels are set up, and whether it refuses every approval."""

    pending: tuple[PendingRequest, ...] = ()
    approved: tuple[Subject, ...] = ()
    channels: tuple[ChannelName, ...] = (TELEGRAM,)
    refusing: bool = False

    def asks_for(self, subject: Subject) -> bool:
        """Whether a request of this subject is pending."""
        return is_listed(subject, self.pending)

    def in_channel(self, channel: ChannelName) -> tuple[PendingRequest, ...]:
        """What is pending in a channel."""
        return tuple(one for one in self.pending if isinstance(one, ChannelRequest) and one.channel == channel)

    def of_devices(self) -> tuple[PendingRequest, ...]:
        """What devices have pending."""
        return tuple(one for one in self.pending if isinstance(one, DeviceRequest))

    def having(self, request: PendingRequest) -> OpenClaw:
        """The same with one more request pending."""
        return evolve(self, pending=(*self.pending, request))

    def lacking(self, subject: Subject) -> OpenClaw:
        """The same without the request of this subject."""
        return evolve(self, pending=tuple(one for one in self.pending if subject_of(one) != subject))


def shown(outside: OpenClaw, effect: ReadConfig | ListChannel | ListDevices) -> PairingOutcome:
    """What a step of a reading shows at this instant."""
    match effect:
        case ReadConfig():
            return ConfigRead(outside.channels)
        case ListChannel(channel=channel):
            return Ok(outside.in_channel(channel))
        case ListDevices():
            return Ok(outside.of_devices())


def approving(outside: OpenClaw, subject: Subject) -> tuple[OpenClaw, CommandEnd]:
    """What the command does when it acts: it approves what is pending, and fails for everything else (1.8)."""
    if outside.refusing or not outside.asks_for(subject):
        return outside, CommandEnd.FAILED
    return evolve(outside.lacking(subject), approved=(*outside.approved, subject)), CommandEnd.SUCCEEDED
