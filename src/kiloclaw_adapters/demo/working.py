"""One worker of the demo as a process of its own, so that it can be killed: `python -m kiloclaw_adapters.demo.working`.

It works on the store and records into the folder that its arguments name, until SIGTERM. Fly and the token come from
the environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from kiloclaw_adapters.demo.terms import POLICY, terms
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import Fields
from kiloclaw_adapters.provider import Provider, fly_provider
from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.store import open_store


def provider_here() -> Provider:
    """The simulator that the environment names."""
    base = os.environ["FLY_API_BASE"]
    return fly_provider(
        os.environ["FLY_API_TOKEN"], os.environ["FLY_ORG"], base_url=base, health_template=base, policy=POLICY
    )


def kiloclaw_in(folder: Path, fly: Provider, owner: str) -> Kiloclaw:
    """Kiloclaw over the store and the traces in this folder."""
    return Kiloclaw(
        store=open_store(f"sqlite:///{folder / 'kiloclaw.db'}"),
        fly=fly,
        directory=FileDirectory(folder / "directory.db"),
        policy=POLICY,
        recorder=Recorder(folder),
        logger=unlogged,
        terms=terms(owner),
    )


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line: the demo shows the trace instead."""


async def work(folder: Path) -> None:
    """Work until SIGTERM."""
    async with kiloclaw_in(folder, provider_here(), f"worker-{os.getpid()}") as kiloclaw:
        worker = kiloclaw.worker()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
