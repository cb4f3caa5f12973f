"""The story that the demo plays, on real processes, a real database and real HTTP.

Of two who ask for one slot at once, one is let in; the provision of another is killed, and heals. The instance that
was let in is started; its machine stops by itself, and it heals on a copy of its volume, while the volume it left is
kept for a while. It is stopped; its machine is taken away; it is started again, and destroyed while the create is in
flight. The worker is killed twice, after the create was sent and in the middle of destroy, and each time a new process
goes on. What came of it is judged afterwards, by `judging`.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from pathlib import Path
from typing import Final

import httpx
from attrs import define, field, frozen

from kiloclaw_adapters.demo.admitting import Admitting
from kiloclaw_adapters.demo.lanes import Chapter, Lane, Line, Screen
from kiloclaw_adapters.demo.merging import recorded
from kiloclaw_adapters.demo.outside import Outside
from kiloclaw_adapters.demo.patience import BETWEEN_LOOKS_S, LONGEST_S, eventually
from kiloclaw_adapters.demo.processes import Simulated, end, kill, new_worker
from kiloclaw_adapters.demo.watching import Watcher, now_ms, short
from kiloclaw_adapters.errors import RefusedError
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.app import app_name
from kiloclaw_core.names import OwnerKey
from kiloclaw_core.views import View

SANDBOX: Final = "ki_demo"
USER: Final = "user-1"
APP: Final = app_name(OwnerKey(USER))
BETWEEN_COUNTS_S: Final = 0.75


@frozen
class Kill:
    """A worker was killed while such a request of its own was in flight."""

    amid: str
    at_ms: int


@define
class Story:
    """One playing of the story: the caller's kiloclaw, Fly, and the worker of the moment."""

    folder: Path
    screen: Screen
    fly: Simulated
    caller: Kiloclaw
    outside: Outside
    client: httpx.AsyncClient
    worker: Process | None = field(default=None, init=False)
    workers: int = field(default=0, init=False)
    kills: list[Kill] = field(factory=list, init=False)
    refused_after: str | None = field(default=None, init=False)
    admitting: Admitting = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.admitting = Admitting(self.folder, self.fly, self.caller, self.screen.tell)

    @property
    def trace(self) -> Path:
        """Where the story is recorded."""
        return self.folder / f"{SANDBOX}.jsonl"

    async def play(self) -> None:
        """Play the whole story; raises `DemoError` when something is waited for in vain."""
        watcher = Watcher(self.screen, self.outside, self.trace)
        async with watcher.watching():
            try:
                await self.two_at_once()
                await self.killed_while_let_in()
                await self.ordinary_life()
                await self.unexpected_stop()
                await self.kept_for_a_while()
                await self.killed_while_creating()
                await self.killed_while_destroying()
                await self.after_the_end()
            finally:
                if self.worker is not None:
                    await end(self.worker)

    async def two_at_once(self) -> None:
        """Two tabs ask for an instance."""
        self.chapter("Two tabs of one user ask for an instance at once: one is let in, and the other hears why not.")
        await self.new_worker()
        await self.admitting.two_at_once(SANDBOX, USER)
        await self.until("provisioned")

    async def killed_while_let_in(self) -> None:
        """Another user is let in, and their caller dies; nobody asks again."""
        self.chapter("Another user's provision is killed half-way, and nobody asks again: what it made goes by itself.")
        await self.admitting.orphaned()
        await self.admitting.healed()

    async def ordinary_life(self) -> None:
        """Start what was provisioned."""
        self.chapter("The instance that was let in is started.")
        await self.caller.start(SANDBOX, wait=False)
        await self.until("running")

    async def unexpected_stop(self) -> None:
        """A day passes, and with it comes a snapshot; then the machine stops though nobody asked."""
        self.chapter("Its machine stops though nobody asked: it heals on a copy of its volume, made elsewhere.")
        view = await self.caller.view(SANDBOX)
        assert view.machine_id is not None, "a running instance has a machine"
        assert view.volume_id is not None, "a running instance has a volume"
        await self.outside.snapshot(view.volume_id)
        self.say("fly", f"snapshot of {short(view.volume_id)}")
        self.say("fly", f"by itself: {short(view.machine_id)}", alarming=True)
        await self.looked_at_anew()
        await self.outside.halt(view.machine_id)
        await eventually("the instance to recover", self.is_recovered)

    async def looked_at_anew(self) -> None:
        """What moves by itself is dated by the look before: let there be one later than all that was said."""
        since = now_ms()

        async def is_later() -> bool:
            return self.outside.looked_ms > since

        await eventually("another look at Fly", is_later)

    async def kept_for_a_while(self) -> None:
        """The volume it left is kept, because it has a snapshot; then its successor is looked at, and it goes."""
        self.chapter(
            "The volume it left is kept for a week, here three seconds, and goes; then the instance is stopped."
        )
        shown = LONGEST_S
        while (kept := await self.kept()) is not None:
            volume, left_s = kept
            if left_s is not None and left_s <= shown - BETWEEN_COUNTS_S:
                shown = left_s
                self.say("instance", f"keeps {short(volume)}: {left_s:.1f} s")
            await asyncio.sleep(BETWEEN_LOOKS_S)
        await self.caller.stop(SANDBOX, wait=False)
        await self.until("stopped")

    async def killed_while_creating(self) -> None:
        """The machine is lost, a new one is asked for, destroy is granted meanwhile, and the worker dies."""
        self.chapter("Its machine is lost; started again, it is destroyed while the create is in flight.")
        await self.take_away(await self.caller.view(SANDBOX))
        hold = await self.outside.hold("create_machine")
        self.say("fly", "holds a create up")
        await self.caller.start(SANDBOX, wait=False)
        await eventually("the create to be sent", lambda: self.outside.holds(hold))
        await self.caller.destroy(SANDBOX, wait=False)
        self.chapter("SIGKILL, after the create was sent; it lands once another worker has taken over.")
        await self.kill_worker("create_machine")
        await self.new_worker()
        await eventually("another worker to take over", self.is_taken_over)
        self.say("fly", "lets the create go")
        await self.outside.release(hold)

    async def killed_while_destroying(self) -> None:
        """The new worker waits the create out, finds what it made and condemns it; and dies, too."""
        hold = await self.outside.hold("delete_machine")
        await eventually("the machine's delete to be sent", lambda: self.outside.holds(hold))
        self.chapter("SIGKILL again, in the middle of destroy; the delete lands, and nobody hears its answer.")
        await self.kill_worker("delete_machine")
        await self.outside.release(hold)
        await self.new_worker()
        await self.until(None)

    async def after_the_end(self) -> None:
        """Somebody asks for it once more."""
        self.chapter("Asked to start once more.")
        try:
            await self.caller.start(SANDBOX, wait=False)
        except RefusedError as refused:
            self.refused_after = refused.code

    # -- what the story is made of -------------------------------------------------------------------------------

    async def new_worker(self) -> None:
        """A new process that works."""
        self.worker = await new_worker(self.folder, self.fly)
        self.workers += 1
        self.say("instance", f"worker {self.workers} begins")

    async def kill_worker(self, amid: str) -> None:
        """End the worker with SIGKILL while such a request of its own is in flight."""
        assert self.worker is not None, "nobody works"
        await kill(self.worker)
        self.kills.append(Kill(amid, now_ms()))
        self.say("instance", f"SIGKILL worker {self.workers}", alarming=True)

    async def take_away(self, view: View) -> None:
        """Somebody else deletes the machine, by Fly's own API."""
        assert view.machine_id is not None, "a stopped instance has a machine"
        self.say("fly", f"by hand: -{short(view.machine_id)}", alarming=True)
        app = (await self.outside.machine(view.machine_id)).fields["app"]
        answer = await self.client.delete(
            f"/v1/apps/{app}/machines/{view.machine_id}",
            params={"force": "true"},
            headers={"Authorization": f"Bearer {self.fly.token}"},
        )
        answer.raise_for_status()

    async def is_recovered(self) -> bool:
        """Whether the instance runs again, on another volume than the one it keeps."""
        view = await self.caller.debug_view(SANDBOX)
        kept = [one.id for one in view.ledger if one.kept is not None]
        return view.view.status == "running" and bool(kept) and view.view.volume_id not in kept

    async def kept(self) -> tuple[str, float | None] | None:
        """The volume that is kept though it was left, and in how many seconds it goes; None once it is gone."""
        ledger = (await self.caller.debug_view(SANDBOX)).ledger
        return next(((one.id, one.due_in_s) for one in ledger if one.role == "retained"), None)

    async def is_taken_over(self) -> bool:
        """Whether somebody has taken over since the last worker was killed; one may lose its lease before it dies."""
        killed_ms = self.kills[-1].at_ms
        return any(line["kind"] == "evict" and int(str(line["at"])) >= killed_ms for line in recorded(self.trace))

    async def until(self, status: str | None) -> None:
        """Wait until the instance has this outward status, and whoever worked on it has let it go."""

        async def is_so() -> bool:
            view = await self.caller.view(SANDBOX)
            return (view.status, view.busy) == (status, None) and recorded(self.trace)[-1]["kind"] == "quiesce"

        await eventually(f"the instance to be {status or 'gone'}", is_so)

    def say(self, lane: Lane, text: str, *, alarming: bool = False) -> None:
        """Show what the demo itself does."""
        self.screen.tell(Line(now_ms(), lane, text, alarming))

    def chapter(self, text: str) -> None:
        """Show what is about to happen."""
        self.screen.tell(Chapter(now_ms(), text))
