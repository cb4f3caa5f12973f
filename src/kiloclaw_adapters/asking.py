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
from kiloclaw_adapters.moments import Answered, Asked, Failed, Refused, Watch
from kiloclaw_adapters.performing import AppInterpreter
from kiloclaw_adapters.registry.driving import Desk
from kiloclaw_adapters.serving import complaint, is_answerable
from kiloclaw_adapters.showing import Moments
from kiloclaw_adapters.store import Store, StoreError
from kiloclaw_core.actions import reason
from kiloclaw_core.app import Ensure
from kiloclaw_core.commands import Admission, Command, Desired, Destroy, Provision, Refusal
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import AttemptId, OwnerKey, SandboxId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.registry import owner_key, verdict_of
from kiloclaw_core.registry.asks import Accepted, Destroying, InstanceRefused, Provisioned, Reply, Troubled
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.troubles import Trouble, explanation
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
        who, asked = command.identity, set[SandboxId]()

        async def take(key: SandboxId, admission: Admission | None) -> Accepted | InstanceRefused:
            asked.add(key)
            return await self._take(evolve(command, identity=evolve(who, sandbox=key), admission=admission), owner)

        request = Request(owner_key(who.user, who.org), who.user, AttemptId(command.id), who.sandbox)
        with self._answering(who.sandbox, command):
            trouble = await self._app_trouble(command, owner)
            if trouble is None:
                desk, is_older = self.desk(), await self._is_older(command)
                reply = await desk.provision(request, take, is_older=is_older)
                trouble = _trouble_of(who.sandbox, reply, desk.failure)
            if trouble is not None:
                await self._show(who.sandbox, command, is_asked=bool(asked))
                raise trouble
            (key,) = asked or {who.sandbox}
            return await self._answered(key, command, wait=wait)

    async def destroy(self, sandbox: SandboxId, command: Destroy, *, wait: bool) -> View:
        """As `ask`, once the registry knows that nobody is to be routed to the instance any more."""
        with self._answering(sandbox, command):
            who = (await self.read(sandbox)).identity
            desk = self.desk()
            reply = await desk.destroy(owner_key(who.user, who.org), who.user, sandbox)
            trouble = _trouble_of(sandbox, reply, desk.failure)
            if trouble is not None:
                await self._show(sandbox, command, is_asked=False)
                raise trouble
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
            raise await self._refused(sandbox, asked.failure())
        return await self._answered(sandbox, command, wait=wait)

    async def _refused(self, sandbox: SandboxId, refusal: Refusal) -> KiloclawError:
        """What a caller is told of a refusal; of an instance that was destroyed whether it is gone by now."""
        if refusal is Refusal.NOT_PROVISIONED:
            return UnknownSandboxError(sandbox)
        if refusal is Refusal.BEING_DESTROYED:
            return RefusedError(sandbox, refusal, reason(await self.read(sandbox), refusal))
        return RefusedError(sandbox, refusal)

    async def _answered(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        """The view once there is an answer to a command that was granted, or as it is if nobody waits for it."""
        record = await self.instances.serve(sandbox, lambda now: not wait or is_answerable(now, command))
        unserved = complaint(record, command) if wait else None
        if unserved is not None:
            raise unserved
        self.watch.saw(sandbox, Answered(command.id, record))
        return view(record)

    # -- provisioning --------------------------------------------------------------------------------------------

    async def _take(self, command: Provision, owner: OwnerKey) -> Accepted | InstanceRefused:
        """Have the instance take the attempt on, or be configured; or why it does not, and what it knows of it."""
        who = command.identity
        refused = await self._refusal(command, owner)
        if refused is None:
            return Accepted()
        _, record = await read_record(self.instances.machinery, self.store, who.sandbox)
        return InstanceRefused(refused, verdict_of(record, who.user, who.org, command.admission))

    async def _refusal(self, command: Provision, owner: OwnerKey) -> Refusal | None:
        """Why the command is not granted; if it is, it is durable whose the app is, and then what is wanted."""
        sandbox = command.identity.sandbox
        _, record = await read_record(self.instances.machinery, self.store, sandbox)
        if is_successful(self.instances.machinery.decide(record, command)):
            ensure = self._ensure(command, owner)
            if not is_successful(await self.apps.intend(app_key(ensure.app), ensure, command.id)):
                return Refusal.ANOTHER_IDENTITY  # somebody took the app since it was looked at
        asked = await self.instances.intend(sandbox, command, command.id)
        return None if is_successful(asked) else asked.failure()

    async def _is_older(self, command: Provision) -> bool:
        """Whether the instance is there, and was before there were registries: no attempt made it."""
        _, record = await read_record(self.instances.machinery, self.store, command.identity.sandbox)
        match record:
            case Absent():
                return False
            case Instance(identity=who, admission=admission, desired=desired):
                return who == command.identity and admission is None and desired is not Desired.GONE

    async def _app_trouble(self, command: Provision, owner: OwnerKey) -> AdmissionError | None:
        """Why the app cannot be the owner's, seen before anything is let in for it; nothing is written."""
        ensure = self._ensure(command, owner)
        _, app = await read_record(self.apps.machinery, self.store, app_key(ensure.app))
        decided = self.apps.machinery.decide(app, ensure)
        if is_successful(decided):
            return None
        sandbox = command.identity.sandbox
        return _caused(
            AdmissionError(sandbox, explanation(Trouble.DUPLICATE)), RefusedError(sandbox, decided.failure())
        )

    async def _show(self, sandbox: SandboxId, command: Command, *, is_asked: bool) -> None:
        """Show a command that never came as far as its instance, before its refusal is shown.

        What keeps it from being shown is logged, and keeps nobody from hearing of the refusal.
        """
        if is_asked:
            return
        try:
            _, record = await read_record(self.instances.machinery, self.store, sandbox)
        except (StoreError, UnreadableRecordError) as error:
            self.watch.saw(sandbox, Failed("showing a refusal", error))
        else:
            self.watch.saw(sandbox, Asked(command.id, command, record, None))

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


def _trouble_of(sandbox: SandboxId, reply: Reply, failure: Exception | None) -> AdmissionError | None:
    """What a caller is told who was not served; what was said behind it is its cause, and for the log alone."""
    match reply:
        case Provisioned() | Destroying():
            return None
        case Troubled(trouble=trouble):
            return _caused(AdmissionError(sandbox, explanation(trouble)), failure)


def _caused(error: AdmissionError, cause: Exception | None) -> AdmissionError:
    error.__cause__ = cause
    return error


@contextmanager
def store_errors() -> Iterator[None]:
    """What a store raises, in the words of the façade."""
    try:
        yield
    except (StoreError, UnreadableRecordError) as error:
        raise StoreUnavailableError(str(error)) from error
