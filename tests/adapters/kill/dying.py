"""The program that dies: lives of sandboxes, each in a process that kills itself, by SIGKILL, at one effect.

`python -m tests.adapters.kill.dying FOLDER [OPERATION SIDE COUNT]` forks a process for each of the first COUNT effects
of the operation, lets it live until it dies on that side of that effect, and prints their exit codes. Without a place
to die at, it lives one life to the end, and prints the names of all effects by operation. Effects are numbered from 0
within each operation, the instance's and its app's together, as they are begun; what is asked for its admission counts
by itself, as an operation of its own. The database, the trace and the last word of each life are in a folder below
FOLDER; Fly's address and the token come from the environment.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import sys
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final, Generic

from attrs import define, evolve, field, frozen

from kiloclaw_adapters.ports import EffectT, OutcomeT, Performer
from kiloclaw_adapters.registry.driving import Desk, Take
from kiloclaw_core.registry.asks import Answer, Ask, AskRegistry

from .life import STEPS, Address, kiloclaw_in

VARIABLES: Final = ("FLY_API_BASE", "FLY_API_TOKEN", "FLY_ORG")
"""Where the parts of an address stand in the environment, in their order."""
ADMISSION: Final = " admission"
"""After the name of an operation: what is asked to have it let in."""
LAST_WORD: Final = "last-word"
"""The file in which a life that ends says at which effect."""


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

    @property
    def sandbox(self) -> str:
        """The sandbox whose life ends there, and the name of its folder."""
        return f"{self.operation.replace(' ', '-')}-{self.number}-{self.side.value}"


@define
class Life:
    """The effects begun so far, by operation, and the death that is to come, if one is."""

    death: Death | None
    last_word: Path
    begun: dict[str, list[str]] = field(factory=dict)

    def begin(self, operation: str) -> None:
        """Begin the next operation."""
        self.begun[operation + ADMISSION] = []
        self.begun[operation] = []

    def place(self, name: str, of: str = "") -> tuple[str, int]:
        """Count one more effect, or question `of` an admission: the operation that it belongs to, and its number."""
        operation = next(reversed(self.begun)) + of
        names = self.begun[operation]
        names.append(name)
        return operation, len(names) - 1

    def reach(self, place: tuple[str, int], side: Side) -> None:
        """Die if this is the place."""
        operation, number = place
        if self.death == Death(operation, number, side):
            self.last_word.write_text(self.begun[operation][number], encoding="utf-8")
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


@define(eq=False)
class MortalDesk(Desk):
    """A desk whose process may die at any of its questions."""

    life: Life = field(kw_only=True)

    async def _ask(self, question: Ask, take: Take) -> Answer:
        """Ask the question, unless death comes first."""
        place = self.life.place(name_of(question), ADMISSION)
        self.life.reach(place, Side.BEFORE)
        answer = await super()._ask(question, take)
        self.life.reach(place, Side.AFTER)
        return answer


def name_of(question: Ask) -> str:
    """What is asked; of the registry, which command."""
    return type(question.command if isinstance(question, AskRegistry) else question).__name__


async def live(folder: Path, sandbox: str, death: Death | None) -> dict[str, list[str]]:
    """Live until this death, or to the end; the effects by operation."""
    home = folder / sandbox
    home.mkdir()
    life = Life(death, home / LAST_WORD)
    fly = Address(*(os.environ[name] for name in VARIABLES))
    async with kiloclaw_in(home, fly, "dying") as kiloclaw:
        kiloclaw._instances.performer = Mortal(kiloclaw._instances.performer, life)
        kiloclaw._apps.performer = Mortal(kiloclaw._apps.performer, life)
        desk = kiloclaw._asking.desk()
        parts = (desk.registries, desk.directory, desk.entitlements, desk.clock)
        kiloclaw._asking = evolve(kiloclaw._asking, desk=partial(MortalDesk, *parts, life=life))
        for operation, step in STEPS.items():
            life.begin(operation)
            await step(kiloclaw, sandbox)
    return life.begun


def die(folder: Path, death: Death) -> None:
    """Live until this death."""
    asyncio.run(live(folder, death.sandbox, death))


def die_at_each(folder: Path, operation: str, side: Side, count: int) -> list[int | None]:
    """Die at each of the first effects of this operation, in a process each; how these ended.

    They are forked, because to begin each anew would take longer than its life.
    """
    forking = multiprocessing.get_context("fork")
    lives = [forking.Process(target=die, args=(folder, Death(operation, number, side))) for number in range(count)]
    for life in lives:
        life.start()
    for life in lives:
        life.join()
    return [life.exitcode for life in lives]


def main(folder: str, operation: str = "", side: str = "", count: str = "0") -> None:
    """Live as the arguments say, and print what came of it."""
    told: list[int | None] | dict[str, list[str]]
    if operation:
        told = die_at_each(Path(folder), operation, Side(side), int(count))
    else:
        told = asyncio.run(live(Path(folder), "calm", None))
    print(json.dumps(told))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
