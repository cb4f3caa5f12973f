"""`Kiloclaw`: everything a program needs to have machines for its users, over one store and one provider.

Every mutating call makes its intent durable first; then it either works on that instance itself until it rests with the
intent served, or returns at once and leaves the work to whichever worker claims it. A call that cannot be granted or
served raises one of the exceptions in `errors`; everything else is the core's and the interpreter's.
"""

from __future__ import annotations

import os
import socket
from contextlib import AsyncExitStack
from functools import partial
from typing import Final, Self

from kiloclaw_adapters.arguments import (
    app_named,
    command_named,
    gigabytes,
    had,
    named,
    restart_action,
    sandbox_named,
)
from kiloclaw_adapters.asking import Asking, InstanceInterpreter, InstanceWatch, store_errors
from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.errors import MalformedError
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.logs import Logger, LogWatch, default_logger
from kiloclaw_adapters.machinery import apps, instances
from kiloclaw_adapters.moments import Watches
from kiloclaw_adapters.operators import Operated
from kiloclaw_adapters.performing import AppInterpreter, AppPerformer, InstancePerformer
from kiloclaw_adapters.ports import Clock, Terms
from kiloclaw_adapters.provider import DEFAULT_POLICY, SYSTEM_CLOCK, Provider
from kiloclaw_adapters.registry.driving import Desk
from kiloclaw_adapters.registry.machinery import registries
from kiloclaw_adapters.registry.operating import Reservations
from kiloclaw_adapters.registry.performing import RegistryInterpreter, RegistryPerformer
from kiloclaw_adapters.registry.port import CompanyDirectory, Entitlements, EverybodyEntitled
from kiloclaw_adapters.registry.reporting import Reporting
from kiloclaw_adapters.registry.routing import RoutesView, Routing
from kiloclaw_adapters.registry.showing import ShownReservation
from kiloclaw_adapters.showing import RegionsView, Whereabouts, regions_view, timed_debug_view
from kiloclaw_adapters.store import Store
from kiloclaw_adapters.worker import Worker
from kiloclaw_core.commands import Desired, Destroy, Identity, Provision, Resize, Restart, Start, Stop, Tenancy
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import AttemptId, Fence, OrgId, OwnerKey, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import Phase, owner_key
from kiloclaw_core.registry.legacy import ORGANISATION, PERSON
from kiloclaw_core.views import DebugView, View, view

EVERYBODY: Final = EverybodyEntitled()


