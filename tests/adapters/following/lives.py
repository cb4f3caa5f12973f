"""Lives that our own recorder writes down: one sandbox, in virtual time, with what goes wrong told beforehand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from attrs import evolve, frozen

from kiloclaw_adapters.following import Advice, Followed, follow_file
from kiloclaw_adapters.recorder import Recorder
from kiloclaw_core.world.fate import halt

from ..interpreter.outside import CLOCK, SPEC, Fault, Process, World, new_store, process

SANDBOX: Final = "sandbox-1"


@frozen
class Scene:
    """Two processes over one world, both recorded."""

    world: World
    one: Process
    two: Process

    def halt(self) -> None:
        """Every machine stops by itself."""
        for app, outside in self.world.outsides.items():
            for machine in outside.fly.machines:
                outside = evolve(outside, fly=halt(outside.fly, machine))  # noqa: PLW2901 (one after the other)
            self.world.outsides[app] = outside


Life: TypeAlias = Callable[[Scene], Awaitable[None]]


async def lived(folder: Path, life: Life) -> Path:
    """The recording of this life, beside which a worker works."""
    world, store = World(), new_store()
    scene = Scene(
        world,
        process(world, store, name="one", recorder=Recorder(folder, CLOCK)),
        process(world, store, name="two", recorder=Recorder(folder, CLOCK)),
    )
    worker = asyncio.create_task(scene.one.kiloclaw.worker().run())
    await life(scene)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    return folder / f"{SANDBOX}.jsonl"


def followed(path: Path) -> tuple[list[Advice], Followed]:
    """What following this recording says."""
    *advice, end = follow_file(str(path))
    assert isinstance(end, Followed)
    return [one for one in advice if isinstance(one, Advice)], end


# -- lives -------------------------------------------------------------------------------------------------------


async def recovered(scene: Scene) -> None:
    """Provisioned, restarted, recovered after it stopped by itself, and destroyed."""
    kiloclaw = scene.one.kiloclaw
    await kiloclaw.provision(SANDBOX, "user-1", SPEC, running=True)
    await kiloclaw.restart(SANDBOX)
    scene.halt()
    await CLOCK.sleep(600)
    await kiloclaw.destroy(SANDBOX)


async def taken_over(scene: Scene) -> None:
    """One process dies while a create is under way, and the other goes on."""
    kiloclaw = scene.two.kiloclaw
    task = asyncio.create_task(kiloclaw.provision(SANDBOX, "user-1", SPEC, running=True))
    while "CreateMachine" not in scene.world.asked:
        await CLOCK.sleep(0.01)
    scene.two.store.dead = True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await CLOCK.sleep(400)
    await scene.one.kiloclaw.destroy(SANDBOX)


def troubled(seed: int) -> Life:
    """Both processes ask for this and that, some requests are lost, and some answers."""

    async def life(scene: Scene) -> None:
        random = Random(seed)
        lost = (Fault.LOST, Fault.UNHEARD)
        scene.world.faults = {nth: random.choice(lost) for nth in range(60) if random.random() < 0.12}
        both = (scene.one.kiloclaw, scene.two.kiloclaw)
        await asyncio.gather(both[0].provision(SANDBOX, "user-1", SPEC), return_exceptions=True)
        for _ in range(4):
            asking, other = random.sample(both, 2)
            asked = random.choice((asking.start, asking.stop, asking.restart))
            tasks = [asyncio.create_task(asked(SANDBOX)), asyncio.create_task(other.start(SANDBOX))]
            await asyncio.wait(tasks, timeout=random.choice((0.1, 3, 50, 400)))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if random.random() < 0.4:
                scene.halt()
        await asyncio.gather(both[0].destroy(SANDBOX, wait=False), return_exceptions=True)
        await CLOCK.sleep(2000)

    return life
