"""The resources of one kind that a trace has shown, and how sure it is that each is still there, and whose it is.

A look that should have shown a resource and did not is a doubt; two looks in a row, one apart from the other, are
believed, as our own services believe them (decisions.md, 1.7). Ground truth leaves no doubt.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

from attrs import define, evolve, field, frozen

from kiloclaw_core.trace.lines import Shown

ShownT = TypeVar("ShownT", bound=Shown)
BELIEVED: Final = 2
"""So many looks in a row that do not show a resource prove that it is not there."""


@frozen
class Known(Generic[ShownT]):
    """A resource as it was shown last, on the line `since`; `own` is None where nobody said whose it is."""

    shown: ShownT
    own: bool | None
    since: int
    doubts: int = 0

    @property
    def is_sure(self) -> bool:
        """Whether it is certainly there, and certainly the sandbox's own."""
        return self.own is True and self.doubts == 0

    @property
    def is_possible(self) -> bool:
        """Whether it may be there, and be the sandbox's own."""
        return self.own is not False and self.doubts < BELIEVED


@define(eq=False)
class Shelf(Generic[ShownT]):
    """The resources of one kind, of this sandbox and of others in its app."""

    sandbox_id: str
    _known: dict[str, Known[ShownT]] = field(init=False, factory=dict)
    _at_first: dict[str, Known[ShownT]] = field(init=False, factory=dict)

    def find(self, name: str) -> ShownT | None:
        """The resource of this id, as it was shown last."""
        known = self._known.get(name)
        return None if known is None else known.shown

    def own(self, name: str) -> bool | None:
        """Whether the resource of this id is the sandbox's own."""
        known = self._known.get(name)
        return None if known is None else known.own

    def sure(self) -> tuple[ShownT, ...]:
        """The sandbox's own that are certainly there."""
        return tuple(one.shown for one in self._known.values() if one.is_sure)

    def possible(self) -> tuple[ShownT, ...]:
        """All that may be there and be the sandbox's own."""
        return tuple(one.shown for one in self._known.values() if one.is_possible)

    def whose(self, shown: ShownT) -> bool | None:
        """Whether it is the sandbox's own, from what it says of itself or what was known of it."""
        said = shown.is_own(self.sandbox_id)
        return self.own(shown.id) if said is None else said

    def show(self, shown: ShownT, line: int, *, made_here: bool = False) -> bool:
        """It is there; `made_here` says that a request of the sandbox made it. Answer whether an own one is new."""
        known = self._known.get(shown.id)
        own = self.whose(shown)
        if own is None and made_here:
            own = True
        self._known[shown.id] = Known(shown, own, line)
        return own is True and (known is None or known.own is None)

    def revise(self, shown: ShownT) -> None:
        """What is known of it changes, but not how sure it is that it is there."""
        self._known[shown.id] = evolve(self._known[shown.id], shown=shown)

    def claim(self, name: str) -> bool:
        """The record names it: it is the sandbox's own unless it said otherwise. Answer whether that is news."""
        known = self._known.get(name)
        if known is None or known.own is not None:
            return False
        self._known[name] = evolve(known, own=True)
        return True

    def lose(self, name: str) -> None:
        """It is there no more."""
        self._known.pop(name, None)

    def doubt(self, name: str, *, at_most: int = BELIEVED) -> None:
        """A look did not show it, or a delete may have landed; the latter alone proves nothing, however often."""
        known = self._known.get(name)
        if known is not None:
            self._known[name] = evolve(known, doubts=max(known.doubts, min(known.doubts + 1, at_most)))

    def look(self, shown: frozenset[str], sent: int) -> None:
        """A listing that was asked for on the line `sent` showed these alone."""
        for name, known in tuple(self._known.items()):
            if name not in shown and known.since < sent:
                self.doubt(name)

    def begin(self) -> None:
        """What is known now is the truth at first."""
        self._at_first = self._known.copy()

    def trust(self) -> None:
        """The trace turns out to tell the truth by itself: so far nothing has changed, whatever answers said."""
        self._known = self._at_first
        self._at_first = {}

    def forget(self) -> None:
        """Drop what is believed to be gone."""
        self._known = {name: known for name, known in self._known.items() if known.doubts < BELIEVED}
