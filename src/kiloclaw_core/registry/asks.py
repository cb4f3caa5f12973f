"""What whoever serves a request asks of the others, one question at a time, and what they answer.

Every question may be repeated: each names its attempt and its fence, or changes nothing. An answer that does not come
is an answer as well: then it is not known whether anything was done.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.commands import Admission, Refusal
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.commands import RegistryCommand, RegistryRefusal
from kiloclaw_core.registry.evidence import RowState, Verdict
from kiloclaw_core.registry.record import Phase
from kiloclaw_core.registry.troubles import Trouble

# -- questions ---------------------------------------------------------------------------------------------------


@frozen
class CheckEntitlement:
    """May the user have an instance? `Entitled` or `NotEntitled`; nothing is held meanwhile."""

    owner: OwnerKey
    user: UserId


@frozen
class AskRegistry:
    """Have the owner's registry decide this: `Granted` or `RegistryRefused`."""

    command: RegistryCommand


@frozen
class ReadActive:
    """Which instance is the context's oldest active one? `ActiveShown`."""

    owner: OwnerKey
    user: UserId


@frozen
class AskInstance:
    """Have the instance provisioned, or configured where there is no admission: `Accepted` or `InstanceRefused`."""

    key: SandboxId
    owner: OwnerKey
    user: UserId
    admission: Admission | None


@frozen
class InsertRow:
    """Insert the instance's row, unless it is there: `Inserted`, `RowFenced` or `RowTaken`.

    In one transaction with the check that no fence as new as this one is closed, and that no other row of the context
    is active (registry 7.3, D obligations).
    """

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    fence: Fence


@frozen
class Subscribe:
    """Subscribe the row, unless it is destroyed or its fence is closed: `RowSeen`, or `SubscriptionRefused`.

    Without a fence it is an instance that is older than the registry, or whose attempt was completed.
    """

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    fence: Fence | None


@frozen
class LookAtRow:
    """What does the instance's row say? `RowSeen`."""

    owner: OwnerKey
    user: UserId
    instance: SandboxId


Ask = CheckEntitlement | AskRegistry | ReadActive | AskInstance | InsertRow | Subscribe | LookAtRow

# -- answers -----------------------------------------------------------------------------------------------------


@frozen
class Entitled:
    """The user may have an instance."""


@frozen
class NotEntitled:
    """The user may not."""


@frozen
class Granted:
    """The registry granted the command; the attempt it names has this fence and has come so far, where it names one."""

    fence: Fence
    phase: Phase


@frozen
class RegistryRefused:
    """The registry did not grant the command."""

    refusal: RegistryRefusal


@frozen
class Active:
    """An active row: its instance, the name of that instance's record, and whether it is subscribed."""

    instance: SandboxId
    key: SandboxId
    subscribed: bool


@frozen
class ActiveShown:
    """The oldest active row of the context, if there is one."""

    active: Active | None


@frozen
class Accepted:
    """The instance has written down what is wanted of it; it goes on by itself."""


@frozen
class InstanceRefused:
    """The instance did not, and says what it knows of the attempt."""

    refusal: Refusal
    verdict: Verdict


@frozen
class Inserted:
    """The row is there."""


@frozen
class RowFenced:
    """The attempt is over: no row of it is inserted any more."""


@frozen
class RowTaken:
    """Another instance of the context is active."""


@frozen
class RowSeen:
    """What the row says."""

    row: RowState


@frozen
class SubscriptionRefused:
    """The row is not subscribed, and will not be."""


@frozen
class NoAnswer:
    """It may have been done, or may yet be."""


Answer = (
    Entitled
    | NotEntitled
    | Granted
    | RegistryRefused
    | ActiveShown
    | Accepted
    | InstanceRefused
    | Inserted
    | RowFenced
    | RowTaken
    | RowSeen
    | SubscriptionRefused
    | NoAnswer
)

# -- replies -----------------------------------------------------------------------------------------------------


@frozen
class Provisioned:
    """The instance is there: its row, its subscription, its route and its intent to start are durable (201)."""

    instance: SandboxId


@frozen
class Destroying:
    """The instance is being destroyed, and will be, whatever happens to whoever asked (202)."""

    instance: SandboxId


@frozen
class Troubled:
    """It came to nothing, or is not finished."""

    trouble: Trouble


Reply = Provisioned | Destroying | Troubled
