"""What answers teach of the world where nobody tells the truth of it: the last word heard stands until the next.

A request that leaves may have landed before its answer comes, so that what it may change is in doubt from then on. In a
trace that tells the truth by itself nothing is learnt here.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.trace.calls import ON_A_MACHINE, ON_A_VOLUME, OpenCall
from kiloclaw_core.trace.lines import Answer, CallOp, ShownMachine, ShownVolume
from kiloclaw_core.trace.outside import Outside, Told
from kiloclaw_core.trace.parsing import machine_shown, volume_shown
from kiloclaw_core.trace.reading import Node

SUCCESSES: Final = range(200, 300)
MISSING: Final = 404
OF_THE_WORLD: Final = frozenset(
    {CallOp.CREATE_MACHINE, CallOp.LIST_MACHINES, CallOp.CREATE_VOLUME, CallOp.LIST_VOLUMES}
) | (ON_A_MACHINE | ON_A_VOLUME)
"""The requests about machines and volumes; a source that tells the truth tells it of each that landed."""
ON_THE_WAY: Final = {CallOp.START_MACHINE: "starting", CallOp.STOP_MACHINE: "stopping"}
"""What a machine does once it was told to."""


def sent(outside: Outside, call: OpenCall) -> None:
    """A request leaves: what it may change is not known for certain any more."""
    if outside.told is Told.TRUTH:
        return
    if call.op is CallOp.DESTROY_MACHINE:
        outside.machines.doubt(call.target, at_most=1)
    if call.op is CallOp.DELETE_VOLUME:
        outside.volumes.doubt(call.target, at_most=1)
    if call.op in {CallOp.START_MACHINE, CallOp.STOP_MACHINE}:
        _is_said_to_be(outside, call.target, None)
    if call.op is CallOp.UPDATE_MACHINE:
        machine = outside.machines.find(call.target)
        if machine is not None:
            outside.machines.revise(evolve(machine, state=None, volume_id=call.volume_id))
