"""A bug brought back: one function of the core replaced, and a search that ought to notice.

`mutated` is the one way to put one in place; the core knows nothing of it, because stories call one another through
their modules. The bugs themselves are in `bugs`, by story; the whole list is in `mutants`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

from attrs import evolve, frozen

from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.world import moment
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Beginning, Budget, Configuration, Suite
from kiloclaw_core.world.system import System

Override = Callable[..., object]


@frozen
class Mutant:
    """A bug by name: the rules or rows it breaks, what does so in one sentence, and where it is searched for."""

    name: str
    rows: tuple[str, ...]
    module: ModuleType
    function: str
    override: Override
    configuration: Configuration
    caught_by: str
    """The claim that it breaks; it may break others as well."""

    @property
    def sentence(self) -> str:
        """What the bug does."""
        return (self.override.__doc__ or self.name).partition(": ")[2] or self.override.__doc__ or self.name


@frozen
class Placeless:
    """A weakness that no replaced function brings back: why our design has no place for it, and which test tells."""

    name: str
    rows: tuple[str, ...]
    because: str
    told_in: str
    """The test's file and name, as pytest writes them."""


@contextmanager
def overridden(module: ModuleType, function: str, override: Override) -> Iterator[None]:
    """With this function of a core module replaced; what was there is put back whatever happens.

    A module without such a function raises an `AttributeError` that names both.
    """
    original = getattr(module, function)
    setattr(module, function, override)
    _forget()
    try:
        yield
    finally:
        setattr(module, function, original)
        _forget()


def _forget() -> None:
    """What was worked out with the other function in place is no answer any more."""
    moment.said_of.cache_clear()
    moment.seen_of.cache_clear()


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """With this bug in place."""
    with overridden(mutant.module, mutant.function, mutant.override):
        yield


@frozen
class Caught:
    """What a search for a mutant came to: the shortest way to where it broke its claim, if it did."""

    mutant: Mutant
    states: int
    trace: Trace | None


def search_for(mutant: Mutant, *, limit: int = 200_000) -> Caught:
    """Explore the mutant's configuration with the bug in place, until its claim is broken or all is seen."""
    claim = tuple(one for one in CLAIMS if one.name == mutant.caught_by)
    with mutated(mutant):
        report = report_of(System(mutant.configuration, claim), limit=limit, stop_at_first=True)
    (verdict,) = report.verdicts
    return Caught(mutant, report.states, verdict.trace if verdict.verdict == "broken" else None)


# -- where they are searched for ---------------------------------------------------------------------------------


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
