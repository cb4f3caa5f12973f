"""One worker of the demo as a process of its own, so that it can be killed: `python -m kiloclaw_adapters.demo.working`.

It works on the store and records into the folder that its argument names, until SIGTERM. Fly and the token come from
the environment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from kiloclaw_adapters.demo.assembling import kiloclaw_in, provider_at


async def work(folder: Path) -> None:
    """Work until SIGTERM."""
    fly = provider_at(os.environ["FLY_API_BASE"], os.environ["FLY_API_TOKEN"], os.environ["FLY_ORG"])
    async with kiloclaw_in(folder, fly, f"worker-{os.getpid()}") as kiloclaw:
        worker = kiloclaw.worker()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
        await worker.run()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
