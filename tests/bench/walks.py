"""How many steps hypothesis takes in a second: by a schedule drawn all at once, against draws at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from kiloclaw_adapters.explorer.walking import Walk, Walker
from kiloclaw_adapters.testing.races import InstanceByName, scheduled, walk_by_choices, walk_by_rules
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

from .measuring import Effort, Line, Pair, race

LENGTH: Final = 60
EXAMPLES: Final = 20
DRAWN: Final = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def lines(effort: Effort) -> Iterator[Line]:
    """Steps in a second of a walk by schedule, against one by choices and one by the rules; every claim is judged."""
    system = System(configuration_named(effort.configuration))
    walks = Walker(system)
    bytes_of = st.binary(min_size=LENGTH, max_size=LENGTH)
    by_schedule = steps(bytes_of, lambda schedule: walks.walk(scheduled(schedule), len(schedule)))
    by_choices = steps(st.data(), lambda draws: walk_by_choices(walks, draws, LENGTH))
    by_rules = steps(st.data(), lambda draws: walk_by_rules(system, draws, LENGTH))
    by_name = steps_by_name(system.configuration)
    few = evolve(effort, rounds=min(effort.rounds, 3), sample_s=0.0)
    note = f"{effort.configuration}: hypothesis draws walks of {LENGTH} steps at most, every claim judged"
    yield rate("walk by schedule / by rules", by_schedule, by_rules, few, f"{note}; the peer asks the rules afresh")
    yield rate("walk by schedule / by choices", by_schedule, by_choices, few, f"{note}; both ask memory")
    stateful = f"{note}; the peer is the rules by name, a RuleBasedStateMachine; both ask memory"
    yield rate("walk by schedule / by name", by_schedule, by_name, few, stateful)


def steps(
    drawn: st.SearchStrategy[st.DataObject] | st.SearchStrategy[bytes], walk: Callable[..., Walk]
) -> Callable[[], int]:
    """All examples once; how many steps they took."""

    def all_of_them() -> int:
        taken = 0

        @DRAWN
        @given(drawn)
        def one(told: object) -> None:
            nonlocal taken
            taken += len(walk(told).choices)

        one()
        return taken

    return all_of_them


def steps_by_name(configuration: Configuration) -> Callable[[], int]:
    """As many examples of the rules by name; how many steps they took."""
    taken = 0

    class Counted(InstanceByName):
        def take(self, choice: int) -> None:
            nonlocal taken
            taken += 1
            super().take(choice)

    Counted.configuration, Counted.walker = configuration, None

    def all_of_them() -> int:
        nonlocal taken
        taken = 0
        run_state_machine_as_test(Counted, settings=settings(DRAWN, stateful_step_count=LENGTH))
        return taken

    return all_of_them


def rate(name: str, ours: Callable[[], int], peer: Callable[[], int], effort: Effort, note: str) -> Line:
    """The line that says how many steps there are in a second: each side's seconds by each side's own steps."""
    each = ours(), peer()  # what is remembered from now on is remembered by both
    pair = race(lambda _: ours(), lambda _: peer(), effort)
    by_us, by_peer = (
        tuple(one / steps for one in taken) for taken, steps in zip((pair.ours, pair.peer), each, strict=True)
    )
    return Pair(by_us, by_peer).as_rate(name, "steps/s", note)
