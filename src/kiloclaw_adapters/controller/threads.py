"""Work that may never end: each in a thread of its own, which nobody waits for when the controller goes down.

The event loop's own threads are waited for at its end, and one that hangs (a dead mount, output that nobody reads)
would keep the process for ever.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """Do it in a thread of its own; whatever it raises is raised here. Whoever cancels this leaves it to itself.

    Raises OSError (EAGAIN), with nothing begun, where there is no thread to be had.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(settling: Callable[[], None]) -> None:
        if not done.done():  # whoever waited may have gone
            settling()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - it is whoever waits that it happens to
            told = partial(done.set_exception, error)
        else:
            told = partial(done.set_result, result)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(settle, told)

    try:
        Thread(target=run, name="kiloclaw-apart", daemon=True).start()
    except RuntimeError as error:  # Python has no other for it
        raise OSError(errno.EAGAIN, "no thread could be started") from error
    return await done
