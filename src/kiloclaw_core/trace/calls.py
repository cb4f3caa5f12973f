"""The requests of a trace that are not over: sent, and nobody knows yet whether they landed.

A request that can change something and whose answer was lost (no answer at all, 408, or 5xx) may land until the trace
comes to rest. Where a source tells no ground truth, a lost create may besides have landed unseen: it stays in doubt
until something new shows up, or two looks in a row show nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import define, evolve, field, frozen

from kiloclaw_core.effects import CreateMachine, CreateVolume, StartMachine, StopMachine, UpdateMachine
from kiloclaw_core.trace.lines import Call, CallOp
from kiloclaw_core.trace.reading import MalformedTraceError
from kiloclaw_core.trace.shelf import BELIEVED
from kiloclaw_core.world.scene import Pending

FENCED: Final[Mapping[CallOp, str]] = {
    CallOp.CREATE_MACHINE: CreateMachine.__name__,
    CallOp.CREATE_VOLUME: CreateVolume.__name__,
    CallOp.UPDATE_MACHINE: UpdateMachine.__name__,
    CallOp.START_MACHINE: StartMachine.__name__,
    CallOp.STOP_MACHINE: StopMachine.__name__,
}
"""The requests that must be settled before the next, and what claims call them."""
CREATES: Final = frozenset({CallOp.CREATE_MACHINE, CallOp.CREATE_VOLUME})
CHANGING: Final = frozenset(FENCED) | {CallOp.DESTROY_MACHINE, CallOp.DELETE_VOLUME}
ON_A_MACHINE: Final = frozenset(
    {
        CallOp.DESTROY_MACHINE,
        CallOp.GET_MACHINE,
        CallOp.START_MACHINE,
        CallOp.STOP_MACHINE,
        CallOp.UPDATE_MACHINE,
        CallOp.WAIT_MACHINE,
    }
)
ON_A_VOLUME: Final = frozenset({CallOp.DELETE_VOLUME, CallOp.GET_VOLUME})
NO_ANSWER, TIMED_OUT, FAILED = 0, 408, 500


def leaves_doubt(status: int) -> bool:
    """Whether an answer of this status says nothing of what became of its request."""
    return status in {NO_ANSWER, TIMED_OUT} or status >= FAILED


@frozen
class OpenCall:
    """A request that left on this line, and what of its arguments claims may depend on.

    `landed` says that it was applied, `seen` that what it did was told, `answered` that an answer came, be it of use or
    not. `silent_since` is the line on which the last one who waited for its answer was gone, `is_over` says that the
    trace came to rest since, and `missed` counts the looks in a row that should have shown what it made.
    """

    id: str
    op: CallOp
    line: int
    target: str = ""
    volume_id: str | None = None
    state: str | None = None
    filtered_by: frozenset[str] = frozenset()
    landed: bool = False
    seen: bool = False
    answered: bool = False
    is_over: bool = False
    silent_since: int | None = None
    missed: int = 0

    @property
    def may_land(self) -> bool:
        """Whether it is one of those that must be settled, and is not."""
        return self.op in FENCED and not self.landed and not self.is_over

    @property
    def may_have_made(self) -> bool:
        """Whether it may have made something that nobody has seen."""
        return self.op in CREATES and not self.seen and self.missed < BELIEVED


def open_call(call: Call, line: int) -> OpenCall:
    """The request of this line. Raises MalformedTraceError where it does not say what it is about."""
    args, target, filters = call.args, "", frozenset[str]()
    if call.op in ON_A_MACHINE:
        target = args.text("machine_id")
    if call.op in ON_A_VOLUME:
        target = args.text("volume_id")
    if call.op is CallOp.LIST_MACHINES:
        metadata = args.node_or_none("metadata")
        filters = frozenset() if metadata is None else frozenset(map(metadata.text, metadata.keys))
    return OpenCall(
        id=call.id,
        op=call.op,
        line=line,
        target=target,
        volume_id=args.text_or_none("volume_id"),
        state=args.text_or_none("state"),
        filtered_by=filters,
    )


@define(eq=False)
class Calls:
    """All that is open, by id, oldest first.

    `are_landings_told` says that each request that lands has a line which says so; None that nothing has shown yet.
    """

    are_landings_told: bool | None = None
    _open: dict[str, OpenCall] = field(init=False, factory=dict)

    def is_create(self, name: str | None) -> bool:
        """Whether this is the id of an open create."""
        return name in self._open and self._open[name].op in CREATES

    def leave(self, call: OpenCall) -> None:
        """A request leaves."""
        if call.id in self._open:
            raise MalformedTraceError(f"id: the call {call.id!r} is already under way", call.line)
        self._open[call.id] = call

    def land(self, name: str) -> None:
        """A request landed; of one that is not open any more, nothing was in doubt."""
        if self.are_landings_told is None:
            self.are_landings_told = True
        call = self._open.get(name)
        if call is None:
            return
        if call.answered and call.op not in CREATES:
            del self._open[name]
        else:
            self._open[name] = evolve(call, landed=True)

    def see(self, name: str) -> None:
        """A request landed, and what it did was told."""
        call = self._open.get(name)
        if call is not None and call.answered:
            del self._open[name]
        elif call is not None:
            self._open[name] = evolve(call, landed=True, seen=True)

    def answer(self, name: str, status: int, line: int) -> OpenCall:
        """A request was answered: it is closed, or nobody waits for it any more. Answer it as it was."""
        call = self._open.get(name)
        if call is None or call.answered:
            raise MalformedTraceError(f"id: no call {name!r} is waiting for an answer", line)
        if call.op in FENCED and not call.seen and leaves_doubt(status):
            self.keep(call, line)
        else:
            del self._open[name]
        return call

    def keep(self, call: OpenCall, line: int) -> None:
        """This request was answered, but the answer did not say what it did."""
        self._open[call.id] = evolve(call, answered=True, silent_since=call.silent_since or line)

    def evict(self, line: int) -> None:
        """Nobody waits for any answer any more."""
        for name, call in self._open.items():
            self._open[name] = evolve(call, silent_since=call.silent_since or line)

    def rest(self) -> None:
        """Nothing lands any more; what has been answered is closed, unless it may have made something unseen."""
        for name, call in tuple(self._open.items()):
            if call.answered and not (call.may_have_made and self._may_have_landed(call)):
                del self._open[name]
            else:
                self._open[name] = evolve(call, is_over=True)

    def pending(self) -> tuple[tuple[Pending, ...], tuple[Pending, ...]]:
        """What may land: that somebody waits for, and that and all else."""
        fenced = tuple(call for call in self._open.values() if call.may_land)
        waited_for = tuple(call for call in fenced if call.silent_since is None)
        everything = tuple(Pending(FENCED[call.op], heard=call.silent_since is None) for call in fenced)
        return tuple(Pending(FENCED[call.op], heard=True) for call in waited_for), everything

    def unseen(self, op: CallOp) -> tuple[OpenCall, ...]:
        """The creates that may have made something that nobody has seen."""
        creates = tuple(call for call in self._open.values() if call.op is op and call.may_have_made)
        return tuple(call for call in creates if self._may_have_landed(call))

    def silent(self) -> tuple[OpenCall, ...]:
        """The requests that change something, and that nobody waits for any more, though no line says what they did."""
        unheard = tuple(call for call in self.changing() if call.silent_since is not None and not call.seen)
        return tuple(call for call in unheard if self._may_have_landed(call))

    def _may_have_landed(self, call: OpenCall) -> bool:
        return call.landed or not self.are_landings_told

    def changing(self) -> tuple[OpenCall, ...]:
        """The requests that change something and are open."""
        return tuple(call for call in self._open.values() if call.op in CHANGING)

    def explain(self, op: CallOp, asked: int) -> None:
        """Something new was seen by a look that was asked for on this line: the oldest such create made it."""
        for call in self.unseen(op):
            if call.line < asked:
                self.see(call.id)
                return

    def miss(self, op: CallOp, asked: int) -> None:
        """A listing asked for on this line showed nothing new."""
        for call in self.unseen(op):
            if call.silent_since is not None and call.silent_since < asked:
                self._open[call.id] = evolve(call, missed=call.missed + 1)
