"""What a request of a registry came to; refusals, doubts and plain success are those of the instance's requests."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import SandboxId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown
from kiloclaw_core.registry.evidence import RowState, Verdict


@frozen
class RowShown:
    """What the row of the instance says."""

    row: RowState


@frozen
class VerdictShown:
    """What the instance says of the attempt."""

    verdict: Verdict


@frozen
class LegacyRow:
    """An active row that is older than the registry.

    `key` is the name of the instance's record: for one that is keyed by its user, the user as they were called when it
    was made. `keyed_by_instance` says that the row is not of that oldest sort.
    """

    instance: SandboxId
    user: UserId
    key: SandboxId
    keyed_by_instance: bool
    subscribed: bool


@frozen
class LegacyShown:
    """The owner's oldest active row, if there is one."""

    row: LegacyRow | None


RegistryOutcome = RowShown | VerdictShown | LegacyShown | Done | Rejected | Unknown
