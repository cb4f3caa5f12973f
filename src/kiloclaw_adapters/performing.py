"""Who performs what: requests go to the provider, waits to the clock, payments to the directory, an app to its record.

Each effect is answered exactly once, with the outcome that the record expects. Here too nothing is decided: how an app
is had is its own record's story, worked on by the same interpreter.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import fresh_id, read_record
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.machinery import app_key
from kiloclaw_adapters.ports import Clock, Directory
from kiloclaw_adapters.provider import Provider
from kiloclaw_core.app import (
    App,
    AppAbsent,
    AppEffect,
    AppOutcome,
    AppRecord,
    AppRefusal,
    AppReplied,
    Ensure,
    app_status,
)
from kiloclaw_core.app.phases import Ready
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.names import CommandId
from kiloclaw_core.outcomes import AppReady, Done, Outcome, Rejected, Unknown, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.turn import may_send

AppInterpreter: TypeAlias = Interpreter[AppRecord, Ensure, AppRefusal, AppReplied, AppEffect, AppOutcome]

AT_REST = frozenset({"ready", "unready", "collided"})
"""The words of `app_status` for an app that nothing is under way for."""


@frozen
class AppPerformer:
    """Performs the effects of an app's record."""

    provider: Provider
    clock: Clock

    async def perform(self, effect: AppEffect, *, committed_at: float) -> AppOutcome:
        """Wait out a settle; anything else is a request."""
        if isinstance(effect, Settle):
            await self.clock.sleep(effect.wait_s)
            return Done()
        return await self.provider.apps.perform(effect, committed_at=committed_at)


@frozen
class InstancePerformer:
    """Performs the effects of an instance."""

    provider: Provider
    directory: Directory
    apps: AppInterpreter
    policy: Policy
    clock: Clock

    async def perform(self, effect: Effect, *, committed_at: float) -> Outcome:
        """What came of the effect, whose record was committed not before `committed_at`."""
        match effect:
            case Settle(wait_s=wait_s):
                await self.clock.sleep(wait_s)
                return Done()
            case EnsureApp():
                return await self._ensure(effect)
            case PayDebt():
                return await self._pay(effect, committed_at)
            case ProbeHealth():
                return await self.provider.health.perform(effect, committed_at=committed_at)
            case (
                CreateVolume()
                | CreateMachine()
                | UpdateMachine()
                | StartMachine()
                | StopMachine()
                | DeleteMachine()
                | DeleteVolume()
                | GetMachine()
                | GetVolume()
                | ListMachines()
                | ListVolumes()
                | ListSnapshots()
                | AwaitState()
            ):
                return await self.provider.machines.perform(effect, committed_at=committed_at)

    async def _pay(self, effect: PayDebt, committed_at: float) -> Outcome:
        if not may_send(self.clock.monotonic() - committed_at, self.policy):
            return Rejected(Why.NOT_SENT, text="too late by the time it was its turn")
        try:
            match effect.kind:
                case DebtKind.REGISTRY_TOMBSTONE:
                    await self.directory.tombstone(effect.sandbox, effect.user, effect.org)
                case DebtKind.POSTGRES_MARK:
                    await self.directory.mark_destroyed(effect.sandbox)
        except OSError as error:
            return Unknown(f"the directory did not answer: {error}")
        return Done()

    async def _ensure(self, effect: EnsureApp) -> Outcome:
        """Ask the app's record to have the app, and work on it, or wait for whoever does, until it rests.

        Whose the app is has been in its record since the sandbox was provisioned; it is not made up here.
        """
        key = app_key(effect.app)
        _, record = await read_record(self.apps.machinery, self.apps.store, key)
        match record:
            case AppAbsent():
                return Rejected(Why.INVALID, text=f"nobody has said whose app {effect.app} is")
            case App():
                return await self._ensure_known(key, record)

    async def _ensure_known(self, key: str, app: App) -> Outcome:
        who, command_id = app.identity, CommandId(fresh_id())
        command = Ensure(
            command_id, who.owner, who.user, who.app, who.org_slug, who.network, app.key, self.clock.now_ms()
        )
        asked = await self.apps.intend(key, command, command.id)
        assert is_successful(asked), "an app is never refused under the names that it has"
        return ensured(await self.apps.serve(key, lambda one: app_status(one) in AT_REST))


def ensured(record: AppRecord) -> Outcome:
    """What an app at rest is to an instance that needs it."""
    match record:
        case App(phase=Ready(secrets_version=version)):
            return AppReady(version)
        case App(note=note) if note is not None:
            return Rejected(note.why, text=note.text)
        case App() | AppAbsent():
            return Unknown("the app is not ready, and nobody knows why")
