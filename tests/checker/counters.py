"""A product whose steps are written in the test: two counting parts and a bag of numbered letters."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from attrs import field, frozen

from kiloclaw_core.explore import Aspect, Claim, Joint, Mirror, Ordered, Pruning, Rule


@frozen
class Letter:
    """A slot with a word that orders it and a number that is live."""

    word: str
    number: int


@frozen
class Counters:
    """Parts named "left" and "right", ints without meaning or a letter, and letters whose numbers are live."""

    rules: tuple[Rule, ...]
    claims: tuple[Claim[Joint], ...] = ()
    bag: tuple[Letter, ...] = ()
    names: tuple[str, ...] = ("left", "right")
    blind: bool = False
    anchor: str | None = None
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    left: Hashable = 0
    mirror: Mirror | None = None
    allowance: str | None = None

    def initial(self) -> Joint:
        """Both count from nought, unless the left is given something to hold."""
        return Joint((self.left, 0), self.bag)

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """Only letters have numbers."""
        return (value.number,) if isinstance(value, Letter) else ()

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The letter under its new number."""
        return Letter(value.word, mapping[value.number]) if isinstance(value, Letter) else value

    def slot_key(self, slot: Hashable, /) -> Ordered:
        """Letters by word and number; a blind product sees only the word, which is a mistake."""
        assert isinstance(slot, Letter)
        return (slot.word,) if self.blind else (slot.word, slot.number)

    def scene(self, joint: Joint, /) -> Joint:
        """Claims look at the joint itself."""
        return joint
