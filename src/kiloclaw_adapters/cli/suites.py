"""Searching a whole suite, and one table of what came of it."""

from __future__ import annotations

import time
from typing import TypeAlias

from attrs import frozen
from rich.markup import escape
from rich.table import Table

from kiloclaw_adapters.cli.pacing import SuitePace
from kiloclaw_adapters.cli.telling import UnfinishedError, out, say
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    Exploration,
    SearchDiedError,
    SearchTooLargeError,
    cores,
    failure_text,
    never_seen,
    run_explorations,
)

Found: TypeAlias = tuple[Exploration, ...]


@frozen
class Several:
    """A suite, by its name, and its configurations; whether together they must show every witness of their worlds."""

    suite: str
    configurations: tuple[AnyConfiguration, ...]
    whole: bool = True

    def unseen(self, found: Found) -> tuple[str, ...]:
        """The witnesses that should have been seen in these searches, and were not."""
        return never_seen(found) if self.whole else ()


def word_for(one: Exploration) -> str:
    """What came of a search, in a few words."""
    broken = [verdict.claim for verdict in one.failures if verdict.verdict == "broken"]
    lacking = [verdict.claim for verdict in one.failures if verdict.verdict == "not_witnessed"]
    words = [f"broken: {', '.join(broken)}"] if broken else []
    words += [f"not witnessed: {', '.join(lacking)}"] if lacking else []
    words += [] if one.report.complete else ["not complete"]
    return "; ".join(words) or "held"


def searched_all(
    several: Several, processes: int | None, limit: int | None, memory: int | None = None
) -> tuple[Found, float]:
    """What each of these searches found, in their order, and the seconds that all of them took together."""
    began, found = time.perf_counter(), list[Exploration]()
    try:
        with SuitePace(several.suite, len(several.configurations), whole=limit is None) as pace:
            for one in run_explorations(
                several.configurations, processes=processes or cores(), limit=limit, memory=memory, watch=pace.hear
            ):
                pace.found(one)
                found.append(one)
    except (SearchDiedError, SearchTooLargeError) as error:
        raise UnfinishedError(str(error)) from error
    names = [one.name for one in several.configurations]
    in_order = sorted(found, key=lambda one: names.index(one.configuration.name))
    return tuple(in_order), time.perf_counter() - began


def has_failed(found: Found, unseen: tuple[str, ...]) -> bool:
    """Whether a claim is broken, a configuration lacks what it must show, or a witness is seen nowhere."""
    return any(one.failures for one in found) or unseen != ()


def tell_suite(found: Found, seconds: float, unseen: tuple[str, ...]) -> None:
    """One table of all searches, and what should not be as lanes."""
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("configuration", f"{len(found)} configurations", no_wrap=True)
    for heading, total in (
        ("states", f"{sum(one.report.states for one in found):,}"),
        ("edges", f"{sum(one.report.edges for one in found):,}"),
        ("seconds", f"{seconds:.1f}"),
        ("home", ""),
    ):
        table.add_column(heading, total, justify="right", no_wrap=True)
    table.add_column("verdict")
    for one in found:
        table.add_row(
            one.configuration.name,
            f"{one.report.states:,}",
            f"{one.report.edges:,}",
            f"{one.seconds:.1f}",
            "-" if one.bound is None else str(one.bound),
            f"[{'bold red' if one.failures else 'green' if one.report.complete else 'yellow'}]{escape(word_for(one))}",
        )
    out().print(table)
    for one in found:
        for verdict in one.failures:
            say(f"\n{one.configuration.name}\n{failure_text(one.configuration, verdict)}")
    for claim in unseen:
        out().print(f"[yellow]never seen[/yellow]  {escape(claim)}")
