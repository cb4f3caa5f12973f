"""Our own recordings: the model does what the service did, for the service is the model; and a mutant is not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters.check import judge_rules
from kiloclaw_adapters.mutants import mutants_called, mutated

from ..interpreter.outside import CLOCK, SPEC, Fault
from .lives import SANDBOX, Life, Scene, followed, lived, recovered, taken_over, troubled

pytestmark = pytest.mark.anyio

LIVES: Final[dict[str, Life]] = {
    "recovered": recovered,
    "taken over": taken_over,
    **{f"troubled {seed}": troubled(seed) for seed in range(3)},
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
async def test_the_model_does_what_our_own_service_did(life: Life, tmp_path: Path) -> None:
    """Through faults, take-overs and races: whatever it leaves out is read in its favour, and no word is a slip."""
    path = await lived(tmp_path, life)
    advice, end = followed(path)
    assert (advice, end.differences, end.steps > 20) == ([], 0, True)
    assert judge_rules(str(path)).oddities == ()


async def created_unheard(scene: Scene) -> None:
    """The machine is made, and nobody hears of it."""
    scene.world.always["CreateMachine"] = Fault.UNHEARD
    provisioning = asyncio.create_task(scene.one.kiloclaw.provision(SANDBOX, "user-1", SPEC, running=True))
    await CLOCK.sleep(300)
    provisioning.cancel()
    await asyncio.gather(provisioning, return_exceptions=True)


async def destroyed_while_creating(scene: Scene) -> None:
    """A destroy comes while the machine is being made."""
    scene.world.always["CreateMachine"] = Fault.UNHEARD
    provisioning = asyncio.create_task(scene.one.kiloclaw.provision(SANDBOX, "user-1", SPEC, running=True))
    while "CreateMachine" not in scene.world.asked:
        await CLOCK.sleep(0.01)
    await scene.one.kiloclaw.destroy(SANDBOX, wait=False)
    await asyncio.gather(provisioning, return_exceptions=True)
    await CLOCK.sleep(300)


async def destroyed_in_vain(scene: Scene) -> None:
    """The delete of the volume is not answered."""
    await scene.one.kiloclaw.provision(SANDBOX, "user-1", SPEC)
    scene.world.always["DeleteVolume"] = Fault.LOST
    await scene.one.kiloclaw.destroy(SANDBOX, wait=False)
    await CLOCK.sleep(300)


WAITS: Final = "waits 75 s until what was sent can no longer land (Settling(machine))"
MUTANTS: Final[dict[str, tuple[Life, str, str]]] = {
    "hurried-destroy": (
        destroyed_while_creating,
        "somebody commits destroying, leaving v4294967299",
        (
            "commits destroying, volume v4294967299, "
            "then waits for c4294967300 create_machine v4294967299 (CreatingMachine)"
        ),
    ),
    "one-shot-destroy": (
        destroyed_in_vain,
        "somebody commits destroying",
        "commits destroying, leaving v4294967299 (Clearing)",
    ),
    "volumes-at-once": (
        recovered,
        "delete_volume v4294967299",
        "waits for c4294967323 destroy_machine m4294967317 (Clearing)",
    ),
    "unknown-is-no": (created_unheard, "create_machine v4294967299", WAITS),
    "recreate-after-crash": (taken_over, "create_machine v4294967299", WAITS),
    "gone-when-committed": (
        recovered,
        "somebody commits running, machine m4294967317, volume v4294967316, leaving v4294967299",
        (
            "commits running, machine m4294967317, volume v4294967316, kept v4294967299, "
            "then list_snapshots v4294967299 (Running)"
        ),
    ),
    "copied-while-up": (recovered, "create_volume v4294967299", "destroy_machine m4294967300 (Clearing)"),
    "started-is-restarted": (
        recovered,
        "health m4294967300",
        "update_machine m4294967300 v4294967299 (Changing(update))",
    ),
}
"""Bugs by name, each with a life that shows it: what the service does there first that the model does not."""


@pytest.mark.parametrize(("name", "told"), MUTANTS.items(), ids=MUTANTS)
async def test_a_mutant_differs_first_where_it_is_one(name: str, told: tuple[Life, str, str], tmp_path: Path) -> None:
    """What was done before is as the model does it; the step that the bug changes is the first to be told."""
    life, service, model = told
    (mutant,) = mutants_called([name])
    with mutated(mutant):
        path = await lived(tmp_path, life)
    first, *_ = followed(path)[0]
    assert (first.service, first.model) == (service, model)
