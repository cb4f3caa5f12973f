"""Who asked, and what was requested for whom: the commands and requests of a trace that are not forgotten yet."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from kiloclaw_core.trace.durable import Size, size_of
from kiloclaw_core.trace.lines import Call, CallOp, Command, CommandOp, Happening, Initial

OF_NOBODY: Final = frozenset({CommandOp.ALARM, CommandOp.POLL, CommandOp.RESTORE_COMPLETE, CommandOp.RESTORE_FAIL})
"""The commands by which no user asks for anything: timers, looks, and messages of a restore under way."""
STARTING: Final = frozenset({CommandOp.START, CommandOp.START_ASYNC})
BRINGS_UP: Final = STARTING | {
    CommandOp.PROVISION,
    CommandOp.RESTART,
    CommandOp.RESTORE_BEGIN,
    CommandOp.RESTORE_COMPLETE,
    CommandOp.RESTORE_FAIL,
    CommandOp.RETRY_RECOVERY,
}
"""The commands after which a machine may be up again."""
CREATES: Final = frozenset({CallOp.CREATE_MACHINE, CallOp.CREATE_VOLUME})
MOUNTS: Final = frozenset({CallOp.CREATE_MACHINE, CallOp.UPDATE_MACHINE})
BOOTS: Final = MOUNTS | {CallOp.START_MACHINE}
DELETES: Final = frozenset({CallOp.DESTROY_MACHINE, CallOp.DELETE_VOLUME})
LOOKS: Final = frozenset({CallOp.GET_MACHINE, CallOp.LIST_MACHINES})
PROBES: Final = frozenset({CallOp.HEALTH, CallOp.EXEC})
"""The requests that a machine answers itself: they are repeated until it is up, and have an end of their own."""
OK: Final = range(200, 300)
MISSING: Final = 404
ERRORS: Final = 400
REFUSED_FOR_NOW: Final = frozenset({0, 403, 408, 429})
LACKING: Final = ("insufficient", "capacity", "quota")
"""The words of an error that says that there is not enough of something."""
OF_A_VOLUME: Final = "volume"
"""The word of an error that is about a volume."""
TELLING_WORDS: Final = (*LACKING, OF_A_VOLUME)
"""All that rules look for in the text of an error."""


@frozen
class Place:
    """A line of the trace, by its number."""

    number: int
    line: Happening | Initial


@frozen
class Task:
    """A command, and what became of it: `granted` is None before it was answered, `seen` when it last did anything."""

    id: str
    op: CommandOp
    place: Place
    seen: int
    granted: bool | None = None
    is_dead: bool = False
    status: str | None = None
    """What the record said when it was asked."""

    @property
    def is_users(self) -> bool:
        """Whether a user, or somebody on his behalf, asked."""
        return self.op not in OF_NOBODY

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.is_dead or self.granted is not None


@frozen
class Sent:
    """A request that left, and whether it landed or was answered; `held` is what the record named when it was sent."""

    id: str
    op: CallOp
    place: Place
    by: str | None
    at: int
    machine_id: str | None = None
    volume_id: str | None = None
    region: str | None = None
    app: str | None = None
    size: Size | None = None
    source: str | None = None
    action: str | None = None
    """What the registry is asked for."""
    held: frozenset[str] = frozenset()
    landed: bool = False
    shown: bool = False
    """Whether a line showed what it did to the world."""
    status: int | None = None
    error: str = ""

    @property
    def target(self) -> str | None:
        """What it is about: a machine, else a volume."""
        return self.machine_id or self.volume_id

    @property
    def failed(self) -> bool:
        """Whether it was answered with an error."""
        return self.status is not None and self.status not in OK

    @property
    def is_lost(self) -> bool:
        """Whether its answer leaves open what became of it, or none came."""
        return self.status is None or self.status in REFUSED_FOR_NOW or self.status >= 500  # noqa: PLR2004 (HTTP)


def place_of(call: Sent | None) -> Place | None:
    """Where this request left, if it is known."""
    return None if call is None else call.place


def sent(call: Call, number: int, held: frozenset[str]) -> Sent:
    """The request of this line. Raises MalformedTraceError where its arguments are no such arguments."""
    args = call.args
    region, action = args.keys.get("region"), args.keys.get("action")
    return Sent(
        id=call.id,
        op=call.op,
        place=Place(number, call),
        by=call.by,
        at=call.at,
        machine_id=args.text_or_none("machine_id"),
        volume_id=args.text_or_none("volume_id"),
        region=region if isinstance(region, str) else None,
        app=args.text_or_none("app"),
        size=size_of(args.node_or_none("size")),
        source=args.text_or_none("source_volume_id"),
        action=action if isinstance(action, str) else None,
        held=held,
    )


def task(command: Command, number: int, status: str | None) -> Task:
    """The task that this command begins."""
    return Task(command.id, command.op, Place(number, command), command.at, status=status)


def is_unhealthy(status: int, error: str) -> bool:
    """Whether such an answer is the provider's own trouble, and not what the service brought upon itself."""
    lacks = any(word in error for word in LACKING)
    return status in REFUSED_FOR_NOW or status >= 500 or (status >= ERRORS and lacks)  # noqa: PLR2004 (HTTP)
