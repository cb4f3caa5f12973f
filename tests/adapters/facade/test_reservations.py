"""What operators ask of reservations: whose, how old, and what a registry that cannot be read keeps from them."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.pipeline import is_successful

from kiloclaw_adapters.arguments import app_named
from kiloclaw_adapters.errors import AdmissionError, MalformedError, StoreUnavailableError
from kiloclaw_adapters.provider import DEFAULT_POLICY
from kiloclaw_adapters.registry.machinery import REGISTRY
from kiloclaw_core.commands import Identity, Provision
from kiloclaw_core.names import AttemptId, CommandId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import Begin, FailedClean, Phase, RegistryCommand, WorkStarted

from ..interpreter.outside import SPEC, Process, World, new_store, process

pytestmark = pytest.mark.anyio

ANN, BEN, TORN = OwnerKey("user:ann"), OwnerKey("user:ben"), OwnerKey("user:torn")
ACME = OwnerKey("org:acme")
ATTEMPT = AttemptId("first-try")


async def begun(one: Process, owner: OwnerKey) -> None:
    """Have an attempt of this name be at work for this owner, and nobody who goes on with it."""
    user = UserId(owner.partition(":")[2])
    for command in (
        Begin(owner, ATTEMPT, user, SandboxId(f"sandbox-of-{user}"), at=1),
        WorkStarted(owner, ATTEMPT, Fence(1), at=1),
    ):
        assert is_successful(await one.kiloclaw._registries.intend(owner, command, "a caller"))


async def torn(one: Process) -> None:
    """Have one owner's registry be none that this release can read."""
    await one.kiloclaw._directory.registry.commit(
        key=TORN,
        kind=REGISTRY.kind,
        schema=REGISTRY.schema,
        expected_version=0,
        body="{}",
        alarms=(),
        commit_id="torn",
        lease=None,
    )


async def crowded(one: Process, phase: Phase) -> None:
    """Have more attempts of Ann's have ended than are remembered, and Ben's first one be in this phase."""

    async def told(*commands: RegistryCommand) -> None:
        for command in commands:
            assert is_successful(await one.kiloclaw._registries.intend(ACME, command, "a caller"))

    for number in range(1, DEFAULT_POLICY.resolved_remembered + 3):
        name, fence = AttemptId(f"ann's {number}"), Fence(number)
        await told(
            Begin(ACME, name, UserId("ann"), SandboxId(f"ki-{number}"), at=1), FailedClean(ACME, name, fence, at=1)
        )
    await told(Begin(ACME, ATTEMPT, UserId("ben"), SandboxId("ki-ben"), at=1))
    if phase is Phase.WORKING:
        await told(WorkStarted(ACME, ATTEMPT, Fence(1), at=1))


async def released(one: Process, owner: str | None) -> tuple[str, str]:
    """Whose attempt was released, and how it is now."""
    known = await one.kiloclaw.release_reservation(
        ATTEMPT, owner=owner, expected_phase=Phase.WORKING, expected_fence=1, operator="cleo", because="burnt down"
    )
    return known.owner, known.reservation.phase


async def phases(one: Process, *owners: OwnerKey) -> dict[str, str]:
    """How the attempts of these owners are."""
    shown = [known for owner in owners for known in await one.kiloclaw.reservations(owner=owner)]
    return {known.owner: known.reservation.phase for known in shown}


