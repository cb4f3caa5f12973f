"""Vectors of a controller's cache of pairing requests: what is hidden elsewhere is written out, being invented here."""

from __future__ import annotations

from typing import Final, TypeAlias

from kiloclaw_adapters.vectors.elsewhere import ASKER
from kiloclaw_adapters.vectors.kinds import Called, Kind, Written
from kiloclaw_adapters.vectors.policies import as_it_is
from kiloclaw_core.codec import Of
from kiloclaw_core.facts import Woken
from kiloclaw_core.pairing import (
    Approve,
    ChannelName,
    ChannelSubject,
    Code,
    DeviceSubject,
    LineSeen,
    Ok,
    Pairing,
    PairingAlarm,
    PairingCommand,
    PairingEffect,
    PairingFact,
    PairingPolicy,
    PairingRang,
    PairingRefusal,
    PairingReplied,
    Refresh,
    RequestId,
    StartCache,
    StopCache,
    kind_of,
    pairing_absorb,
    pairing_alarms_of,
    pairing_decide,
)
from kiloclaw_core.pairing.names import TELEGRAM
from kiloclaw_core.pairing.requests import Kind as Listed
from kiloclaw_core.world.pairing.moving import fact_name, under_way

Caches: TypeAlias = Kind[
    Pairing, PairingCommand, PairingFact, PairingEffect, PairingRefusal, PairingAlarm, PairingPolicy
]

NAMED: Final = (
    ChannelSubject(TELEGRAM, Code("C3")),
    ChannelSubject(ChannelName("--all"), Code("C3")),
    ChannelSubject(TELEGRAM, Code("--all")),
    DeviceSubject(RequestId("00000000-0000-0000-0000-000000000003")),
    DeviceSubject(RequestId("--all")),
)
"""What nobody has asked for yet: of a channel and of a device, under names that will do and under options."""


def asked_of_cache(record: Pairing) -> tuple[PairingCommand, ...]:
    """Every command there is; approvals of what is being approved as well."""
    subjects = (*(one.subject for one in record.approvals), *NAMED)
    return (
        StartCache(),
        StopCache(),
        *(Refresh(ASKER, listed) for listed in Listed),
        *(Approve(ASKER, subject) for subject in subjects),
    )


def standing(record: Pairing) -> str:
    """What is under way, and how far what is approved by itself has come."""
    return " ".join((under_way(record), *(type(one.phase).__name__.lower() for one in record.candidates)))


def told_cache(fact: PairingFact) -> str:
    """A fact in a word or two."""
    match fact:
        case PairingReplied(outcome=Ok(entries=())):
            return "Ok(nothing)"
        case PairingReplied() | PairingRang() | LineSeen() | Woken():
            return fact_name(fact)


def asked_cache(command: PairingCommand) -> str:
    """A command in a word or two: which of the lists it is about."""
    match command:
        case Refresh(kind=listed):
            return f"Refresh({listed.value})"
        case Approve(subject=subject):
            return f"Approve({kind_of(subject).value})"
        case StartCache() | StopCache():
            return type(command).__name__


def cache_refused(refusal: PairingRefusal) -> str:
    """A refusal as it is read after "because"."""
    return refusal.value


def cache_policy(record: Pairing) -> PairingPolicy:
    """Its policy."""
    return record.policy


CACHES: Final[Caches] = Kind(
    "cache",
    pairing_decide,
    pairing_absorb,
    pairing_alarms_of,
    cache_policy,
    as_it_is,
    Written(
        Of[Pairing],
        Of[PairingCommand],
        Of[PairingFact],
        Of[PairingEffect],
        Of[PairingRefusal],
        Of[PairingAlarm],
        Of[PairingPolicy],
    ),
    Called(standing, told_cache, cache_refused, asked_of_cache, asked_cache),
)
