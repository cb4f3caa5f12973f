"""Claims judged for thousands of states at once: each once for each distinct look at what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, TypeAlias

import numpy as np
from attrs import define
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.packed.readings import Readings
from kiloclaw_adapters.explorer.packed.rows import SMALLEST, Ints, grow
from kiloclaw_adapters.explorer.packed.tables import Known
from kiloclaw_core.explore.components import Components
from kiloclaw_core.explore.judge import Judge, Readers, marks_of
from kiloclaw_core.explore.model import Claim, Kind, SceneT
from kiloclaw_core.explore.product import Joint, place_of

KEPT: Final = 4_000_000
"""How many judgements of a reading are kept at a time."""

Told: TypeAlias = NDArray[np.uint64]
"""For each state, the bits of the claims that it tells something about."""


@define(eq=False, init=False)
class Judging(Generic[SceneT]):
    """All claims of a product, judged once for each distinct look at what they read."""

    components: Components[SceneT]
    homes: tuple[int, ...]
    """The claims that say where home is."""
    _judge_of: Judge[SceneT]
    _looks: dict[int, Known]
    _readers: tuple[tuple[tuple[int, ...], Readers[SceneT]], ...]
    _readings: list[Readings]
    _said: list[Told]
    """What the claims of each of those said of each reading."""

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing judged."""
        judge, names = Judge(components), components.product.names
        self.components, self._judge_of, self.homes = components, judge, tuple(sorted(judge.numbers(Kind.LEADS_HOME)))
        self._looks = {look.place: Known(look.of) for look in judge.looks}
        places = [tuple(place_of(names, name) for name in group.claims[0][1].reads) for group in judge.readers]
        self._readers = tuple(zip(places, judge.readers, strict=True))
        self._readings = [Readings(len(one)) for one in places]
        self._said = [np.empty(SMALLEST, np.uint64) for _ in self._readers]

    def marks(self, rows: Ints) -> Told:
        """The bits of the claims that each of these states tells something about."""
        marks = np.zeros(len(rows), np.uint64)
        seen = {place: look.of(np.ascontiguousarray(rows[:, place])) for place, look in self._looks.items()}
        for which, (places, group) in enumerate(self._readers):
            readings = self._readings[which]
            read = [seen[place] if place in seen else np.ascontiguousarray(rows[:, place]) for place in places]
            if readings.count > KEPT:
                self._readings[which] = readings = Readings(len(places))  # what was judged can be judged again
            numbers, unseen = readings.numbers(read, len(rows))
            if len(unseen):
                self._judge(which, readings.count, group.claims, rows[unseen])
            marks |= self._said[which][numbers]
        return marks

    def settling(self, marks: int) -> list[int]:
        """The claims among these bits that one state settles."""
        return self._judge_of.settling(marks)

    def _judge(self, which: int, count: int, claims: tuple[tuple[int, Claim[SceneT]], ...], rows: Ints) -> None:
        """Judge the last of `count` readings by the claims themselves, each in a state that shows it."""
        before, scene = count - len(rows), self.components.product.scene
        grow(self._said[which], count)
        for number, (*parts, bag) in enumerate(rows.tolist(), before):
            self._said[which][number] = marks_of(claims, scene(joint_of(self.components, parts, bag)))


def joint_of(components: Components[SceneT], parts: Sequence[int], bag: int) -> Joint:
    """The joint of these parts and this bag."""
    values = (values.values[part] for values, part in zip(components.parts, parts, strict=True))
    return Joint(tuple(values), components.bags.value(bag))
