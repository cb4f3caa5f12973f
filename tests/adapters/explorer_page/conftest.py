"""The browser that pages are opened in, one for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.explorer_page.chromium import Tab, browser_here, running


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """A page in a browser; only tests marked `browser` may ask for it."""
    program = browser_here()
    assert program is not None, "there is no browser, and this test was not deselected"
    with running(program, tmp_path_factory.mktemp("browser") / "profile") as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab) -> Tab:
    """The page, in a window as large as a desk has."""
    browser.size(1280, 900)
    browser.colours("light")
    return browser
