"""The API's pages can be made without a warning, and the page that leads to them names every one.

Here the pages that most readers begin with are read as they would be written; `nox --session docs` writes all of them,
which takes longer.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Final

import pytest
from pdoc import doc
from pdoc.extract import load_module

from .api import public, summary
from .sources import PROJECT, Source

FIRST: Final = frozenset(
    {
        "kiloclaw_adapters.check",
        "kiloclaw_adapters.facade",
        "kiloclaw_adapters.following",
        "kiloclaw_core",
        "kiloclaw_core.rules",
        "kiloclaw_core.trace",
    }
)


def told(where: doc.Module | doc.Class) -> Iterator[str]:
    """The names on a page, each with what would be written of it; whatever cannot be resolved is warned of."""
    for member in where.members.values():
        yield member.qualname
        match member:
            case doc.Class():
                yield from told(member)
            case doc.Function():
                str(member.signature)
            case doc.Variable():
                str(member.annotation_str)
            case _:
                pass  # a module below, which has a page of its own


@pytest.mark.parametrize("one", [one for one in public() if one.module in FIRST], ids=lambda one: one.module)
def test_a_page_names_everything_public_and_warns_of_nothing(one: Source) -> None:
    """A name without a page is a name that nobody finds; pytest turns each warning into an error."""
    names = frozenset(told(doc.Module(load_module(one.module))))
    promised = frozenset(getattr(importlib.import_module(one.module), "__all__", ()))
    assert (promised - names, names != frozenset()) == (frozenset(), True)


def test_the_page_that_leads_there_names_every_package() -> None:
    """In the words of each."""
    text = (PROJECT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{one.module}` | {summary(one)} |" for one in public()]
