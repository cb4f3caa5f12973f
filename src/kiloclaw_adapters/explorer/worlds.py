"""The worlds that are searched, and what is the same of all their configurations: a name, a suite, and a way to search.

Each world is a part of the core joined to its own outside, and has claims of its own. Here is all that the command
line, and whatever tells of searches, needs to treat them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum
from functools import partial
from importlib.util import find_spec
from typing import Final, Generic, Protocol, TypeAlias

from attrs import asdict, frozen

from kiloclaw_adapters.explorer.elsewhere import (
    Told,
    lanes_of,
    of_admission,
    of_app,
    of_cache,
    of_caller,
    of_supervisor,
    sequence_of,
)
from kiloclaw_adapters.explorer.keeping import Keeping, KeptSearchError
from kiloclaw_adapters.explorer.page.graph import Graph, packed
from kiloclaw_adapters.explorer.page.near import neighbourhood
from kiloclaw_adapters.explorer.page.sights import INSTANCE_SIGHTS, Sights, sights_of
from kiloclaw_adapters.explorer.small import APPS, CALLERS, SUPERVISORS, Call, SmallConfiguration
from kiloclaw_adapters.explorer.steady import steady_passages
from kiloclaw_adapters.explorer.story import instance_lanes, instance_sequence
from kiloclaw_adapters.explorer.walking import Walker, Walks
from kiloclaw_core.explore import (
    Kind,
    Passage,
    Product,
    Progress,
    Report,
    Trace,
    explore,
    passages,
    replay_code,
    replay_labels,
)
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.world.admission.configurations import ADMISSIONS
from kiloclaw_core.world.admission.setting import AdmissionBudget, AdmissionConfiguration
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.app_system import AppSystem
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS, CALLER_WITNESSES
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.configurations import PAIRING_CONFIGURATIONS, PairingConfiguration
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.setting import Budget, Configuration, Suite
from kiloclaw_core.world.supervisor.setting import SupervisorBudget
from kiloclaw_core.world.supervisor.system import SupervisorSystem
from kiloclaw_core.world.system import System

AnyConfiguration: TypeAlias = Configuration | AdmissionConfiguration | PairingConfiguration | SmallConfiguration
"""A small system of any world."""

ALL: Final[tuple[AnyConfiguration, ...]] = (
    *CONFIGURATIONS,
    *APPS,
    *ADMISSIONS,
    *PAIRING_CONFIGURATIONS,
    *SUPERVISORS,
    *CALLERS,
)
"""Every named configuration, world by world; no two of them share a name."""

THE_BOUND: Final = "the bound is met"
"""What a configuration with a bound of its lock-out must show: that it is no less than it says."""


class World(Enum):
    """What is searched together with its outside."""

    INSTANCE = "instance"
    APP = "app"
    ADMISSION = "admission"
    CACHE = "cache"
    SUPERVISOR = "supervisor"
    CALLER = "caller"


# -- what a configuration is -------------------------------------------------------------------------------------


def world_of(configuration: AnyConfiguration) -> World:
    """The world that it is a part of."""
    match configuration:
        case Configuration():
            return World.INSTANCE
        case AdmissionConfiguration():
            return World.ADMISSION
        case PairingConfiguration():
            return World.CACHE
        case SmallConfiguration(of=of):
            return _small_world(of)


def _small_world(of: AppBudget | SupervisorBudget | Call) -> World:
    match of:
        case AppBudget():
            return World.APP
        case SupervisorBudget():
            return World.SUPERVISOR
        case Call():
            return World.CALLER


def suite_of(configuration: AnyConfiguration) -> Suite:
    """When it is searched."""
    match configuration:
        case Configuration(suite=suite) | AdmissionConfiguration(suite=suite):
            return suite
        case PairingConfiguration(suite=suite) | SmallConfiguration(suite=suite):
            return suite


def witnesses_of(configuration: AnyConfiguration) -> tuple[str, ...]:
    """What must be seen when it is searched whole."""
    match configuration:
        case Configuration(witnesses=witnesses):
            return witnesses
        case AdmissionConfiguration(witnesses=witnesses, lockout=lockout):
            return witnesses if lockout is None else (*witnesses, THE_BOUND)
        case PairingConfiguration() | SmallConfiguration():
            return ()


def beginning_of(configuration: AnyConfiguration) -> str | None:
    """Where an instance stands when the search begins; nothing is told of that elsewhere."""
    match configuration:
        case Configuration(beginning=beginning):
            return beginning.value
        case AdmissionConfiguration() | PairingConfiguration() | SmallConfiguration():
            return None


def budgets_of(configuration: AnyConfiguration) -> dict[str, int]:
    """What may happen that is not calm, and how often."""
    match configuration:
        case Configuration(budget=budget):
            return {word: number for word, number in _counts(budget).items() if number != getattr(Budget(), word)}
        case AdmissionConfiguration(budget=budget):
            return _counts(budget)
        case PairingConfiguration(budget=budget):
            return _counts(budget)
        case SmallConfiguration(of=of):
            return {"faults": of.faults} if isinstance(of, Call) else _counts(of)


def _counts(budget: Budget | AdmissionBudget | PairingBudget | AppBudget | SupervisorBudget) -> dict[str, int]:
    """The numbers of a budget that are not nought; of what comes one after the other, how many come."""
    numbers = {word: len(one) if isinstance(one, tuple) else one for word, one in asdict(budget, recurse=False).items()}
    return {word: number for word, number in numbers.items() if number}


# -- how it is searched, followed and drawn ----------------------------------------------------------------------

Draw: TypeAlias = Callable[[tuple[Passage, ...]], str]


class Searchable(Protocol):
    """A configuration's system, whatever its scenes are."""

    def explored(self, limit: int | None, keeping: Keeping | None = None) -> Generator[Progress, None, Report]:
        """Search it whole, or until more than `limit` states are found; raises `KeptSearchError`."""
        ...

    def sentence(self, claim: str) -> str:
        """What the claim of this name says."""
        ...

    def by_code(self, code: str) -> Trace:
        """Follow choices; raises `ReplayError`."""
        ...

    def by_labels(self, labels: tuple[str, ...]) -> Trace:
        """Follow the lines of actions; raises `ReplayError`."""
        ...

    def broken_on_the_way(self, trace: Trace) -> dict[str, int]:
        """Each *always* that is broken along the trace, with the number of the first step after which it is."""
        ...

    def lanes(self, trace: Trace) -> str:
        """The trace as lanes: a line for each step."""
        ...

    def sequence(self, trace: Trace) -> str:
        """The trace as a Mermaid sequence diagram."""
        ...

    def graph(self, near: tuple[Trace, ...], passing: tuple[Trace, ...], most: int) -> Graph:
        """The states of all these traces, and those about the ones that are `near`, `most` states in all.

        Raises `PageTooLargeError` where the traces alone pass more.
        """
        ...

    def walker(self) -> Walks:
        """Whoever walks through it, with nothing remembered yet."""
        ...


