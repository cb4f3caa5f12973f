"""The API's pages: made from everything that the packages show, where whatever is warned of is an error."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from .sources import Source, sources
from .test_exports import promised

MODULES: Final = (
    "kiloclaw_adapters.directory",
    "kiloclaw_adapters.facade",
    "kiloclaw_adapters.moments",
    "kiloclaw_adapters.ports",
    "kiloclaw_adapters.provider",
    "kiloclaw_adapters.recorder",
)
"""What is public beside the packages, because whoever runs instances or writes an adapter begins there."""


def public() -> Iterator[Source]:
    """Every package that shows anything, and those modules."""
    for one in sources():
        if one.module in MODULES or (one.package and promised(one)):
            yield one


def summary(one: Source) -> str:
    """The first sentence of what a module says of itself."""
    first = (ast.get_docstring(one.tree) or "").partition("\n\n")[0]
    return " ".join(first.split())


def make(folder: Path) -> subprocess.CompletedProcess[str]:
    """Make the pages in this folder."""
    names = [one.module for one in public()]
    plainly = ("--no-search", "--no-show-source")  # half the time, and nothing that a page from a disk could use
    command = [sys.executable, "-W", "error", "-m", "pdoc", *plainly, "--output-directory", str(folder), *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (our own)


if __name__ == "__main__":
    made = make(Path(sys.argv[1]))
    sys.stdout.write(made.stdout)
    sys.stderr.write(made.stderr)
    sys.exit(made.returncode)
