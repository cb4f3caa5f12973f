"""Serves requests about admission: asks what their flows want asked, one question at a time, until there is a reply.

The flows are the core's, and so is every decision. Nothing of a flow is kept: each step is durable where it belongs
before the next is asked for, and whoever vanishes between two of them is healed by the registry's own probe.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

from attrs import define, evolve, field
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, fresh_id, read_record
from kiloclaw_adapters.moments import Failed
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.naming import instance_of
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_adapters.registry.port import CompanyDirectory, Entitlements
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.commands import Admission
from kiloclaw_core.names import OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import RegistryCommand
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    CheckEntitlement,
    Destroying,
    Entitled,
    Granted,
    InsertRow,
    InstanceRefused,
    LookAtRow,
    NoAnswer,
    NotEntitled,
    Provisioned,
    ReadActive,
    RegistryRefused,
    Reply,
    RowSeen,
    Subscribe,
    Troubled,
)
from kiloclaw_core.registry.flow import asked, heard
from kiloclaw_core.registry.positions import Flow, Request
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.registry.update import (
    DestroyRequest,
    Destruction,
    Update,
    UpdateRequest,
    destruction_asked,
    destruction_heard,
    update_asked,
    update_heard,
)
from kiloclaw_core.registry.views import granted

Take: TypeAlias = Callable[[SandboxId, Admission | None], Awaitable[Accepted | InstanceRefused]]
"""Has the instance of this key provisioned for the admission, or configured where there is none; raises StoreError."""

Flowing = TypeVar("Flowing")

TRIES: Final = 2
"""How often a question that was not answered is repeated before its request is given up."""


@define(eq=False)
class Desk:
    """Serves requests over one directory; use one for each request, for it remembers what failed last."""

    registries: RegistryInterpreter
    directory: CompanyDirectory
    entitlements: Entitlements
    clock: Clock
    failure: Exception | None = field(init=False, default=None)
    """Why the last question that was not answered was not."""

    async def provision(self, request: Request, take: Take, *, is_older: bool = False) -> Reply:
        """Serve a request for an instance: one that the user has is configured, any other is let in first.

        One of theirs that `is_older` than the registry has no row yet, and is given one (registry 7.7).
        """
        try:
            if is_older:
                request = await self._by_its_row(request)
                await self.directory.insert_row(request.owner, request.user, request.instance, None)
            is_update = await self._is_there(request)
        except (OSError, StoreError, UnreadableRecordError) as error:
            self._has_failed(request.owner, "looking for the instance", error)
            return Troubled(Trouble.UNAVAILABLE)
        at = self.clock.now_ms()
        if is_update:
            wanted = UpdateRequest(request.owner, request.user, request.instance, bootstrap=True)
            update = Update(wanted, tries=TRIES, at=at)
            return await self._serve(request.owner, update, update_asked, update_heard, take)
        return await self._serve(request.owner, Flow(request, tries=TRIES, at=at), asked, heard, take)

    async def _is_there(self, request: Request) -> bool:
        """Whether the user has the instance, and this is not the very attempt that made it, asked for once more."""
        active = await self.directory.active_row(request.owner, request.user)
        if active is None or active.instance != request.instance:
            return False
        _, registry = await read_record(self.registries.machinery, self.registries.store, request.owner)
        return registry.reservation(request.attempt) is None

    async def _by_its_row(self, request: Request) -> Request:
        """The request for the instance as its row calls it, which the oldest are not called in their records."""
        row = await self.directory.active_row(request.owner, request.user)
        if row is None or row.key != request.instance:
            return request
        return evolve(request, instance=row.instance)

    async def destroy(self, owner: OwnerKey, user: UserId, key: SandboxId) -> Reply:
        """Have the registry know that the instance of this key is to go."""

        async def take(_: SandboxId, __: Admission | None) -> Accepted | InstanceRefused:
            raise AssertionError("a destroy asks nothing of the instance")

        try:
            instance = await instance_of(self.registries, self.directory, owner, user, key)
        except (OSError, StoreError, UnreadableRecordError) as error:
            self._has_failed(owner, "looking for the instance", error)
            return Troubled(Trouble.UNAVAILABLE)
        request = DestroyRequest(owner, user, instance, key)
        destruction = Destruction(request, tries=TRIES, at=self.clock.now_ms())
        return await self._serve(request.owner, destruction, destruction_asked, destruction_heard, take)

    async def _serve(
        self,
        owner: OwnerKey,
        flow: Flowing,
        asked_of: Callable[[Flowing], Ask | Reply],
        heard_by: Callable[[Flowing, Answer], Flowing],
        take: Take,
    ) -> Reply:
        """Ask what the flow wants asked, until it replies."""
        while True:
            question = asked_of(flow)
            match question:
                case Provisioned() | Destroying() | Troubled():
                    return question
                case (
                    CheckEntitlement()
                    | AskRegistry()
                    | ReadActive()
                    | AskInstance()
                    | InsertRow()
                    | Subscribe()
                    | LookAtRow()
                ):
                    flow = heard_by(flow, await self._answer(owner, question, take))

    async def _answer(self, owner: OwnerKey, question: Ask, take: Take) -> Answer:
        """The answer, or that there is none: whatever fails here may have been done all the same."""
        try:
            return await self._ask(question, take)
        except (OSError, StoreError, UnreadableRecordError) as error:
            self._has_failed(owner, f"asking {type(question).__name__}", error)
            return NoAnswer()

    def _has_failed(self, owner: OwnerKey, doing: str, error: Exception) -> None:
        """Remember why there was no answer, and have it logged: no caller is told, and another try may succeed."""
        self.failure = error
        self.registries.watch.saw(owner, Failed(doing, error))

    async def _ask(self, question: Ask, take: Take) -> Answer:
        rows = self.directory
        match question:
            case CheckEntitlement(owner=owner, user=user):
                return Entitled() if await self.entitlements.entitled(owner, user) else NotEntitled()
            case AskRegistry(command=command):
                return await self._decided(command)
            case ReadActive(owner=owner, user=user):
                row = await rows.active_row(owner, user)
                return ActiveShown(None if row is None else Active(row.instance, row.key, row.subscribed))
            case AskInstance(key=key, admission=admission):
                return await take(key, admission)
            case InsertRow(owner=owner, user=user, instance=instance, fence=fence):
                return await rows.insert_row(owner, user, instance, fence)
            case Subscribe(owner=owner, user=user, instance=instance, fence=fence):
                return RowSeen(await rows.subscribe_row(owner, user, instance, fence))
            case LookAtRow(owner=owner, user=user, instance=instance):
                return RowSeen(await rows.row(owner, user, instance))

    async def _decided(self, command: RegistryCommand) -> Granted | RegistryRefused:
        decided = await self.registries.intend(command.owner, command, fresh_id())
        return granted(decided.unwrap(), command) if is_successful(decided) else RegistryRefused(decided.failure())
