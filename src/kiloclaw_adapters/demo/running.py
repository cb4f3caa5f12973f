"""Runs the demo: sets the stage in a temporary folder, has the story played, and judges what came of it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

import httpx
from attrs import frozen
from rich.console import Console

from kiloclaw_adapters.demo.assembling import kiloclaw_in, provider_at
from kiloclaw_adapters.demo.judging import Judgement, judge
from kiloclaw_adapters.demo.lanes import Line, Screen
from kiloclaw_adapters.demo.merging import merged, recorded
from kiloclaw_adapters.demo.outside import Outside
from kiloclaw_adapters.demo.processes import ORGANISATION, simulated_fly
from kiloclaw_adapters.demo.story import APP, SANDBOX, Story
from kiloclaw_adapters.demo.watching import now_ms

REFUSED: Final = frozenset({"being_destroyed", "gone"})
"""What a caller hears who asks for something that was destroyed."""

ONE_LET_IN: Final = (["let in", "provision_in_progress"], ["instance_already_active", "let in"])
"""What two hear who ask at once, sorted: the second may come when the first is done."""


@frozen
class Played:
    """The demo as it went: what was shown, what became of each claim, and over how many moments it was judged."""

    lines: tuple[Line, ...]
    judgements: tuple[Judgement, ...]
    moments: int
    kills: int
    workers: int
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether everything is as it should be."""
        return not any(one.fails for one in self.judgements)


async def run_demo(console: Console) -> Played:
    """Play the story on this console and judge it. Raises `DemoError` when it cannot go on."""
    began_ms = now_ms()
    with tempfile.TemporaryDirectory(prefix="kiloclaw-demo-") as name:
        folder = Path(name)
        async with simulated_fly() as fly, httpx.AsyncClient(base_url=fly.base) as client:
            screen = Screen(console, now_ms())
            async with kiloclaw_in(folder, provider_at(fly.base, fly.token, ORGANISATION), "caller") as caller:
                story = Story(folder, screen, fly, caller, Outside(client, SANDBOX, APP), client)
                screen.head()
                await story.play()
        outside = story.outside
        told = await asyncio.to_thread(recorded, story.trace)
    trace = merged(told, outside.landings.values(), outside.changes)
    return Played(
        lines=tuple(screen.lines),
        judgements=(*judge(trace), *of_the_story(story)),
        moments=len(trace),
        kills=len(story.kills),
        workers=story.workers,
        seconds=(now_ms() - began_ms) / 1000,
    )


def of_the_story(story: Story) -> tuple[Judgement, ...]:
    """What no single scene can show: that Fly is empty at the end, and that the story was what it says it was."""
    landed = [(one.operation, one.landed_ms) for one in story.outside.landings.values()]
    in_flight = all(
        any(operation == kill.amid and moment >= kill.at_ms for operation, moment in landed) for kill in story.kills
    )
    admitting = story.admitting
    return (
        _told(
            "one is let in",
            "Of two who ask for one slot at once, one is let in, and the other is told so.",
            holds=sorted(admitting.heard) in ONE_LET_IN,
        ),
        _told(
            "nobody is locked out",
            "The slot of a provision whose process was killed is free again, and nobody freed it by hand.",
            holds=admitting.phases[-1:] == ["released"],
        ),
        _told(
            "Fly is empty",
            "Fly itself shows no machine and no volume at the end, of anybody.",
            holds=not story.outside.things and not story.outside.elsewhere,
        ),
        _told(
            "killed in flight",
            "What each killed worker had sent landed only after its death.",
            holds=in_flight and bool(story.kills),
        ),
        _told(
            "gone is gone",
            "A start that is asked for at the end is refused.",
            holds=story.refused_after in REFUSED,
        ),
    )


def _told(name: str, sentence: str, *, holds: bool) -> Judgement:
    return Judgement(name, sentence, "held" if holds else "broken")
