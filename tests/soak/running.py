"""Runs a soak: one worker that is killed again and again, callers and weather, then calm, and at last the end of all.

The processes are real: a simulated Fly, a worker, and this one, which asks. What must be true then is `judging`'s.
"""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Final

import httpx
from attrs import define, field, frozen

from kiloclaw_adapters.demo.processes import Simulated, end, kill, new_process, simulated_fly
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import Fields
from kiloclaw_core.views import DebugView

from . import judging
from .asking import DESTROY, Caller
from .judging import Problem
from .memory import Course, Memory
from .population import Population
from .scale import DAY_S, WEEK_S
from .weather import Weather
from .working import kiloclaw_in

SAMPLE_S: Final = 1.0
LOOK_S: Final = 1.0
LOOKS: Final = 3
LAST_GUSTS_S: Final = 2.0
"""So long after the storm something may still befall a machine that was foretold during it."""


@frozen
class Wanted:
    """What kind of soak: how many instances for how long, from which seed, and how hard."""

    seconds: float
    instances: int
    seed: int
    week_s: float = 60.0
    kill_every_s: float = 20.0
    asked_every_s: float = 30.0
    """Everybody is asked something so often, on average; something befalls everybody a third as often."""
    calm_s: float = 150.0
    """How long everything may take to come to rest once nothing goes wrong any more."""


@frozen
class Outcome:
    """What a soak came to."""

    problems: tuple[Problem, ...]
    figures: dict[str, float]
    answers: dict[str, dict[str, int]]
    befell: dict[str, int]
    courses: dict[str, Course]


