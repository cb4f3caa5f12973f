"""`python -m tests.fuzz.reading FOLDER`: the process that tries bytes, and follows which code they make run."""

from __future__ import annotations

import sys
from importlib import import_module
from io import BytesIO
from typing import Final

atheris: Final = import_module("atheris")  # it has no types, and is there only with the extra `fuzz`
with atheris.instrument_imports(include=["kiloclaw_core.rules", "kiloclaw_core.trace", "kiloclaw_adapters.check"]):
    from kiloclaw_adapters.check import redact
    from kiloclaw_adapters.tracing import texts_of
    from kiloclaw_core.rules import check
    from kiloclaw_core.trace import MalformedTraceError


def read(data: bytes) -> None:
    """Judge these bytes, and redact them; both refuse what is no trace, and raise nothing else."""
    for use in (check, redact):
        try:
            tuple(use(texts_of(BytesIO(data))))
        except MalformedTraceError as error:
            if error.line < 1:
                raise  # what is refused says where


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
