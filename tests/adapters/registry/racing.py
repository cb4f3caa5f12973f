"""The program that races: processes that all ask for one slot at the same moment, over and over, on a real store.

`python -m tests.adapters.registry.racing FILE PROCESSES ROUNDS` forks so many processes, has each of them begin an
attempt for the round's slot as soon as all are ready, and prints for each round how often each answer was given. An
answer is told with the number of commits by others that it met on the way.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
from collections import Counter
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Final, NoReturn

from attrs import define
from returns.pipeline import is_successful

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.interpreter import Interpreter
from kiloclaw_adapters.logs import Fields, LogWatch
from kiloclaw_adapters.ports import SystemClock, Terms
from kiloclaw_adapters.registry.machinery import registries
from kiloclaw_core.names import AttemptId, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Begin,
    Registry,
    RegistryCommand,
    RegistryEffect,
    RegistryOutcome,
    RegistryRefusal,
    RegistryReplied,
)

READY_S: Final = 120.0
"""So long a round waits for the slowest process before the race is given up."""

Answers = list[str]


class Nobody:
    """Performs nothing: whoever is let in here goes no further."""

    async def perform(self, effect: RegistryEffect, *, committed_at: float) -> NoReturn:
        """Nobody asks."""
        raise AssertionError(f"nothing is to be performed, not even {effect}, committed at {committed_at}")


@define(eq=False)
class Counting(
    Interpreter[Registry, RegistryCommand, RegistryRefusal, RegistryReplied, RegistryEffect, RegistryOutcome]
):
    """Counts the commits by others that a command met."""

    met: int = 0

    async def _written(self, key: str, version: int, body: str, record: Registry) -> int | None:
        became = await super()._written(key, version, body, record)
        self.met += became is None
        return became


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line."""


async def race(path: Path, number: int, rounds: int, ready: Barrier) -> Answers:
    """Ask for the slot of every round at the same moment as everybody else; what was answered."""
    directory = FileDirectory(path)
    interpreter = Counting(
        registries(Policy()), directory.registry, Nobody(), SystemClock(), Terms("racer"), LogWatch(unlogged)
    )
    answers: Answers = []
    for nth in range(rounds):
        owner, user = OwnerKey(f"user:racer-{nth}"), UserId(f"racer-{nth}")
        name = f"{nth}-{number}"
        begin = Begin(owner, AttemptId(f"attempt-{name}"), user, SandboxId(f"sandbox-{name}"))
        interpreter.met = 0
        ready.wait(READY_S)
        decided = await interpreter.intend(owner, begin, name)
        answer = "admitted" if is_successful(decided) else type(decided.failure()).__name__.lower()
        answers.append(f"{answer} after {interpreter.met}")
    await directory.aclose()
    return answers


def run(path: Path, number: int, rounds: int, ready: Barrier, told: Queue[Answers]) -> None:
    """One process of the race."""
    told.put(asyncio.run(race(path, number, rounds, ready)))


def main(file: str, processes: str, rounds: str) -> None:
    """Race, and print what was answered in each round."""
    forking = multiprocessing.get_context("fork")
    ready, told = forking.Barrier(int(processes)), forking.Queue()
    racers = [
        forking.Process(target=run, args=(Path(file), number, int(rounds), ready, told))
        for number in range(int(processes))
    ]
    for racer in racers:
        racer.start()
    answers = [told.get() for _ in racers]
    for racer in racers:
        racer.join()
    print(json.dumps([Counter(each) for each in zip(*answers, strict=True)]))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(*sys.argv[1:])
