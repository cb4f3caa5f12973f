"""The cache as one frozen record: two shelves, the approvals that were asked for, and the one command that may run.

It lives as long as the controller and is kept in memory: what it knows can be read again. Verbs that build a
transition stand here and decide nothing.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.answers import PairingAnswer
from kiloclaw_core.pairing.effects import PairingEffect, Reply
from kiloclaw_core.pairing.hidden import DeviceId, RequestId
from kiloclaw_core.pairing.listings import Listing
from kiloclaw_core.pairing.names import AskId, ChannelName
from kiloclaw_core.pairing.policy import PairingPolicy
from kiloclaw_core.pairing.requests import Kind, PendingRequest, Subject

NEVER = OpId(0)
"""The op of what has not happened yet; the first real op is the next one."""


class Life(Enum):
    """Whether the cache reads by itself."""

    FRESH = "fresh"
    """Only when asked, or told of by a line, until it can be read: the gateway has not been started."""
    STARTED = "started"
    STOPPED = "stopped"
    """Never again."""


# -- a shelf -----------------------------------------------------------------------------------------------------


@frozen
class Idle:
    """Nothing is being read, since the reading that began as `since` has ended."""

    since: OpId = NEVER


@frozen
class Reading:
    """A reading is under way: a step has the op `op`, or None while it waits for its turn on the command line.

    `began` is the op that the reading began with, which is its generation: a later reading has a higher one. `left`
    are the channels still to be read, the one under way first; `got` is what was read so far.
    """

    began: OpId
    op: OpId | None
    left: tuple[ChannelName, ...] = ()
    got: tuple[tuple[ChannelName, Listing], ...] = ()
    overdue: bool = False
    """Whether those who asked for it were told that it takes too long."""


@frozen
class Moments:
    """When things happened, in milliseconds, for people to see: no decision reads them."""

    attempt: int | None = None
    success: int | None = None
    commit: int | None = None


@frozen
class Shelf:
    """What is known to be pending of one kind, and the one reading of it that may be under way.

    `committed` is the highest generation that must not be overwritten by a lower one. `wanted` asked for a reading
    that has not begun, `waiting` for the one that is under way; `again` is the same without anybody who waits.
    """

    kind: Kind
    phase: Idle | Reading = Idle()
    entries: tuple[PendingRequest, ...] = ()
    committed: OpId = NEVER
    failures: int = 0
    dirty: bool = False
    again: bool = False
    wanted: tuple[AskId, ...] = ()
    waiting: tuple[AskId, ...] = ()
    stale: bool = True
    """Whether it may be out of date: the last reading of it did not show all, or was not kept, or there will be none.

    It is what those are told who wait for a reading; of a list that was never read it is so from the beginning.
    """
    moments: Moments = field(default=Moments(), eq=False)


# -- approvals ---------------------------------------------------------------------------------------------------


@frozen
class Queued:
    """Waits for its turn."""


@frozen
class Approving:
    """The command runs as `op`."""

    op: OpId


@frozen
class Looking:
    """The command that ran as `of` ended in doubt, or does not end: a reading begun after `after` tells what it did."""

    of: OpId
    after: OpId


@frozen
class Approval:
    """One request that is to be approved, and all who asked for it; nobody, where we do it by ourselves."""

    op: OpId
    subject: Subject
    phase: Queued | Approving | Looking = Queued()
    askers: tuple[AskId, ...] = ()


@frozen
class OnTime:
    """It may still end by itself."""


@frozen
class Ending:
    """We are shutting down, and it was asked to end."""


@frozen
class Overdue:
    """It ought to be gone and is not; it was killed once more as of `since`."""

    since: OpId


@frozen
class Running:
    """The one command that runs. It is not over before its answer: until then no other one is started.

    `subject` is what it approves; None where it lists.
    """

    op: OpId
    subject: Subject | None = None
    stage: OnTime | Ending | Overdue = OnTime()


# -- what is approved by itself ----------------------------------------------------------------------------------


@frozen
class Sighted:
    """It was seen in the reading of this generation; another one has to show it as well."""

    in_reading: OpId


@frozen
class Trying:
    """It stands among the approvals."""


@frozen
class Pausing:
    """A try failed; the next one comes after a pause and another look."""

    op: OpId


@frozen
class Spent:
    """It was tried as often as it may be, and is left to people."""


@frozen
class Candidate:
    """A request of one of the machine's own devices, on its way to be approved by itself."""

    request: RequestId
    device: DeviceId
    phase: Sighted | Trying | Pausing | Spent
    tries: int = 0


# -- the whole ---------------------------------------------------------------------------------------------------


@frozen
class Pairing:
    """The controller's cache of what is pending, and what is being done about it."""

    life: Life = Life.FRESH
    channels: Shelf = Shelf(Kind.CHANNELS)
    devices: Shelf = Shelf(Kind.DEVICES)
    approvals: tuple[Approval, ...] = ()
    command: Running | None = None
    candidates: tuple[Candidate, ...] = ()
    ops: OpId = OpId(1)
    policy: PairingPolicy = PairingPolicy()

    def shelf(self, kind: Kind) -> Shelf:
        """The shelf of this kind."""
        match kind:
            case Kind.CHANNELS:
                return self.channels
            case Kind.DEVICES:
                return self.devices

    @property
    def shelves(self) -> tuple[Shelf, Shelf]:
        """Both shelves."""
        return self.channels, self.devices


@frozen
class PairingTransition:
    """The next record, the effects to perform, and lines for the log, none of which has a secret in it."""

    record: Pairing
    effects: tuple[PairingEffect, ...] = ()
    notes: tuple[Note, ...] = ()

    def then(self, other: PairingTransition) -> PairingTransition:
        """This transition and the one that follows it as one."""
        return PairingTransition(other.record, (*self.effects, *other.effects), (*self.notes, *other.notes))


def with_shelf(record: Pairing, shelf: Shelf) -> Pairing:
    """The record with this shelf in its place."""
    match shelf.kind:
        case Kind.CHANNELS:
            return evolve(record, channels=shelf)
        case Kind.DEVICES:
            return evolve(record, devices=shelf)


def with_approval(record: Pairing, approval: Approval) -> Pairing:
    """The record with this approval in the place of the one of its op."""
    return evolve(record, approvals=tuple(approval if one.op == approval.op else one for one in record.approvals))


def without_approval(record: Pairing, approval: Approval) -> Pairing:
    """The record without this approval."""
    return evolve(record, approvals=tuple(one for one in record.approvals if one.op != approval.op))


def approval_of(record: Pairing, subject: Subject) -> Approval | None:
    """The approval of this subject that is under way."""
    return next((one for one in record.approvals if one.subject == subject), None)


def numbered(record: Pairing) -> tuple[OpId, Pairing]:
    """The next op, and the record that has given it out."""
    return record.ops, evolve(record, ops=OpId(record.ops + 1))


def replies(asks: tuple[AskId, ...], answer: PairingAnswer) -> tuple[Reply, ...]:
    """The same answer to all who asked."""
    return tuple(Reply(ask, answer) for ask in asks)
