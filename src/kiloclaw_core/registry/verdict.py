"""What an instance says of an attempt, read off its record: one pure function, asked after every commit it made.

The record is written before anything is called, so that whatever it does not know of was never made. A sandbox that is
another user's, or another attempt's, has nothing of this one and never will: its `Provision` is refused there.
"""

from __future__ import annotations

from kiloclaw_core.commands import Admission, Desired
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import OrgId, UserId
from kiloclaw_core.phases import Gone
from kiloclaw_core.registry.evidence import ConfirmedAbsent, InFlight, Live, NeverSeen, Remaining, Verdict
from kiloclaw_core.stories import Idle


def verdict_of(record: Record, user: UserId, org: OrgId | None, admission: Admission | None) -> Verdict:
    """What the instance knows of the attempt; without an admission, of whatever the user has there."""
    match record:
        case Absent():
            return NeverSeen()
        case Instance():
            theirs = (record.identity.user, record.identity.org) != (user, org)
            return ConfirmedAbsent() if theirs or admission not in (None, record.admission) else _of_own(record)


def _of_own(instance: Instance) -> Verdict:
    match instance.desired:
        case Desired.GONE:
            return ConfirmedAbsent() if isinstance(instance.phase, Gone) else Remaining()
        case Desired.RUNNING | Desired.STOPPED:
            busy = instance.asked is not None or not isinstance(instance.story, Idle)
            return InFlight(instance.ops) if busy else Live()
