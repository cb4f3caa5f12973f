"""The size of a machine, claimed for itself: what an instance was given it keeps, until somebody asks for another.

The same system as everywhere, whose scenes tell sizes and nothing else, so that no other search has to look at them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from attrs import field, frozen

from kiloclaw_core.explore import Aspect, Claim, Joint, Kind, Pruning, Rule
from kiloclaw_core.machine import Guest, MachineState
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import SANDBOX, Budget, Configuration
from kiloclaw_core.world.system import System

READS: Final = ("outside", "budget")


@frozen
class SizeScene:
    """One moment: what size each machine of the sandbox has, and whether it is up, beside the one it was given."""

    given: Guest
    sizes: tuple[tuple[Guest | None, bool], ...]
    asked: bool
    """Whether somebody asked for another size."""


def size_is_kept(scene: SizeScene) -> bool:
    """Whether no machine has another size than the instance was given, while nobody asked for one (I12)."""
    return scene.asked or all(size == scene.given for size, _ in scene.sizes)


def has_a_size_of_its_own(scene: SizeScene) -> bool:
    """Whether a machine is up that is not of the default size."""
    return any(up and size != Guest() for size, up in scene.sizes)


SIZE_CLAIMS: Final = (
    Claim("the size is kept", "No machine has a size that nobody gave it.", Kind.ALWAYS, READS, size_is_kept),
    Claim(
        "a size of its own",
        "A machine of another size than the default is up.",
        Kind.SOMETIMES,
        READS,
        has_a_size_of_its_own,
    ),
)


@frozen
class SizeSystem:
    """One sandbox and its whole outside, as everywhere, but for what is claimed of it."""

    configuration: Configuration
    claims: tuple[Claim[SizeScene], ...] = SIZE_CLAIMS
    names: tuple[str, ...] = System.names
    anchor: str | None = System.anchor
    pruning: Pruning | None = System.pruning
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    _whole: System = field(init=False, eq=False, repr=False)

    @_whole.default
    def _joined(self) -> System:
        return System(self.configuration, ())

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What may happen, mildest first."""
        return self._whole.rules

    def initial(self) -> Joint:
        """A sandbox as the configuration says that it stands."""
        return self._whole.initial()

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops and ids that a part or slot mentions."""
        return self._whole.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The same part or slot with other numbers."""
        return self._whole.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Where a slot stands."""
        return self._whole.slot_key(slot)

    def scene(self, joint: Joint, /) -> SizeScene:
        """What claims look at."""
        outside, budget = joint.parts[1], joint.parts[3]
        assert isinstance(outside, Outside), f"{outside} is no outside"
        assert isinstance(budget, Budget), f"{budget} is no budget"
        return SizeScene(self._given(), sizes_in(outside), budget.resizes < self.configuration.budget.resizes)

    def _given(self) -> Guest:
        """The size of the machine that is there when the search begins; without one, that of the spec."""
        outside, spec = self.configuration.outside, self.configuration.spec
        return next((size for size, _ in sizes_in(outside) if size is not None), spec.size)


def sizes_in(outside: Outside) -> tuple[tuple[Guest | None, bool], ...]:
    """The size of each of the sandbox's machines, and whether it is up."""
    ours = (one for one in outside.fly.machines if one.sandbox == SANDBOX)
    return tuple((one.guest, one.state is MachineState.STARTED) for one in ours)
