"""The command line `kiloclaw`: one entry point, and one clear line when what it needs is not installed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from kiloclaw_adapters import forking

__all__ = ("main",)


def main() -> None:
    """Run the command line on the process's own arguments; it ends the process with the command's exit code."""
    missing = [name for name in ("typer", "rich") if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"kiloclaw needs {' and '.join(missing)}: pip install 'kiloclaw[cli]'\n")
        sys.exit(2)
    if any(word.startswith(("--suite", "--touched")) for word in sys.argv):
        forking.begin()  # what each of the searches needs is imported beside what the command line does
    with _ended_at_once():
        from kiloclaw_adapters.cli.application import application_for  # noqa: PLC0415 (only now it is known to import)
        from kiloclaw_adapters.cli.ending import stdout_told  # noqa: PLC0415 (beside it)

        application = application_for(sys.argv[1:])
    with stdout_told():
        application()


@contextmanager
def _ended_at_once() -> Iterator[None]:
    """Have Ctrl-C end the process at once, without a word: nothing is begun yet that could be told of."""
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # or ignored, as in a shell's background
    if heard:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        if heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)
