"""How one command is asked of an instance, and one record read: the work that every call of the façade has in common.

Intent first, always: it is durable before anything is waited for. What became of it is told as a view, or as one of
the exceptions in `errors`; and whoever watches is shown the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from attrs import evolve, frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, read_record
from kiloclaw_adapters.errors import KiloclawError, RefusedError, StoreUnavailableError, UnknownSandboxError
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.machinery import app_key
from kiloclaw_adapters.moments import Answered, Refused, Watch
from kiloclaw_adapters.performing import AppInterpreter
from kiloclaw_adapters.serving import complaint, is_answerable
from kiloclaw_adapters.showing import Moments
from kiloclaw_adapters.store import Store, StoreError
from kiloclaw_core.app import Ensure
from kiloclaw_core.commands import Command, Provision, Refusal
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import OwnerKey, SandboxId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.views import View, view

InstanceInterpreter: TypeAlias = Interpreter[Record, Command, Refusal, Replied, Effect, Outcome]
InstanceWatch: TypeAlias = Watch[Command, Record, Effect, Outcome]


@frozen(eq=False)
class Asking:
    """Asks commands of instances, and reads their records. `organisation` is whose the apps are."""

    store: Store
    instances: InstanceInterpreter
    apps: AppInterpreter
    organisation: str
    watch: InstanceWatch

    async def ask(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        """Make the intent durable and, if the caller waits, work until there is an answer; that is the view then."""
        with self._answering(sandbox, command):
            return await self._ask(sandbox, command, wait=wait)

    async def provide(self, command: Provision, owner: OwnerKey, *, wait: bool) -> View:
        """As `ask`, once it is durable whose the app is."""
        with self._answering(command.identity.sandbox, command):
            await self._own_app(command, owner)
            return await self._ask(command.identity.sandbox, command, wait=wait)

    async def read(self, sandbox: SandboxId) -> Instance:
        """The record as it is; raises UnknownSandboxError and StoreUnavailableError."""
        with _store_errors():
            _, record = await read_record(self.instances.machinery, self.store, sandbox)
        match record:
            case Absent():
                raise UnknownSandboxError(sandbox)
            case Instance():
                return record

    async def moments(self, sandbox: SandboxId) -> Moments:
        """When the alarms of the sandbox will ring."""
        with _store_errors():
            return Moments.of(await self.store.alarms(sandbox), await self.store.now_ms())

    async def listed(self) -> tuple[View, ...]:
        """Every instance there ever was, by sandbox id; one that cannot be read says so in `because`."""
        with _store_errors():
            keys = await self.store.keys(self.instances.machinery.kind)
        return tuple([await self._listed(SandboxId(key)) for key in keys])

    async def _listed(self, sandbox: SandboxId) -> View:
        try:
            return view(await self.read(sandbox))
        except StoreUnavailableError as error:
            return evolve(view(Absent(sandbox)), because=str(error))

    async def _ask(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        asked = await self.instances.intend(sandbox, command, command.id)
        if not is_successful(asked):
            raise _refused(sandbox, asked.failure())
        record = asked.unwrap()
        if wait:
            record = await self.instances.serve(sandbox, lambda now: is_answerable(now, command))
            unserved = complaint(record, command)
            if unserved is not None:
                raise unserved
        self.watch.saw(sandbox, Answered(command.id, record))
        return view(record)

    async def _own_app(self, command: Provision, owner: OwnerKey) -> None:
        """Say durably whose the app is, if the instance would be granted; if not, the caller hears that soon enough."""
        who = command.identity
        _, record = await read_record(self.instances.machinery, self.store, who.sandbox)
        decided = self.instances.machinery.decide(record, command)
        if not is_successful(decided):
            return
        ensure = Ensure(
            command.id, owner, who.user, who.app, self.organisation, who.app, secrets.token_hex(32), command.at
        )
        ensured = await self.apps.intend(app_key(who.app), ensure, command.id)
        if not is_successful(ensured):
            raise RefusedError(who.sandbox, ensured.failure())

    @contextmanager
    def _answering(self, sandbox: SandboxId, command: Command) -> Iterator[None]:
        """Show the answer to the command, should it be an exception."""
        try:
            with _store_errors():
                yield
        except KiloclawError as error:
            self.watch.saw(sandbox, Refused(command.id, error.code, str(error)))
            raise


def _refused(sandbox: SandboxId, refusal: Refusal) -> KiloclawError:
    if refusal is Refusal.NOT_PROVISIONED:
        return UnknownSandboxError(sandbox)
    return RefusedError(sandbox, refusal)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except (StoreError, UnreadableRecordError) as error:
        raise StoreUnavailableError(str(error)) from error
