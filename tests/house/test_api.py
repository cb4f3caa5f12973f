"""The API's pages can be made without a warning, and the page that leads to them names every one."""

from __future__ import annotations

import importlib
from pathlib import Path

from .api import make, public, summary
from .sources import PROJECT


def test_the_pages_are_made_and_name_everything_public(tmp_path: Path) -> None:
    """A name without a page is a name that nobody finds; a warning is an error."""
    made = make(tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    missing = []
    for one in public():
        text = (tmp_path / f"{one.module.replace('.', '/')}.html").read_text(encoding="utf-8")
        names = getattr(importlib.import_module(one.module), "__all__", ())
        missing += [f"{one.module}.{name}" for name in names if f'id="{name}"' not in text]
    assert missing == []


def test_the_page_that_leads_there_names_every_package() -> None:
    """In the words of each."""
    text = (PROJECT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{one.module}` | {summary(one)} |" for one in public()]
