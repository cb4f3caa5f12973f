"""Bugs of admission that free a slot too soon: by time, by a word, or for two at once."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Result, Success

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.names import Fence, SandboxId, UserId
from kiloclaw_core.registry import admit, flow, probe, resolve
from kiloclaw_core.registry.asks import (
    Inserted,
)
from kiloclaw_core.registry.commands import (
    Begin,
    OperatorRelease,
    RegistryRefusal,
)
from kiloclaw_core.registry.evidence import ConfirmedAbsent, RowState
from kiloclaw_core.registry.evidence import Failure as Cause
from kiloclaw_core.registry.positions import Flow, Provisioning, withdraw
from kiloclaw_core.registry.record import (
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    released,
)
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.world.admission import rows
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.rows import Row, Rows

Decided = Result[Registry, RegistryRefusal]

_gave_up = flow.gave_up
_let_in = admit._let_in  # noqa: SLF001
_operator_release = resolve.operator_release


def expired(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """An attempt that does not get on has had its time, and its slot is free."""
    return probe.over(registry, known, Resolution.CLEANED_UP, at)


def any_evidence(known: Reservation, *, fenced: bool) -> bool:
    """Whoever is fenced may be released, whatever is left of them."""
    return fenced


def no_answer_is_no(served: Flow) -> Flow:
    """A provision that is not answered was not done."""
    position = served.position
    if not isinstance(position, Provisioning):
        return _gave_up(served)
    why, trouble = Resolution.FAILED_BEFORE_WORK, Trouble.PROVISION_FAILED
    return withdraw(served, position.fence, why, trouble, ConfirmedAbsent())


def unfenced_release(registry: Registry, known: Reservation, at: int) -> Registry:
    """An operator's word frees the slot at once, and nobody tells the attempt."""
    return released(registry, evolve(known, asserted=True), Resolution.OPERATOR, at)


def unaudited_release(registry: Registry, command: OperatorRelease) -> Decided:
    """What an operator took upon themselves is written down afterwards, if nothing happens meanwhile."""
    return _operator_release(registry, command).map(lambda after: evolve(after, audit=registry.audit))


def unfenced_rows(registry: Registry, known: Reservation, why: Cause) -> RegistryTransition:
    """Rows know nothing of fences, so that a zombie inserts its own."""
    return probe.order(registry, evolve(known, phase=Phase.CLEANING, failure=why), RowState.NONE)


def two_holders(registry: Registry, command: Begin) -> Decided:
    """The slot is not looked at: the lock was granted to two (registry 0.2)."""
    return Success(registry if registry.reservation(command.attempt) else _let_in(registry, command))


def one_fence(registry: Registry, command: Begin) -> Registry:
    """Every attempt has the same fence."""
    return evolve(_let_in(registry, command), slots=())


def unconditional_insert(truth: Rows, user: UserId, instance: SandboxId, fence: Fence) -> tuple[Rows, Inserted]:
    """The row is inserted whoever asks, and whoever else is active."""
    if truth.row(instance) is not None:
        return truth, Inserted()
    return evolve(truth, rows=(*truth.rows, Row(instance, user))), Inserted()


def eager(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """An attempt that seemed to stand still is cleaned up, though it is whole by now."""
    if known.phase in {Phase.WORKING, Phase.COMMITTING}:
        return probe.given_up(registry, known, row, at)
    return probe.order(registry, known, row)


MUTANTS: Final = (
    Mutant(
        "expired",
        ("GW3", "F15", "F16"),
        probe,
        "given_up",
        expired,
        admission_named("one-attempt"),
        "released by evidence",
    ),
    Mutant(
        "expired-for-two",
        ("GW3", "S3"),
        probe,
        "given_up",
        expired,
        admission_named("two-attempts"),
        "one infrastructure",
    ),
    Mutant(
        "any-evidence",
        ("S10",),
        resolve,
        "may_release",
        any_evidence,
        admission_named("one-attempt"),
        "released by evidence",
    ),
    Mutant(
        "no-answer-is-no",
        ("F10", "F15"),
        flow,
        "gave_up",
        no_answer_is_no,
        admission_named("one-attempt"),
        "released by evidence",
    ),
    Mutant(
        "unfenced-release",
        ("GW5",),
        resolve,
        "_answered_for",
        unfenced_release,
        admission_named("answered-for"),
        "operators are audited",
    ),
    Mutant(
        "unaudited-release",
        ("GW18",),
        resolve,
        "operator_release",
        unaudited_release,
        admission_named("answered-for"),
        "operators are audited",
    ),
    Mutant(
        "unfenced-rows",
        ("GW5", "F16"),
        probe,
        "close",
        unfenced_rows,
        admission_named("one-attempt"),
        "rows are answered for",
    ),
    Mutant("two-holders", ("S1", "B145"), admit, "begin", two_holders, admission_named("two-attempts"), "one slot"),
    Mutant("one-fence", ("S9",), admit, "_let_in", one_fence, admission_named("two-attempts"), "fences grow"),
    Mutant(
        "unconditional-insert",
        ("GW5", "GW4", "GW16", "S4", "B97"),
        rows,
        "inserted",
        unconditional_insert,
        admission_named("two-and-a-destroy"),
        "one active row",
    ),
    Mutant("eager", ("L3",), probe, "closed", eager, admission_named("one-attempt"), "canonical is completed"),
)
