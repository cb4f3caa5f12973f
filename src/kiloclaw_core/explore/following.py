"""Following what a search found by the rules themselves, from the initial state on.

What is followed are states that stand for others: the way passes the one that stands there, or its mirror image. So a
trace is of what can happen, whatever stood for it while it was searched.
"""

from __future__ import annotations

from typing import Generic

from attrs import evolve, frozen

from kiloclaw_core.explore.allowance import with_left_of
from kiloclaw_core.explore.canonical import is_image
from kiloclaw_core.explore.model import SceneT, When
from kiloclaw_core.explore.naive import ProductModel
from kiloclaw_core.explore.product import Joint, Product
from kiloclaw_core.explore.report import Step, Trace


@frozen
class Follower(Generic[SceneT]):
    """Whoever follows, how far they are, and by which steps they came."""

    product: Product[SceneT]
    start: Joint
    here: Joint
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, product: Product[SceneT]) -> Follower[SceneT]:
        """One who stands where everything begins."""
        start = ProductModel(product).initial()
        return cls(product, start, start)

    def to(self, there: Joint, *, calmly: bool = False) -> Follower[SceneT]:
        """Take the first choice that leads there, if calmly a calm one; an `AssertionError` says that there is none.

        What is calm leads on however much is left, so that a calm way may be one of a state that has more.
        """
        model = ProductModel(self.product)
        choices = model.actions(self.here)
        for index, choice in enumerate(choices):
            if calmly and choice.move.when is When.FREE:
                continue
            end = model.next(self.here, choice)
            passed = with_left_of(self.product, end, there) if calmly else end
            if passed == there or is_image(self.product, passed, there):
                return evolve(self, here=end, steps=(*self.steps, Step(index, len(choices), choice.move.action)))
        raise AssertionError(f"nothing leads from {self.here} to {there}")

    def trace(self) -> Trace:
        """The way so far."""
        return Trace(self.steps, self.start, self.here)