@define
class Soak:
    """One soak: its parts, and what it has seen so far."""

    wanted: Wanted
    folder: Path
    fly: Simulated
    kiloclaw: Kiloclaw
    caller: Caller
    weather: Weather
    population: Population
    tell: Callable[[str, dict[str, float]], None]
    worker: Process | None = field(default=None, init=False)
    workers: int = field(default=0, init=False)
    memories: dict[str, Memory] = field(factory=lambda: {"worker": Memory(), "simulator": Memory()}, init=False)
    problems: list[Problem] = field(factory=list, init=False)
    figures: dict[str, float] = field(factory=dict, init=False)
    _began_s: float = field(factory=time.monotonic, init=False)

    async def run(self) -> None:
        """A quiet beginning, the storm, the calm after it, and the end of everything."""
        await self._new_worker()
        sampling = asyncio.create_task(self._every(SAMPLE_S, self._sample))
        try:
            await self._begin()
            await self._storm()
            await self._calm()
            await self._end_all()
        finally:
            sampling.cancel()
            with suppress(asyncio.CancelledError):
                await sampling
            if self.worker is not None:
                await end(self.worker)
        self.problems += judging.grown({name: memory.course() for name, memory in self.memories.items()})
        self.problems += judging.failed(sorted(self.folder.glob("worker-*.log")))

    # -- the four acts -------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Everybody is provisioned while nothing goes wrong, so that there is something to befall."""
        await self.caller.fill()
        await self._rested("beginning")

    async def _storm(self) -> None:
        """Everything that can go wrong does, somebody asks something all the time, and the worker is killed."""
        await self.weather.break_out()
        every_s = self.wanted.asked_every_s / self.wanted.instances
        acts = (
            self._every(every_s, self.caller.ask_something),
            self._every(3 * every_s, lambda: self.weather.blow(time.monotonic())),
            self._every(self.wanted.kill_every_s, self._replace_worker),
            self._every(LOOK_S, self._report),
        )
        try:
            async with asyncio.timeout(self.wanted.seconds), asyncio.TaskGroup() as group:
                for act in acts:
                    group.create_task(act)
        except TimeoutError:
            await self.weather.calm_down()

    async def _calm(self) -> None:
        """Nothing goes wrong any more: everything comes to rest, and is as it is said to be."""
        began_s = time.monotonic()
        await asyncio.sleep(LAST_GUSTS_S)
        shown, truth = await self._rested("coming to rest")
        self.figures["seconds to rest"] = time.monotonic() - began_s
        self.problems += [
            *judging.restless(self.population, shown),
            *judging.unasked(self.population, shown),
            *judging.stuck(shown),
            *judging.left_behind(self.population, shown, truth),
            *judging.untrue(self.population, shown, truth),
            *judging.unmarked(shown, await FileDirectory(self.folder / "directory.db").marks()),
            *judging.lost(self.population, truth),
        ]
        self.figures |= {
            "instances at the end": sum(one.is_wanted for one in self.population.sandboxes.values()),
            "running at the end": sum(view.view.status == "running" for view in shown.values()),
            "kept volumes at the end": sum(one.role == "retained" for view in shown.values() for one in view.ledger),
            "lost by Fly": sum(one.lost_data for one in self.population.sandboxes.values()),
        }

    async def _end_all(self) -> None:
        """Everybody asks for the end of everything, and Fly is empty."""
        for sandbox in self.population.wanted():
            if sandbox.provisioned:
                await self.caller.ask(DESTROY, sandbox)
        shown, truth = await self._rested("ending")
        self.problems += judging.restless(self.population, shown)
        self.problems += judging.left_behind(self.population, shown, truth)
        self.figures |= {"requests": int(str(truth["requests"])), "changes at Fly": int(str(truth["changes"]))}

    async def _rested(self, what: str) -> tuple[dict[str, DebugView], judging.Truth]:
        """Every instance and the truth, once all rest and are what they are said to be, or had time enough for it.

        Whoever rests takes stock now and then, some of so many at any moment: under way for good is only who was so in
        each of the last looks. What the others are about just now is told by how they rested last.
        """
        deadline_s, looks = time.monotonic() + self.wanted.calm_s, deque[set[str]](maxlen=LOOKS)
        rested = dict[str, DebugView]()
        while True:
            shown = await judging.ledgers(self.kiloclaw, self.population)
            truth = await self.weather.truth()
            restless = {one.whose for one in judging.restless(self.population, shown)}
            restless |= {one.whose for one in judging.untrue(self.population, shown, truth)}
            rested |= {name: view for name, view in shown.items() if name not in restless}
            looks.append(restless)
            unrested = set.intersection(*looks)
            self.tell(what, {**self._numbers(), "under way": len(unrested)})
            if not unrested or time.monotonic() >= deadline_s:
                return {**shown, **{name: rested[name] for name in restless - unrested}}, truth
            await asyncio.sleep(LOOK_S)

    # -- what goes on meanwhile ----------------------------------------------------------------------------------

    async def _every(self, seconds: float, act: Callable[[], Awaitable[object]]) -> None:
        """Do this again and again, so many seconds after its last beginning, but never twice at once."""
        while True:
            began_s = time.monotonic()
            await asyncio.sleep(max(0.0, seconds))
            await act()
            took_s = time.monotonic() - began_s - seconds
            if took_s > seconds:
                self.figures["asked late"] = self.figures.get("asked late", 0) + 1

    async def _new_worker(self) -> None:
        self.workers += 1
        with (self.folder / f"worker-{self.workers}.log").open("wb") as lines:
            command = ("-m", "tests.soak.working", str(self.folder), str(self.wanted.week_s))
            self.worker = await new_process(command, self.fly, lines)

    async def _replace_worker(self) -> None:
        """SIGKILL, and another one begins."""
        assert self.worker is not None, "somebody works"
        if self.worker.returncode is not None:
            self.problems.append(Problem("no worker fails", f"worker-{self.workers}", "ended by itself"))
        else:
            await kill(self.worker)
        await self._new_worker()

    async def _sample(self) -> None:
        assert self.worker is not None, "somebody works"
        self.memories["worker"].sample(self.worker.pid)
        self.memories["simulator"].sample(self.fly.process.pid)

    async def _report(self) -> None:
        truth = await self.weather.truth()
        self.figures["faults met"] = int(str(truth["met"]))
        up = sum(one["state"] == "started" for one in truth["machines"])
        self.tell("storm", {**self._numbers(), "requests": int(str(truth["requests"])), "up": up})

    def _numbers(self) -> dict[str, float]:
        """How it goes, in numbers."""
        granted = sum(count for (_, code), count in self.caller.answers.items() if code == "granted")
        worker, simulator = (self.memories[name].samples[-1:] for name in ("worker", "simulator"))
        return {
            "seconds": time.monotonic() - self._began_s,
            "sandboxes": len(self.population.sandboxes),
            "granted": granted,
            "refused": sum(self.caller.answers.values()) - granted,
            "kills": self.workers - 1,
            "worker MB": sum(worker),
            "simulator MB": sum(simulator),
        }


async def soak(wanted: Wanted, folder: Path, tell: Callable[[str, dict[str, float]], None]) -> Outcome:
    """Run a soak in this folder, and tell how it goes on the way."""
    day_s = wanted.week_s * DAY_S / WEEK_S
    command = ("-m", "tests.soak.simulating", str(wanted.seed), str(day_s))
    population = Population(wanted.instances, Random(wanted.seed))
    async with (
        simulated_fly(command) as fly,
        httpx.AsyncClient(base_url=fly.base, timeout=30.0) as client,
        kiloclaw_in(folder, wanted.week_s, "caller", unlogged, fly.environment()) as kiloclaw,
    ):
        caller = Caller(kiloclaw, population, lambda: time.time_ns() // 1_000_000)
        weather = Weather(client, population, Random(wanted.seed + 1))
        running = Soak(wanted, folder, fly, kiloclaw, caller, weather, population, tell)
        await running.run()
    return Outcome(
        problems=tuple(running.problems),
        figures={**running.figures, **running._numbers()},
        answers=by_command(caller),
        befell=dict(weather.befell),
        courses={name: memory.course() for name, memory in running.memories.items()},
    )


def by_command(caller: Caller) -> dict[str, dict[str, int]]:
    """How often each command was answered with each code."""
    answers: dict[str, dict[str, int]] = {}
    for (name, code), count in sorted(caller.answers.items()):
        answers.setdefault(name, {})[code] = count
    return answers


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line: the callers of a soak are counted."""
