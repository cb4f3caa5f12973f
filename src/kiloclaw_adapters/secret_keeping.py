"""Who keeps the values of secrets: nobody, unless the program says so, or the environment of this process.

A program that keeps them elsewhere brings its own `Secrets` (`ports.py`). What is done with a value is decided by
whoever asked for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from kiloclaw_core.names import SecretRef

SCHEME: Final = "env:"


def is_variable(reference: SecretRef) -> bool:
    """Whether this refers to a variable of a process, as in `env:NAME`."""
    return reference.startswith(SCHEME) and reference.removeprefix(SCHEME).isidentifier()


@frozen
class NoSecrets:
    """Nobody keeps anything: every reference is refused."""

    async def resolve(self, reference: SecretRef) -> str:
        """There is no value. Raises LookupError."""
        raise LookupError(f"{reference}: nobody here keeps secrets")


@frozen
class EnvironmentSecrets:
    """The variables of this process: `env:NAME` stands for what NAME holds, if it holds anything."""

    environment: Mapping[str, str] = field(factory=lambda: os.environ, repr=False)

    async def resolve(self, reference: SecretRef) -> str:
        """The value of the variable that the reference names. Raises LookupError where there is none."""
        name = reference.removeprefix(SCHEME)
        if name == reference:
            raise LookupError(f"{reference}: must be like {SCHEME}NAME")
        value = self.environment.get(name, "")
        if not value:
            raise LookupError(f"{name} is not set")
        return value
