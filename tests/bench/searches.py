"""How fast every reachable state of one small configuration is found and judged: memoised, against naively."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core.explore import Report, report_naively, report_of
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System

from .measuring import Effort, Line, often, race


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


def found(report: Report) -> tuple[object, ...]:
    """What both searches must agree on; only the memoised one traces what leads home."""
    verdicts = [(one.claim, one.verdict, one.bound) for one in report.verdicts]
    return report.complete, report.states, report.edges, report.depth, report.cells, verdicts
