"""What a caller's call is made of: whom it asks, what it is told, and how it ends. `listing` and `approving` decide.

A call has one thing under way at a time and needs no op: each answer is to what was asked last. It is given what is
already known of the machine, and it is given up with a reason, never with an empty list.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.pairing.answers import Approved, NotApproved, Seen, Unsure
from kiloclaw_core.pairing.caller.capabilities import Capabilities
from kiloclaw_core.pairing.caller.policy import CallerPolicy
from kiloclaw_core.pairing.caller.verdicts import ApproveVerdict, ListVerdict, VersionVerdict
from kiloclaw_core.pairing.facts import CommandEnd
from kiloclaw_core.pairing.listings import Listing
from kiloclaw_core.pairing.requests import Kind, PendingRequest, Subject


class Reach(Enum):
    """Whether a command can be run on the machine without its controller."""

    EXEC = "exec"
    """Fly, and the machine is known."""
    NONE = "none"


@frozen
class Known:
    """What is known of a machine before the call: the reach, and what its controller can do if it once said so."""

    reach: Reach = Reach.EXEC
    capabilities: Capabilities | None = None
    policy: CallerPolicy = CallerPolicy()


# -- effects -----------------------------------------------------------------------------------------------------


@frozen
class LookAtMachine:
    """Ask the provider, which wakes nobody, whether the machine is up: `MachineSeen`."""


@frozen
class AskVersion:
    """Ask the controller what it can do: `VersionHeard`."""

    timeout_s: float


@frozen
class CallList:
    """Ask the controller for the list, read anew or not: `ListHeard`."""

    kind: Kind
    anew: bool
    timeout_s: float


@frozen
class CallApprove:
    """Have the controller approve: `ApproveHeard`. Sent once."""

    subject: Subject
    timeout_s: float


@frozen
class CacheGet:
    """Look into the caller's cache: `CacheGot`."""

    kind: Kind


@frozen
class CachePut:
    """Keep the list, if the epoch is still this one: `CacheDone`."""

    kind: Kind
    epoch: int
    requests: tuple[PendingRequest, ...]
    ttl_s: float


@frozen
class CacheDrop:
    """Begin a new epoch, and keep nothing: `CacheDone`."""

    kind: Kind


@frozen
class ExecList:
    """Run the script that lists on the machine: `ExecListed`."""

    kind: Kind
    timeout_s: float


@frozen
class ExecApprove:
    """Run the command that approves on the machine: `ExecEnded`. Sent once."""

    subject: Subject
    timeout_s: float


CallEffect = (
    LookAtMachine | AskVersion | CallList | CallApprove | CacheGet | CachePut | CacheDrop | ExecList | ExecApprove
)

# -- facts -------------------------------------------------------------------------------------------------------


class MachineSeen(Enum):
    """What the provider says of the machine."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@frozen
class VersionHeard:
    """The controller answered, or did not."""

    verdict: VersionVerdict


@frozen
class ListHeard:
    """The controller answered, or did not."""

    verdict: ListVerdict


@frozen
class ApproveHeard:
    """The controller answered, or did not."""

    verdict: ApproveVerdict


@frozen
class CacheGot:
    """What the cache has, in which epoch; both are None where it could not be asked."""

    epoch: int | None
    requests: tuple[PendingRequest, ...] | None = None


@frozen
class CacheDone:
    """The cache did it, or failed to."""

    well: bool = True


@frozen
class ExecListed:
    """What the script printed."""

    listing: Listing


@frozen
class ExecEnded:
    """How the command ended; NOT_STARTED where the exec was refused, KILLED where nobody knows."""

    end: CommandEnd


CallFact = MachineSeen | VersionHeard | ListHeard | ApproveHeard | CacheGot | CacheDone | ExecListed | ExecEnded

# -- ends --------------------------------------------------------------------------------------------------------


class Via(Enum):
    """Where a list comes from."""

    CONTROLLER = "controller"
    CACHE = "cache"
    EXEC = "exec"


class Failing(Enum):
    """Why a call came to nothing, and nothing was done."""

    NOT_RUNNING = "the machine is not running"
    UNREACHABLE = "the controller cannot be reached"
    DENIED = "the controller does not accept us, or is too old: redeploy"
    NO_ROUTE = "the controller is too old, and there is no other way: redeploy"
    CONTRADICTED = "the controller says that it can, and somebody says that it has no such route"
    UNREADABLE = "what was listed could not be read"
    INVALID = "the request is not one that could be pending"


@frozen
class Shown:
    """The list; a stale one is what was known before, for it could not be read anew.

    None is no promise that it is fresh: an older controller does not say, and neither does a script.
    """

    requests: tuple[PendingRequest, ...]
    via: Via
    stale: bool | None = None


@frozen
class Failed:
    """There is no list, or nothing was approved."""

    why: Failing


ListEnd = Shown | Failed
ApproveEnd = Approved | NotApproved | Unsure | Failed

# -- phases ------------------------------------------------------------------------------------------------------


class Doing(Enum):
    """What a call waits for."""

    MACHINE = "the machine is looked at"
    VERSION = "the controller is asked what it can do"
    CONTROLLER = "the controller is asked"
    GUESS = "the controller is asked, and may be too old to have the route"
    CACHE = "the cache is looked into"
    EXEC = "a command is run on the machine"
    KEEPING = "the cache is told"
    LOOK = "the list is looked at, to learn what became of an approval"
    EXEC_LOOK = "the list is had by exec, for the same"


@frozen
class ListCall:
    """A call for a list, what it waits for, and what it has so far."""

    kind: Kind
    anew: bool = False
    known: Known = Known()
    doing: Doing = Doing.MACHINE
    epoch: int | None = None
    got: tuple[PendingRequest, ...] = ()
    end: ListEnd | None = None


@frozen
class ApproveCall:
    """A call that approves, what it waits for, and how it ends once the cache is told."""

    subject: Subject
    known: Known = Known()
    doing: Doing = Doing.MACHINE
    then: ApproveEnd = Unsure(Seen.UNREAD)
    end: ApproveEnd | None = None


@frozen
class Calling:
    """The call, and what is to be done next; nothing where it has ended."""

    call: ListCall | ApproveCall
    effect: CallEffect | None = None
