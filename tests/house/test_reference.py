"""The reference says what the code says: every page is compared, row by row, with what it describes."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar, get_args

import pytest
from attrs import asdict, fields
from typer.main import get_command

from kiloclaw_adapters import errors
from kiloclaw_adapters.cli.application import application_for
from kiloclaw_adapters.cli.places import BASE, CONTROLLER_SECRET, CONTROLLERS, ORGANISATION, SECRETS, TOKEN
from kiloclaw_adapters.explorer import World
from kiloclaw_adapters.mutants import mutants_of
from kiloclaw_adapters.simulator.control import ACTS
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.spelling import KINDS
from kiloclaw_core.app import AppEffect
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.effects import Effect
from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.outcomes import Why, may_pass
from kiloclaw_core.phases import AlarmName, Phase
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Story
from kiloclaw_core.views import DebugView, View
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.scene import Scene
from kiloclaw_core.world.setting import Beginning, Budget, Configuration, Suite

from .pages import Page, page, paths, title
from .sources import PROJECT
from .test_docs import AS_SHOWN, program

Row: TypeAlias = tuple[str, ...]
SceneT = TypeVar("SceneT")

REFERENCE = PROJECT / "docs" / "reference"
HOW_TO = PROJECT / "docs" / "how-to"
HEADING = re.compile(r"(#{2,6}) (.+)")


def section(path: Path, heading: str) -> str:
    """The text below this heading of a page, as far as the next one of its level or above."""
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = [(n, len(found[1]), found[2]) for n, line in enumerate(lines) if (found := HEADING.fullmatch(line))]
    ((start, depth),) = [(n, depth) for n, depth, said in heads if said == heading]
    end = min((n for n, other, _ in heads if n > start and other <= depth), default=len(lines))
    return "\n".join(lines[start + 1 : end])


def rows(text: str) -> tuple[Row, ...]:
    """The rows of every table in a text, without their heads, cell by cell."""
    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    return tuple(cells(line) for table in tables for line in table.splitlines()[2:])


def cells(line: str) -> Row:
    """The cells of one row, without the marks of code."""
    return tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|"))


def firsts(text: str) -> list[str]:
    """The first cell of every row."""
    return [row[0] for row in rows(text)]


def names(union: object) -> list[str]:
    """The members of a union, by name."""
    return sorted(member.__name__ for member in get_args(union))


# -- claims and configurations -----------------------------------------------------------------------------------


def told(claims: Iterable[Claim[SceneT]], kind: Kind) -> tuple[Row, ...]:
    """The rows that the claims of this kind should have."""
    return tuple((one.name, one.sentence, ", ".join(one.reads)) for one in claims if one.kind is kind)


def catches(claim: str) -> str:
    """The mutants that this claim catches."""
    return ", ".join(mutant.name for mutant in mutants_of(World.INSTANCE) if mutant.caught_by == claim)


@pytest.mark.parametrize(
    ("heading", "kind"), [("Always", Kind.ALWAYS), ("Leads home", Kind.LEADS_HOME)], ids=["always", "leads home"]
)
def test_every_claim_is_told_with_the_mutants_it_catches(heading: str, kind: Kind) -> None:
    """A reader of the page knows what is searched for, and what would be noticed."""
    wanted = tuple((*row, catches(row[0])) for row in told(CLAIMS, kind))

    assert rows(section(REFERENCE / "claims.md", heading)) == wanted


def test_every_witness_is_told() -> None:
    """An *always* without its *sometimes* may be empty, so the page shows both."""
    assert rows(section(REFERENCE / "claims.md", "Sometimes")) == told(CLAIMS, Kind.SOMETIMES)


def test_every_field_of_a_scene_is_told() -> None:
    """Who writes a claim must know what a scene can tell."""
    assert firsts(section(REFERENCE / "claims.md", "What a scene tells")) == [one.name for one in fields(Scene)]


def configuration_row(one: Configuration) -> Row:
    """The row that this configuration should have: its budget in numbers and words, where it is not the usual one."""
    usual = asdict(Budget())
    budget = ", ".join(f"{number} {word}" for word, number in asdict(one.budget).items() if number != usual[word])
    shown = (budget, ", ".join(one.witnesses), ", ".join(one.without))
    return (one.name, one.suite.value, one.beginning.value, one.sentence, *shown)


def test_every_configuration_is_told_with_its_budget() -> None:
    """What a search proves is no more than what its configuration lets happen."""
    found = rows((REFERENCE / "configurations.md").read_text(encoding="utf-8"))

    assert found[: len(CONFIGURATIONS)] == tuple(configuration_row(one) for one in CONFIGURATIONS)


def test_every_suite_and_every_beginning_is_told() -> None:
    """A word in the table above that is explained nowhere is no word."""
    text = (REFERENCE / "configurations.md").read_text(encoding="utf-8")

    assert [one.value for one in Suite if f"`{one.value}`" not in text] == []
    assert firsts(section(REFERENCE / "configurations.md", "Where one begins")) == [one.value for one in Beginning]


def test_every_word_of_a_budget_is_told() -> None:
    """A number without its meaning says nothing."""
    assert firsts(section(REFERENCE / "configurations.md", "What a budget counts")) == [
        one.name for one in fields(Budget)
    ]


# -- effects and phases ------------------------------------------------------------------------------------------


def test_every_effect_is_told() -> None:
    """Whoever performs effects must find each of them here; `Settle` serves both kinds of record."""
    instances = firsts(section(REFERENCE / "effects.md", "Of an instance"))
    apps = firsts(section(REFERENCE / "effects.md", "Of an owner's app"))

    assert sorted(instances) == names(Effect)
    assert sorted([*apps, "Settle"]) == names(AppEffect)


def test_every_reason_for_a_rejection_is_told() -> None:
    """With whether it may pass, which decides between another try and a note."""
    wanted = tuple((why.value, "yes" if may_pass(why) else "no") for why in Why)

    assert rows(section(REFERENCE / "effects.md", "Why a request is rejected")) == wanted


def test_every_phase_is_told() -> None:
    """A phase that the page does not know is a wait that nobody can look up."""
    found = [
        name
        for heading in ("Resting", "Waiting for a change", "Waiting for a look")
        for name in firsts(section(REFERENCE / "phases.md", heading))
    ]

    assert sorted(found) == names(Phase)


def test_every_alarm_and_every_story_is_told() -> None:
    """In the order of the code, so that page and code can be read side by side."""
    assert firsts(section(REFERENCE / "phases.md", "Alarms")) == [name.value for name in AlarmName]
    assert sorted(firsts(section(REFERENCE / "phases.md", "Stories"))) == names(Story)


def plain(value: object) -> str:
    """A number, several, or none, as the page writes them."""
    if value is None:
        return "never"
    return ", ".join(f"{one:g}" for one in (value if isinstance(value, tuple) else (value,)))


def test_the_policy_is_told_as_it_is_in_production() -> None:
    """A duration that is wrong on the page is worse than one that is missing."""
    wanted = [(one.name, plain(getattr(Policy(), one.name))) for one in fields(Policy)]

    assert [row[:2] for row in rows(section(REFERENCE / "phases.md", "Policy"))] == wanted


# -- commands and errors -----------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every command of the program, with its own options; `--help` and `--json` go for all."""
    group = get_command(application_for())
    assert hasattr(group, "commands"), "the program has no commands"
    for name, command in group.commands.items():
        options = (opt for one in command.params for opt in one.opts if opt.startswith("--"))
        yield name, tuple(opt for opt in options if opt not in {"--help", "--json"})


