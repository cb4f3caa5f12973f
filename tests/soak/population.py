"""The sandboxes of a soak: how many are to be there, what was asked of each, and what befell it that excuses a loss.

What is asked is drawn from a seed, so that two runs ask alike as far as what they meet is alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from attrs import define, field

from kiloclaw_core.commands import Tenancy

SHARED_APP: Final = "soak-shared"
SHARED_OWNER: Final = "soak-everybody"
SHARING: Final = 20
"""One sandbox in so many is in an app that is not its own."""


@define
class Sandbox:
    """One sandbox: whose it is, when its end was asked for, and what nobody can be blamed for."""

    name: str
    user: str
    app: str | None
    tenancy: Tenancy
    provisioned: bool = False
    destroy_asked_ms: int | None = None
    forgotten: bool = False
    """It was destroyed by itself, as one that nobody ever started is."""
    lost_data: bool = False
    """Fly itself lost a volume of it."""
    disowned: set[str] = field(factory=set)
    """What an operator answers for."""
    snapshots: list[str] = field(factory=list)
    asked: int = 0
    """How many commands, for their ids."""

    @property
    def org(self) -> str | None:
        """Whoever shares an app has each sandbox in another organisation, because a user has one in each."""
        return None if self.tenancy is Tenancy.OWN else f"org-of-{self.name}"

    @property
    def is_wanted(self) -> bool:
        """Whether nobody has asked for its end, and it has not come."""
        return self.destroy_asked_ms is None and not self.forgotten


@define
class Population:
    """Every sandbox there ever was, of which so many are wanted at any time."""

    size: int
    chance: Random
    sandboxes: dict[str, Sandbox] = field(factory=dict, init=False)

    def fill(self) -> Iterator[Sandbox]:
        """Sandboxes that are new, in place of those that are not wanted any more."""
        for _ in range(self.size - len(self.wanted())):
            number = len(self.sandboxes) + 1
            sharing = number % SHARING == 0
            name = f"ki_soak_{number}"
            user = SHARED_OWNER if sharing else f"user-{number}"
            app = SHARED_APP if sharing else None
            sandbox = Sandbox(name, user, app, Tenancy.SHARED if sharing else Tenancy.OWN)
            self.sandboxes[name] = sandbox
            yield sandbox

    def wanted(self) -> list[Sandbox]:
        """The sandboxes that are to be there."""
        return [one for one in self.sandboxes.values() if one.is_wanted]

    def anyone(self) -> Sandbox:
        """One of the sandboxes that are wanted, drawn."""
        return self.chance.choice(self.wanted())
