"""The page of the rules is made from their table, and nobody has changed it by hand."""

from __future__ import annotations

from kiloclaw_adapters.check import PAGE, rules_page

from .sources import PROJECT


def test_the_page_of_the_rules_is_what_their_table_says() -> None:
    """`rules_page()` writes it anew."""
    assert (PROJECT / PAGE).read_text(encoding="utf-8") == rules_page()
