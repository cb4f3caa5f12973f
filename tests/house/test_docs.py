"""The docs do as they say: every example runs, every marked command answers as shown, every link leads somewhere."""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .pages import Block, Page, page, paths, title
from .sources import PROJECT

PAGES = tuple(path for path in paths() if path.exists())
AS_SHOWN = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def program(one: Page) -> str:
    """The Python blocks of a page as one program, each on the lines where it stands in the page."""
    lines: list[str] = []
    for block in one.blocks("python"):
        lines += [""] * (block.line - len(lines))
        lines += block.text.splitlines()
    return "\n".join(lines) + "\n"


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what a page of ours says, in this folder."""
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 (our own page)


def told(one: Page, folder: Path) -> str:
    """What Python says against the page's program, run in this folder; nothing if it is content."""
    file = folder / f"{one.path.stem}.py"
    file.write_text(program(one), encoding="utf-8")
    ran = run([sys.executable, "-W", "error", file.name], folder)
    return "" if ran.returncode == 0 else f"exit code {ran.returncode}\n{ran.stderr}"


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with the output shown below it."""
    command, shown = "", ""
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:].strip(), ""
        else:
            shown += line
    yield command, shown


def differences(block: Block, folder: Path) -> Iterator[str]:
    """Every command of the block that fails, or that prints other than shown ("..." stands for anything)."""
    for command, shown in commands(block):
        name, *arguments = shlex.split(command) or [""]
        if name != "kiloclaw":
            yield f"line {block.line}: only kiloclaw is run here, not {command!r}"
            continue
        ran = run([str(Path(sys.executable).with_name(name)), *arguments], folder)
        if ran.returncode != 0:
            yield f"line {block.line}: {command} ended with {ran.returncode}: {ran.stderr}"
        elif shown and not doctest.OutputChecker().check_output(shown, ran.stdout, AS_SHOWN):
            yield f"line {block.line}: {command} printed\n{ran.stdout}"


@pytest.mark.parametrize("path", PAGES, ids=title)
def test_every_example_on_a_page_runs(path: Path, tmp_path: Path) -> None:
    """A newcomer copies the first example before reading a word; it must work as it stands."""
    assert told(page(path), tmp_path) == ""


@pytest.mark.parametrize("path", PAGES, ids=title)
def test_every_marked_command_answers_as_shown(path: Path, tmp_path: Path) -> None:
    """Output that was once true is worse than none."""
    marked = [block for block in page(path).blocks("console") if block.marked]

    assert [fault for block in marked for fault in differences(block, tmp_path)] == []


@pytest.mark.parametrize("path", PAGES, ids=title)
def test_every_link_leads_somewhere(path: Path) -> None:
    """A page that was moved takes its readers with it."""
    assert list(page(path).dead_links()) == []


@pytest.mark.parametrize("path", PAGES, ids=title)
def test_every_test_that_a_page_names_is_there(path: Path) -> None:
    """Whoever looks for what a page relies on finds it under the name that it has now."""
    named = re.findall(r"\b(?:tests/)?([\w/]+\.py)::(test_\w+)", path.read_text(encoding="utf-8"))

    assert [(file, name) for file, name in named if f"def {name}(" not in written_in(PROJECT / "tests" / file)] == []


def written_in(path: Path) -> str:
    """What is written in this file; nothing if there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_every_kind_of_page_is_read() -> None:
    """The checks above cover nothing if they find no pages."""
    kinds = {path.parent.name for path in PAGES if path.parent.parent.name == "docs"}

    assert kinds == {"tutorial", "how-to", "reference", "explanation"}


def written(folder: Path, text: str) -> Page:
    """A page of this text."""
    path = folder / "page.md"
    path.write_text(text, encoding="utf-8")
    return page(path)


def test_a_broken_example_is_told_with_its_line(tmp_path: Path) -> None:
    """Whoever broke it should find it at once; later blocks may use what earlier ones made."""
    one = written(tmp_path, "# Title\n\n```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n")

    assert 'File "page.py", line 8' in told(one, tmp_path).replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ("$ ls", "line 3: only kiloclaw is run here, not 'ls'"),
        ("$ kiloclaw frolic", "line 3: kiloclaw frolic ended with 2"),
        ("$ kiloclaw --help\nnothing of the kind", "line 3: kiloclaw --help printed"),
    ],
    ids=["stranger", "failure", "other output"],
)
def test_a_command_that_does_otherwise_is_told(block: str, fault: str, tmp_path: Path) -> None:
    """A check that cannot fail guards nothing."""
    (shown,) = written(tmp_path, f"<!-- run -->\n\n```console\n{block}\n```\n").blocks("console")

    assert shown.marked
    assert [found.startswith(fault) for found in differences(shown, tmp_path)] == [True]


def test_a_dead_link_is_told(tmp_path: Path) -> None:
    """To a file, or to a heading of one."""
    one = written(
        tmp_path, "# The House\n\n[a](#the-house) [b](gone.md) [c](#the-shed) [d](https://example.org/gone)\n"
    )

    assert list(one.dead_links()) == [
        "page.md links to gone.md, which is not there",
        "page.md links to #the-shed, which has no such heading",
    ]