@frozen
class Opened(Generic[SceneT]):
    """A system, and how its traces and its states are drawn."""

    product: Product[SceneT]
    as_lanes: Draw
    as_sequence: Draw
    sights: Sights

    def explored(self, limit: int | None, keeping: Keeping | None = None) -> Generator[Progress, None, Report]:
        """Search it: thousands of states at a time where numpy is there, unless a limit is to be met to the state."""
        if limit is None and find_spec("numpy") is not None:
            from kiloclaw_adapters.explorer.packed import explore_packed  # noqa: PLC0415 (numpy is optional)

            return explore_packed(self.product, keeping=keeping)
        if keeping is not None:
            raise KeptSearchError("only a whole search can be kept, and only with the extra `fast`")
        return explore(self.product, limit=limit)

    def sentence(self, claim: str) -> str:
        """What the claim says."""
        return next(one.sentence for one in self.product.claims if one.name == claim)

    def by_code(self, code: str) -> Trace:
        """Follow choices."""
        return replay_code(self.product, code)

    def by_labels(self, labels: tuple[str, ...]) -> Trace:
        """Follow the lines of actions."""
        return replay_labels(self.product, labels)

    def broken_on_the_way(self, trace: Trace) -> dict[str, int]:
        """Judge every *always* at every step."""
        broken: dict[str, int] = {}
        for step, joint in enumerate((trace.start, *(after for _, _, after in passages(self.product, trace)))):
            scene = self.product.scene(joint)
            for claim in self.product.claims:
                if claim.kind is Kind.ALWAYS and not claim.holds(scene):
                    broken.setdefault(claim.name, step)
        return broken

    def lanes(self, trace: Trace) -> str:
        """The trace as lanes."""
        return self.as_lanes(steady_passages(self.product, trace))

    def sequence(self, trace: Trace) -> str:
        """The trace as a sequence diagram."""
        return self.as_sequence(steady_passages(self.product, trace))

    def graph(self, near: tuple[Trace, ...], passing: tuple[Trace, ...], most: int) -> Graph:
        """What a page holds of it."""
        return packed(self.product, self.sights, neighbourhood(self.product, near, passing, most))

    def walker(self) -> Walks:
        """Walk through it."""
        return Walker(self.product)


def opened(configuration: AnyConfiguration) -> Searchable:
    """The system of this configuration."""
    match configuration:
        case Configuration():
            return Opened(System(configuration), instance_lanes, instance_sequence, INSTANCE_SIGHTS)
        case AdmissionConfiguration():
            return _elsewhere(AdmissionSystem(configuration), of_admission)
        case PairingConfiguration(system=system):
            return _elsewhere(system, of_cache)
        case SmallConfiguration(of=of):
            return _opened_small(of)


def _opened_small(of: AppBudget | SupervisorBudget | Call) -> Searchable:
    match of:
        case AppBudget():
            return _elsewhere(AppSystem(of), of_app)
        case SupervisorBudget():
            return _elsewhere(SupervisorSystem(of), of_supervisor)
        case Call(controller=controller, faults=faults, kept=kept):
            claims = (*CALLER_CLAIMS, *CALLER_WITNESSES)
            return _elsewhere(CallerSystem(controller, faults, kept=kept, claims=claims), of_caller)


def _elsewhere(product: Product[SceneT], shown: Told) -> Searchable:
    """A system whose traces are drawn as those of any world are."""
    sights = sights_of(product.names, shown)
    return Opened(product, partial(lanes_of, shown=shown), partial(sequence_of, shown=shown), sights)
