"""Bugs of admission that lock a slot: attempts that nobody looks after, and what is kept or asked for ever."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.phases import Alarm
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import admit, alarms, probe, resolve
from kiloclaw_core.registry.commands import (
    Begin,
    DestroyIntent,
    Occupied,
    RegistryRefusal,
)
from kiloclaw_core.registry.evidence import Failure as Cause
from kiloclaw_core.registry.evidence import RowState, Verdict
from kiloclaw_core.registry.inquiries import Settled, Waiting
from kiloclaw_core.registry.record import (
    Opener,
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    having,
    moved,
    with_route,
)
from kiloclaw_core.world.admission.configurations import admission_named

Decided = Result[Registry, RegistryRefusal]

_begin = probe.begin
_fenced = probe.fenced
_let_in = admit._let_in  # noqa: SLF001
_of_reservation = alarms._of_reservation  # noqa: SLF001
_over = probe.over


def forgotten(known: Reservation, policy: Policy) -> tuple[Alarm, ...]:
    """Whoever was let in is looked after by whoever serves them, and by nobody else."""
    return () if isinstance(known.inquiry, Waiting) else _of_reservation(known, policy)


def held(registry: Registry, known: Reservation, failure: Cause, at: int) -> Registry:
    """An attempt that failed is written down as failed, and an operator will see to it."""
    return having(registry, evolve(moved(known, Phase.CLEANING, failure.value, at), failure=failure, inquiry=Settled()))


def bomb(registry: Registry, known: Reservation, at: int) -> RegistryTransition:
    """An attempt that never began its work is waited for."""
    return probe.later(registry, known) if known.phase is Phase.OPEN else _begin(registry, known, at)


def phantom(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """A row must be there and say destroyed, even if it never was inserted."""
    if row is RowState.NONE:
        return probe.later(registry, known)
    return _fenced(registry, known, row, verdict, at)


def drained_only(registry: Registry, known: Reservation, command: DestroyIntent) -> Registry:
    """A destroy takes the route away, and leaves the attempt that is under way alone."""
    route = registry.route(command.instance)
    live = Route(command.instance, command.user, RouteState.LIVE, command.key) if route is None else route
    return with_route(registry, live, RouteState.DRAINING)


def let_in_once(registry: Registry, command: Begin, known: Reservation) -> Decided:
    """Whoever asks again because the answer was lost meets themselves."""
    return Failure(Occupied(known.attempt, known.instance, known.phase))


def alarms_taken_along(registry: Registry, known: Reservation, why: Resolution, at: int) -> RegistryTransition:
    """Whatever ends puts out the alarm, and whoever else waits for it is not asked."""
    went = _over(registry, known, why, at)
    quiet = tuple(evolve(one, inquiry=Settled()) for one in went.record.reservations)
    return evolve(went, record=evolve(went.record, reservations=quiet))


def hoarded(registry: Registry, known: Reservation, why: Resolution, at: int) -> Registry:
    """Whatever ended is remembered, every one of them."""
    over = evolve(moved(known, Phase.RELEASED, why.value, at), resolution=why, inquiry=Settled())
    return having(registry, over)


def buried(known: Reservation) -> bool:
    """Whatever anybody wants destroyed has a tombstone, whether it was ever there or not."""
    return False


def anonymous(registry: Registry, command: Begin) -> Registry:
    """Whoever is let in is a row and a status."""
    return _let_in(registry, evolve(command, opener=Opener()))


MUTANTS: Final = (
    Mutant(
        "forgotten",
        ("GW1", "LW41", "F3", "F4", "B144"),
        alarms,
        "_of_reservation",
        forgotten,
        admission_named("one-attempt"),
        "every slot has an alarm",
    ),
    Mutant(
        "held",
        ("GW2", "GW13", "LW40", "F9", "F21", "B152", "B157"),
        resolve,
        "cleaned_up",
        held,
        admission_named("one-attempt"),
        "leads home",
    ),
    Mutant("bomb", ("GW12", "F7"), probe, "begin", bomb, admission_named("one-attempt"), "leads home"),
    Mutant(
        "phantom",
        ("GW10", "LW42", "F18"),
        probe,
        "fenced",
        phantom,
        admission_named("one-attempt"),
        "the lock-out is bounded",
    ),
    Mutant(
        "drained-only", ("GW6", "L4"), resolve, "_draining", drained_only, admission_named("destroyed"), "leads home"
    ),
    Mutant(
        "let-in-once",
        ("GW22", "GW1"),
        admit,
        "_begin_again",
        let_in_once,
        admission_named("asked-again"),
        "nobody is in their own way",
    ),
    Mutant(
        "alarms-taken-along",
        ("LW44", "B148"),
        probe,
        "over",
        alarms_taken_along,
        admission_named("two-users-and-a-destroy"),
        "every slot has an alarm",
    ),
    Mutant("hoarded", ("GW20",), probe, "released", hoarded, admission_named("forgetful"), "what ended is forgotten"),
    Mutant(
        "buried",
        ("GW20", "B150"),
        probe,
        "nobody_had",
        buried,
        admission_named("unheard-of"),
        "tombstones are of something",
    ),
    Mutant("anonymous", ("GW19",), admit, "_let_in", anonymous, admission_named("one-attempt"), "holders are known"),
)
