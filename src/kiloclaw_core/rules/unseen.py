"""What rules need to see, and a trace did not show: a rule is held by what was seen, never by what was left out."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from kiloclaw_core.rules.asked import MOUNTS, Sent
from kiloclaw_core.rules.book import Book, Change, Step
from kiloclaw_core.trace.durable import VOLUMES, Durable
from kiloclaw_core.trace.lines import Call, CallOp, ShownVolume

OF_THE_SERVICE: Final = frozenset({CallOp.REGISTRY, CallOp.MARK_DESTROYED})
"""Requests that do not go to the provider."""


@define(eq=False)
class Unseen:
    """What was not shown so far, or what was.

    `has_called` says that a request to the provider was told, `is_unlabelled` that a volume of the sandbox is gone, or
    forgotten, of which nobody said what was on it, `is_unsized` that a request made or changed a machine whose size is
    not told, and `is_unplaced` that one was to mount a volume whose region is not. `awaited` are the volumes that the
    record names, and that no line has shown.
    """

    has_called: bool = False
    is_unlabelled: bool = False
    is_unsized: bool = False
    is_unplaced: bool = False
    awaited: frozenset[str] = field(factory=frozenset)

    def begin(self, book: Book) -> None:
        """How things stood at first."""
        self.awaited = volumes_of(book.record) - book.volumes.keys()

    def hear(self, book: Book, step: Step) -> None:
        """Go on with this step."""
        if isinstance(step.line, Call) and step.call is not None:
            self._called(book, step.call)
        for one in step.changes:
            self._changed(one)
        if step.now is not step.was:
            self._wrote(book, step)

    def has_labels(self, book: Book) -> bool:
        """Whether it was said of every volume of the sandbox what is on it."""
        untold = self.is_unlabelled or self.awaited
        return not untold and all(one.data is not None for one in book.own_volumes())

    def _called(self, book: Book, call: Sent) -> None:
        self.has_called = self.has_called or call.op not in OF_THE_SERVICE
        volume = book.volumes.get(call.volume_id or "")
        self.is_unplaced = self.is_unplaced or (call.op in MOUNTS and volume is not None and volume.region is None)

    def _changed(self, one: Change) -> None:
        shown = one.before if one.after is None else one.after
        if not one.own or shown is None:
            return
        if isinstance(shown, ShownVolume):
            self.awaited -= {shown.id}
            self.is_unlabelled = self.is_unlabelled or (one.is_gone and shown.data is None)
        elif one.cause is not None and one.cause.op in MOUNTS and one.after is not None:
            self.is_unsized = self.is_unsized or shown.size is None

    def _wrote(self, book: Book, step: Step) -> None:
        named = volumes_of(step.now)
        self.is_unlabelled = self.is_unlabelled or not self.awaited <= named
        self.awaited = (self.awaited & named) | (named - volumes_of(step.was) - book.volumes.keys())


def volumes_of(record: Durable) -> frozenset[str]:
    """The volumes that a record names under its own keys."""
    return frozenset(record.texts[key] for key in VOLUMES if key in record.texts)
