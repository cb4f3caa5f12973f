"""Following what a search found by the rules themselves, from the initial state on.

What is followed are states that stand for others: the way passes the one that stands there, or its mirror image. So a
trace is of what can happen, whatever stood for it while it was searched.
"""

from __future__ import annotations

from typing import Generic

from attrs import define, field

from kiloclaw_core.explore.allowance import with_left_of
from kiloclaw_core.explore.canonical import is_image
from kiloclaw_core.explore.model import SceneT, When
from kiloclaw_core.explore.naive import ProductModel
from kiloclaw_core.explore.product import Joint, Product
from kiloclaw_core.explore.report import Step, Trace


@define(eq=False)
class Follower(Generic[SceneT]):
    """Whoever follows, and how far they are."""

    product: Product[SceneT]
    start: Joint = field(init=False)
    here: Joint = field(init=False)
    steps: list[Step] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        """Begin where everything begins."""
        self.start = self.here = ProductModel(self.product).initial()

    def to(self, there: Joint, *, calmly: bool = False) -> None:
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
                self.steps.append(Step(index, len(choices), choice.move.action))
                self.here = end
                return
        raise AssertionError(f"nothing leads from {self.here} to {there}")

    def trace(self) -> Trace:
        """The way so far."""
        return Trace(tuple(self.steps), self.start, self.here)
