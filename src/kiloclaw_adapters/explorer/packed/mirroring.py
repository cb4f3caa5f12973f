"""Of a state and its mirror image one stands for both: for thousands of states at once."""

from __future__ import annotations

from functools import partial
from typing import Generic

import numpy as np
from attrs import define

from kiloclaw_adapters.explorer.packed.rows import Ints, Marks
from kiloclaw_adapters.explorer.packed.settling import Renumbering
from kiloclaw_adapters.explorer.packed.tables import Known
from kiloclaw_core.explore.images import Images
from kiloclaw_core.explore.model import SceneT


@define(eq=False, init=False)
class Mirroring(Generic[SceneT]):
    """The images of rows, part by part and bag by bag, brought to the form that stands for all."""

    places: tuple[int, ...]
    _renumbering: Renumbering[SceneT]
    _images: tuple[Known, ...]

    def __init__(self, images: Images[SceneT], renumbering: Renumbering[SceneT]) -> None:
        """Begin with no image known."""
        self.places, self._renumbering = (*images.places, len(images.places)), renumbering
        parts = [Known(partial(images.part, place)) for place in range(len(images.places))]
        self._images = (*parts, Known(images.bag))

    def standing(self, columns: list[Ints]) -> Marks:
        """Replace the states in these columns by what stands for them; which of them are their own image."""
        mirrored = list(columns)
        for place, (known, column) in enumerate(zip(self._images, columns, strict=True)):
            mirrored[self.places[place]] = known.of(column)
        self._renumbering.settle(mirrored)
        less, alike = np.zeros(len(columns[0]), np.bool_), np.ones(len(columns[0]), np.bool_)
        for column, image in zip(columns, mirrored, strict=True):
            less |= alike & (image < column)
            alike &= image == column
        for column, image in zip(columns, mirrored, strict=True):
            np.copyto(column, image, where=less)
        return alike
