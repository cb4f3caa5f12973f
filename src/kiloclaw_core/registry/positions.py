"""Where a request for an instance may stand, from whether it may be had at all to what its caller was told.

Each position says what is being asked and holds all that is known by then; whoever serves it may vanish at any of them.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.asks import Active, RegistryRefused, Reply, Troubled
from kiloclaw_core.registry.evidence import Failure, Verdict
from kiloclaw_core.registry.record import Opener, Resolution
from kiloclaw_core.registry.troubles import Trouble, trouble_of_registry


@frozen
class Request:
    """Who wants which instance; the attempt's id is the caller's, so that asking again is asking the same."""

    owner: OwnerKey
    user: UserId
    attempt: AttemptId
    instance: SandboxId
    opener: Opener = field(default=Opener(), eq=False)


# -- positions ---------------------------------------------------------------------------------------------------


@frozen
class Checking:
    """May the user have an instance at all? Nothing is held yet."""


@frozen
class Beginning:
    """Asking for the slot."""


@frozen
class LookingAtHolder:
    """The slot is held by an attempt that was about to commit: is its instance active by now?"""

    holder: SandboxId


@frozen
class Repairing:
    """It is, and lacks its completion alone."""

    active: Active


@frozen
class Hastening:
    """The slot is held by a clean-up: having it go on."""


@frozen
class Looking:
    """The slot is ours: has the context an active instance all the same?"""

    fence: Fence


@frozen
class Publishing:
    """It has, and it is subscribed: having it be routed."""

    fence: Fence
    active: Active


@frozen
class StartingWork:
    """About to call the instance."""

    fence: Fence


@frozen
class Provisioning:
    """The instance is being asked to take the attempt on."""

    fence: Fence


@frozen
class Preparing:
    """It has: about to insert the row."""

    fence: Fence


@frozen
class Inserting:
    """The row is being inserted."""

    fence: Fence


@frozen
class Subscribing:
    """The row is being subscribed."""

    fence: Fence


@frozen
class Proving:
    """Looking whether the rows are as they should be."""

    fence: Fence


@frozen
class Committing:
    """They are: completing."""

    fence: Fence


@frozen
class Withdrawing:
    """Nothing was done, and nothing will be: giving the slot back."""

    fence: Fence
    why: Resolution
    verdict: Verdict | None
    trouble: Trouble


@frozen
class Compensating:
    """Something may have been done: having it cleaned up."""

    fence: Fence
    failure: Failure
    trouble: Trouble


@frozen
class Replied:
    """The caller has been told."""

    reply: Reply


AtTheDoor = Checking | Beginning | LookingAtHolder | Repairing | Hastening
"""Nothing is held yet, or somebody else holds it."""
LetIn = Looking | Publishing | StartingWork | Provisioning
"""The slot is held, and there is no row."""
Entering = Preparing | Inserting | Subscribing | Proving | Committing
"""The instance has taken the attempt on, and its row is to follow."""
Ending = Withdrawing | Compensating
"""The slot is to be given back."""
AtRegistry = (
    Beginning | Repairing | Publishing | Hastening | StartingWork | Preparing | Committing | Withdrawing | Compensating
)
"""What is asked there is the registry's to decide."""
Position = AtTheDoor | LetIn | Entering | Ending | Replied


@frozen
class Flow:
    """A request as far as it has been served; `tries` is how often a question without an answer is still repeated."""

    request: Request
    position: Position = Checking()
    tries: int = 0
    at: int = field(default=0, eq=False)


# -- going on ----------------------------------------------------------------------------------------------------


def to(flow: Flow, position: Position) -> Flow:
    """The request at its next position."""
    return evolve(flow, position=position)


def troubled(flow: Flow, trouble: Trouble) -> Flow:
    """The caller is told that it came to nothing, or is not finished."""
    return to(flow, Replied(Troubled(trouble)))


def withdraw(flow: Flow, fence: Fence, why: Resolution, trouble: Trouble, verdict: Verdict | None = None) -> Flow:
    """Nothing was done: the slot is given back."""
    return to(flow, Withdrawing(fence, why, verdict, trouble))


def compensate(flow: Flow, fence: Fence, failure: Failure, trouble: Trouble) -> Flow:
    """Something may have been done: the registry cleans it up."""
    return to(flow, Compensating(fence, failure, trouble))


def ended(flow: Flow, answer: RegistryRefused) -> Flow:
    """Somebody ended the attempt meanwhile: whoever did sees to what is left."""
    return troubled(flow, trouble_of_registry(answer.refusal))
