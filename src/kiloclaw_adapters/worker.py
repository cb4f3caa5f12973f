"""Works on whatever falls due: claims keys under leases, a bounded number at a time, and sleeps until the next alarm.

Several workers may share a store, in one process or in many. What is done with a key is the interpreter's; that a key
which fails is tried again later is the lease's doing, for it is left to run out.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from attrs import define, field

from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.ports import Clock, Terms
from kiloclaw_adapters.store import Claimed, Schemas, Store, StoreError


class Attendant(Protocol):
    """Works on the keys of one kind of record: an interpreter."""

    async def attend(self, claimed: Claimed) -> None:
        """Work on a key that was just claimed until nothing is left to do now, and let it go."""


@define(eq=False)
class Worker:
    """Claims and works until it is stopped. `attendants` are by kind of record, `schemas` what they can read.

    Those `beside` it work on other stores, and begin, are poked and end together with it.
    """

    store: Store
    attendants: dict[str, Attendant]
    schemas: Schemas
    clock: Clock
    terms: Terms
    log: Logger
    concurrency: int = 16
    beside: tuple[Worker, ...] = ()
    _busy: set[asyncio.Task[None]] = field(init=False, factory=set)
    _changed: asyncio.Event = field(init=False, factory=asyncio.Event)
    _stopping: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        if self.concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, not {self.concurrency}")

    def poke(self) -> None:
        """Look for due keys at once: somebody in this process has committed an intent."""
        self._changed.set()
        for one in self.beside:
            one.poke()

    def stop(self) -> None:
        """Have `run` end soon: commits under way are finished, keys are let go, and requests in flight are left.

        What was in flight is recovered by whoever takes the key over. It may be called from a signal handler.
        """
        self._stopping = True
        self._changed.set()
        for one in self.beside:
            one.stop()

    async def run(self) -> None:
        """Work until `stop` is called or the task is cancelled. A store that fails is asked again after a while."""
        async with asyncio.TaskGroup() as together:
            for one in self.beside:
                together.create_task(one.run())
            await self._run()

    async def _run(self) -> None:
        try:
            while not self._stopping:
                self._changed.clear()
                try:
                    await self._claim()
                    wait_s = await self._idle_s()
                except StoreError as error:
                    self.log("store_failed", {"text": str(error)})
                    wait_s = self.terms.look_s
                await self._wait(wait_s)
        finally:
            await self._let_go()

    async def _claim(self) -> None:
        """Claim as many due keys as there is room for, and begin to work on them."""
        room = self.concurrency - len(self._busy)
        if room == 0:
            return
        claimed = await self.store.claim(
            limit=room, owner=self.terms.owner, lease_s=self.terms.lease_s, schemas=self.schemas
        )
        for one in claimed:
            task = asyncio.create_task(self._attend(one))
            self._busy.add(task)
            task.add_done_callback(self._done)

    async def _attend(self, claimed: Claimed) -> None:
        key = claimed.lease.key
        try:
            stored = await self.store.load(key)
            assert stored is not None, f"{key}: a key without a record is not claimed"
            await self.attendants[stored.kind].attend(claimed)
        except Exception as error:  # noqa: BLE001 - one key that cannot be worked on must not stop the others
            self.log("key_failed", {"key": key, "error": type(error).__name__, "text": str(error)})

    def _done(self, task: asyncio.Task[None]) -> None:
        self._busy.discard(task)
        self._changed.set()

    async def _idle_s(self) -> float:
        """How long nothing will be due, as far as the store knows; others may commit intents meanwhile, so not long."""
        if len(self._busy) >= self.concurrency:
            return self.terms.lease_s  # somebody will be done before, and that wakes us
        due_ms = await self.store.next_due_ms(self.schemas)
        if due_ms is None:
            return self.terms.look_s
        left_s = (due_ms - await self.store.now_ms()) / 1000
        return min(self.terms.look_s, max(0.0, left_s))

    async def _wait(self, wait_s: float) -> None:
        alarm = asyncio.create_task(self.clock.sleep(wait_s))
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait([alarm, changed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            changed.cancel()

    async def _let_go(self) -> None:
        busy = tuple(self._busy)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
