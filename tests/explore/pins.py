"""The pinned sizes of what CI searches, and how they and the pages that tell of these searches are made anew.

`.venv/bin/python -m tests.explore.pins` searches the suite `ci`, which takes minutes, and writes the sizes, here and
where they are shipped, the page of transitions, and that of coverage with its pictures. Look at what moved before you
commit it, and say why it did.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from kiloclaw_adapters.cli.suites import Several, has_failed, searched_all, tell_suite
from kiloclaw_adapters.explorer import Exploration, World, never_seen, suite_called, transitions_page
from tests.adapters.explorer_page.covering import covered

TABLE: Final = Path(__file__).with_name("pins.toml")
PROJECT: Final = Path(__file__).parents[2]
SHIPPED: Final = PROJECT / "src" / "kiloclaw_adapters" / "explorer" / "sizes.toml"
PAGE: Final = PROJECT / "docs" / "reference" / "transitions.md"
SUITE: Final = "ci"
COMMAND: Final = f"python -m {__spec__.name}"
HEADING: Final = f"""\
# The size of every configuration that CI searches: its states, its edges, and the longest calm way home.
# A state more or less is a behaviour more or less. To make this table anew: .venv/bin/python -m {__spec__.name}
"""
SHIPPED_HEADING: Final = f"""\
# How many states every configuration of an instance has that CI searches: searches begin and are foretold by that.
# Made anew with tests/explore/pins.toml, never by hand: .venv/bin/python -m {__spec__.name}
"""


@frozen
class Pin:
    """The size of one configuration, searched whole."""

    states: int
    edges: int
    home: int | None


def pin_of(found: Exploration) -> Pin:
    """What is pinned of a search."""
    return Pin(found.report.states, found.report.edges, found.bound)


def pinned() -> Mapping[str, Pin]:
    """The table, as it was last written."""
    return {name: Pin(**row) for name, row in tomllib.loads(TABLE.read_text(encoding="utf-8")).items()}


def table_of(found: Iterable[Exploration]) -> str:
    """The table that these searches make."""
    pins = ((one.configuration.name, pin_of(one)) for one in found)
    rows = (f"{name} = {{ states = {pin.states}, edges = {pin.edges}, home = {pin.home} }}" for name, pin in pins)
    return HEADING + "".join(f"{row}\n" for row in rows)


def shipped_of(pins: Mapping[str, Pin]) -> str:
    """The same of the states alone, as it is shipped."""
    return SHIPPED_HEADING + "".join(f"{name} = {pin.states}\n" for name, pin in pins.items())


def searched() -> tuple[Exploration, ...]:
    """Every configuration of an instance in CI, searched whole, in their order; what is under way is told."""
    found, _ = searched_all(Several(SUITE, suite_called(SUITE, World.INSTANCE)), processes=None, limit=None)
    return found


def main() -> None:
    """Search, and write what was found, unless something is not as claimed."""
    found = searched()
    unseen = never_seen(found)
    if has_failed(found, unseen):
        tell_suite(found, sum(one.seconds for one in found), unseen)
        sys.exit(1)
    TABLE.write_text(table_of(found), encoding="utf-8")
    SHIPPED.write_text(shipped_of(pinned()), encoding="utf-8")
    for page, text in {PAGE: transitions_page(found, SUITE), **covered(found, SUITE, COMMAND)}.items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
