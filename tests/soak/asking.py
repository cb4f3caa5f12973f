"""What callers and operators ask during a soak: every command there is, each about as often as in life.

A refusal is an answer. A call that fails for want of the store is asked again with the same id, for that is safe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from attrs import define, field, frozen

from kiloclaw_adapters.errors import KiloclawError, StoreUnavailableError
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import Region
from kiloclaw_core.views import HoldingView

from .population import Population, Sandbox

REGIONS: Final = tuple(map(Region, ("ams", "fra", "iad", "lhr")))
SIZES: Final = (Guest(1, 2048, "shared"), Guest(2, 4096, "shared"), Guest(1, 3072, "performance"))
IMAGES: Final = tuple(f"registry.fly.io/kiloclaw-machines:{number}" for number in range(3))
OPERATOR: Final = {"operator": "soak", "because": "somebody has to"}
TRIES: Final = 5
NO_OCCASION: Final = "no occasion"
LEAVING: Final = "being_destroyed"
REPEATED: Final = 20
"""One command in so many is asked twice, as by a caller who did not hear the answer."""


@define
class Caller:
    """Asks, and counts what was answered."""

    kiloclaw: Kiloclaw
    population: Population
    now_ms: Callable[[], int]
    answers: Counter[tuple[str, str]] = field(factory=Counter, init=False)
    """How often each command was answered with each code; `granted` where it was, or there was no occasion for it."""

    async def fill(self) -> None:
        """Have as many sandboxes as there are to be."""
        for sandbox in self.population.fill():
            await self.ask(PROVISION, sandbox)

    async def ask_something(self) -> None:
        """Ask something of somebody."""
        chance = self.population.chance
        await self.fill()
        (wish,) = chance.choices(WISHES, [one.weight for one in WISHES])
        await self.ask(wish, self.population.anyone())

    async def ask(self, wish: Wish, sandbox: Sandbox) -> None:
        """Ask this of that sandbox, now and then twice."""
        sandbox.asked += 1
        command_id = f"{sandbox.name}-{sandbox.asked}"
        code = await self._answer(wish, sandbox, command_id)
        self.answers[wish.name, code] += 1
        sandbox.forgotten |= code == LEAVING
        if self.population.chance.randrange(REPEATED) == 0 and code == "granted":
            await self._answer(wish, sandbox, command_id)

    async def _answer(self, wish: Wish, sandbox: Sandbox, command_id: str) -> str:
        code = "granted"
        for _ in range(TRIES):
            try:
                asked = await wish.ask(self, sandbox, command_id)
            except StoreUnavailableError as error:
                code = error.code
            except KiloclawError as error:
                return error.code
            else:
                return "granted" if asked else NO_OCCASION
        return code

    async def holding(self, sandbox: Sandbox, role: str, kind: str) -> HoldingView | None:
        """One thing that the sandbox holds in this role, drawn; None if there is none."""
        ledger = (await self.kiloclaw.debug_view(sandbox.name)).ledger
        held = [one for one in ledger if (one.role, one.kind) == (role, kind)]
        return self.population.chance.choice(held) if held else None


Ask: TypeAlias = Callable[[Caller, Sandbox, str], Awaitable[bool]]
"""Asks, under this id, and says whether there was anything to ask for."""


@frozen
class Wish:
    """Something to ask, and how often in comparison with the others."""

    name: str
    weight: int
    ask: Ask


async def provision(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have the sandbox, mostly running; or one that there is have another spec."""
    chance = caller.population.chance
    regions = tuple(chance.sample(REGIONS, chance.randint(1, len(REGIONS))))
    spec = Spec(chance.choice(IMAGES), chance.choice(SIZES), regions=regions)
    await caller.kiloclaw.provision(
        sandbox.name,
        sandbox.user,
        spec,
        org_id=sandbox.org,
        app=sandbox.app,
        tenancy=sandbox.tenancy,
        running=chance.random() < 0.7,
        wait=False,
        command_id=command_id,
    )
    sandbox.provisioned = True
    return True


async def start(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have it running."""
    await caller.kiloclaw.start(sandbox.name, wait=False, command_id=command_id)
    return True


async def stop(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have it stopped."""
    await caller.kiloclaw.stop(sandbox.name, wait=False, command_id=command_id)
    return True


async def restart(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have it run its spec afresh, with another image half of the time."""
    chance = caller.population.chance
    image = chance.choice((None, chance.choice(IMAGES)))
    await caller.kiloclaw.restart(sandbox.name, image=image, wait=False, command_id=command_id)
    return True


async def resize(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have it be of another size."""
    guest = caller.population.chance.choice(SIZES)
    await caller.kiloclaw.resize(sandbox.name, guest, 10, wait=False, command_id=command_id)
    return True


async def override(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator decides the size, or ends that."""
    guest = caller.population.chance.choice((None, *SIZES))
    await caller.kiloclaw.override_size(sandbox.name, guest, wait=False, command_id=command_id, **OPERATOR)
    return True


async def recover(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator has it looked at."""
    await caller.kiloclaw.recover(sandbox.name, wait=False, command_id=command_id, **OPERATOR)
    return True


async def restore(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator has it go back to a snapshot, where there is one."""
    if not sandbox.snapshots:
        return False
    taken = caller.population.chance.choice(sandbox.snapshots[-2:])
    await caller.kiloclaw.restore(sandbox.name, taken, wait=False, command_id=command_id, **OPERATOR)
    return True


async def reassociate(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator has it use a volume that it left, where there is one."""
    kept = await caller.holding(sandbox, "retained", "volume")
    if kept is None:
        return False
    await caller.kiloclaw.reassociate(sandbox.name, kept.id, wait=False, command_id=command_id, **OPERATOR)
    return True


async def clean_up(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator has a volume go that it left, where there is one."""
    kept = await caller.holding(sandbox, "retained", "volume")
    if kept is None:
        return False
    await caller.kiloclaw.clean_up(sandbox.name, kept.id, wait=False, command_id=command_id, **OPERATOR)
    return True


async def disown(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """An operator answers for a machine that does not go away, where there is one."""
    leaving = await caller.holding(sandbox, "condemned", "machine")
    if leaving is None or not leaving.failures:
        return False
    sandbox.disowned.add(leaving.id)
    await caller.kiloclaw.disown(sandbox.name, leaving.id, wait=False, command_id=command_id, **OPERATOR)
    return True


async def destroy(caller: Caller, sandbox: Sandbox, command_id: str) -> bool:
    """Have it and all it holds gone."""
    if sandbox.destroy_asked_ms is None:
        sandbox.destroy_asked_ms = caller.now_ms()
    await caller.kiloclaw.destroy(sandbox.name, wait=False, command_id=command_id)
    return True


async def look(caller: Caller, sandbox: Sandbox, _command_id: str) -> bool:
    """Poll it, as a page does."""
    await caller.kiloclaw.view(sandbox.name)
    await caller.kiloclaw.regions(sandbox.name)
    return True


PROVISION: Final = Wish("provision", 4, provision)
DESTROY: Final = Wish("destroy", 3, destroy)
WISHES: Final = (
    PROVISION,
    Wish("start", 20, start),
    Wish("stop", 14, stop),
    Wish("restart", 10, restart),
    Wish("resize", 3, resize),
    Wish("override size", 2, override),
    Wish("recover", 4, recover),
    Wish("restore", 4, restore),
    Wish("reassociate", 3, reassociate),
    Wish("clean up", 3, clean_up),
    Wish("disown", 1, disown),
    DESTROY,
    Wish("look", 10, look),
)
