"""The controller's cache of pairing requests: what is pending, read anew when it may have changed, and approved once.

One frozen record with its own commands, facts, effects and alarms, kept in memory by whoever serves it. `caller` is
the other side: whoever asks a controller, and falls back where there is an old one.
"""

from kiloclaw_core.pairing.answers import (
    ApprovalAnswer,
    Approved,
    Fresh,
    NotApproved,
    NotDone,
    PairingAnswer,
    Refreshed,
    Seen,
    Unsure,
)
from kiloclaw_core.pairing.channels import detect_channels, parse_channel_file, parse_channel_output
from kiloclaw_core.pairing.command_lines import LIST_DEVICES, MOST_OUTPUT, OPENCLAW, approve_line, list_channel_line
from kiloclaw_core.pairing.commands import Approve, PairingCommand, PairingRefusal, Refresh, StartCache, StopCache
from kiloclaw_core.pairing.devices import parse_device_file, parse_device_output
from kiloclaw_core.pairing.effects import (
    KillCommand,
    ListChannel,
    ListDevices,
    PairingEffect,
    ReadConfig,
    Reply,
    RunApprove,
)
from kiloclaw_core.pairing.facts import (
    CommandEnd,
    ConfigRead,
    LineSeen,
    PairingAlarm,
    PairingAlarmName,
    PairingFact,
    PairingOutcome,
    PairingRang,
    PairingReplied,
)
from kiloclaw_core.pairing.hidden import Code, DeviceId, EntryId, Hidden, Meta, RequestId, Token
from kiloclaw_core.pairing.hints import tells_of_pairing
from kiloclaw_core.pairing.lifecycle import pairing_absorb, pairing_alarms_of, pairing_ask, pairing_decide
from kiloclaw_core.pairing.listings import Break, Broken, Listing, Missing, Ok, Source
from kiloclaw_core.pairing.moments import moment_of
from kiloclaw_core.pairing.names import AskId, ChannelName, is_capability, is_channel, is_code, is_request
from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.record import Pairing, PairingTransition
from kiloclaw_core.pairing.requests import (
    ChannelRequest,
    ChannelSubject,
    DeviceRequest,
    DeviceSubject,
    Kind,
    PendingRequest,
    Subject,
    kind_of,
)
from kiloclaw_core.pairing.views import PendingView, Said, pending_view, refusal_said, said, wire_request

__all__ = [
    "LIST_DEVICES",
    "MOST_OUTPUT",
    "OPENCLAW",
    "ApprovalAnswer",
    "Approve",
    "Approved",
    "AskId",
    "Break",
    "Broken",
    "ChannelName",
    "ChannelRequest",
    "ChannelSubject",
    "Code",
    "CommandEnd",
    "ConfigRead",
    "DeviceId",
    "DeviceRequest",
    "DeviceSubject",
    "EntryId",
    "Fresh",
    "Hidden",
    "KillCommand",
    "Kind",
    "LineSeen",
    "ListChannel",
    "ListDevices",
    "Listing",
    "Meta",
    "Missing",
    "NotApproved",
    "NotDone",
    "Ok",
    "Pairing",
    "PairingAlarm",
    "PairingAlarmName",
    "PairingAnswer",
    "PairingCommand",
    "PairingEffect",
    "PairingFact",
    "PairingOutcome",
    "PairingPolicy",
    "PairingRang",
    "PairingRefusal",
    "PairingReplied",
    "PairingTransition",
    "PendingRequest",
    "PendingView",
    "ReadConfig",
    "Refresh",
    "Refreshed",
    "Reply",
    "RequestId",
    "RunApprove",
    "Said",
    "Seen",
    "Source",
    "StartCache",
    "StopCache",
    "Subject",
    "Token",
    "Unsure",
    "approve_line",
    "detect_channels",
    "is_capability",
    "is_channel",
    "is_code",
    "is_request",
    "kind_of",
    "list_channel_line",
    "moment_of",
    "pairing_absorb",
    "pairing_alarms_of",
    "pairing_ask",
    "pairing_decide",
    "parse_channel_file",
    "parse_channel_output",
    "parse_device_file",
    "parse_device_output",
    "pending_view",
    "refusal_said",
    "said",
    "tells_of_pairing",
    "wire_request",
]
