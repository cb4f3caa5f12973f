"""The worker of a soak as a process of its own, so that it can be killed: `python -m tests.soak.working`.

It works on the store in the folder that its first argument names, under the policy in which a week takes as many
seconds as the second one says, until SIGTERM. Its lines go to stderr.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kiloclaw_adapters.cli.serving import log_line
from kiloclaw_adapters.demo.terms import SIMULATED_SECRET
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.provider import fly_provider
from kiloclaw_adapters.store import open_store

from .scale import policy_of, terms

CONCURRENCY: Final = 256


def kiloclaw_in(folder: Path, week_s: float, owner: str, logger: Logger, fly: Mapping[str, str]) -> Kiloclaw:
    """Kiloclaw over the store and the directory in this folder, and the Fly that these variables name."""
    policy = policy_of(week_s)
    base, token, organisation = (fly[name] for name in ("FLY_API_BASE", "FLY_API_TOKEN", "FLY_ORG"))
    return Kiloclaw(
        store=open_store(f"sqlite:///{folder / 'kiloclaw.db'}"),
        fly=fly_provider(token, organisation, SIMULATED_SECRET, base_url=base, health_template=base, policy=policy),
        directory=FileDirectory(folder / "directory.db"),
        policy=policy,
        logger=logger,
        terms=terms(owner),
    )


async def work(folder: Path, week_s: float) -> None:
    """Work until SIGTERM."""
    async with kiloclaw_in(folder, week_s, f"worker-{os.getpid()}", log_line, os.environ) as kiloclaw:
        worker = kiloclaw.worker(concurrency=CONCURRENCY)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), float(sys.argv[2])))