COMMANDS = tuple(commands())


@pytest.mark.parametrize(("name", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_every_command_is_told_with_every_option(name: str, options: tuple[str, ...]) -> None:
    """Under a heading of its own."""
    text = section(REFERENCE / "cli.md", name)

    assert f"`kiloclaw {name}" in text
    assert [option for option in options if f"`{option}`" not in text] == []


def test_every_command_that_is_told_is_there() -> None:
    """A page that promises a command sends its reader to an error."""
    headings = page(REFERENCE / "cli.md").headings()
    around = {"Exit codes", "Where a command works", "What is shown of an instance"}

    assert sorted(set(headings) - around) == sorted(name for name, _ in COMMANDS)


def test_every_field_of_a_view_is_told() -> None:
    """Programs read these by name."""
    assert firsts(section(REFERENCE / "cli.md", "A view")) == [one.name for one in fields(View)]
    assert firsts(section(REFERENCE / "cli.md", "A debug view")) == [one.name for one in fields(DebugView)]


def test_every_error_is_told_with_what_to_do() -> None:
    """An exception that a caller has never heard of is one that it does not catch."""
    text = section(HOW_TO / "run-instances.md", "When a call fails")
    found = {name for row in firsts(text) for name in row.split(", ")}
    raised = {name for name, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, Exception)}

    assert found == raised - {"KiloclawError"}


def test_every_variable_is_told() -> None:
    """What the commands take from the environment stands in one table."""
    found = set(firsts(section(HOW_TO / "run-instances.md", "Environment variables")))

    assert found == {TOKEN, ORGANISATION, BASE, CONTROLLERS, SECRETS, CONTROLLER_SECRET}


# -- the simulator -----------------------------------------------------------------------------------------------


def test_every_fault_is_told() -> None:
    """A fault that nobody knows of is never tried."""
    text = section(HOW_TO / "simulate-fly.md", "The faults")

    assert sorted(firsts(text)) == sorted(KINDS)
    assert re.findall(r"`(\w+)`", text.partition("what Fly says:")[2]) == sorted(REFUSALS)


def test_every_control_request_is_told() -> None:
    """The demo and the tests of others steer by these."""
    wanted = sorted(f"{method} {path}" for method, path, _ in ACTS)

    assert sorted(firsts(section(HOW_TO / "simulate-fly.md", "The control surface"))) == wanted


# -- what a page shows as printed --------------------------------------------------------------------------------

SHOWING = tuple(path for path in paths() if path.exists() and page(path).blocks("text") and page(path).blocks("python"))


def printed(one: Page, folder: Path) -> str:
    """What the page's program prints, run in this folder."""
    file = folder / "shown.py"
    file.write_text(program(one), encoding="utf-8")
    ran = subprocess.run([sys.executable, file.name], cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 (our own page)
    return ran.stdout


@pytest.mark.parametrize("path", SHOWING, ids=title)
def test_a_program_prints_what_its_page_shows(path: Path, tmp_path: Path) -> None:
    """Whoever types along compares line by line, and must not be told wrongly that he erred."""
    one = page(path)
    shown = "".join(block.text for block in one.blocks("text"))
    output = printed(one, tmp_path)

    assert doctest.OutputChecker().check_output(shown, output, AS_SHOWN), output


def test_the_lessons_show_what_they_print() -> None:
    """The check above covers nothing if it finds no pages."""
    assert {"1-a-race", "2-the-model", "3-write-a-claim", "4-a-broken-destroy"} <= {path.stem for path in SHOWING}


# -- the checks themselves ---------------------------------------------------------------------------------------


def test_a_section_ends_where_the_next_one_begins(tmp_path: Path) -> None:
    """A check that read too far would find everything everywhere."""
    path = tmp_path / "page.md"
    one = "## One\n\n| a | b |\n|---|---|\n| `x` | y |\n| z | |\n\n### Part\n\n| c |\n|---|\n| w |\n"
    path.write_text(f"# Title\n\n{one}\n## Two\n\n| d |\n|---|\n| v |\n", encoding="utf-8")

    assert rows(section(path, "One")) == (("x", "y"), ("z", ""), ("w",))
    assert firsts(section(path, "Part")) == ["w"]
