"""The pictures of the docs, taken of the page as it is now.

`.venv/bin/python -m tests.adapters.explorer_page.pictures` takes them; it needs a browser. Look at them before you
commit them.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from attrs import frozen

from kiloclaw_adapters.explorer import configuration_called, page_of_search, page_text, run_exploration
from kiloclaw_adapters.mutants import mutants_called, mutated
from tests.adapters.explorer_page.chromium import Tab, browser_here, running

FOLDER: Final = Path(__file__).parents[3] / "docs" / "how-to" / "pictures"


@frozen
class Picture:
    """A picture: its name, how large it is, in which colours, and the keys that lead to what it shows."""

    name: str
    width: int
    height: int
    scheme: str
    keys: tuple[str, ...]


PICTURES: Final = (
    Picture("a-race", 1100, 620, "light", ("End",)),
    Picture("a-choice", 1100, 620, "dark", ("ArrowRight",) * 9),
    Picture("on-a-phone", 360, 640, "light", ("ArrowRight",) * 8),
)


def main() -> None:
    """Take them all."""
    program = browser_here()
    if program is None:
        sys.exit("there is no browser to take pictures with")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "page.html"
        (hurried,) = mutants_called(["hurried-destroy"])
        with mutated(hurried):
            file.write_text(page_text(page_of_search(run_exploration(configuration_called("one-each")))), "utf-8")
        with running(program, Path(folder) / "profile") as tab:
            for one in PICTURES:
                take(tab, one, file.as_uri())


def take(tab: Tab, one: Picture, url: str) -> None:
    """Take one picture of this page."""
    tab.size(one.width, one.height)
    tab.colours(one.scheme)
    tab.open(url)
    tab.press(*one.keys)
    tab.picture(FOLDER / f"{one.name}.png")


if __name__ == "__main__":
    main()
