"""What a user wrote, told from the labels that volumes bear: equal labels are the same data (trace-format.md).

The first label is the user's data. A label that appears on a volume known as empty was written by a machine that ran
there; one that comes with its volume is a copy, or older than the trace. What the world by itself takes away, no
service can keep: it is forgotten, and the next label is the first again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from attrs import define, field

EMPTY: Final = "empty"
FIRST: Final = 1
OTHER: Final = 0
"""The number of all data that is neither the user's first nor written since."""


@define(eq=False)
class Lineages:
    """The labels by number, and how many volumes of this life were ever written."""

    written: int = 0
    _numbers: dict[str, int] = field(factory=dict)

    def name(self, label: str) -> str | None:
        """The name that claims have for this data; None for a volume that was never written."""
        return None if label == EMPTY else f"d{self._numbers[label]}"

    def is_first(self, label: str) -> bool:
        """Whether this is the user's data."""
        return self._numbers.get(label) == FIRST

    def appeared(self, label: str, *, before: str | None) -> None:
        """A volume bears this label; `before` is what it bore before, None for a volume that is new."""
        if label == EMPTY or label in self._numbers:
            return
        if self.written and before != EMPTY:
            self._numbers[label] = OTHER
        else:
            self.written += 1
            self._numbers[label] = self.written

    def forget(self, left: Iterable[str]) -> None:
        """Nothing that was written counts any more; these labels are still there."""
        self.written = 0
        self._numbers = dict.fromkeys(left, OTHER)

    def keep(self, left: Iterable[str]) -> None:
        """Drop the labels that no volume bears, save the user's own, so that a long trace needs no more memory."""
        staying = set(left)
        self._numbers = {
            label: number for label, number in self._numbers.items() if number == FIRST or label in staying
        }
