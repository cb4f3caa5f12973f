"""The page about the simulator tells everything that can be switched: whoever looks there finds it by its name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, get_args

from attrs import fields

from kiloclaw_adapters.simulator import Happening, Rules
from kiloclaw_adapters.simulator.kinds import Kind, word_of

PAGE: Final = Path(__file__).parents[3] / "docs" / "how-to" / "simulate-fly.md"


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the first table below this heading, each by its first cell."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    found = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert found is not None, f"there is no table below {heading}"
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()[2:]]
    return {row[0].strip("`"): row[1:] for row in rows}


def test_every_field_of_a_fault_is_told() -> None:
    """Beside its kind; a refusal may be named instead of spelt out."""
    told = {kind: set(re.findall(r"`(\w+)`", row[-1])) - {"refusal"} for kind, row in table("The faults").items()}
    assert told == {word_of(kind): {one.name for one in fields(kind)} for kind in get_args(Kind)}


def test_each_of_the_38_faults_is_told_with_where_it_is_switched() -> None:
    """As the description of Fly numbers them."""
    rows = table("The 38 faults of Fly")
    assert list(rows) == [str(number + 1) for number in range(38)]
    assert all(where for _, where in rows.values())


def test_every_happening_is_told() -> None:
    """In the order of the code."""
    assert list(table("What happens to machines")) == [what.value for what in Happening]


def test_every_rule_is_told_both_ways() -> None:
    """Leniently and strictly."""
    assert list(table("Where sources conflict")) == [one.name for one in fields(Rules)]
