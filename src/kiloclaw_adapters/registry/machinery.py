"""Registries as one kind of record: everything that the interpreter must know of them.

The policy is the environment's, as with every other kind. Nothing is decided here.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from kiloclaw_adapters.ports import Machinery
from kiloclaw_core.codec import Of, RecordCodec
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OPS_OF_AN_INCARNATION, OwnerKey, first_op
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    ReadLegacy,
    ReadRow,
    ReadVerdict,
    Registry,
    RegistryCommand,
    RegistryEffect,
    RegistryOutcome,
    RegistryRefusal,
    RegistryReplied,
    is_blank,
    registry_absorb,
    registry_alarms_of,
    registry_awaited,
    registry_decide,
)

REGISTRY: Final = RecordCodec("registry", Of[Registry])

Registries: TypeAlias = Machinery[
    Registry, RegistryCommand, RegistryRefusal, RegistryReplied, RegistryEffect, RegistryOutcome
]


def registries(policy: Policy) -> Registries:
    """Registries under this policy, each under its owner's key; they are kept in a store of their own."""

    def absent(key: str, incarnation: int) -> Registry:
        return Registry(OwnerKey(key), first_op(incarnation), policy=policy)

    return Machinery(
        kind=REGISTRY.kind,
        schema=REGISTRY.schema,
        absent=absent,
        decide=registry_decide,
        announced=_nothing,
        absorb=registry_absorb,
        alarms_of=registry_alarms_of,
        encode=lambda registry: None if is_blank(registry) else REGISTRY.encode(registry),
        decode=lambda text: REGISTRY.decode(text, policy),
        replied=RegistryReplied,
        awaited=registry_awaited,
        may_abandon=lambda effect: isinstance(effect, ReadRow | ReadVerdict | ReadLegacy),
        incarnation=lambda registry: registry.ops // OPS_OF_AN_INCARNATION,
    )


def _nothing(_: Registry, __: RegistryCommand, ___: Registry) -> tuple[Note, ...]:
    """What a command did to a registry its record tells; events are what facts led to."""
    return ()
