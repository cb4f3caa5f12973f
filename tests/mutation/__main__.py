"""Would anybody notice if one word of a decision were another? mutmut changes them one at a time, module by module.

`python -m tests.mutation [MODULE...]`, or `nox --session mutation -- [MODULE...]`. A change that neither mypy nor a
story notices is shown, and fails unless docs/explanation/mutation.md says why nothing can; so does a module without a
change.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

PROJECT: Final = Path(__file__).parents[2]
TAIL: Final = 2_000
"""How much of what mutmut said is shown where it fails."""
PAGE: Final = PROJECT / "docs" / "explanation" / "mutation.md"
NEEDED: Final = ("src", "tests", "pyproject.toml")
CHECKING: Final = ("-m", "mypy", "--config-file", "setup.cfg", "--output", "json", "--no-error-summary")
STORIES: Final = ("app", "pairing", "registry", "supervisor")
"""The folders of stories that are of a record of their own."""
SEARCHES: Final = (
    *("test_system.py", "test_system_faults.py", "test_sizes.py"),
    *(f"{one}/test_explored.py" for one in STORIES),
)
"""Stories that search: they would notice as much, an hour later."""
TYPED: Final = "caught by type check"
OVERDUE: Final = "timeout"
"""What mutmut calls a change that mypy noticed, and one after which a story did not end."""
FUNCTION: Final = re.compile(r"\.x(?:ǁ(\w+)ǁ|_)(\w+)__mutmut_\d+$")
"""How mutmut calls a change: after the function, or after the class and its method."""
MODULES: Final = (
    *(
        "adopt",
        "destroy",
        "errands",
        "handover",
        "inspection",
        "launch",
        "mount",
        "moves",
        "provision",
        "recover",
        "regions",
    ),
    *("relocate", "rest", "restart", "restore", "retain", "settle", "size", "start", "stop", "story", "survey"),
    *("app/furnish", "app/ownership", "app/settle", "app/story"),
    *("registry/admit", "registry/flow", "registry/probe", "registry/resolve"),
    *("pairing/approve", "pairing/refresh", "pairing/trust", "supervisor/lifecycle"),
)
"""Where decisions are made; the words they are made of are not told here."""


@frozen
class Place:
    """Where a line was changed: it stands there whatever is written above it, and another like it does not."""

    module: str
    function: str
    line: str


@frozen
class Survivor:
    """A change that no story noticed: its name at mutmut's, and the lines that are other than they were."""

    name: str
    lines: tuple[str, ...]

    @property
    def function(self) -> str:
        """The function that was changed; a method is called after its class."""
        found = FUNCTION.search(self.name)
        return ".".join(filter(None, found.groups())) if found else self.name

    def places(self, module: str) -> frozenset[Place]:
        """Where it was changed."""
        return frozenset(Place(module, self.function, line) for line in self.lines)


def settings(module: str) -> str:
    """What mutmut is told: which module to change, how mypy is asked, and which stories are, of what it let pass."""
    folder = module.partition("/")[0]
    asked = f"tests/story/{folder}" if folder in STORIES else "tests/story"
    others = SEARCHES if folder in STORIES else (*STORIES, *SEARCHES)
    ignored = "".join(f"\n    --ignore=tests/story/{one}" for one in others)
    asking = "".join(f"\n    {word}" for word in (sys.executable, *CHECKING, f"src/kiloclaw_core/{module}.py"))
    return (
        "[mutmut]\n"
        "source_paths=src\n"
        f"only_mutate=src/kiloclaw_core/{module}.py\n"
        f"pytest_add_cli_args_test_selection={asked}\n"
        f"pytest_add_cli_args={ignored}\n"
        f"type_check_command={asking}\n"
        f"[mypy]\n{types_checked()}"
    )


def types_checked() -> str:
    """What mypy is told of our types, without what it would say of mutmut's own lines: they ignore types, barely."""
    told_of = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    codes = ", ".join(code for code in told_of["enable_error_code"] if code != "ignore-without-code")
    ours = {name: value for name, value in told_of.items() if isinstance(value, bool | str)}
    lines = (ours | {"enable_error_code": codes, "warn_unused_ignores": False}).items()
    return "".join(f"{name} = {value}\n" for name, value in lines)


def told(folder: Path, *words: str) -> str:
    """What mutmut says to these words; where it fails, that is shown, and all ends with its exit code."""
    command = (sys.executable, "-m", "mutmut", *words)
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        command, cwd=folder, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.stderr.write(f"{done.stdout[-TAIL:]}{done.stderr[-TAIL:]}")
        sys.exit(done.returncode)
    return done.stdout


def survivors(module: str) -> tuple[Counter[str], tuple[Survivor, ...]]:
    """What became of how many changes of a module, and which of them no story noticed; on a copy of the project."""
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        for one in NEEDED:
            source = PROJECT / one
            if source.is_dir():
                shutil.copytree(source, folder / one)
            else:
                shutil.copy(source, folder / one)
        (folder / "setup.cfg").write_text(settings(module), encoding="utf-8")
        told(folder, "run")
        every = re.findall(r"^\s+(\S+): (\w[\w ]*)$", told(folder, "results", "--all", "true"), re.MULTILINE)
        names = [name for name, end in every if end not in {"killed", OVERDUE, TYPED}]
        return Counter(end for _, end in every), tuple(
            Survivor(name, tuple(changed(told(folder, "show", name)))) for name in names
        )


def changed(difference: str) -> Iterator[str]:
    """The lines of a difference that are other than they were, each as it is now, or as it was where it is gone."""
    lines = [line for line in difference.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    new = [line for line in lines if line.startswith("+")]
    for line in new or lines:
        if line.strip("+- "):
            yield line[1:].strip()


def explained(page: str) -> frozenset[Place]:
    """The places of which the page says why no story can notice what is changed there; a bar in a line is escaped."""
    rows = re.findall(r"^\| `(\S+)` \| `(\S+)` \| `(.+)` \|", page, re.MULTILINE)
    return frozenset(Place(module, function, line.replace(r"\|", "|")) for module, function, line in rows)


def main(modules: Sequence[str]) -> int:
    """Change each of these modules, or all of the list; 1 if a change went unnoticed that nobody has explained.

    And 1 if no change was seen at all: then it is not known what mutmut found, because it says it otherwise.
    """
    known, left = explained(PAGE.read_text(encoding="utf-8")), 0
    for module in modules or MODULES:
        ends, found = survivors(module)
        if not ends:
            print(f"{module}: mutmut tells of no change that could be read", flush=True)  # noqa: T201
            left += 1
            continue
        new = [one for one in found if not one.lines or not known.issuperset(one.places(module))]
        left += len(new)
        noticed = f"mypy notices {ends[TYPED]}, {ends[OVERDUE]} took too long"
        rest = f"{len(found)} unnoticed, {len(new)} of them unexplained"
        print(f"{module}: {ends.total()} changes, {noticed}, {rest}", flush=True)  # noqa: T201
        for one in new:
            print(f"  {one.name}", *one.lines, sep="\n    ", flush=True)  # noqa: T201
    return 1 if left else 0


if __name__ == "__main__":
    unknown = [one for one in sys.argv[1:] if one not in MODULES]
    sys.exit(
        f"no decisions are made in {unknown[0]}; there are {', '.join(MODULES)}" if unknown else main(sys.argv[1:])
    )
