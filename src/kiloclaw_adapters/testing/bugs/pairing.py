"""A bug of the cache, of its supervisor or of a caller: searched for in a system of their own.

What upstream did, each of them does in one function.
"""

from __future__ import annotations

from types import ModuleType

from attrs import evolve, frozen

from kiloclaw_adapters.testing.mutant import Override, overridden
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.supervisor.system import SupervisorSystem


@frozen
class PairingMutant:
    """A bug by name: the weaknesses that it is, what does so in one sentence, and where it is searched for."""

    name: str
    rows: tuple[str, ...]
    module: ModuleType
    function: str
    override: Override
    system: PairingSystem | SupervisorSystem | CallerSystem
    caught_by: str


def pairing_trace(mutant: PairingMutant, *, limit: int = 60_000) -> Trace | None:
    """The shortest way to where the bug breaks its claim, or None where it breaks nothing."""
    with overridden(mutant.module, mutant.function, mutant.override):
        match mutant.system:
            case PairingSystem():
                return _broken(mutant.system, mutant.caught_by, limit)
            case SupervisorSystem():
                return _broken_child(mutant.system, mutant.caught_by, limit)
            case CallerSystem():
                return _broken_call(mutant.system, mutant.caught_by, limit)


def _broken(system: PairingSystem, claim: str, limit: int) -> Trace | None:
    only = evolve(system, claims=tuple(one for one in system.claims if one.name == claim))
    (verdict,) = report_of(only, limit=limit, stop_at_first=True).verdicts
    return verdict.trace if verdict.verdict == "broken" else None


def _broken_child(system: SupervisorSystem, claim: str, limit: int) -> Trace | None:
    only = evolve(system, claims=tuple(one for one in system.claims if one.name == claim))
    (verdict,) = report_of(only, limit=limit, stop_at_first=True).verdicts
    return verdict.trace if verdict.verdict == "broken" else None


def _broken_call(system: CallerSystem, claim: str, limit: int) -> Trace | None:
    only = evolve(system, claims=tuple(one for one in system.claims if one.name == claim))
    (verdict,) = report_of(only, limit=limit, stop_at_first=True).verdicts
    return verdict.trace if verdict.verdict == "broken" else None
