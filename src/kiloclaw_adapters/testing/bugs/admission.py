"""What a bug of admission is, and how it is searched for."""

from __future__ import annotations

from types import ModuleType

from attrs import frozen

from kiloclaw_adapters.testing.mutant import Override, overridden
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.system import AdmissionSystem


@frozen
class AdmissionMutant:
    """A bug of admission by name: what it breaks, where it is searched for, and the claim that notices."""

    name: str
    rows: tuple[str, ...]
    module: ModuleType
    function: str
    override: Override
    configuration: str
    caught_by: str


def admission_search(mutant: AdmissionMutant, *, limit: int = 60_000) -> Trace | None:
    """The shortest way to where the bug breaks its claim; None if it does not."""
    configuration = admission_named(mutant.configuration)
    claims = tuple(one for one in claims_for(configuration) if one.name == mutant.caught_by)
    with overridden(mutant.module, mutant.function, mutant.override):
        report = report_of(AdmissionSystem(configuration, claims), limit=limit, stop_at_first=True)
    (verdict,) = report.verdicts
    return verdict.trace if verdict.verdict == "broken" else None
