"""One provision of the demo as a process of its own, which never gets to its end: it waits to be killed.

`python -m kiloclaw_adapters.demo.orphaning FOLDER SANDBOX USER` has the instance let in and take the attempt on, and
then waits for ever before its row is inserted. Fly and the token come from the environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from kiloclaw_adapters.demo.assembling import kiloclaw_in, provider_at
from kiloclaw_adapters.demo.terms import SPEC
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.registry import Insertion
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId


class Waiting(FileDirectory):
    """A directory that is too slow."""

    async def insert_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> Insertion:
        """Insert the row, but not in this life."""
        await asyncio.Event().wait()
        return await super().insert_row(owner, user, instance, fence)


async def provision(folder: Path, sandbox: str, user: str) -> None:
    """Provision the sandbox, as far as it goes."""
    fly = provider_at(os.environ["FLY_API_BASE"], os.environ["FLY_API_TOKEN"], os.environ["FLY_ORG"])
    async with kiloclaw_in(folder, fly, f"caller-{os.getpid()}", Waiting) as kiloclaw:
        await kiloclaw.provision(sandbox, user, SPEC, wait=False)


if __name__ == "__main__":
    asyncio.run(provision(Path(sys.argv[1]), *sys.argv[2:]))
