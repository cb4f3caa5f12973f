"""The smallest product: one part that walks along labelled arrows, for tests that want to draw their graph by hand."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeAlias

from attrs import field, frozen

from kiloclaw_core.explore import Action, Aspect, Claim, Joint, Kind, Local, Move, Pruning, Rule, When

Arrows: TypeAlias = Mapping[str, tuple[tuple[When, str], ...]]


def arrives(name: str, kind: Kind, *places: str) -> Claim[str]:
    """The claim that the walker is at one of these places."""
    return Claim(name, f"{name}.", kind, ("at",), lambda at: at in places)


@frozen
class Paths:
    """A walker that begins at "start" and follows arrows; what it sees of itself is where it is."""

    arrows: Arrows
    claims: tuple[Claim[str], ...] = ()
    names: tuple[str, ...] = ("at",)
    anchor: str | None = None
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    rules: tuple[Rule, ...] = field(init=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (Local(("at",), self._step),)

    def _step(self, at: str) -> Iterator[Move]:
        for when, to in self.arrows.get(at, ()):
            yield Move(Action(f"to {to}"), when, (("at", to),))

    def initial(self) -> Joint:
        """The walker stands at "start"."""
        return Joint(("start",), ())

    def numbers(self, _value: Hashable, /) -> tuple[int, ...]:
        """No place mentions a number."""
        return ()

    def renumber(self, value: Hashable, _mapping: Mapping[int, int], /) -> Hashable:
        """Nothing changes where there are no numbers."""
        return value

    def slot_key(self, slot: Hashable, /) -> str:
        """Slots by their text; there are none."""
        return str(slot)

    def scene(self, joint: Joint, /) -> str:
        """Where the walker is."""
        return str(joint.parts[0])
