"""What answers teach of the world where nobody tells the truth of it: the last word heard stands until the next.

A request that leaves may have landed before its answer comes, so that what it may change is in doubt from then on;
where nothing shows yet whether the truth is told, from when nobody waits for its answer any more. In a trace that tells
the truth by itself nothing is learnt here.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.trace.calls import CHANGING, ON_A_MACHINE, ON_A_VOLUME, OpenCall
from kiloclaw_core.trace.lines import Answer, CallOp, ShownMachine, ShownVolume
from kiloclaw_core.trace.outside import DESTROYED, Outside, Told
from kiloclaw_core.trace.parsing import machine_shown, volume_shown
from kiloclaw_core.trace.reading import Node

SUCCESSES: Final = range(200, 300)
MISSING: Final = 404
OF_THE_WORLD: Final = frozenset(
    {CallOp.CREATE_MACHINE, CallOp.LIST_MACHINES, CallOp.CREATE_VOLUME, CallOp.LIST_VOLUMES}
) | (ON_A_MACHINE | ON_A_VOLUME)
"""The requests about machines and volumes; a source that tells the truth tells it of each that landed."""
DONE: Final = {
    CallOp.START_MACHINE: frozenset({"starting", "started"}),
    CallOp.STOP_MACHINE: frozenset({"stopping", "stopped"}),
}
"""The states of a machine in which such a request has nothing to change."""
ON_THE_WAY: Final = {CallOp.START_MACHINE: "starting", CallOp.STOP_MACHINE: "stopping"}
"""What a machine does once it was told to."""


def sent(outside: Outside, call: OpenCall) -> None:
    """A request leaves."""
    if outside.told is Told.ANSWERS:
        _unsettle(outside, call)


def unheard(outside: Outside) -> None:
    """Nobody waits for some answers any more."""
    if outside.told is Told.NOTHING:
        for call in outside.calls.silent():
            _unsettle(outside, call)


def _unsettle(outside: Outside, call: OpenCall) -> None:
    """What this request may change is not known for certain any more."""
    if call.op is CallOp.DESTROY_MACHINE:
        outside.machines.doubt(call.target, at_most=1)
    if call.op is CallOp.DELETE_VOLUME:
        outside.volumes.doubt(call.target, at_most=1)
    if call.op in {CallOp.START_MACHINE, CallOp.STOP_MACHINE}:
        outside.is_said_to_be(call.target, None)
    if call.op is CallOp.UPDATE_MACHINE:
        machine = outside.machines.find(call.target)
        if machine is not None:
            outside.machines.revise(evolve(machine, state=None, volume_id=call.volume_id))


def heard(outside: Outside, call: OpenCall, answer: Answer, line: int) -> None:
    """A request was answered on this line: what the answer shows, unless the truth of it is told."""
    if answer.status in SUCCESSES and call.op in OF_THE_WORLD:
        _weigh(outside, call)
    if outside.told is Told.TRUTH:
        return
    if answer.status in SUCCESSES:
        _granted(outside, call, answer.body, line)
    else:
        _refused(outside, call, answer)
        unheard(outside)


def _weigh(outside: Outside, call: OpenCall) -> None:
    """A request took effect: if no line tells the truth of it, from now on answers are all there is."""
    if not call.landed:
        outside.calls.are_landings_told = False
    if outside.told is not Told.ANSWERS and (not call.landed or _is_untold(outside, call)):
        outside.told = Told.ANSWERS
        for open_call in outside.calls.changing():
            _unsettle(outside, open_call)


def _is_untold(outside: Outside, call: OpenCall) -> bool:
    """Whether a request landed, and should have changed something, but no line says what."""
    if call.seen or call.op not in CHANGING:
        return False
    machine = outside.machines.find(call.target)
    if call.op is CallOp.DELETE_VOLUME:
        return outside.volumes.find(call.target) is not None
    if call.op is CallOp.DESTROY_MACHINE:
        return machine is not None
    return machine is None or machine.state not in DONE.get(call.op, frozenset())


def _granted(outside: Outside, call: OpenCall, body: tuple[Node, ...], line: int) -> None:
    match call.op:
        case CallOp.CREATE_MACHINE | CallOp.GET_MACHINE | CallOp.UPDATE_MACHINE | CallOp.LIST_MACHINES:
            _show_machines(outside, call, tuple(machine_shown(one) for one in body), line)
        case CallOp.CREATE_VOLUME | CallOp.GET_VOLUME | CallOp.LIST_VOLUMES:
            _show_volumes(outside, call, tuple(volume_shown(one) for one in body), line)
        case CallOp.START_MACHINE | CallOp.STOP_MACHINE:
            outside.is_said_to_be(call.target, ON_THE_WAY[call.op])
        case CallOp.WAIT_MACHINE:
            outside.is_said_to_be(call.target, call.state)
        case CallOp.DESTROY_MACHINE:
            outside.took_away(call.target, own=outside.machines.own(call.target))
            outside.machines.lose(call.target)
        case CallOp.DELETE_VOLUME:
            outside.took_away(call.target, own=outside.volumes.own(call.target))
            outside.volumes.lose(call.target)
        case CallOp.LIST_SNAPSHOTS | CallOp.HEALTH | CallOp.REGISTRY | CallOp.MARK_DESTROYED | CallOp.EXEC:
            pass  # says nothing of which machines and volumes there are


def _show_machines(outside: Outside, call: OpenCall, shown: tuple[ShownMachine, ...], line: int) -> None:
    is_create = call.op is CallOp.CREATE_MACHINE
    if is_create and not shown:
        outside.calls.keep(call, line)
    for machine in shown:
        if machine.state == DESTROYED:
            outside.machines.lose(machine.id)
        elif outside.machines.show(machine, line, made_here=is_create) and not is_create:
            outside.calls.explain(CallOp.CREATE_MACHINE, call.line)
    if call.op is CallOp.LIST_MACHINES and call.filtered_by <= {outside.sandbox_id, outside.user_id}:
        outside.machines.look(frozenset(one.id for one in shown), call.line)
        outside.calls.miss(CallOp.CREATE_MACHINE, call.line)


def _show_volumes(outside: Outside, call: OpenCall, shown: tuple[ShownVolume, ...], line: int) -> None:
    is_create = call.op is CallOp.CREATE_VOLUME
    if is_create and not shown:
        outside.calls.keep(call, line)
    for one in shown:
        known = outside.volumes.find(one.id)
        volume = evolve(one, data=None if known is None else known.data)  # what is on it, no answer can show
        if outside.volumes.show(volume, line, made_here=is_create) and not is_create:
            outside.calls.explain(CallOp.CREATE_VOLUME, call.line)
    if call.op is CallOp.LIST_VOLUMES:
        outside.volumes.look(frozenset(one.id for one in shown), call.line)
        outside.calls.miss(CallOp.CREATE_VOLUME, call.line)


def _refused(outside: Outside, call: OpenCall, answer: Answer) -> None:
    """An error may have been made up on the way; that something is missing is a look that did not show it."""
    match call.op:
        case CallOp.GET_MACHINE | CallOp.DESTROY_MACHINE if answer.status == MISSING:
            outside.machines.doubt(call.target)
        case CallOp.GET_VOLUME | CallOp.DELETE_VOLUME if answer.status == MISSING:
            outside.volumes.doubt(call.target)
    if call.op is CallOp.WAIT_MACHINE and answer.body:
        outside.is_said_to_be(call.target, answer.body[0].text_or_none("state"))
