"""A bug brought back: one function of the core replaced, where it is searched for, and the claim that ought to notice.

The bugs themselves stand by story in the modules beside this one, and all of them in `table`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TypeAlias

from attrs import evolve, frozen

from kiloclaw_adapters.explorer import World
from kiloclaw_adapters.overriding import Override, overridden
from kiloclaw_core.world.admission.setting import AdmissionConfiguration
from kiloclaw_core.world.app_system import AppSystem
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.setting import Beginning, Budget, Configuration, Suite
from kiloclaw_core.world.sizes import SizeSystem
from kiloclaw_core.world.supervisor.system import SupervisorSystem

Where: TypeAlias = (
    Configuration | SizeSystem | AppSystem | AdmissionConfiguration | PairingSystem | SupervisorSystem | CallerSystem
)
"""A small system of any world."""


@frozen
class Mutant:
    """A bug by name: the rules or rows it breaks, what does so in one sentence, and where it is searched for."""

    name: str
    rows: tuple[str, ...]
    """What it is in whoever counts bugs: a rule of decisions 1, a weakness of a specification, a row of the corpus."""
    module: ModuleType
    function: str
    override: Override
    where: Where
    caught_by: str
    """The claim that it breaks; it may break others as well."""

    @property
    def sentence(self) -> str:
        """What the bug does."""
        return " ".join((self.override.__doc__ or self.name).split())

    @property
    def world(self) -> World:
        """What it is a bug of."""
        match self.where:
            case Configuration() | SizeSystem():
                return World.INSTANCE
            case AppSystem():
                return World.APP
            case AdmissionConfiguration():
                return World.ADMISSION
            case PairingSystem():
                return World.CACHE
            case SupervisorSystem():
                return World.SUPERVISOR
            case CallerSystem():
                return World.CALLER


@frozen
class Placeless:
    """A weakness that no replaced function brings back: why our design has no place for it, and which test tells."""

    name: str
    rows: tuple[str, ...]
    because: str
    told_in: str
    """The test's file and name, as pytest writes them."""


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """With this bug in place."""
    with overridden(mutant.module, mutant.function, mutant.override):
        yield


# -- where an instance's bugs are searched for --------------------------------------------------------------------


def small(beginning: Beginning = Beginning.PROVISIONED, *, snapshots: int = 0, **budget: int) -> Configuration:
    """A configuration that begins there, with this budget and no other trouble."""
    return Configuration(
        told(beginning.value, snapshots, budget),
        "The least in which a bug shows.",
        Budget(**budget),
        beginning=beginning,
        snapshots=snapshots,
    )


def within(name: str, *, snapshots: int = 0, **budget: int) -> Configuration:
    """The named configuration as it stands when it begins, with this budget instead of its own."""
    return evolve(
        configuration_named(name),
        name=told(name, snapshots, budget),
        budget=Budget(**budget),
        snapshots=snapshots,
        witnesses=(),
        suite=Suite.ASKED,
    )


def hasty(configuration: Configuration) -> Configuration:
    """The same, where nothing is tried a second time."""
    policy = evolve(configuration.policy, tries=0)
    return evolve(configuration, name=f"{configuration.name}, no second try", policy=policy)


def told(where: str, snapshots: int, budget: Mapping[str, int]) -> str:
    """The name of a configuration: where it begins, with how many snapshots, and what may happen there."""
    counts = {"snapshots": snapshots, **budget} if snapshots else budget
    return ", ".join((where, *(f"{number} {word}" for word, number in counts.items())))
