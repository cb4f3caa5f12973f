"""The search for a bug: its system is explored until its claim is broken, and the way there is followed again.

A trace counts only if it leads to the same end by its code and by the lines of its actions.
"""

from __future__ import annotations

import time
from typing import Final

from attrs import evolve, frozen

from kiloclaw_adapters.explorer.run import Clock
from kiloclaw_adapters.mutants.mutant import Mutant, mutated
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Claim, Product, Report, Trace, replay_code, replay_labels, report_of
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.setting import AdmissionConfiguration
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.app_system import AppSystem
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.sizes import SizeSystem
from kiloclaw_core.world.supervisor.system import SupervisorSystem
from kiloclaw_core.world.system import System

LIMIT: Final = 200_000
"""No bug of the table takes that many states to show, and no system without one has as many."""


class OtherEndError(Exception):
    """A trace does not lead again to where it led; the message names the bug and the code."""


@frozen
class Caught:
    """What a search for a bug came to: the shortest way to where it broke its claim, if it did."""

    mutant: Mutant
    states: int
    seconds: float
    trace: Trace | None
    complete: bool = True
    """Whether its claim was broken or all was seen: without either it is not known whether it would be noticed."""


def search_for(mutant: Mutant, *, limit: int = LIMIT, clock: Clock = time.perf_counter) -> Caught:
    """Explore where the mutant is searched for with the bug in place, until its claim is broken or all is seen.

    Raises `OtherEndError` if what was found cannot be followed to the same end.
    """
    began = clock()
    with mutated(mutant):
        report, trace = _explored_where(mutant, limit)
    return Caught(mutant, report.states, clock() - began, trace, complete=report.complete or trace is not None)


def _explored_where(mutant: Mutant, limit: int) -> tuple[Report, Trace | None]:
    """What was seen, and the way to where the claim is broken: in the system of whatever world it is."""
    match mutant.where:
        case Configuration() as configuration:
            return _explored(System(configuration, _only(mutant, CLAIMS)), mutant, limit)
        case AdmissionConfiguration() as configuration:
            claims = _only(mutant, claims_for(configuration))
            return _explored(AdmissionSystem(configuration, claims), mutant, limit)
        case SizeSystem() as system:
            return _explored(evolve(system, claims=_only(mutant, system.claims)), mutant, limit)
        case AppSystem() as system:
            return _explored(evolve(system, claims=_only(mutant, system.claims)), mutant, limit)
        case PairingSystem() as system:
            return _explored(evolve(system, claims=_only(mutant, system.claims)), mutant, limit)
        case SupervisorSystem() as system:
            return _explored(evolve(system, claims=_only(mutant, system.claims)), mutant, limit)
        case CallerSystem() as system:
            return _explored(evolve(system, claims=_only(mutant, system.claims)), mutant, limit)


def _only(mutant: Mutant, claims: tuple[Claim[SceneT], ...]) -> tuple[Claim[SceneT], ...]:
    """The one claim that is to notice; a `ValueError` names it where there is none of the name."""
    (claim,) = (one for one in claims if one.name == mutant.caught_by)
    return (claim,)


def _explored(product: Product[SceneT], mutant: Mutant, limit: int) -> tuple[Report, Trace | None]:
    report: Report = report_of(product, limit=limit, stop_at_first=True)
    (verdict,) = report.verdicts
    if verdict.verdict != "broken" or verdict.trace is None:
        return report, None
    trace = verdict.trace
    if not {replay_code(product, trace.code).end, replay_labels(product, trace.labels).end} == {trace.end}:
        raise OtherEndError(f"{mutant.name}: {trace.code} leads to another end when it is followed again")
    return report, trace
