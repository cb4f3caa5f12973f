"""What a simulator is told before it starts: who may come in, where things can stand, and how long they take.

What goes wrong is not told here: faults come and go while it runs. Where sources conflict, the rules decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import Attribute, field, frozen

from kiloclaw_adapters.simulator.rules import LENIENT, Rules

TOKEN: Final = "fo1_simulated"  # noqa: S105 - opens nothing but a simulator
ORG: Final = "personal"
CONTROLLER_SECRET: Final = "simulated"  # noqa: S105 - opens nothing but a simulator either
CONTINENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "na": ("iad", "ord", "dfw", "sjc", "lax", "yyz"),
    "eu": ("ams", "fra", "cdg", "lhr", "arn"),
    "apac": ("nrt", "sin", "syd"),
    "sa": ("gru", "eze"),
}
CODES: Final = tuple(code for codes in CONTINENTS.values() for code in codes)
GROUPS: Final = {**CONTINENTS, "us": CONTINENTS["na"][:5], "any": CODES}
"""The regions there are, by the aliases that a request may name instead (Fly: fly.md 1.4)."""


def _is_positive(_settings: Settings, attribute: Attribute[float], value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{attribute.name} must be 0 or more, not {value!r}")


@frozen
class Settings:
    """How a simulator is set up. `tokens` says which token opens which organisation; times are in seconds."""

    tokens: tuple[tuple[str, str], ...] = field(default=((TOKEN, ORG),), repr=False)
    controller_secret: str = field(default=CONTROLLER_SECRET, repr=False)
    """What the tokens of the controllers in machines are made from."""
    seed: int = 0
    boot_s: float = field(default=1.0, validator=_is_positive)
    stop_s: float = field(default=0.5, validator=_is_positive)
    destroy_s: float = field(default=0.0, validator=_is_positive)
    fill_s: float = field(default=1.0, validator=_is_positive)
    """How long a copy is hydrating, a volume is being restored or extended."""
    snapshot_s: float = field(default=1.0, validator=_is_positive)
    day_s: float = field(default=86_400.0, validator=_is_positive)
    """How long a day lasts: for daily snapshots, and for how long they are kept."""
    manual: bool = False
    """Machines arrive, and volumes become whole, only when the control surface says so."""
    rules: Rules = LENIENT

    def org_of(self, token: str) -> str | None:
        """The organisation that this token opens, if there is one."""
        return dict(self.tokens).get(token)


def codes_of(wanted: str) -> tuple[str, ...] | None:
    """The region codes that a preference list such as `eu,iad` allows, best first; None if it names an unknown one."""
    named = [one.strip() for one in (wanted or "any").split(",")]
    if any(one not in GROUPS and one not in CODES for one in named):
        return None
    return tuple(dict.fromkeys(code for one in named for code in GROUPS.get(one, (one,))))