async def test_an_attempt_id_that_two_owners_use_is_released_for_the_one_that_is_named() -> None:
    """Callers make ids up: an operator who answers for Ben's attempt must not free Ann's slot."""
    one = process(World(), new_store())
    await begun(one, ANN)
    await begun(one, BEN)

    with pytest.raises(MalformedError, match="owner: first-try is an attempt of user:ann and of user:ben; say whose"):
        await released(one, None)
    assert await phases(one, ANN, BEN) == {ANN: "working", BEN: "working"}
    assert await released(one, BEN) == (BEN, "released")
    assert await phases(one, ANN, BEN) == {ANN: "working", BEN: "released"}


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.WORKING])
async def test_the_first_attempt_of_one_user_is_released_beside_many_of_another(phase: Phase) -> None:
    """It has the lowest fence of the organisation and is the youngest: it is shown as free, and stays remembered."""
    one = process(World(), new_store())
    await crowded(one, phase)

    known = await one.kiloclaw.release_reservation(
        ATTEMPT, owner=ACME, expected_phase=phase, expected_fence=1, operator="cleo", because="burnt down"
    )
    assert (known.unresolved, known.reservation.phase, known.reservation.resolution) == (
        False,
        "released",
        "manual_admin_release" if phase is Phase.OPEN else "cleaned_up",
    )
    shown = [other.reservation for other in await one.kiloclaw.reservations(owner=ACME)]
    assert [(other.attempt_id, other.phase) for other in shown if other.user_id == "ben"] == [(ATTEMPT, "released")]


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.WORKING])
async def test_a_release_that_is_not_remembered_is_shown_all_the_same(phase: Phase) -> None:
    """Whoever answered for it is told that the slot is free, though nothing of the attempt is left to read."""
    one = process(World(), new_store(), policy=evolve(DEFAULT_POLICY, resolved_remembered=0))
    await crowded(one, phase)

    known = await one.kiloclaw.release_reservation(
        ATTEMPT, owner=ACME, expected_phase=phase, expected_fence=1, operator="cleo", because="burnt down"
    )
    assert (known.unresolved, known.reservation.phase, known.reservation.resolution) == (
        False,
        "released",
        "manual_admin_release",
    )
    assert await one.kiloclaw.reservations(owner=ACME) == ()


async def test_an_owner_who_has_no_such_attempt_is_told_so() -> None:
    """Another owner's attempt of that name is none of theirs."""
    one = process(World(), new_store())
    await begun(one, ANN)

    with pytest.raises(AdmissionError) as told:
        await released(one, BEN)
    assert (told.value.code, await phases(one, ANN, BEN)) == ("reservation_not_found", {ANN: "working"})


@pytest.mark.parametrize("owner", ["ann", "", "user:", "org: ", "team:acme"])
async def test_an_owner_without_a_kind_is_refused_instead_of_having_nothing(owner: str) -> None:
    """Whoever leaves out `user:` would read an empty list as the news that nobody holds a slot."""
    one = process(World(), new_store())
    await begun(one, ANN)

    told = f"owner: {owner!r} must be like user:ann or org:acme"
    with pytest.raises(MalformedError, match=told):
        await one.kiloclaw.reservations(owner=owner)
    with pytest.raises(MalformedError, match=told):
        await released(one, owner)
    assert await phases(one, ANN) == {ANN: "working"}


async def test_one_registry_that_cannot_be_read_keeps_nobody_from_the_others() -> None:
    """All of them are not known then, and that is said; those of an owner who is named are."""
    one = process(World(), new_store())
    await begun(one, ANN)
    await torn(one)

    with pytest.raises(StoreUnavailableError, match=TORN):
        await one.kiloclaw.reservations()
    with pytest.raises(StoreUnavailableError, match=TORN):
        await released(one, None)
    assert await phases(one, ANN) == {ANN: "working"}
    assert await released(one, ANN) == (ANN, "released")


async def test_what_is_older_than_the_registry_has_no_age() -> None:
    """Nobody wrote down when it was let in; half a century is no answer."""
    one = process(World(), new_store())
    who = Identity(SandboxId("sandbox-1"), UserId("user-1"), app_named(None, OwnerKey("user-1")))
    await one.kiloclaw._instances.intend(who.sandbox, Provision(CommandId("long ago"), who, SPEC), "long ago")
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False, command_id="now")
    ((born,), (known,)) = [await one.kiloclaw.reservations(), await one.kiloclaw.reservations(owner="user:user-1")]

    assert (born, born.age_s) == (known, None)
