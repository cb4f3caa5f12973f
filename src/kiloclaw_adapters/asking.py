"""How one command is asked of an instance, and one record read: the work that every call of the façade has in common.

Intent first, always: it is durable before anything is waited for. What became of it is told as a view, or as one of
the exceptions in `errors`; and whoever watches is shown the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from attrs import evolve, frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, read_record
from kiloclaw_adapters.errors import (
    AdmissionError,
    KiloclawError,
    RefusedError,
    StoreUnavailableError,
    UnknownSandboxError,
)
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.machinery import app_key
from kiloclaw_adapters.moments import Answered, Refused, Watch
from kiloclaw_adapters.performing import AppInterpreter
from kiloclaw_adapters.registry.driving import Desk
from kiloclaw_adapters.serving import complaint, is_answerable
from kiloclaw_adapters.showing import Moments
from kiloclaw_adapters.store import Store, StoreError
from kiloclaw_core.app import Ensure
from kiloclaw_core.commands import Admission, Command, Destroy, Provision, Refusal
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import AttemptId, OwnerKey, SandboxId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.registry import owner_key, verdict_of
from kiloclaw_core.registry.asks import Accepted, Destroying, InstanceRefused, Provisioned, Reply, Troubled
from kiloclaw_core.registry.flow import Request
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.registry.update import DestroyRequest
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
    desk: Callable[[], Desk]

    async def ask(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        """Make the intent durable and, if the caller waits, work until there is an answer; that is the view then."""
        with self._answering(sandbox, command):
            return await self._ask(sandbox, command, wait=wait)

    async def provide(self, command: Provision, owner: OwnerKey, *, wait: bool) -> View:
        """As `ask`, once the registry has let the instance in and it is durable whose the app is."""
        who = command.identity
        with self._answering(who.sandbox, command):
            await self._check_app(command, owner)
            slot = owner_key(who.user, who.org)
            request = Request(slot, who.user, AttemptId(command.id), who.sandbox)
            desk = self.desk()
            reply = await desk.provision(request, lambda admission: self._take(command, owner, admission))
            _raise_trouble(who.sandbox, reply, desk.failure)
            return await self._answered(command.identity.sandbox, command, wait=wait)

    async def destroy(self, sandbox: SandboxId, command: Destroy, *, wait: bool) -> View:
        """As `ask`, once the registry knows that nobody is to be routed to the instance any more."""
        with self._answering(sandbox, command):
            who = (await self.read(sandbox)).identity
            desk = self.desk()
            request = DestroyRequest(owner_key(who.user, who.org), who.user, sandbox, sandbox)
            _raise_trouble(sandbox, await desk.destroy(request), desk.failure)
            return await self._ask(sandbox, command, wait=wait)

    async def read(self, sandbox: SandboxId) -> Instance:
        """The record as it is; raises UnknownSandboxError and StoreUnavailableError."""
        with store_errors():
            _, record = await read_record(self.instances.machinery, self.store, sandbox)
        match record:
            case Absent():
                raise UnknownSandboxError(sandbox)
            case Instance():
                return record

    async def moments(self, sandbox: SandboxId) -> Moments:
        """When the alarms of the sandbox will ring."""
        with store_errors():
            return Moments.of(await self.store.alarms(sandbox), await self.store.now_ms())

    async def listed(self) -> tuple[View, ...]:
        """Every instance there ever was, by sandbox id; one that cannot be read says so in `because`."""
        with store_errors():
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
        return await self._answered(sandbox, command, wait=wait)

    async def _answered(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        """The view once there is an answer to a command that was granted, or as it is if nobody waits for it."""
        record = await self.instances.serve(sandbox, lambda now: not wait or is_answerable(now, command))
        unserved = complaint(record, command) if wait else None
        if unserved is not None:
            raise unserved
        self.watch.saw(sandbox, Answered(command.id, record))
        return view(record)

    # -- provisioning --------------------------------------------------------------------------------------------

    async def _take(
        self, command: Provision, owner: OwnerKey, admission: Admission | None
    ) -> Accepted | InstanceRefused:
        """Have the instance take the attempt on, or be configured; or why it does not, and what it knows of it."""
        who = command.identity
        refused = await self._refusal(evolve(command, admission=admission), owner)
        if refused is None:
            return Accepted()
        _, record = await read_record(self.instances.machinery, self.store, who.sandbox)
        return InstanceRefused(refused, verdict_of(record, who.user, who.org, admission))

    async def _refusal(self, command: Provision, owner: OwnerKey) -> Refusal | None:
        """Why the command is not granted; if it is, it is durable whose the app is, and then what is wanted."""
        sandbox = command.identity.sandbox
        _, record = await read_record(self.instances.machinery, self.store, sandbox)
        decided = self.instances.machinery.decide(record, command)
        if not is_successful(decided):
            return decided.failure()
        key = app_key(command.identity.app)
        if not is_successful(await self.apps.intend(key, self._ensure(command, owner), command.id)):
            return Refusal.ANOTHER_IDENTITY  # somebody took the app since it was looked at
        intended = await self.instances.intend(sandbox, command, command.id)
        return None if is_successful(intended) else intended.failure()

    async def _check_app(self, command: Provision, owner: OwnerKey) -> None:
        """See that the app may be the owner's before anything is let in for it; nothing is written."""
        _, app = await read_record(self.apps.machinery, self.store, app_key(command.identity.app))
        decided = self.apps.machinery.decide(app, self._ensure(command, owner))
        if not is_successful(decided):
            sandbox = command.identity.sandbox
            refused = RefusedError(sandbox, decided.failure())
            raise AdmissionError(sandbox, explanation(Trouble.DUPLICATE)) from refused

    def _ensure(self, command: Provision, owner: OwnerKey) -> Ensure:
        who = command.identity
        return Ensure(
            command.id, owner, who.user, who.app, self.organisation, who.app, secrets.token_hex(32), command.at
        )

    @contextmanager
    def _answering(self, sandbox: SandboxId, command: Command) -> Iterator[None]:
        """Show the answer to the command, should it be an exception."""
        try:
            with store_errors():
                yield
        except KiloclawError as error:
            self.watch.saw(sandbox, Refused(command.id, error.code, str(error)))
            raise


def _raise_trouble(sandbox: SandboxId, reply: Reply, failure: Exception | None) -> None:
    """Raise what a caller is told who was not served; why a question was not answered is for the log alone."""
    match reply:
        case Provisioned() | Destroying():
            return
        case Troubled(trouble=trouble):
            raise AdmissionError(sandbox, explanation(trouble)) from failure


def _refused(sandbox: SandboxId, refusal: Refusal) -> KiloclawError:
    if refusal is Refusal.NOT_PROVISIONED:
        return UnknownSandboxError(sandbox)
    return RefusedError(sandbox, refusal)


@contextmanager
def store_errors() -> Iterator[None]:
    """What a store raises, in the words of the façade."""
    try:
        yield
    except (StoreError, UnreadableRecordError) as error:
        raise StoreUnavailableError(str(error)) from error
