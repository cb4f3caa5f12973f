"""The project's own files agree: one command to run, one to test, and every version and dependency said once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .pages import Page, page
from .sources import PROJECT

README = PROJECT / "README.md"
COMMANDS = ("Run it", "Test it")


@frozen
class Project:
    """What pyproject.toml says."""

    floor: str
    requirements: tuple[Requirement, ...]


def project(text: str) -> Project:
    """Read the part of pyproject.toml that these tests are about; our own name among the extras is no dependency."""
    table = tomllib.loads(text)["project"]
    extras = [line for group in table.get("optional-dependencies", {}).values() for line in group]
    every = [Requirement(line) for line in (*table["dependencies"], *extras)]
    return Project(
        table["requires-python"].removeprefix(">="), tuple(one for one in every if one.name != table["name"])
    )


def pinned(text: str) -> dict[str, str]:
    """The exact version of each package in a file of constraints."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def command_faults(readme: Page) -> Iterator[str]:
    """Every way in which the README fails to say a command in a fenced block of one line under its heading."""
    for heading in COMMANDS:
        if heading not in readme.headings():
            yield f"no heading '## {heading}'"
        elif [block.text.count("\n") for block in readme.under(heading)] != [1]:
            yield f"not one fenced block of a single line under '## {heading}'"


def pin_faults(wanted: Project, pins: dict[str, str]) -> Iterator[str]:
    """Every dependency without an exact version, or with one outside its range."""
    for one in wanted.requirements:
        version = pins.get(canonicalize_name(one.name))
        if version is None:
            yield f"{one.name} is not pinned"
        elif version not in one.specifier:
            yield f"{one.name} is pinned to {version}, outside {one.specifier}"


def unexplained(wanted: Project, text: str) -> list[str]:
    """The dependencies that the page of reasons has no row for."""
    return sorted({one.name for one in wanted.requirements if f"\n| `{one.name}` |" not in text})


def restated(floor: str, files: tuple[Path, ...]) -> list[str]:
    """The files that say the lowest Python version too, as a version or as a tool's short name for it."""
    said = re.compile(rf"(?<![\d.]){re.escape(floor)}(?![\d.])|\bpy{floor.replace('.', '')}\b")
    return [file.name for file in files if said.search(file.read_text(encoding="utf-8"))]


def test_the_readme_says_both_commands() -> None:
    """A newcomer, and CI, copy one line each."""
    assert list(command_faults(page(README))) == []


def test_the_test_command_installs_the_pinned_versions() -> None:
    """Else a run next month tests other software."""
    (block,) = page(README).under("Test it")

    assert "--constraint .ci/constraints.txt" in block.text


def test_every_dependency_is_pinned_within_its_range() -> None:
    """A pin outside the range makes the README's command fail on every machine."""
    pins = pinned((PROJECT / ".ci" / "constraints.txt").read_text(encoding="utf-8"))

    assert list(pin_faults(project((PROJECT / "pyproject.toml").read_text(encoding="utf-8")), pins)) == []


def test_every_dependency_has_its_reason() -> None:
    """A dependency that nobody can explain is one that nobody dares remove."""
    reasons = (PROJECT / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8")

    assert unexplained(project((PROJECT / "pyproject.toml").read_text(encoding="utf-8")), reasons) == []


def test_the_python_version_is_said_once() -> None:
    """Raising it must be a change of one line."""
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    floor = project(text).floor

    assert text.count(floor) == 1
    assert restated(floor, (PROJECT / "noxfile.py", PROJECT / ".ci" / "run")) == []


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    """A change without a place to tell it goes untold."""
    assert "Unreleased" in page(PROJECT / "CHANGELOG.md").headings()


def written(folder: Path, text: str) -> Page:
    """A README of this text."""
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    return page(path)


def test_a_missing_or_longer_command_is_found(tmp_path: Path) -> None:
    """A check that cannot fail guards nothing."""
    readme = written(tmp_path, "# It\n\n## Test it\n\n```sh\none\ntwo\n```\n")

    assert list(command_faults(readme)) == [
        "no heading '## Run it'",
        "not one fenced block of a single line under '## Test it'",
    ]


def test_a_loose_a_wrong_and_an_unexplained_dependency_are_found() -> None:
    """A check that cannot fail guards nothing."""
    wanted = project('[project]\nname = "it"\nrequires-python = ">=3.11"\ndependencies = ["one", "two>=2"]')

    assert list(pin_faults(wanted, pinned("# why\ntwo==1.0"))) == [
        "one is not pinned",
        "two is pinned to 1.0, outside >=2",
    ]
    assert unexplained(wanted, "| name | why |\n| `two` | it counts |\n") == ["one"]


def test_a_version_said_twice_is_found(tmp_path: Path) -> None:
    """As a version or as a short name, but not inside another number."""
    (tmp_path / "a.toml").write_text('target = "py311"', encoding="utf-8")
    (tmp_path / "b.py").write_text('run("3.11")', encoding="utf-8")
    (tmp_path / "c.txt").write_text("idna==3.11.2", encoding="utf-8")

    assert restated("3.11", tuple(sorted(tmp_path.iterdir()))) == ["a.toml", "b.py"]


# -- .ci/run, run on a small project of its own -------------------------------------------------------------------


def continuous_integration(folder: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """Run .ci/run in a project that is only this README."""
    ours = folder / "project"
    (ours / ".ci").mkdir(parents=True)
    shutil.copy(PROJECT / ".ci" / "run", ours / ".ci" / "run")
    written(ours, readme)
    outside = {name: value for name, value in os.environ.items() if name != "KILOCLAW_SHARED"}  # the script sets it
    return subprocess.run(["/bin/bash", ".ci/run"], cwd=ours, env=outside, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", [0, 3])
def test_ci_runs_the_test_command_and_answers_as_it_does(code: int, tmp_path: Path) -> None:
    """CI that runs something else than the README proves nothing about the README."""
    ran = continuous_integration(
        tmp_path, f"## Run it\n\n```sh\nfalse\n```\n\n## Test it\n\n```sh\necho it ran; exit {code}\n```\n"
    )

    assert (ran.returncode, ran.stdout) == (code, f"+ echo it ran; exit {code}\nit ran\n")


def test_ci_refuses_a_readme_without_a_test_command(tmp_path: Path) -> None:
    """Nothing run must not look like all is well."""
    ran = continuous_integration(tmp_path, "## Run it\n\n```sh\ntrue\n```\n")

    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == ".ci/run: README.md has no fenced block of a single line under '## Test it'\n"


@pytest.mark.parametrize("code", [0, 5])
def test_ci_fails_if_the_shared_folder_is_there_and_no_test_read_it(code: int, tmp_path: Path) -> None:
    """Pytest answers 5 when no test is marked; the checks against real traces must not fade away unseen."""
    (tmp_path / "shared").mkdir()
    python = f"mkdir -p .venv/bin; echo 'exit {code}' > .venv/bin/python; chmod +x .venv/bin/python"
    ran = continuous_integration(tmp_path, f"## Test it\n\n```sh\n{python}; echo $KILOCLAW_SHARED\n```\n")

    assert (ran.returncode, ran.stdout.splitlines()[-1 if code == 0 else -2]) == (code, str(tmp_path / "shared"))
