"""Makes the page: one file that opens from a disk, asks nobody for anything, and holds all that it shows.

What is embedded is data and escaped as such; the policy in the page's head allows its own script and style alone.
"""

from __future__ import annotations

import json
import shlex
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from attrs import asdict, frozen

from kiloclaw_adapters.explorer.findings import verdict_line
from kiloclaw_adapters.explorer.page.graph import Graph
from kiloclaw_adapters.explorer.page.near import MOST
from kiloclaw_adapters.explorer.run import Exploration
from kiloclaw_adapters.explorer.worlds import AnyConfiguration, opened
from kiloclaw_core.explore import Kind, Step, Trace, Word

SCRIPTS: Final = ("walking.js", "showing.js")
STYLE: Final = "page.css"
MARKUP: Final = "page.html"


@frozen
class Judged:
    """A claim as the page lists it: what became of it, in one of five words and as told, and the code of the way there.

    `round` is how many steps come before a way that goes round for ever.
    """

    name: str
    kind: str
    sentence: str
    verdict: Word
    told: str
    code: str | None = None
    round: int | None = None


@frozen
class Page:
    """All that a page is made of; `path` is the code of what the visitor sees first."""

    configuration: AnyConfiguration
    graph: Graph
    claims: tuple[Judged, ...]
    path: str


# -- what it tells -----------------------------------------------------------------------------------------------


def page_of_search(found: Exploration, most: int = MOST) -> Page:
    """The page of a search: every claim with its verdict, and first the way to what should not be.

    It holds `most` states, those about the failures where there are any. Raises `PageTooLargeError` where the traces
    alone pass more.
    """
    traces = tuple(verdict.trace for verdict in found.report.verdicts if verdict.trace is not None)
    near = tuple(verdict.trace for verdict in found.failures if verdict.trace is not None)
    graph = opened(found.configuration).graph(near, traces, most)
    judged = tuple(
        Judged(
            verdict.claim,
            claim.kind,
            claim.sentence,
            verdict.verdict,
            verdict_line(verdict),
            None if verdict.trace is None else verdict.trace.code,
            verdict.round_from,
        )
        for verdict, claim in zip(found.report.verdicts, graph.claims, strict=True)
    )
    return Page(found.configuration, graph, judged, _first_of(near, traces))


def _first_of(failed: tuple[Trace, ...], traces: tuple[Trace, ...]) -> str:
    """The way that is shown first: that to the first failure, or else the longest to a witness; it may have no step."""
    return max(failed[:1] or traces, key=lambda trace: len(trace.steps)).code if traces else ""


def page_of_trace(configuration: AnyConfiguration, trace: Trace, most: int = MOST) -> Page:
    """The page of a trace that was followed: of every claim, what the states on the way say of it.

    It holds `most` states, those about the trace. Raises `PageTooLargeError` where the trace alone passes more.
    """
    graph = opened(configuration).graph((trace,), (), most)
    told: dict[int, int] = {}
    for step, state in enumerate(places_on(graph, trace)):
        for claim in graph.marks[graph.states[state][0]]:
            told.setdefault(claim, step)
    judged = (_on_the_way(graph, trace, number, told.get(number)) for number in range(len(graph.claims)))
    return Page(configuration, graph, tuple(judged), trace.code)


def _on_the_way(graph: Graph, trace: Trace, number: int, step: int | None) -> Judged:
    claim = graph.claims[number]
    code = None if step is None else _code(trace.steps[:step])
    match Kind(claim.kind):
        case Kind.ALWAYS if step is not None:
            return Judged(claim.name, claim.kind, claim.sentence, "broken", f"broken after {_steps(step)}", code)
        case Kind.SOMETIMES if step is not None:
            return Judged(claim.name, claim.kind, claim.sentence, "witnessed", f"seen after {_steps(step)}", code)
        case Kind.ALWAYS:
            return Judged(claim.name, claim.kind, claim.sentence, "undecided", "not broken on the way")
        case Kind.SOMETIMES:
            return Judged(claim.name, claim.kind, claim.sentence, "undecided", "not seen on the way")
        case Kind.LEADS_HOME:
            return Judged(claim.name, claim.kind, claim.sentence, "undecided", "one way cannot tell")


def _steps(number: int) -> str:
    return f"{number} step{'' if number == 1 else 's'}"


def _code(steps: tuple[Step, ...]) -> str:
    return "/".join(str(step.index) for step in steps)


def places_on(graph: Graph, trace: Trace) -> Iterator[int]:
    """The places of the states on a trace, all of which the graph has."""
    place = 0
    yield place
    for step in trace.steps:
        place = graph.ways[place][3 * step.index + 2]
        yield place


# -- how it is written -------------------------------------------------------------------------------------------


def page_text(page: Page) -> str:
    """The page as HTML."""
    data = _data(page)
    script = "\n".join(_file(name) for name in SCRIPTS)
    style = _file(STYLE)
    return Template(_file(MARKUP)).substitute(
        title=escape(f"{page.configuration.name}, state by state"),
        sentence=escape(page.configuration.sentence),
        size=escape(size_of(page.graph, len(data.encode()) + len(script.encode()) + len(style.encode()))),
        policy=escape(_policy(script, style), quote=False),
        style=style,
        script=script,
        data=data,
    )


def size_of(graph: Graph, length: int) -> str:
    """What is in the page, in a sentence or two: how many states, which of all, and how much that is."""
    choices = sum(len(ways) for ways in graph.ways) // 3
    states = f"{len(graph.states):,} states and {choices:,} choices are in this page"
    return f"{states}, {_reach(graph)}: {length / 1000:,.0f} kB."


def _reach(graph: Graph) -> str:
    if graph.whole:
        return "all there are"
    if graph.moves == 0:
        return "those of the traces alone"
    return f"those of the traces and all within {graph.moves} move{'' if graph.moves == 1 else 's'} of {graph.about}"


def _data(page: Page) -> str:
    """What the script reads, as JSON that ends no script and begins no comment."""
    told: Mapping[str, object] = {
        "configuration": page.configuration.name,
        "command": f"kiloclaw replay --configuration {shlex.quote(page.configuration.name)}",
        "path": page.path,
        "claims": [asdict(claim) for claim in page.claims],
        "graph": {key: value for key, value in asdict(page.graph).items() if key != "claims"},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _policy(script: str, style: str) -> str:
    """What the page may do: run this script and wear this style, and reach nothing at all."""
    return f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'"


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
