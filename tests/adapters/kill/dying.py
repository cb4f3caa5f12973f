"""The program that dies: it lives one sandbox's life and kills itself, by SIGKILL, at one effect of one operation.

`python -m tests.adapters.kill.dying FOLDER SANDBOX [OPERATION NUMBER SIDE]`: the database and the trace are in the
folder, Fly's address and the token in the environment. Effects are numbered from 0 within each operation, the
instance's and its app's together, as they are begun. The last thing it prints is the name of the fatal effect; without
a death, the names of all effects, by operation.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from enum import Enum
from pathlib import Path
from typing import Final, Generic

from attrs import define, field, frozen

from kiloclaw_adapters.ports import EffectT, OutcomeT, Performer

from .life import STEPS, Address, kiloclaw_in

VARIABLES: Final = ("FLY_API_BASE", "FLY_API_TOKEN", "FLY_ORG")
"""Where the parts of an address stand in the environment, in their order."""


class Side(Enum):
    """On which side of an effect the process dies."""

    BEFORE = "before"
    """The record is committed, and the request has not left."""
    AFTER = "after"
    """The request was applied, and its answer is not heard."""


@frozen
class Death:
    """Where to die: the operation, the number of the effect in it, and the side of that effect."""

    operation: str
    number: int
    side: Side


@define
class Life:
    """The effects begun so far, by operation, and the death that is to come, if one is."""

    death: Death | None
    begun: dict[str, list[str]] = field(factory=dict)

    def place(self, name: str) -> tuple[str, int]:
        """Count one more effect: the operation that it belongs to, and its number there."""
        operation, names = next(reversed(self.begun.items()))
        names.append(name)
        return operation, len(names) - 1

    def reach(self, place: tuple[str, int], side: Side) -> None:
        """Die if this is the place."""
        operation, number = place
        if self.death == Death(operation, number, side):
            print(self.begun[operation][number], flush=True)  # noqa: T201 - its last word
            os.kill(os.getpid(), signal.SIGKILL)


@frozen
class Mortal(Generic[EffectT, OutcomeT]):
    """A performer whose process may die at any of its effects."""

    performer: Performer[EffectT, OutcomeT]
    life: Life

    async def perform(self, effect: EffectT, *, committed_at: float) -> OutcomeT:
        """Perform the effect, unless death comes first."""
        place = self.life.place(type(effect).__name__)
        self.life.reach(place, Side.BEFORE)
        outcome = await self.performer.perform(effect, committed_at=committed_at)
        self.life.reach(place, Side.AFTER)
        return outcome


async def live(folder: Path, sandbox: str, death: Death | None) -> dict[str, list[str]]:
    """Live until this death, or to the end; the effects by operation."""
    life = Life(death)
    fly = Address(*(os.environ[name] for name in VARIABLES))
    async with kiloclaw_in(folder, fly, "dying") as kiloclaw:
        kiloclaw._instances.performer = Mortal(kiloclaw._instances.performer, life)
        kiloclaw._apps.performer = Mortal(kiloclaw._apps.performer, life)
        for operation, step in STEPS.items():
            life.begun[operation] = []
            await step(kiloclaw, sandbox)
    return life.begun


def main(folder: str, sandbox: str, *death: str) -> None:
    """Live as the arguments say."""
    when = Death(death[0], int(death[1]), Side(death[2])) if death else None
    print(json.dumps(asyncio.run(live(Path(folder), sandbox, when))))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
