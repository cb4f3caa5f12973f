"""The page in a real browser: by keyboard alone, at a phone's width, from a disk, and with an address of any sort."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from attrs import frozen

from kiloclaw_adapters.explorer import (
    configuration_called,
    page_of_search,
    page_text,
    run_exploration,
    steady_passages,
)
from kiloclaw_adapters.mutants import mutants_called, mutated
from kiloclaw_core.explore import ProductModel, When
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System
from tests.adapters.cli.conftest import run
from tests.adapters.explorer_page.chromium import Tab
from tests.adapters.explorer_page.test_writing import evil_page

pytestmark = pytest.mark.browser

(HURRIED,) = mutants_called(["hurried-destroy"])
ONE_EACH = System(configuration_named("one-each"))
MAY = {When.CALM: "by itself", When.QUIET: "when nothing else can", When.FREE: "it may or may not"}


@frozen
class Seen:
    """A page on disk, and what the search that it is of found."""

    url: str
    claims: tuple[str, ...]
    broken: str
    code: str
    labels: tuple[str, ...]


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """The page of a search that finds a race: a destroy that does not wait for the create in flight."""
    file = tmp_path_factory.mktemp("pages") / "a race.html"
    one_each = configuration_called("one-each")
    with mutated(HURRIED):
        found = run_exploration(one_each)
        (first, *_) = (one for one in found.failures if one.trace is not None)
        assert first.trace is not None
        page = page_of_search(found)
        told = steady_passages(ONE_EACH, first.trace)
    file.write_text(page_text(page), encoding="utf-8")
    labels = tuple(f"{nth} {action.lane} {action.label}" for nth, (_, action, _) in enumerate(told, start=1))
    names = tuple(one.claim for one in found.report.verdicts)
    return Seen(file.as_uri(), names, first.claim, first.trace.code, labels)


@pytest.fixture
def cut(tmp_path: Path) -> Seen:
    """The page of a few states, which some choices lead out of."""
    file = tmp_path / "few.html"
    assert run("replay", "--code", "0/0", "--configuration", "one-each", "--html", str(file), "--states", "6").code == 0
    return Seen(file.as_uri(), (), "", "0/0", ())


def test_the_path_to_the_race_is_gone_along_with_arrow_keys(tab: Tab, page: Seen) -> None:
    """Step by step, with what each changed, until the claim breaks; and its numbers are those of the command line."""
    tab.open(page.url)

    assert (tab.text("#where"), tab.trace) == ("The beginning", "")
    assert tuple(one.partition(" ✗")[0] for one in tab.texts("#path li")[1:]) == page.labels

    tab.press("ArrowRight")
    assert (tab.text("#where"), tab.trace) == (f"Step 1 of {len(page.labels)}", page.code.split("/")[0])
    assert tab.texts("#lanes .new") == ["+ new: Ensuring", "+ new: EnsureApp 1 →"]
    assert tab.texts("#lanes .gone") == ["\N{MINUS SIGN} gone: Stopped"]

    tab.press("End")
    assert (tab.text("#where"), tab.trace) == (f"Step {len(page.labels)} of {len(page.labels)}", page.code)
    assert tab.text("#did .breaks") == f"✗ breaks: {page.broken}"

    tab.press("ArrowLeft")
    assert tab.trace == page.code.rpartition("/")[0]
    tab.press("Home")
    assert (tab.text("#where"), tab.trace) == ("The beginning", "")
    assert tab.trouble() == []


def test_what_a_step_did_is_said_to_whoever_cannot_see_it(tab: Tab, page: Seen) -> None:
    """In a live region, the change and not the whole state."""
    tab.open(page.url)
    tab.press("ArrowRight")

    assert tab.value("document.getElementById('told').getAttribute('aria-live')") == "polite"
    assert tab.value("document.getElementById('told').textContent") == (
        f"Step 1 of {len(page.labels)}. instance: wake. "
        "instance, new: Ensuring, gone: Stopped. in flight, new: EnsureApp 1 →."
    )


def test_a_visitor_makes_something_else_happen_by_keys(tab: Tab, page: Seen) -> None:
    """The choices stand in the order of the model; a digit takes one, and so do arrows and Enter."""
    tab.open(page.url)
    model = ProductModel(ONE_EACH)
    offered = [choice.move for choice in model.actions(model.initial())]

    assert tab.texts("#choices li") == [
        f"{index} {move.action.lane} {move.action.label} {MAY[move.when]}" for index, move in enumerate(offered)
    ]

    tab.press("1")
    assert (tab.trace, tab.text("#did")) == ("1", f"{offered[1].action.lane} {offered[1].action.label}")
    tab.press("n", "ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    assert tab.trace == "1/1"
    assert tab.value("document.activeElement.closest('#choices') !== null") is True
    tab.press("Home", "ArrowRight", "ArrowRight")
    assert tab.trace == "1/1"
    assert tab.trouble() == []


def test_the_way_back_undoes_a_choice(tab: Tab, page: Seen) -> None:
    """As it does on any page."""
    tab.open(page.url)
    tab.press("1", "0")
    tab.value("new Promise((done) => { addEventListener('hashchange', done, { once: true }); history.back(); })")
    tab.settle()

    assert (tab.trace, tab.text("#where")) == ("1", "Step 1 of 2")


def test_the_address_is_the_trace(tab: Tab, page: Seen) -> None:
    """A link shows somebody else the very state."""
    tab.open(f"{page.url}#0/0/1")
    there = tab.texts("#lanes li")
    tab.open(page.url)
    tab.press("0", "0", "1")

    assert (tab.trace, tab.texts("#lanes li"), tab.text("#where")) == ("0/0/1", there, f"Step 3 of {len(page.labels)}")


@pytest.mark.parametrize(
    ("fragment", "told", "where"),
    [
        ("0/99", 'Step 2 of the address asks for "99"; possible: choices 0 to', "Step 1 of 1"),
        ("0/-1", 'Step 2 of the address asks for "-1"; possible: choices 0 to', "Step 1 of 1"),
        ("nonsense", 'Step 1 of the address asks for "nonsense"; possible: choices 0 to', "The beginning"),
        ("%E0%A4%A", 'Step 1 of the address asks for "%E0%A4%A"; possible: choices 0 to', "The beginning"),
        ("0//0", 'Step 2 of the address asks for ""; possible: choices 0 to', "Step 1 of 1"),
    ],
)
def test_an_address_that_is_no_trace_is_followed_as_far_as_it_is_one(
    tab: Tab, page: Seen, fragment: str, told: str, where: str
) -> None:
    """The page says which step asked for what, and what was possible there, and goes on working."""
    tab.open(f"{page.url}#{fragment}")

    assert tab.text("#trouble").startswith(told)
    assert tab.text("#where") == where
    tab.press("Home", "0")
    assert (tab.trace, tab.value("document.getElementById('trouble').hidden")) == ("0", True)


def test_a_choice_that_leads_out_of_the_page_says_how_to_go_on(tab: Tab, cut: Seen, tmp_path: Path) -> None:
    """And what it says makes a page that stands behind that very choice."""
    tab.open(f"{cut.url}#0/0")
    out = [index for index, one in enumerate(tab.texts("#choices li")) if "leads out of this page" in one]
    tab.press(str(out[0]))
    command = tab.text("#trouble code")

    assert tab.trace == f"0/0/{out[0]}"
    assert tab.text("#where") == "Step 2 of 2"
    assert command == f"kiloclaw replay --configuration one-each --code 0/0/{out[0]} --html next.html"

    after = tmp_path / "next.html"
    words = [str(after) if word == "next.html" else word for word in shlex.split(command)[1:]]
    assert run(*words, "--states", "10").code == 0
    tab.open(after.as_uri())
    tab.press("End")
    assert (tab.trace, tab.text("#where")) == (f"0/0/{out[0]}", "Step 3 of 3")


def test_every_claim_is_listed_with_its_verdict_the_broken_ones_first(tab: Tab, page: Seen) -> None:
    """A claim that is not shown is one that nobody asks about."""
    tab.open(page.url)
    names = tab.texts("#claims b")
    broken = tab.texts("#claims li.broken b")

    assert sorted(names) == sorted(page.claims)
    assert names[: len(broken)] == broken
    assert page.broken in broken
    assert tab.text("#sum") == f"{len(page.claims)} claims, {len(broken)} of them broken."


def test_the_way_to_a_claim_is_a_link(tab: Tab, page: Seen) -> None:
    """From the verdict to the state that shows it, in one step."""
    tab.open(page.url)
    tab.value("document.querySelector('#claims .broken a').click()")
    tab.settle()

    assert tab.trace == page.code
    assert tab.text("#claims .broken .now") == "broken here"


@pytest.mark.parametrize("fragment", ["", "#0/0/1/0/0/0", "#0/0/99"])
def test_nothing_is_wider_than_a_phone(tab: Tab, page: Seen, fragment: str) -> None:
    """360 pixels, and nobody has to push the page aside to read it."""
    tab.size(360, 740)
    tab.open(f"{page.url}{fragment}")

    assert tab.value("document.documentElement.scrollWidth") == 360
    wide = "[...document.querySelectorAll('body :not(.unseen)')].filter((one) => one.scrollWidth > 360).length"
    assert tab.value(wide) == 0


def test_text_that_would_like_to_be_markup_is_shown_as_it_is(tab: Tab, tmp_path: Path) -> None:
    """Names come from whoever wrote the configuration."""
    file = tmp_path / "evil.html"
    file.write_text(evil_page(), encoding="utf-8")
    tab.size(360, 740)
    tab.open(file.as_uri())
    tab.press("0")

    assert tab.text("#did").endswith("\"' <b>")
    assert tab.value("document.scripts.length") == 2
    assert tab.value("document.documentElement.scrollWidth") == 360
    assert tab.trouble() == []


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(22, 24, 28)")])
def test_the_page_is_as_light_or_dark_as_the_visitor_likes(tab: Tab, page: Seen, scheme: str, paper: str) -> None:
    """Asked for by the system, not by a switch."""
    tab.colours(scheme)
    tab.open(page.url)

    assert tab.value("getComputedStyle(document.body).backgroundColor") == paper
