"""`Kiloclaw`: everything a program needs to have machines for its users, over one store and one provider.

Every mutating call makes its intent durable first; then it either works on that instance itself until it rests with the
intent served, or returns at once and leaves the work to whichever worker claims it. A call that cannot be granted or
served raises one of the exceptions in `errors`; everything else is the core's and the interpreter's.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self, TypeAlias

from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, fresh_id, read_record
from kiloclaw_adapters.errors import (
    KiloclawError,
    MalformedError,
    RefusedError,
    StoreUnavailableError,
    UnknownSandboxError,
)
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.logs import Logger, LogWatch, default_logger
from kiloclaw_adapters.machinery import app_key, apps, instances
from kiloclaw_adapters.moments import Answered, Refused, Watch, Watches
from kiloclaw_adapters.performing import AppInterpreter, AppPerformer, InstancePerformer
from kiloclaw_adapters.ports import Clock, Directory, Terms
from kiloclaw_adapters.provider import DEFAULT_POLICY, SYSTEM_CLOCK, Provider
from kiloclaw_adapters.serving import complaint, is_served
from kiloclaw_adapters.store import Store, StoreError
from kiloclaw_adapters.worker import Worker
from kiloclaw_core.app import Ensure, app_name, is_app_name
from kiloclaw_core.commands import (
    Command,
    Desired,
    Destroy,
    Disown,
    Identity,
    Provision,
    Refusal,
    Start,
    Stop,
    Tenancy,
)
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Record
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, CommandId, MachineId, OrgId, OwnerKey, SandboxId, UserId, is_sandbox_id
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.policy import Policy
from kiloclaw_core.views import DebugView, View, debug_view, view

InstanceInterpreter: TypeAlias = Interpreter[Record, Command, Refusal, Replied, Effect, Outcome]
InstanceWatch: TypeAlias = Watch[Command, Record, Effect, Outcome]


class Kiloclaw:
    """Have machines for users. Use it with `async with`: on the way out it closes the store and the provider.

    `policy` says how long everything may take, `recorder` is shown what happens to instances, `logger` writes lines;
    `clock` and `terms` are given by tests. Each mutating call takes a `command_id`: asking again with the same id is
    asking once, so a caller that makes one up may repeat any call whose answer it did not hear. Without `wait` a call
    returns as soon as the intent is durable.
    """

    def __init__(  # noqa: PLR0913 - the parts, each of them exchangeable
        self,
        *,
        store: Store,
        fly: Provider,
        directory: Directory,
        policy: Policy = DEFAULT_POLICY,
        recorder: InstanceWatch | None = None,
        logger: Logger | None = None,
        clock: Clock = SYSTEM_CLOCK,
        terms: Terms | None = None,
    ) -> None:
        self._store = store
        self._fly = fly
        self._clock = clock
        self._terms = terms or Terms(owner=f"{socket.gethostname()}:{os.getpid()}:{fresh_id()}")
        self._log = logger or default_logger()
        lines: InstanceWatch = LogWatch(self._log)
        self._watch: InstanceWatch = lines if recorder is None else Watches((lines, recorder))
        self._apps: AppInterpreter = Interpreter(
            apps(policy), store, AppPerformer(fly, clock), clock, self._terms, LogWatch(self._log)
        )
        performer = InstancePerformer(fly, directory, self._apps, policy, clock)
        self._instances: InstanceInterpreter = Interpreter(
            instances(policy), store, performer, clock, self._terms, self._watch
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        try:
            await self._fly.aclose()
        finally:
            await self._store.aclose()

    # -- commands ------------------------------------------------------------------------------------------------

    async def provision(  # noqa: PLR0913 - who an instance is, said once
        self,
        sandbox_id: str,
        user_id: str,
        spec: Spec,
        *,
        org_id: str | None = None,
        owner: str | None = None,
        app: str | None = None,
        tenancy: Tenancy = Tenancy.OWN,
        running: bool = False,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have an instance with this spec, `running` or not; on one that exists, have this spec from its next start.

        The app is the owner's, and the owner is the user unless said otherwise; its name follows from the owner. Raises
        MalformedError, RefusedError, NotServedError and its kinds, StoreUnavailableError.
        """
        owner_key = OwnerKey(_named("owner", user_id if owner is None else owner))
        named = AppName(app_name(owner_key) if app is None else app)
        if not is_app_name(named):
            raise MalformedError(f"app: {named!r} is no name of an app")
        org = None if org_id is None else OrgId(_named("org_id", org_id))
        identity = Identity(_sandbox(sandbox_id), UserId(_named("user_id", user_id)), named, org, tenancy)
        desired = Desired.RUNNING if running else Desired.STOPPED
        command = Provision(self._id(command_id), identity, spec, desired, self._clock.now_ms())
        with self._answering(identity.sandbox, command):
            await self._own_app(command, owner_key)
            return await self._have(identity.sandbox, command, wait=wait)

    async def start(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance running.

        Raises UnknownSandboxError, RefusedError, NotServedError and its kinds, StoreUnavailableError.
        """
        return await self._ask(sandbox_id, Start(self._id(command_id), reason, self._clock.now_ms()), wait=wait)

    async def stop(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance stopped. Raises as `start` does."""
        return await self._ask(sandbox_id, Stop(self._id(command_id), reason, self._clock.now_ms()), wait=wait)

    async def destroy(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance and all it holds gone, for ever. Always granted; raises StuckError if it cannot be done."""
        return await self._ask(sandbox_id, Destroy(self._id(command_id), reason, self._clock.now_ms()), wait=wait)

    async def disown(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        resource: str,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Take a resource that cannot be deleted out of the ledger; the operator answers for it. Raises as `start`."""
        who, why = _named("operator", operator), _named("because", because)
        held = MachineId(_named("resource", resource))  # the ledger knows by itself which of the two kinds it is
        command = Disown(self._id(command_id), held, who, why, self._clock.now_ms())
        return await self._ask(sandbox_id, command, wait=wait)

    # -- views ---------------------------------------------------------------------------------------------------

    async def view(self, sandbox_id: str) -> View:
        """The instance as a caller sees it. Raises MalformedError, UnknownSandboxError, StoreUnavailableError."""
        return view(await self._read(_sandbox(sandbox_id)))

    async def debug_view(self, sandbox_id: str) -> DebugView:
        """The instance as an operator sees it: everything but secrets. Raises as `view` does."""
        return debug_view(await self._read(_sandbox(sandbox_id)))

    async def list(self) -> tuple[View, ...]:
        """Every instance there ever was, by sandbox id; one that cannot be read says so in `because`."""
        with _store_errors():
            keys = await self._store.keys(self._instances.machinery.kind)
        return tuple([await self._listed(SandboxId(key)) for key in keys])

    def worker(self, *, concurrency: int = 16) -> Worker:
        """A worker over the same parts, which serves what nobody waits for; have it `run` in a task of its own."""
        kinds = (self._instances.machinery, self._apps.machinery)
        return Worker(
            store=self._store,
            attendants={self._instances.machinery.kind: self._instances, self._apps.machinery.kind: self._apps},
            schemas={one.kind: one.schema for one in kinds},
            clock=self._clock,
            terms=self._terms,
            log=self._log,
            concurrency=concurrency,
        )

    # -- how -----------------------------------------------------------------------------------------------------

    async def _ask(self, sandbox_id: str, command: Command, *, wait: bool) -> View:
        sandbox = _sandbox(sandbox_id)
        with self._answering(sandbox, command):
            return await self._have(sandbox, command, wait=wait)

    async def _have(self, sandbox: SandboxId, command: Command, *, wait: bool) -> View:
        """Make the intent durable and, if the caller waits, work until it is served."""
        asked = await self._instances.intend(sandbox, command, command.id)
        if not is_successful(asked):
            raise _refused(sandbox, asked.failure())
        record = await self._instances.serve(sandbox, is_served) if wait else asked.unwrap()
        unserved = complaint(record, command) if wait else None
        if unserved is not None:
            raise unserved
        self._watch.saw(sandbox, Answered(command.id, record))
        return view(record)

    async def _own_app(self, command: Provision, owner: OwnerKey) -> None:
        """Say durably whose the app is, if the instance would be granted; if not, the caller hears that soon enough."""
        who = command.identity
        _, record = await read_record(self._instances.machinery, self._store, who.sandbox)
        decided = self._instances.machinery.decide(record, command)
        if not is_successful(decided):
            return
        ensure = Ensure(
            command.id, owner, who.user, who.app, self._fly.organisation, who.app, secrets.token_hex(32), command.at
        )
        ensured = await self._apps.intend(app_key(who.app), ensure, command.id)
        if not is_successful(ensured):
            raise RefusedError(who.sandbox, ensured.failure())

    async def _read(self, sandbox: SandboxId) -> Record:
        with _store_errors():
            _, record = await read_record(self._instances.machinery, self._store, sandbox)
        if isinstance(record, Absent):
            raise UnknownSandboxError(sandbox)
        return record

    async def _listed(self, sandbox: SandboxId) -> View:
        try:
            return view(await self._read(sandbox))
        except StoreUnavailableError as error:
            return View(sandbox, None, None, None, None, None, None, str(error), None, None)

    def _id(self, command_id: str | None) -> CommandId:
        return CommandId(fresh_id() if command_id is None else _named("command_id", command_id))

    @contextmanager
    def _answering(self, sandbox: SandboxId, command: Command) -> Iterator[None]:
        """Show the answer to the command, should it be an exception."""
        try:
            with _store_errors():
                yield
        except KiloclawError as error:
            self._watch.saw(sandbox, Refused(command.id, error.code, str(error)))
            raise


def _sandbox(text: str) -> SandboxId:
    if not is_sandbox_id(text):
        raise MalformedError(f"sandbox_id: {text!r} must be 2 to 128 letters, digits, dashes and underscores")
    return SandboxId(text)


def _named(what: str, text: str) -> str:
    if not text.strip():
        raise MalformedError(f"{what}: must not be empty")
    return text


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