class Kiloclaw(Operated):
    """Have machines for users. Use it with `async with`: on the way out it closes the store and the provider.

    `policy` says how long everything may take, `recorder` is shown what happens to instances, `logger` writes lines;
    `clock` and `terms` are given by tests. Each mutating call takes a `command_id`: asking again with the same id is
    asking once, so a caller that makes one up may repeat any call whose answer it did not hear; one that was another
    command's asks for nothing. Without `wait` a call returns as soon as the intent is durable.
    """

    def __init__(  # noqa: PLR0913 - the parts, each of them exchangeable
        self,
        *,
        store: Store,
        fly: Provider,
        directory: CompanyDirectory,
        entitlements: Entitlements = EVERYBODY,
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
        watch: InstanceWatch = lines if recorder is None else Watches((lines, recorder))
        self._apps: AppInterpreter = Interpreter(
            apps(policy), store, AppPerformer(fly, clock), clock, self._terms, LogWatch(self._log)
        )
        self._directory = directory
        self._registries: RegistryInterpreter = Interpreter(
            registries(policy),
            directory.registry,
            RegistryPerformer(directory, lambda: self._instances, policy, clock),
            clock,
            self._terms,
            LogWatch(self._log),
        )
        reporting = Reporting(directory, self._registries, clock)
        performer = InstancePerformer(fly, reporting, self._apps, policy, clock)
        self._instances: InstanceInterpreter = Interpreter(
            instances(policy), store, performer, clock, self._terms, watch
        )
        desk = partial(Desk, self._registries, directory, entitlements, clock)
        self._reservations = Reservations(self._registries, clock)
        self._routing = Routing(self._registries, clock)
        self._asking = Asking(store, self._instances, self._apps, fly.organisation, watch, desk)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        async with AsyncExitStack() as leaving:
            for part in (self._directory, self._store, self._fly):
                leaving.push_async_callback(part.aclose)

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

        It is let in by the registry: a user has one slot, and one more in each organisation. `command_id` names the
        attempt. The app is the owner's, and the owner is the user unless said otherwise; its name follows from the
        owner. Raises MalformedError, AdmissionError, NotServedError and its kinds, StoreUnavailableError.
        """
        owner_key = OwnerKey(named("owner", user_id if owner is None else owner))
        org = None if org_id is None else OrgId(named("org_id", org_id))
        who = Identity(
            sandbox_named(sandbox_id), UserId(named("user_id", user_id)), app_named(app, owner_key), org, tenancy
        )
        desired = Desired.RUNNING if running else Desired.STOPPED
        command = Provision(command_named(command_id), who, had(spec), desired, self._clock.now_ms())
        return await self._asking.provide(command, owner_key, wait=wait)

    async def start(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance running.

        Raises UnknownSandboxError, RefusedError, NotServedError and its kinds, StoreUnavailableError.
        """
        return await self._ask(sandbox_id, Start(command_named(command_id), reason, self._clock.now_ms()), wait=wait)

    async def stop(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance stopped. Raises as `start` does."""
        return await self._ask(sandbox_id, Stop(command_named(command_id), reason, self._clock.now_ms()), wait=wait)

    async def restart(
        self,
        sandbox_id: str,
        *,
        image: str | None = None,
        reason: str | None = None,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have the instance run its spec afresh, with this image from now on if one is named. Raises as `start` does.

        The reason stands in events and traces; without one `redeploy-same-image` or what the image says.
        """
        action = restart_action(image)
        why = action if reason is None else named("reason", reason)
        return await self._ask(
            sandbox_id, Restart(command_named(command_id), image, why, self._clock.now_ms()), wait=wait
        )

    async def resize(
        self, sandbox_id: str, guest: Guest, volume_gb: int, *, wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have machines of this size from the next start or restart on, and new volumes of that one.

        It ends an operator's override. Raises as `start` does.
        """
        command = Resize(command_named(command_id), guest, gigabytes("volume_gb", volume_gb), self._clock.now_ms())
        return await self._ask(sandbox_id, command, wait=wait)

    async def destroy(
        self, sandbox_id: str, *, reason: str = "manual_user_request", wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance and all it holds gone, for ever. Always granted; raises StuckError if it cannot be done."""
        command = Destroy(command_named(command_id), reason, self._clock.now_ms())
        return await self._asking.destroy(sandbox_named(sandbox_id), command, wait=wait)

    # -- views ---------------------------------------------------------------------------------------------------

    async def view(self, sandbox_id: str) -> View:
        """The instance as a caller sees it. Raises MalformedError, UnknownSandboxError, StoreUnavailableError."""
        return view(await self._asking.read(sandbox_named(sandbox_id)))

    async def debug_view(self, sandbox_id: str) -> DebugView:
        """The instance as an operator sees it: everything but secrets. Raises as `view` does."""
        sandbox = sandbox_named(sandbox_id)
        return timed_debug_view(await self._asking.read(sandbox), await self._asking.moments(sandbox))

    async def whereabouts(self, sandbox_id: str) -> Whereabouts:
        """Where its controller is reached, as the record has it; Fly is not asked. Raises as `view` does."""
        instance = await self._asking.read(sandbox_named(sandbox_id))
        held = instance.ledger.machine
        return Whereabouts(instance.identity.sandbox, instance.identity.app, None if held is None else held.machine)

    async def regions(self, sandbox_id: str) -> RegionsView:
        """Where the volume is, and where another would be had; Fly is not asked. Raises as `view` does."""
        sandbox = sandbox_named(sandbox_id)
        return regions_view(await self._asking.read(sandbox), await self._asking.moments(sandbox))

    async def list(self) -> tuple[View, ...]:
        """Every instance there ever was, by sandbox id; one that cannot be read says so in `because`."""
        return await self._asking.listed()

    async def routes(self, user_id: str, *, org_id: str | None = None) -> RoutesView:
        """Where the requests of a user are routed, as a person or in an organisation; Fly is not asked.

        Raises MalformedError and StoreUnavailableError.
        """
        user = UserId(named("user_id", user_id))
        org = None if org_id is None else OrgId(named("org_id", org_id))
        with store_errors():
            return await self._routing.of(owner_key(user, org), user)

    async def reservations(self, *, owner: str | None = None) -> tuple[ShownReservation, ...]:
        """Every reservation that is remembered, by owner, or those of one owner such as `user:ann` or `org:acme`.

        Raises MalformedError, and StoreUnavailableError where one of the registries cannot be read; it says which.
        """
        with store_errors():
            return await self._reservations.shown(_owner_named(owner))

    async def release_reservation(  # noqa: PLR0913 - what an operator answers for
        self,
        attempt: str,
        *,
        expected_phase: Phase,
        expected_fence: int,
        operator: str,
        because: str,
        owner: str | None = None,
    ) -> ShownReservation:
        """Have the slot of an attempt be free though nobody knows what it left; the operator answers for that.

        Only if the attempt is still as the operator saw it; it is fenced first, so that nothing more comes of it. As
        long as a clean-up goes on by itself nobody needs this. `owner` says whose it is where several have an attempt
        of this name. Raises MalformedError, AdmissionError and StoreUnavailableError.
        """
        who, why = named("operator", operator), named("because", because)
        which, fence = AttemptId(named("attempt", attempt)), Fence(expected_fence)
        with store_errors():
            return await self._reservations.release(
                which, _owner_named(owner), expected_phase, fence, operator=who, because=why
            )

    def worker(self, *, concurrency: int = 16) -> Worker:
        """A worker over the same parts, which serves what nobody waits for; have it `run` in a task of its own."""
        instances, apps, known = self._instances.machinery, self._apps.machinery, self._registries.machinery
        probing = Worker(
            store=self._directory.registry,
            attendants={known.kind: self._registries},
            schemas={known.kind: known.schema},
            clock=self._clock,
            terms=self._terms,
            log=self._log,
            concurrency=concurrency,
        )
        return Worker(
            store=self._store,
            attendants={instances.kind: self._instances, apps.kind: self._apps},
            schemas={instances.kind: instances.schema, apps.kind: apps.schema},
            clock=self._clock,
            terms=self._terms,
            log=self._log,
            concurrency=concurrency,
            beside=(probing,),
        )


def _owner_named(owner: str | None) -> OwnerKey | None:
    """The owner of this key, where one is named; a name without its kind would be nobody's, and look like nothing."""
    if owner is None:
        return None
    if not any(owner.startswith(kind) and owner.removeprefix(kind).strip() for kind in (PERSON, ORGANISATION)):
        raise MalformedError(f"owner: {owner!r} must be like {PERSON}ann or {ORGANISATION}acme")
    return OwnerKey(owner)
