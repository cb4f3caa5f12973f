"""The example of the how-to, run as a team would run it: what it prints is what the page shows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.house.pages import page
from tests.house.sources import PROJECT

HOW_TO = page(PROJECT / "docs" / "how-to" / "test-your-change.md")
FUNCTION, PORT = "A function of the core", "A port"


def ran(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in this folder, where nothing of ours is, on these words."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (our own)


def shown(heading: str, language: str) -> str:
    """The one block of this language below a heading of the page."""
    (text,) = [block.text for block in HOW_TO.under(heading) if block.language == language]
    return text


PORT_EXAMPLE = shown(PORT, "python")


def test_the_example_fails_with_what_the_page_shows(tmp_path: Path) -> None:
    """A broken change is understood from the output alone; and the page must not promise more than there is."""
    (tmp_path / "test_ours.py").write_text(shown(FUNCTION, "python"), encoding="utf-8")
    answered = ran(tmp_path, "-k", "in_every_state and one-each")

    assert answered.returncode == 1
    assert shown(FUNCTION, "output") in answered.stdout
    assert "1 failed" in answered.stdout


def test_a_change_is_put_in_place_for_a_whole_run_by_an_option(tmp_path: Path) -> None:
    """The header says so, and the tests run on it."""
    ours = shown(FUNCTION, "python").partition("class TestHurried")[0]
    (tmp_path / "ours.py").write_text(ours, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import ours\nfrom kiloclaw_core import start\n\n\n"
        "def test_it():\n    assert start.creating_machine is ours.hurried\n",
        encoding="utf-8",
    )
    change = "kiloclaw_core.start:creating_machine=ours:hurried"
    answered = ran(tmp_path, "-v", f"--kiloclaw-change={change}")

    assert answered.returncode == 0, answered.stdout + answered.stderr
    assert f"kiloclaw: {change}" in answered.stdout


def test_what_fails_on_a_changed_core_says_so_below(tmp_path: Path) -> None:
    """Whoever reads the end of a log alone must not look for the bug in the core as it is."""
    change = "kiloclaw_core.start:creating_machine=math:cos"
    (tmp_path / "test_it.py").write_text("def test_it():\n    assert False\n", encoding="utf-8")

    said = f"kiloclaw: failed on a core that is changed: {change}"
    assert said in ran(tmp_path, f"--kiloclaw-change={change}").stdout.splitlines()


def test_a_change_that_cannot_be_made_ends_the_run_with_one_line(tmp_path: Path) -> None:
    """Rather than run as if it had been made."""
    for change, said in (
        ("nonsense", "a change is written as module:function=module:function, and not as 'nonsense'"),
        ("kiloclaw_core.nowhere:a=math:cos", "No module named 'kiloclaw_core.nowhere'"),
        ("kiloclaw_core.start:nothing=math:cos", "kiloclaw_core.start has no function 'nothing'"),
    ):
        answered = ran(tmp_path, f"--kiloclaw-change={change}")
        assert answered.returncode == 4
        assert said in answered.stderr


def test_a_store_that_forgets_is_told_by_the_first_answer_that_differs(tmp_path: Path) -> None:
    """The store of the page is held to the same suite in `tests/adapters/store`."""
    forgetful = (
        "from kiloclaw_adapters.store import MemoryStore as Remembering\n\n\n"
        "class MemoryStore(Remembering):\n    async def keys(self, kind):\n        return ()\n\n\n"
    )
    line = "from kiloclaw_adapters.store import MemoryStore\n"
    (tmp_path / "test_forgetful.py").write_text(PORT_EXAMPLE.replace(line, forgetful), encoding="utf-8")

    assert ran(tmp_path, "test_forgetful.py").returncode == 1
