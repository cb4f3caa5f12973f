"""One moment of the cache and its world as claims look at it, and what only a move can show: a slip."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.pairing.answers import PairingAnswer
from kiloclaw_core.pairing.commands import Approve, Refresh
from kiloclaw_core.pairing.effects import Reply
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.world.pairing.truth import Asking, OpenClaw


class Slip(Enum):
    """What a move did that none may do."""

    BEGUN_AFTER_STOP = "something was begun after the stop"
    CHANGED_AFTER_STOP = "a list changed after the stop, and by no approval"
    WENT_BACK = "a list went back to an older reading"
    EMPTIED = "a reading that failed took something off the list"
    FRESHENED = "a list was called up to date that was not read whole"
    MISTOLD = "somebody was told of a list what it does not say of itself"
    FORGOT = "a line that told of pairing was forgotten"
    HASTY = "something was approved by itself at first sight"
    DENIED = "somebody was told no while nobody knew"


@frozen
class PairingScene:
    """One moment: the record, the truth, what was asked and answered, what runs, and what slipped.

    `steps` are readings that are under way, `commands` processes that are alive; either may be stuck.
    """

    record: Pairing
    outside: OpenClaw
    asked: tuple[Refresh | Approve, ...]
    told: tuple[Reply, ...]
    slips: tuple[Slip, ...]
    steps: tuple[Asking, ...]
    commands: tuple[Asking, ...]
    quiet: bool
    """Whether nothing is on its way but what is stuck."""

    def answers(self, command: Refresh | Approve) -> list[PairingAnswer]:
        """What the asker was told."""
        return [one.answer for one in self.told if one.ask == command.ask]

    @property
    def approvals(self) -> tuple[Approve, ...]:
        """Who asked for an approval."""
        return tuple(one for one in self.asked if isinstance(one, Approve))

    @property
    def waiting(self) -> bool:
        """Whether somebody waits for an answer."""
        return any(not self.answers(one) for one in self.asked)
