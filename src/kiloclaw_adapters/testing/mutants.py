"""Bugs brought back one at a time: each a small override of one core function, each caught by a claim.

A mutant shows that a rule is needed and that its claim can fail. `mutated` is the one way to put one in place; the
core knows nothing of it, because stories call one another through their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from attrs import frozen

from kiloclaw_adapters.testing import overrides
from kiloclaw_core import (
    adopt,
    alarms,
    destroy,
    echo,
    errands,
    instance,
    launch,
    lifecycle,
    settle,
    start,
    stop,
    story,
    turn,
)
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.world import landing
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Budget, Configuration
from kiloclaw_core.world.system import System

Override = Callable[..., object]


@frozen
class Mutant:
    """A bug by name: the rule or row it breaks, what it does in one sentence, and where it is searched for."""

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


@contextmanager
def overridden(module: ModuleType, function: str, override: Override) -> Iterator[None]:
    """With this function of a core module replaced; what was there is put back whatever happens.

    A module without such a function raises an `AttributeError` that names both.
    """
    original = getattr(module, function)
    setattr(module, function, override)
    try:
        yield
    finally:
        setattr(module, function, original)


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


# -- the table ---------------------------------------------------------------------------------------------------


def small(**budget: int) -> Configuration:
    """A configuration of this budget and no other trouble."""
    return Configuration("small", "The least in which the bug shows.", Budget(**budget))


ONE_FAULT: Final = small(starts=1, destroys=1, faults=1)
ONE_CRASH: Final = small(starts=1, destroys=1, crashes=1)
CALM: Final = small(starts=1, destroys=1)

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant(
        "hedged-create", ("rule 1",), start, "create_machine", overrides.hedged_create, CALM, "one request at a time"
    ),
    Mutant(
        "deaf-echo", ("rule 3",), echo, "echo", overrides.deaf_echo, configuration_named("overstayed"), "leads home"
    ),
    Mutant(
        "repeat-at-once", ("rule 4",), settle, "settle", overrides.repeat_at_once, ONE_FAULT, "one request at a time"
    ),
    Mutant(
        "send-however-late",
        ("rule 4",),
        turn,
        "may_send",
        overrides.always_send,
        configuration_named("stalled"),
        "nothing is left behind",
    ),
    Mutant(
        "no-mark",
        ("rule 4",),
        settle,
        "is_fruit_volume",
        overrides.any_find_is_ours,
        configuration_named("shared-app"),
        "strangers are left alone",
    ),
    Mutant(
        "stale-looks",
        ("rule 5",),
        destroy,
        "finalize",
        overrides.count_stale_looks,
        ONE_FAULT,
        "nothing is left behind",
    ),
    Mutant(
        "volumes-at-once",
        ("rule 7",),
        instance,
        "volumes_may_go",
        overrides.volumes_at_once,
        CALM,
        "machines go before volumes",
    ),
    Mutant(
        "drift-ignored",
        ("rule 8",),
        stop,
        "unwanted",
        overrides.unwanted_is_fine,
        configuration_named("resurrected"),
        "leads home",
    ),
    Mutant(
        "conflict-drops",
        ("rule 13",),
        turn,
        "after_conflict",
        overrides.drop_on_conflict,
        small(starts=1, conflicts=1),
        "no fact is dropped",
    ),
    Mutant(
        "hurried-destroy",
        ("C.3",),
        start,
        "creating_machine",
        overrides.hurried_destroy,
        CALM,
        "nothing is left behind",
    ),
    Mutant(
        "unknown-is-no",
        ("C.3",),
        start,
        "creating_machine",
        overrides.unknown_is_no,
        ONE_FAULT,
        "one request at a time",
    ),
    Mutant(
        "recreate-after-crash",
        ("C.3",),
        start,
        "creating_machine",
        overrides.recreate_after_crash,
        ONE_CRASH,
        "one request at a time",
    ),
    Mutant("look-at-once", ("C.3",), settle, "settle", overrides.look_at_once, ONE_FAULT, "one request at a time"),
    Mutant(
        "deaf-to-recovery", ("C.3",), lifecycle, "_absorb", overrides.deaf_to_recovery, ONE_CRASH, "who waits is served"
    ),
    Mutant("forget-the-id", ("B01",), settle, "obtained", overrides.forget_the_id, CALM, "tracked at rest"),
    Mutant(
        "no-answer-is-gone", ("B02",), launch, "inspecting", overrides.no_answer_is_gone, ONE_FAULT, "tracked at rest"
    ),
    Mutant(
        "one-shot-destroy",
        ("B03",),
        errands,
        "disposed",
        overrides.one_shot_destroy,
        ONE_FAULT,
        "nothing is left behind",
    ),
    Mutant(
        "never-bound",
        ("B32",),
        errands,
        "is_bound",
        overrides.never_bound,
        configuration_named("forgotten-machine"),
        "leads home",
    ),
    Mutant(
        "running-over-destroy",
        ("B45",),
        launch,
        "probing",
        overrides.running_over_destroy,
        CALM,
        "destroyed stays destroyed",
    ),
    Mutant(
        "overlapping-starts",
        ("B47",),
        start,
        "creating_machine",
        overrides.hurried_start,
        small(starts=2),
        "one request at a time",
    ),
    Mutant(
        "stopped-over-destroy",
        ("B57",),
        story,
        "refused",
        overrides.stopped_over_destroy,
        ONE_FAULT,
        "destroyed stays destroyed",
    ),
    Mutant(
        "nameless-machines",
        ("I1",),
        landing,
        "machine_name",
        overrides.nameless,
        configuration_named("forgotten-machine"),
        "one machine at most",
    ),
    Mutant(
        "own-volume-wins",
        ("I4",),
        adopt,
        "mismatched",
        overrides.own_volume_wins,
        configuration_named("forgotten-machine"),
        "no silent empty disk",
    ),
    Mutant(
        "tidy-failure",
        ("I4",),
        story,
        "gave_up",
        overrides.tidy_failure,
        small(starts=2, stops=1, faults=1),
        "the data is kept",
    ),
    Mutant(
        "sweep-only-while-clearing",
        ("I5",),
        errands,
        "_is_razing",
        overrides.sweep_only_while_clearing,
        configuration_named("one-trouble"),
        "leads home",
    ),
    Mutant(
        "failed-start-runs", ("I6",), story, "gave_up", overrides.failed_start_runs, ONE_FAULT, "running has a machine"
    ),
    Mutant("no-alarm", ("I7",), alarms, "_of_phase", overrides.no_alarm_at_rest, CALM, "an alarm is armed"),
)
