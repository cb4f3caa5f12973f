"""The reference tells of every world's claims and configurations what the code says, and of every word of a budget."""

from __future__ import annotations

import pytest
from attrs import fields

from kiloclaw_adapters.explorer import World, of_world
from kiloclaw_core.world.admission.setting import AdmissionBudget
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.supervisor.setting import SupervisorBudget

from .tables import Table, replaced
from .test_reference import firsts, rows, section
from .worlds import CONFIGURATIONS_PAGE, TABLES

BUDGETS = {
    "an app": AppBudget,
    "admission": AdmissionBudget,
    "the cache": PairingBudget,
    "the supervisor": SupervisorBudget,
}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.page.stem} {table.heading}".lower())
def test_a_table_says_what_the_code_says(table: Table) -> None:
    """A reader of the page knows what is searched for, where, and what would be noticed; `worlds.py` makes it anew."""
    found = [one for one in rows(section(table.page, table.heading)) if len(one) == len(table.head)]

    assert found[: len(table.rows)] == list(table.rows)
    assert replaced(table.page.read_text(encoding="utf-8"), table) == table.page.read_text(encoding="utf-8")


@pytest.mark.parametrize("title", BUDGETS)
def test_every_word_of_a_budget_is_told(title: str) -> None:
    """A number without its meaning says nothing."""
    told = firsts(section(CONFIGURATIONS_PAGE, f"What a budget of {title} counts"))

    assert told == [one.name for one in fields(BUDGETS[title])]


def test_no_two_configurations_share_a_name_whatever_their_worlds() -> None:
    """A name is all that the command line and a saved race have."""
    named = [one.name for one in of_world(None)]

    assert sorted(named) == sorted(set(named))
    assert named == [one.name for world in World for one in of_world(world)]
