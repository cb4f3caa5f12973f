"""Every kind of line that a trace has, as a frozen value, in the words of trace-format.md.

What is read of a line is what judging needs; free parts (arguments, bodies, fields) stay trees. What lines prove is
decided in `scenes.py` and below it.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from attrs import field, frozen

from kiloclaw_core.trace.durable import NOTHING, Durable, Size
from kiloclaw_core.trace.reading import Node
from kiloclaw_core.world.scene import RecordWords


class CommandOp(Enum):
    """What a caller or a timer may ask for."""

    PROVISION = "provision"
    START = "start"
    START_ASYNC = "start_async"
    STOP = "stop"
    RESTART = "restart"
    DESTROY = "destroy"
    POLL = "poll"
    ALARM = "alarm"
    REASSOCIATE = "reassociate"
    RESTORE_BEGIN = "restore_begin"
    RESTORE_COMPLETE = "restore_complete"
    RESTORE_FAIL = "restore_fail"
    RETRY_RECOVERY = "retry_recovery"
    CLEANUP_RETAINED = "cleanup_retained"


class CallOp(Enum):
    """What may be requested of the provider, and of the registry beside it."""

    CREATE_MACHINE = "create_machine"
    GET_MACHINE = "get_machine"
    LIST_MACHINES = "list_machines"
    START_MACHINE = "start_machine"
    STOP_MACHINE = "stop_machine"
    DESTROY_MACHINE = "destroy_machine"
    UPDATE_MACHINE = "update_machine"
    WAIT_MACHINE = "wait_machine"
    CREATE_VOLUME = "create_volume"
    GET_VOLUME = "get_volume"
    DELETE_VOLUME = "delete_volume"
    LIST_VOLUMES = "list_volumes"
    LIST_SNAPSHOTS = "list_snapshots"
    HEALTH = "health"
    REGISTRY = "registry"
    MARK_DESTROYED = "mark_destroyed"
    EXEC = "exec"


class Status(Enum):
    """What a record says of itself."""

    PROVISIONED = "provisioned"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    RESTARTING = "restarting"
    RECOVERING = "recovering"
    RESTORING = "restoring"
    DESTROYING = "destroying"


class Wanted(Enum):
    """What a record says is wanted of it."""

    RUNNING = "running"
    STOPPED = "stopped"
    GONE = "gone"


@frozen
class Shown:
    """A resource as a line shows it: `sandbox_id` is whose it is, and None is what the line does not say.

    `gone` says that the resource is there no more.
    """

    id: str
    name: str | None = None
    sandbox_id: str | None = None
    state: str | None = None
    gone: bool = False
    region: str | None = None

    def is_own(self, sandbox_id: str) -> bool | None:
        """Whether it belongs to this sandbox; None where the line does not say."""
        return None if self.sandbox_id is None else self.sandbox_id == sandbox_id


@frozen
class ShownMachine(Shown):
    """A machine as a line shows it; a `volume_id` of None is no mount."""

    volume_id: str | None = None
    size: Size | None = None
    version: str | None = field(default=None, eq=False)
    """Which version of it this is, in the provider's word; judging does not look at it."""

    def is_own(self, sandbox_id: str) -> bool | None:
        """Whether it belongs to this sandbox: without metadata it is whose name it bears (trace-format.md)."""
        whose = self.name if self.sandbox_id is None else self.sandbox_id
        return None if whose is None else whose == sandbox_id


@frozen
class ShownVolume(Shown):
    """A volume as a line shows it; `data` is the label of its content, None where the line does not say."""

    data: str | None = None
    attached: str | None = field(default=None, eq=False)
    """The machine that has it; judging goes by what machines mount."""


@frozen
class Written:
    """A durable record under which something is left: its words, and whether it shows why it is not as wanted."""

    words: RecordWords
    noted: bool = False


@frozen
class Header:
    """Whose trace this is, and who wrote it."""

    source: str
    sandbox_id: str
    user_id: str | None = None
    app: str | None = None
    note: str | None = None


@frozen
class Initial:
    """How things stood when the trace began."""

    at: int
    record: Written | None
    alarm_due: int | None
    machines: tuple[ShownMachine, ...]
    volumes: tuple[ShownVolume, ...]
    durable: Durable = field(default=NOTHING, eq=False)
    """The record once more, in full."""


@frozen
class Command:
    """A caller, or a timer, asks."""

    at: int
    id: str
    op: CommandOp
    args: Node


@frozen
class ReplyError:
    """Why a command was not granted, or not served."""

    status: int | None = None
    code: str | None = None
    message: str | None = None


@frozen
class Reply:
    """The answer to a command; `value` is whatever was answered."""

    at: int
    id: str
    ok: bool
    value: object = None
    error: ReplyError | None = None


@frozen
class Call:
    """A request leaves."""

    at: int
    id: str
    op: CallOp
    args: Node
    by: str | None = None


@frozen
class Effect:
    """Ground truth: the request of this id was applied now."""

    at: int
    id: str


@frozen
class Answer:
    """The answer to a request: its HTTP status, 0 for a transport error, and the objects it showed, if it did."""

    at: int
    id: str
    status: int
    body: tuple[Node, ...] = ()
    error: str | None = None


@frozen
class Write:
    """A durable commit: the whole record after it, None where nothing is left.

    Where a store numbers the versions of a record, `became` is the one that was committed, and `decided_on` the one
    that was read before: two keys of ours, which say what the format has no word for.
    """

    at: int
    record: Written | None
    by: str | None = None
    durable: Durable = field(default=NOTHING, eq=False)
    """The record once more, in full."""
    decided_on: int | None = None
    became: int | None = None


@frozen
class AlarmSet:
    """The one durable alarm was set, or cleared."""

    at: int
    due: int | None
    by: str | None = None
    note: str | None = None


@frozen
class World:
    """Ground truth: what changed; a `cause` of None is the world by itself, else the request that did it."""

    at: int
    machines: tuple[ShownMachine, ...] = ()
    volumes: tuple[ShownVolume, ...] = ()
    cause: str | None = None


@frozen
class Event:
    """Something was logged."""

    at: int
    name: str
    fields: Node
    by: str | None = None


@frozen
class Evict:
    """The process lost its memory; what it had sent may still land."""

    at: int


@frozen
class Quiesce:
    """Nothing more will happen by itself."""

    at: int


Happening: TypeAlias = Command | Reply | Call | Effect | Answer | Write | AlarmSet | World | Event | Evict | Quiesce
"""A line of something that happens, once the trace has said how things stood."""
Line: TypeAlias = Header | Initial | Happening
