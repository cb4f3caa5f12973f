"""Why an instance is under way: what a start, a stop, a move or a restore knows of itself while it lasts.

A story says why: only exit functions read it. No phase knows a story, no story knows a phase.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import SnapshotOf
from kiloclaw_core.names import OpId, VolumeId


class Trust(Enum):
    """What this attempt knows of the ledger's volume."""

    UNSEEN = "unseen"
    SEEN = "seen"
    MISSED = "missed"
    """It was not shown, twice; our machine is not asked yet whether Fly moved it."""
    GONE = "gone"
    UNHEARD = "unheard"
    """It is on a host that does not answer, and cannot be copied."""


class Spent(Enum):
    """What an attempt may do once, and its time."""

    ADOPTION = "adoption"
    CREATE = "create"
    HALT = "halt"
    NAME = "name"
    PATIENCE = "patience"
    TIME = "time"


@frozen
class Attempt:
    """One accepted command, or one alarm's try: the tries it has left and what it has learnt and used up."""

    tries: int
    secrets: int | None = None
    trust: Trust = Trust.UNSEEN
    spent: tuple[Spent, ...] = ()


@frozen
class Idle:
    """Nothing is under way but what the phase itself waits for."""


@frozen
class Provisioning:
    """The app and the volume are being had, so that a start finds them."""

    op: OpId
    attempt: Attempt


@frozen
class Starting:
    """The machine is being had, started and probed."""

    op: OpId
    attempt: Attempt
    reason: str = field(default="", eq=False)
    since: int = field(default=0, eq=False)


@frozen
class Stopping:
    """The machine is being stopped."""

    op: OpId
    tries: int
    reason: str = field(default="", eq=False)


@frozen
class Restarting:
    """The machine is being given the current config, and run on it; `repairing` is one that nobody asked for."""

    op: OpId
    attempt: Attempt
    repairing: bool = False
    reason: str = field(default="", eq=False)
    since: int = field(default=0, eq=False)


class Cause(Enum):
    """Why an instance moves to another volume."""

    START = "start"
    RESTART = "restart"
    UNEXPECTED_STOP = "unexpected_stop"


@frozen
class Relocating:
    """A volume is being copied to where there is room, and a machine had on the copy; the old one is kept."""

    op: OpId
    attempt: Attempt
    cause: Cause
    reason: str = field(default="", eq=False)
    since: int = field(default=0, eq=False)


@frozen
class Another:
    """Another volume of the instance's own."""

    volume: VolumeId


Wish = SnapshotOf | Another


@frozen
class Restoring:
    """The instance goes back to a snapshot, or over to another volume of its own; `before` is what was wanted then."""

    op: OpId
    attempt: Attempt
    wish: Wish
    before: Desired
    since: int = field(default=0, eq=False)


Story = Idle | Provisioning | Starting | Stopping | Restarting | Relocating | Restoring
