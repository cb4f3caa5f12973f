"""The page as a file: what it tells of claims, that nothing in it can become markup, and that it asks nobody."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from importlib.resources import files

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import configuration_called, opened, run_exploration
from kiloclaw_adapters.explorer.page.graph import Graph
from kiloclaw_adapters.explorer.page.writing import (
    Judged,
    Page,
    page_of_search,
    page_of_trace,
    page_text,
    places_on,
    size_of,
)
from kiloclaw_adapters.mutants import mutants_called, mutated

(HURRIED,) = mutants_called(["hurried-destroy"])
ONE_EACH = configuration_called("one-each")
SMALL = Graph(
    lanes=("lane",),
    texts=("text",),
    cells=((0,),),
    marks=((),),
    renamings=((),),
    actions=((0, 0, "calm"),),
    states=((0, 0), (0, 0)),
    ways=((0, 0, 1), (0, 0, 0)),
    beginning=(),
    moves=1,
    whole=True,
    about="the trace",
    claims=(),
)


def embedded(text: str) -> dict[str, object]:
    """What the script of a page reads."""
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    told: dict[str, object] = json.loads(data)
    return told


def test_the_page_of_a_search_lists_every_claim_with_its_verdict_and_begins_with_the_failure() -> None:
    """Whoever opens it wants to see the race, and then what else was claimed."""
    with mutated(HURRIED):
        found = run_exploration(ONE_EACH)
        trace = found.failures[0].trace
        assert trace is not None
        page = page_of_search(found, 400)

    assert [(one.name, one.verdict) for one in page.claims] == [
        (one.claim, one.verdict) for one in found.report.verdicts
    ]
    assert page.path == trace.code
    assert page.claims[2] == Judged(
        "nothing is left behind",
        "always",
        "Once gone, nothing is left, and nothing can still arrive.",
        "broken",
        "broken",
        trace.code,
    )


def test_the_page_of_a_search_that_holds_begins_with_the_longest_way_to_a_witness() -> None:
    """There is something to walk along, even where nothing is wrong."""
    found = run_exploration(ONE_EACH)
    lengths = [len(one.trace.steps) for one in found.report.verdicts if one.trace is not None]
    page = page_of_search(found, 100)

    assert len(page.path.split("/")) == max(lengths)


def test_the_page_of_a_trace_tells_of_each_claim_what_the_way_says() -> None:
    """One way proves no *always*, but it breaks one or shows a witness."""
    with mutated(HURRIED):
        found = run_exploration(ONE_EACH)
        (failure,) = (one for one in found.failures if one.claim == "nothing is left behind")
        assert failure.trace is not None
        page = page_of_trace(ONE_EACH, failure.trace, 100)
    told = {one.name: (one.verdict, one.told, one.code) for one in page.claims}
    steps = len(failure.trace.steps)

    assert page.path == failure.trace.code
    assert told["nothing is left behind"] == ("broken", f"broken after {steps} steps", failure.trace.code)
    assert told["one machine at most"] == ("undecided", "not broken on the way", None)
    assert told["gone"][0] == "witnessed"
    assert told["a machine is up"] == ("undecided", "not seen on the way", None)
    assert told["leads home"] == ("undecided", "one way cannot tell", None)


def test_a_trace_is_found_again_in_the_graph() -> None:
    """Each of its states has a place there, and begins at nought."""
    trace = opened(ONE_EACH).by_code("0/0/1")
    graph = opened(ONE_EACH).graph((trace,), (), 4)

    assert list(places_on(graph, trace)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        (SMALL, "2 states and 2 choices are in this page, all there are: 12 kB."),
        (
            evolve(SMALL, whole=False, moves=0),
            "2 states and 2 choices are in this page, those of the traces alone: 12 kB.",
        ),
        (
            evolve(SMALL, whole=False, moves=1),
            "2 states and 2 choices are in this page, those of the traces and all within 1 move of the trace: 12 kB.",
        ),
        (
            evolve(SMALL, whole=False, moves=3),
            "2 states and 2 choices are in this page, those of the traces and all within 3 moves of the trace: 12 kB.",
        ),
    ],
    ids=["whole", "paths", "one move", "some moves"],
)
def test_the_page_says_how_much_it_holds(graph: Graph, told: str) -> None:
    """So that nobody takes a part for the whole."""
    assert size_of(graph, 12_345) == told


EVIL = "</script><script>alert(1)</script><!-- & \u2028 \"' <b>"


def evil_page() -> str:
    """A page in which every text would like to be markup."""
    claim = Judged(EVIL, "always", EVIL, "broken", EVIL, "0")
    graph = evolve(SMALL, lanes=(EVIL,), texts=(EVIL,))
    configuration = evolve(configuration_called("one-each"), name=EVIL, sentence=EVIL)
    return page_text(Page(configuration, graph, (claim,), ""))


def test_no_text_becomes_markup() -> None:
    """Names come from whoever wrote the configuration, and pages are opened from anywhere."""
    text = evil_page()
    told = embedded(text)

    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert "<b>" not in text
    assert "<!--" not in text
    assert f"<h1>{EVIL}, state by state</h1>" in unescape(text)
    assert told["configuration"] == EVIL
    assert told["claims"] == [
        {
            "name": EVIL,
            "kind": "always",
            "sentence": EVIL,
            "verdict": "broken",
            "told": EVIL,
            "code": "0",
            "round": None,
        }
    ]


def test_the_page_may_run_its_own_script_and_reach_nothing() -> None:
    """It opens from a disk on a machine without any network, and stays there."""
    text = page_text(Page(ONE_EACH, SMALL, (), ""))
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digests = [f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" for part in (script, style)]

    assert unescape(policy) == (f"default-src 'none'; script-src {digests[0]}; style-src {digests[1]}; base-uri 'none'")
    assert re.findall(r"https?:|//\w+\.|@import|url\(|src=", script + style + text.replace(script, "")) == []


# -- its colours -------------------------------------------------------------------------------------------------

OKABE_AND_ITO = {"#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
CSS = files("kiloclaw_adapters.explorer.page").joinpath("page.css").read_text(encoding="utf-8")


def variables(block: str) -> dict[str, str]:
    """The colours that a block of the style names."""
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block))


LIGHT, DARK = (variables(block) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL))


def brightness(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    parts = [digits[n] * 2 for n in range(3)] if len(digits) == 3 else [digits[n : n + 2] for n in (0, 2, 4)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(part, 16) / 255 for part in parts)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, from 1 to 21 (WCAG 2.2)."""
    darker, brighter = sorted((brightness(one), brightness(other)))
    return (brighter + 0.05) / (darker + 0.05)


def test_every_colour_is_one_that_all_tell_apart() -> None:
    """One in twelve men sees red and green alike."""
    greys = {"paper", "raised", "ink", "quiet", "line"}

    assert {colour for name, colour in (LIGHT | DARK).items() if name not in greys} <= OKABE_AND_ITO


@pytest.mark.parametrize("scheme", [LIGHT, LIGHT | DARK], ids=["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(scheme: dict[str, str]) -> None:
    """At least 4.5 to 1, as WCAG asks of text."""
    pairs = [(text, behind) for text in ("ink", "quiet") for behind in ("paper", "raised")]

    assert [pair for pair in pairs if contrast(scheme[pair[0]], scheme[pair[1]]) < 4.5] == []
