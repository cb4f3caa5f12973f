"""Performs the effects of a registry: rows are the directory's, verdicts are read off the instance's own record.

Everything here may be repeated. What cannot be known is Unknown, and asked again by the registry's probe; nothing is
decided, and no provider is called: an instance that is ordered to go is destroyed by its own story.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, fresh_id, read_record
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.port import CompanyDirectory
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.app import app_name
from kiloclaw_core.commands import Admission, Close, Command, Identity, Refusal
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Record
from kiloclaw_core.names import CommandId, OwnerKey
from kiloclaw_core.outcomes import Done, Outcome, Rejected, Unknown, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    BootstrapSubscription,
    CloseRow,
    LegacyShown,
    MarkRow,
    OrderDestroy,
    ReadLegacy,
    ReadRow,
    ReadVerdict,
    Registry,
    RegistryChanging,
    RegistryCommand,
    RegistryEffect,
    RegistryOutcome,
    RegistryRefusal,
    RegistryReplied,
    RowShown,
    VerdictShown,
    org_of,
    verdict_of,
)
from kiloclaw_core.turn import may_send

InstanceInterpreter: TypeAlias = Interpreter[Record, Command, Refusal, Replied, Effect, Outcome]
RegistryInterpreter: TypeAlias = Interpreter[
    Registry, RegistryCommand, RegistryRefusal, RegistryReplied, RegistryEffect, RegistryOutcome
]


@frozen(eq=False)
class RegistryPerformer:
    """Performs the effects of registries; `instances` is asked for late, because instances report to registries."""

    directory: CompanyDirectory
    instances: Callable[[], InstanceInterpreter]
    policy: Policy
    clock: Clock

    async def perform(self, effect: RegistryEffect, *, committed_at: float) -> RegistryOutcome:
        """What came of the effect, whose record was committed not before `committed_at`."""
        late = not may_send(self.clock.monotonic() - committed_at, self.policy)
        if late and isinstance(effect, RegistryChanging):
            return Rejected(Why.NOT_SENT, text="too late by the time it was its turn")
        try:
            return await self._perform(effect)
        except OSError as error:
            return Unknown(f"the directory did not answer: {error}")
        except (StoreError, UnreadableRecordError) as error:
            return Unknown(f"the instance did not answer: {error}")

    async def _perform(self, effect: RegistryEffect) -> RegistryOutcome:
        rows = self.directory
        match effect:
            case ReadRow(owner=owner, user=user, instance=instance):
                return RowShown(await rows.row(owner, user, instance))
            case CloseRow(owner=owner, user=user, instance=instance, fence=fence):
                return RowShown(await rows.close_row(owner, user, instance, fence))
            case BootstrapSubscription(owner=owner, user=user, instance=instance, fence=fence):
                return RowShown(await rows.subscribe_row(owner, user, instance, fence))
            case MarkRow(instance=instance):
                await rows.mark_destroyed(instance)
                return Done()
            case ReadLegacy(owner=owner):
                return LegacyShown(await rows.active_row(owner, None))
            case ReadVerdict():
                return await self._read(effect)
            case OrderDestroy():
                return await self._order(effect)

    async def _read(self, effect: ReadVerdict) -> VerdictShown:
        instances = self.instances()
        _, record = await read_record(instances.machinery, instances.store, effect.key)
        admission = None if effect.born else Admission(effect.attempt, effect.fence)
        return VerdictShown(verdict_of(record, effect.user, org_of(effect.owner), admission))

    async def _order(self, effect: OrderDestroy) -> VerdictShown:
        admission = None if effect.born else Admission(effect.attempt, effect.fence)
        # Only where nothing was ever provisioned is this identity written, into a tombstone that owns nothing.
        who = Identity(effect.key, effect.user, app_name(OwnerKey(effect.user)), org_of(effect.owner))
        command = Close(CommandId(fresh_id()), who, admission, at=self.clock.now_ms())
        closed = await self.instances().intend(effect.key, command, command.id)
        assert is_successful(closed), f"{effect.key}: a close is always granted, not {closed.failure()}"
        return VerdictShown(verdict_of(closed.unwrap(), effect.user, org_of(effect.owner), admission))
