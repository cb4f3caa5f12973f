"""Bugs brought back one at a time: each a small override of one core function, each caught by a claim.

A mutant shows that a rule is needed and that its claim can fail. `mutated` is the one way to put one in place; the
core knows nothing of it, because stories call one another through their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core import (
    adopt,
    destroy,
    echo,
    errands,
    instance,
    launch,
    lifecycle,
    provision,
    rest,
    settle,
    start,
    stop,
    story,
    turn,
)
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import CreateMachine, CreateVolume, DeleteVolume
from kiloclaw_core.facts import Fact, Recovered, Replied
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Holding
from kiloclaw_core.machine import VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachineMade, Outcome, Rejected, Unknown, VolumeMade, Why
from kiloclaw_core.phases import (
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Inspecting,
    Look,
    Settling,
    Sought,
    Stopped,
    Sweep,
    Sweeping,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.system import Budget, Configuration, configuration_of

Override = Callable[..., object]


@frozen
class Mutant:
    """A bug by name: the rule or row it breaks, what it does in one sentence, and where it is searched for."""

    name: str
    rows: tuple[str, ...]
    sentence: str
    module: ModuleType
    function: str
    override: Override
    configuration: Configuration
    caught_by: str


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """With this bug in place; the function it replaces is put back whatever happens."""
    original = getattr(mutant.module, mutant.function)
    setattr(mutant.module, mutant.function, mutant.override)
    try:
        yield
    finally:
        setattr(mutant.module, mutant.function, original)
