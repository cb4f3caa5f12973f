"""The two halves of a decision in one call, for a caller who has the record to himself.

Each is `decide`, then `absorb` of `Woken`: the next record and the effects, or why not. Whoever shares a record with
others commits the intent first and lets a worker absorb (decisions 1.13).
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Result

from kiloclaw_core.announce import announced
from kiloclaw_core.commands import Command, Destroy, Provision, Recover, Refusal, Restart, Restore, Start, Stop
from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Record, Transition
from kiloclaw_core.lifecycle import absorb, decide


def ask(record: Record, command: Command) -> Result[Transition, Refusal]:
    """Asked anything at all: the transition it leads to at once, or why it is not granted."""
    return decide(record, command).map(lambda granted: _looked_at(record, command, granted))


def _looked_at(record: Record, command: Command, granted: Record) -> Transition:
    transition = absorb(granted, Woken(at=command.at))
    return evolve(transition, notes=(*announced(record, command, granted), *transition.notes))


def provision(record: Record, command: Provision) -> Result[Transition, Refusal]:
    """Asked to provision: the record with identity, spec and intent, and the first effect."""
    return ask(record, command)


def start(record: Record, command: Start) -> Result[Transition, Refusal]:
    """Asked to start: refused only where a destroy was granted, or nothing was provisioned."""
    return ask(record, command)


def stop(record: Record, command: Stop) -> Result[Transition, Refusal]:
    """Asked to stop: refused only where a destroy was granted, or nothing was provisioned."""
    return ask(record, command)


def restart(record: Record, command: Restart) -> Result[Transition, Refusal]:
    """Asked to restart: refused while anything else is under way, or without a machine."""
    return ask(record, command)


def recover(record: Record, command: Recover) -> Result[Transition, Refusal]:
    """Asked by an operator to recover: refused while it recovers, is restored or destroyed."""
    return ask(record, command)


def restore(record: Record, command: Restore) -> Result[Transition, Refusal]:
    """Asked by an operator to go back to a snapshot: refused while anything else is under way."""
    return ask(record, command)


def destroy(record: Record, command: Destroy) -> Result[Transition, Refusal]:
    """Asked to destroy: always granted, never hurried past a request in flight."""
    return ask(record, command)
