"""States expanded and judged again by the rules and claims themselves: here, or beside the search on another processor.

A long search hands what is to be audited to a process of its own, some hundred thousand states behind; it ends, or is
kept, when that has answered for all of them, and ends with whatever error that has found.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from typing import Final, Generic, TypeAlias

from attrs import define, field, frozen

from kiloclaw_core.explore import Product
from kiloclaw_core.explore.allowance import audit_allowance
from kiloclaw_core.explore.interned import Said, audit, audit_image
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint

LONG: Final = 100_000
"""After how many states a search is long enough for a process beside it."""
BEHIND: Final = 4
"""How many batches may wait to be audited before the search waits for them."""


Content: TypeAlias = tuple[tuple[Hashable, ...], tuple[Hashable, ...]]
"""The parts and the slots of a joint, which are handed over in less time than the joint itself."""


@frozen(eq=False)
class Audited:
    """A state that is audited, what may happen in it and where that leads, and what it tells of the claims."""

    content: Content
    remembered: list[tuple[Said, Content]]
    marks: int
    standing: list[Content] | None
    """What stands for where the moves lead, where that is audited as well."""


def audited(product: Product[SceneT], batch: Sequence[Audited]) -> None:
    """Expand and judge these states by the rules and claims themselves; an `AssertionError` says what is not so."""
    for one in batch:
        joint = Joint(*one.content)
        audit(product, joint, [(*said, Joint(*end)) for said, end in one.remembered], one.marks)
        if one.standing is not None:
            if product.mirror is not None:
                audit_image(product, product.mirror, joint, [Joint(*end) for end in one.standing], one.marks)
            if product.allowance is not None:
                audit_allowance(product, joint)


def has_room_beside() -> bool:
    """Whether this process is the only one that searches, and has a processor for another."""
    alone = multiprocessing.parent_process() is None and "PYTEST_XDIST_WORKER" not in os.environ
    return alone and sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@define(eq=False)
class Auditing(Generic[SceneT]):
    """Whoever audits the states of a search: in its own process, or beside it once it is long."""

    product: Product[SceneT]
    beside: bool
    _process: ProcessPoolExecutor | None = None
    _waiting: deque[Future[None]] = field(factory=deque)

    def audit(self, batch: Sequence[Audited], followed: int) -> None:
        """Audit these, once so many states were followed; the error may be of a batch before this one."""
        if not batch:
            return
        if self.beside and followed >= LONG:
            self.begin()
        if self._process is None:
            audited(self.product, batch)
            return
        self._waiting.append(self._process.submit(_audited_beside, batch))
        while len(self._waiting) > BEHIND:
            self._waiting.popleft().result()

    def begin(self) -> None:
        """Have a process beside the search from now on, which shares what this one holds; best before that is much."""
        if self.beside and self._process is None:
            forking = multiprocessing.get_context("fork")  # a product has functions, which no pipe takes
            these = partial(audited, self.product)
            self._process = ProcessPoolExecutor(1, forking, initializer=_begin, initargs=(these,))
            self._waiting.append(self._process.submit(_audited_beside, ()))  # it is begun with the first it is given

    def settle(self) -> None:
        """Wait for all that is not audited yet."""
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """End the process beside the search, whatever it is at."""
        if self._process is not None:
            self._process.shutdown(cancel_futures=True)
            self._process = None


# -- in the process beside ---------------------------------------------------------------------------------------


class _Beside:
    """Whoever audits there."""

    audit: Callable[[Sequence[Audited]], None]


def _begin(audit_these: Callable[[Sequence[Audited]], None]) -> None:
    _Beside.audit = staticmethod(audit_these)


def _audited_beside(batch: Sequence[Audited]) -> None:
    _Beside.audit(batch)
