"""What each record of a controller is driven with: questions that are answered once, and work that is under way.

The record is replaced first and what it wants is done afterwards, always on the event loop, so that no two facts meet.
Which answer and which work there is, is decided by the record's own machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Final, Generic, TypeVar
from uuid import uuid4

from attrs import define, field

from kiloclaw_adapters.logs import Logger
from kiloclaw_core.instance import Note
from kiloclaw_core.pairing import AskId

AnswerT = TypeVar("AnswerT")
RefusalT = TypeVar("RefusalT")

KILLED_S: Final = 1.0
"""How long what was killed is waited for; what is not gone by then the kernel holds, and nobody ends it."""


@define(eq=False)
class Questions(Generic[AnswerT]):
    """Whoever asked and waits for the answer; whoever has gone is not told."""

    _asked: dict[AskId, asyncio.Future[AnswerT]] = field(init=False, factory=dict)

    async def answer_to(self, ask: AskId, put: Callable[[], RefusalT | None]) -> AnswerT | RefusalT:
        """Put a question, and wait for its answer; or be refused at once, by what `put` returns."""
        waiting = self._asked[ask] = asyncio.get_running_loop().create_future()
        try:
            refusal = put()
            return await waiting if refusal is None else refusal
        finally:
            del self._asked[ask]

    def answer(self, ask: AskId, answer: AnswerT) -> None:
        """Tell whoever asked, once."""
        waiting = self._asked.get(ask)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)


@define(eq=False)
class UnderWay:
    """Work that was begun and has not ended."""

    _tasks: set[asyncio.Task[None]] = field(init=False, factory=set)

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Begin it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ended(self, patience_s: float | None = None) -> None:
        """Wait until all of it has ended, or for so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience_s)

    async def given_up(self) -> None:
        """Cancel what has not ended, and wait for it as long as a kill may take."""
        for task in tuple(self._tasks):
            task.cancel()
        await self.ended(KILLED_S)


def fresh_ask() -> AskId:
    """A name for a question that no other has."""
    return AskId(str(uuid4()))


def write_down(log: Logger, notes: Iterable[Note]) -> None:
    """Tell the log what a transition has to say."""
    for note in notes:
        log(note.name, dict(note.fields))
