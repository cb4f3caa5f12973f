"""How fast reachable states are found and judged: memoised against naively, and again against at first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from kiloclaw_adapters.explorer.packed.search import PackedSearch
from kiloclaw_core.explore import Report, report_naively, report_of
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.scene import Scene
from kiloclaw_core.world.system import System

from .measuring import Effort, Line, often, race

SO_FAR: Final = "start-destroy"
"""What is searched again: the real model, whose states have records of many forms."""
NEVER: Final = 1 << 62


def lines(effort: Effort) -> Iterator[Line]:
    """States and edges in a second, both searches whole and of one mind."""
    system = System(configuration_named(effort.configuration))
    report = report_of(system)
    assert report.complete, f"{effort.configuration} was not searched whole"
    assert found(report) == found(report_naively(system)), f"the searches of {effort.configuration} disagree"

    patient = evolve(effort, rounds=min(effort.rounds, 3), sample_s=0.0)  # one search is sample enough
    pair = race(often(lambda: report_of(system)), often(lambda: report_naively(system)), patient)
    note = f"{effort.configuration}: {report.states:,} states, {report.edges:,} edges, every claim judged; both whole"
    yield pair.as_rate("explorer, states / naive", "states/s", note, each=report.states)
    yield pair.as_rate("explorer, edges / naive", "edges/s", "the same searches", each=report.edges)

    first, system = PackedSearch(System(configuration_named(SO_FAR)), beside=False), System(configuration_named(SO_FAR))
    states = searched(first, effort.states)
    again = often(lambda: searched(with_answers_of(first), effort.states))
    anew = often(lambda: searched(PackedSearch(system, beside=False), effort.states))
    pair = race(again, anew, patient)
    note = f"{SO_FAR}, unaudited, until {states:,} states are found: what the search takes without the core's answers"
    yield pair.as_rate("explorer, all answered / at first", "states/s", note, each=states)


def searched(search: PackedSearch[Scene], states: int) -> int:
    """Search until so many states are found, or there are no more; how many are."""
    for progress in search.run(audit_every=NEVER):
        if progress.states >= states:
            break
    return search.states.count


def with_answers_of(search: PackedSearch[Scene]) -> PackedSearch[Scene]:
    """A search that stands at the beginning, where all that was asked by another needs no asking."""
    again = PackedSearch(search.product, beside=False)
    again.components, again.expansion = search.components, search.expansion
    again._judging = search._judging
    return again


def found(report: Report) -> tuple[object, ...]:
    """What both searches must agree on; only the memoised one traces what leads home."""
    verdicts = [(one.claim, one.verdict, one.bound) for one in report.verdicts]
    return report.complete, report.states, report.edges, report.depth, report.cells, verdicts
