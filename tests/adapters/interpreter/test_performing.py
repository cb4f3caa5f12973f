"""Who performs what, what may be broken off, and what an app at rest is to an instance that needs it."""

from __future__ import annotations

from typing import get_args

import pytest
from attrs import define, frozen

from kiloclaw_adapters.apps import AppRequest
from kiloclaw_adapters.errors import AdmissionError, UnknownSandboxError
from kiloclaw_adapters.fly import FlyEffect
from kiloclaw_adapters.machinery import instances
from kiloclaw_adapters.performing import InstancePerformer, ensured
from kiloclaw_adapters.provider import Provider, fly_provider
from kiloclaw_adapters.store import Stored
from kiloclaw_core.app import AppAbsent, AppOutcome
from kiloclaw_core.effects import (
    Awaited,
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
from kiloclaw_core.machine import Guest, MachineConfig
from kiloclaw_core.names import AppName, MachineId, OpId, OrgId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, Healthy, Outcome, Rejected, Unknown, Why
from kiloclaw_core.policy import Policy

from .outside import CLOCK, SPEC, MortalStore, Process, World, new_store, process

pytestmark = pytest.mark.anyio


class BrokenDirectory:
    """A directory that cannot be reached."""

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """It fails."""
        raise OSError(f"no route for {sandbox} of {user} in {org}")

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """It fails."""
        raise OSError(f"no route for {sandbox}")


@define(eq=False)
class HurriedStore(MortalStore):
    """A store in which another process commits right after the first look at a record."""

    other: Process | None = None

    async def load(self, key: str) -> Stored | None:
        """The record as it was a moment ago."""
        found = await super().load(key)
        if self.other is not None:
            other, self.other = self.other, None
            await other.kiloclaw.start("sandbox-1", wait=False)
        return found


OP, APP, SANDBOX, MACHINE, VOLUME = OpId(1), AppName("acct-1"), SandboxId("s-1"), MachineId("m1"), VolumeId("vol_1")
CONFIG = MachineConfig("img", Guest(), VOLUME, SANDBOX, UserId("user-1"), 1)
LOOKS: tuple[Effect, ...] = (
    GetMachine(OP, APP, SANDBOX, MACHINE),
    GetVolume(OP, APP, SANDBOX, VOLUME),
    ListMachines(OP, APP, SANDBOX),
    ListVolumes(OP, APP, SANDBOX),
    ListSnapshots(OP, APP, VOLUME),
    AwaitState(OP, APP, MACHINE, Awaited.STARTED),
)
CHANGES: tuple[Effect, ...] = (
    CreateVolume(OP, APP, SANDBOX, (), 10, Guest()),
    CreateMachine(OP, APP, CONFIG, Region("eu"), 1),
    UpdateMachine(OP, APP, MACHINE, VersionId("i1"), CONFIG, 1),
    StartMachine(OP, APP, MACHINE),
    StopMachine(OP, APP, MACHINE),
    DeleteMachine(OP, APP, MACHINE),
    DeleteVolume(OP, APP, VOLUME),
)
PROBE = ProbeHealth(OP, APP, SandboxId("sandbox-1"), MACHINE)
SETTLE, ENSURE = Settle(OP, OP, 75.0), EnsureApp(OP, APP)
PAYMENT = PayDebt(OpId(1), DebtKind.POSTGRES_MARK, SandboxId("sandbox-1"), UserId("user-1"))


def performer(world: World) -> InstancePerformer:
    """The performer of a process."""
    found = process(world, new_store()).kiloclaw._instances.performer
    assert isinstance(found, InstancePerformer)
    return found


async def paid(one: InstancePerformer, *, late_s: float = 0.0) -> Outcome:
    """What a payment came to."""
    return await one.perform(PAYMENT, committed_at=CLOCK.monotonic() - late_s)


@frozen
class Told:
    """A part of a provider that has one answer, and remembers who was asked for what."""

    part: str
    answer: Done | Healthy
    asked: list[tuple[str, object, float]]

    async def perform(self, effect: FlyEffect | ProbeHealth, *, committed_at: float) -> Outcome:
        """Say it."""
        self.asked.append((self.part, effect, committed_at))
        return self.answer


@frozen
class ToldApps:
    """The same of apps."""

    asked: list[tuple[str, object, float]]

    async def perform(self, effect: AppRequest, *, committed_at: float) -> AppOutcome:
        """Say it."""
        self.asked.append(("apps", effect, committed_at))
        return Done()


async def test_every_effect_has_its_performer() -> None:
    """Requests about machines and volumes go to the provider's, a probe to its own; a settle only takes its time."""
    asked: list[tuple[str, object, float]] = []
    one, began = performer(World()), CLOCK.monotonic()

    async def aclose() -> None:
        """There is nothing to close."""

    told = Provider("acme", Told("machines", Done(), asked), ToldApps(asked), Told("health", Healthy(), asked), aclose)
    mine = InstancePerformer(told, one.directory, one.apps, one.policy, one.clock)
    outcomes = [await mine.perform(effect, committed_at=began) for effect in (*LOOKS, *CHANGES, PROBE, PAYMENT, SETTLE)]
    assert outcomes == [*[Done()] * len((*LOOKS, *CHANGES)), Healthy(), Done(), Done()]
    assert asked == [*(("machines", effect, began) for effect in (*LOOKS, *CHANGES)), ("health", PROBE, began)]
    assert CLOCK.monotonic() - began == pytest.approx(75.0)


def test_only_what_changes_nothing_may_be_broken_off() -> None:
    """A change that nobody waits for any more may still land, and its answer may be the only one to say so."""
    abandoned = instances(Policy()).may_abandon
    every = (*LOOKS, PROBE, SETTLE, *CHANGES, ENSURE, PAYMENT)
    assert {type(effect) for effect in every} == set(get_args(Effect))
    assert [effect for effect in every if abandoned(effect)] == [*LOOKS, PROBE, SETTLE]


async def test_a_payment_is_fenced_like_any_request() -> None:
    """Late, it is not made; and a directory that fails leaves it in doubt."""
    one = performer(World())
    assert [await paid(one), await paid(one, late_s=21)] == [Done(), Rejected(Why.NOT_SENT)]


async def test_a_directory_that_fails_leaves_a_doubt() -> None:
    """The debt stays owed."""
    one = performer(World())
    broken = InstancePerformer(one.provider, BrokenDirectory(), one.apps, one.policy, one.clock)
    assert await paid(broken) == Unknown()


async def test_an_app_that_nobody_named_is_not_made_up() -> None:
    """Whose an app is comes from the caller, never from an environment."""
    world = World()
    effect = EnsureApp(OpId(1), AppName("acct-1"))
    assert await performer(world).perform(effect, committed_at=0.0) == Rejected(Why.INVALID)
    assert world.asked == []


async def test_two_sandboxes_of_one_owner_share_an_app() -> None:
    """The app is made once, whoever needs it, and its one key stays."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    (before,) = world.apps.apps
    await kiloclaw.provision("sandbox-2", "user-1", SPEC, org_id="org-1")
    (after,) = world.apps.apps
    assert (world.asked.count("CreateApp"), after.secrets, len(after.addresses)) == (1, before.secrets, 2)
    assert after.version > before.version


async def test_an_app_that_is_anothers_refuses_its_instance() -> None:
    """An app bears one user's machines; asked for another's, it stays what it is."""
    kiloclaw = process(World(), new_store()).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC, app="acct-1")
    with pytest.raises(AdmissionError) as refused:
        await kiloclaw.provision("sandbox-2", "user-2", SPEC, app="acct-1")
    assert (refused.value.code, str(refused.value.__cause__)) == (
        "duplicate",
        "sandbox-2: refused because the app belongs to another owner, user, organisation or network",
    )
    with pytest.raises(UnknownSandboxError):
        await kiloclaw.view("sandbox-2")


async def test_a_command_that_meets_another_is_decided_anew() -> None:
    """A caller never hears of a conflict that a second look resolves."""
    world, store = World(), new_store()
    one, other = process(world, store, name="one"), process(world, store, name="other")
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    one.kiloclaw._instances.store = HurriedStore(store, other=other)
    shown = await one.kiloclaw.stop("sandbox-1", wait=False)
    assert (shown.desired, other.store.store is store) == ("stopped", True)


def test_an_app_at_rest_without_a_reason_is_a_doubt() -> None:
    """It cannot be; were it so all the same, it would prove nothing."""
    assert ensured(AppAbsent()) == Unknown()


async def test_fly_is_a_provider() -> None:
    """All of it in one value, which lets go of its connections and shows no token."""
    nowhere = "http://127.0.0.1:1"
    fly = fly_provider("canary-token", "acme", "canary-secret", base_url=nowhere, health_template=nowhere)
    assert (fly.organisation, "canary" in repr(fly)) == ("acme", False)
    await fly.aclose()
