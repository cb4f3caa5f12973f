"""The durable record of one sandbox, and what a transition is; `verbs` builds one."""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import field, frozen

from kiloclaw_core.commands import Admission, Desired, Identity
from kiloclaw_core.effects import Effect
from kiloclaw_core.ledger import (
    Debt,
    Ledger,
)
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import CommandId, OpId, Region, SandboxId
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Phase
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Story

NOW: Final = 0
"""A moment that `absorb` replaces by the one its fact arrived at, so that no decision handles the time."""


class Failing(Enum):
    """Which story a failure note is about."""

    PROVISION = "provision"
    START = "start"
    HEALTH = "health"
    STOP = "stop"
    UNEXPECTED_STOP = "unexpected_stop"
    RESTART = "restart"
    RECOVERY = "recovery"
    RESTORE = "restore"
    HOST = "host"
    RETENTION = "retention"
    DESTROY = "destroy"


@frozen
class FailureNote:
    """Why a story failed last, in Fly's own words, until that very cause is resolved."""

    failing: Failing
    why: Why
    text: str = field(default="", eq=False)
    at: int = field(default=NOW, eq=False)


@frozen
class AuditNote:
    """What an operator took upon themselves."""

    operator: str
    did: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Remembered:
    """A command that was granted."""

    id: CommandId
    at: int = field(default=0, eq=False)


@frozen
class Note:
    """A line for the log and the events: a name and its fields. Best effort, never part of a record.

    With `since`, a moment in milliseconds, it also tells how long that is ago, under the name of `measure`.
    """

    name: str
    fields: tuple[tuple[str, str], ...] = ()
    since: int | None = None
    measure: str = field(default="durationMs", eq=False)


@frozen
class FullRegion:
    """A region that had no room for us, remembered for a while by the op that learnt it."""

    region: Region
    op: OpId


@frozen
class Moves:
    """How many copies to move to were asked for lately, and the op of the latest."""

    copies: int
    latest: OpId


@frozen
class Absent:
    """The record of a sandbox that was never provisioned."""

    sandbox: SandboxId
    policy: Policy = Policy()
    first_op: OpId = OpId(0)


@frozen(cache_hash=True)
class Instance:
    """The durable record of one sandbox: who it is, what is wanted of it, what it waits for and what it holds.

    `asked` is the op of a granted command that no transition has looked at yet. `generation` counts the names its
    machines have had, `recoveries` are those that began within the last day, `moves` counts the copies of the last
    hour, `admission` is the attempt that it was provisioned or closed for. Moments are milliseconds since the epoch;
    they have no order, decide nothing and are not part of equality.
    """

    phase: Phase
    story: Story
    desired: Desired
    ledger: Ledger
    ops: OpId
    asked: OpId | None
    identity: Identity
    spec: Spec
    debts: tuple[Debt, ...] = ()
    notes: tuple[FailureNote, ...] = ()
    granted: tuple[Remembered, ...] = ()
    audit: tuple[AuditNote, ...] = ()
    has_run: bool = False
    generation: int = 0
    recoveries: tuple[OpId, ...] = ()
    moves: Moves | None = None
    full_regions: tuple[FullRegion, ...] = ()
    admission: Admission | None = None
    policy: Policy = Policy()
    provisioned_at: int | None = field(default=None, eq=False)
    last_started_at: int | None = field(default=None, eq=False)
    last_stopped_at: int | None = field(default=None, eq=False)
    destroy_started_at: int | None = field(default=None, eq=False)


Record = Absent | Instance


@frozen
class Transition:
    """The next record, to be made durable before any of the effects is performed, and lines for the log."""

    record: Record
    effects: tuple[Effect, ...] = ()
    notes: tuple[Note, ...] = ()
