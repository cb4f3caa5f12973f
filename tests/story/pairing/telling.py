"""How the stories of a cache are told: asked and answered, each answer to what was asked last, or to an op by name."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.facts import Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    AskId,
    Broken,
    ChannelName,
    ChannelRequest,
    ChannelSubject,
    Code,
    CommandEnd,
    ConfigRead,
    DeviceId,
    DeviceRequest,
    DeviceSubject,
    EntryId,
    Kind,
    LineSeen,
    Missing,
    Ok,
    Pairing,
    PairingAlarmName,
    PairingCommand,
    PairingEffect,
    PairingFact,
    PairingOutcome,
    PairingPolicy,
    PairingRang,
    PairingReplied,
    PairingTransition,
    Refresh,
    Reply,
    RequestId,
    Source,
    StartCache,
    StopCache,
    pairing_absorb,
    pairing_alarms_of,
    pairing_ask,
)
from kiloclaw_core.pairing.record import Reading

TELEGRAM: Final = ChannelName("telegram")
SLACK: Final = ChannelName("slack")
A: Final = ChannelRequest(TELEGRAM, Code("A1"), EntryId("u1"))
B: Final = ChannelRequest(SLACK, Code("B2"), EntryId("u2"))
SUBJECT: Final = ChannelSubject(TELEGRAM, Code("A1"))
UUID: Final = "00000000-0000-0000-0000-00000000000{}"
D: Final = DeviceRequest(RequestId(UUID.format(1)), DeviceId("own"), "operator", client_id="gateway-client")
DEVICE: Final = DeviceSubject(D.request)
CONFIG: Final = ConfigRead((TELEGRAM,))
BROKEN: Final = Broken()
SHELL: Final = PairingPolicy(source=Source.COMMAND_LINE)
TRUSTING: Final = PairingPolicy(known_devices=(D.device,))

START: Final = StartCache()
STOP: Final = StopCache()
LINE: Final = LineSeen()


class Ring:
    """An alarm of this name rings, the first that is wanted."""

    def __init__(self, name: PairingAlarmName) -> None:
        """Remember the name."""
        self.name = name


Happening = PairingCommand | PairingFact | PairingOutcome | Ring


def refresh(asker: str = "one", kind: Kind = Kind.CHANNELS) -> Refresh:
    """Somebody asks for a list."""
    return Refresh(AskId(asker), kind)


def approve(asker: str = "one") -> Approve:
    """Somebody asks for the approval of A."""
    return Approve(AskId(asker), SUBJECT)


def after(record: Pairing, *happenings: Happening) -> PairingTransition:
    """What the last of these happenings moved; an outcome answers the newest op that is not yet answered."""
    transition = PairingTransition(record)
    for happening in happenings:
        transition = happened(transition.record, happening)
    return transition


def newest(record: Pairing) -> OpId:
    """The newest op that is not yet answered."""
    reading = [shelf.phase.op for shelf in record.shelves if isinstance(shelf.phase, Reading)]
    running = [] if record.command is None else [record.command.op]
    return max(op for op in (*reading, *running) if op is not None)


def happened(record: Pairing, happening: Happening) -> PairingTransition:
    """What one happening moves."""
    match happening:
        case StartCache() | StopCache() | Refresh() | Approve():
            return pairing_ask(record, happening).unwrap()
        case Ring():
            return pairing_absorb(record, ring(record, happening.name))
        case ConfigRead() | CommandEnd() | Ok() | Missing() | Broken():
            return pairing_absorb(record, PairingReplied(newest(record), happening))
        case PairingReplied() | PairingRang() | LineSeen() | Woken():
            return pairing_absorb(record, happening)


def ring(record: Pairing, name: PairingAlarmName) -> PairingRang:
    """The ring of the first alarm of this name; there has to be one."""
    alarm = next(one for one in pairing_alarms_of(record) if one.name is name)
    return PairingRang(alarm.name, alarm.of)


def alarms(record: Pairing) -> dict[PairingAlarmName, float]:
    """The alarms that are wanted, by name, and how patient each is."""
    return {one.name: one.patience_s for one in pairing_alarms_of(record)}


def replies(transition: PairingTransition) -> list[Reply]:
    """Who is answered, and what."""
    return [one for one in transition.effects if isinstance(one, Reply)]


def sent(transition: PairingTransition) -> list[PairingEffect]:
    """What is sent besides."""
    return [one for one in transition.effects if not isinstance(one, Reply)]


def listing(*entries: ChannelRequest | DeviceRequest) -> Ok:
    """These are pending."""
    return Ok(entries)


def with_policy(policy: PairingPolicy) -> Pairing:
    """A fresh cache under this policy."""
    return evolve(Pairing(), policy=policy)


KNOWING_A: Final = after(Pairing(), refresh("zero"), CONFIG, listing(A)).record
"""A fresh cache that has read that A is pending."""
KNOWING_D: Final = after(Pairing(), refresh("zero", Kind.DEVICES), listing(D)).record
"""A fresh cache that has read that D is pending."""
