"""What is shown of a state: short sentences, the same for the same state however it came about."""

from __future__ import annotations

import pytest
from attrs import frozen

from kiloclaw_adapters.explorer import World, configuration_called, of_world, opened
from kiloclaw_adapters.explorer.page.sights import INSTANCE_SIGHTS, left_of, short_of
from kiloclaw_core.explore import Joint, Trace, replay_code
from kiloclaw_core.instance import Absent
from kiloclaw_core.names import SandboxId
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import Budget, Ghost
from kiloclaw_core.world.system import System


def after(name: str, code: str) -> Trace:
    """A trace of an instance."""
    return replay_code(System(configuration_named(name)), code)


@pytest.mark.parametrize(
    ("code", "seen"),
    [
        ("", (("to be stopped",), ("Stopped", "provisioning"), (), (), ("starts: 1", "destroys: 1"))),
        (
            "0/0/1/0/0/0/2/0",
            (
                ("to be gone",),
                ("CreatingVolume(volume)", "starting", "owes postgres mark", "owes registry tombstone"),
                ("v1 empty",),
                ("← 1 VolumeMade",),
                (),
            ),
        ),
    ],
    ids=["the beginning", "destroyed while creating"],
)
def test_a_state_of_an_instance_is_told_in_five_lanes(code: str, seen: tuple[tuple[str, ...], ...]) -> None:
    """What is wanted, remembered, there, under way, and what may still happen."""
    assert INSTANCE_SIGHTS.of(after("one-each", code).end) == seen


def test_of_a_sandbox_that_was_never_provisioned_there_is_nothing_to_want() -> None:
    """Nobody wants anything of what does not exist."""
    joint = Joint((Absent(SandboxId("ki_1")), Outside(), Ghost(), Budget(provisions=1)), ())

    assert INSTANCE_SIGHTS.of(joint) == ((), ("Absent",), (), (), ("provisions: 1",))


@pytest.mark.parametrize("world", list(World), ids=[one.value for one in World])
def test_every_configuration_of_every_world_can_be_shown(world: World) -> None:
    """A state that cannot be told would end the search that found it."""
    for configuration in of_world(world):
        graph = opened(configuration).graph((), (), 5)

        assert all(len(state) == 1 + len(graph.lanes) for state in graph.states)


def test_a_state_of_another_world_is_told_in_three_lanes() -> None:
    """What is so, what is under way, and what may still happen."""
    graph = opened(configuration_called("in-doubt")).graph((), (), 10)
    told = [[tuple(graph.texts[text] for text in graph.cells[cell]) for cell in state[1:]] for state in graph.states]

    assert graph.lanes == ("so far", "in flight", "may still happen")
    assert told[0] == [(), (), ("faults: 1", "deaths: 1", "crashes: 1", "refusals: 1")]
    assert told[2] == [("first open",), (), ("faults: 1", "deaths: 1", "crashes: 1", "refusals: 1")]
    assert told[3] == [(), ("LateAsk AskRegistry",), ("deaths: 1", "crashes: 1", "refusals: 1")]


@frozen
class Inner:
    """A value inside a slot, with the op of a request."""

    op: int
    code: str = "not to be shown"


@frozen
class Outer:
    """A slot with one of each."""

    inner: Inner
    word: str = "word"
    yes: bool = True
    no: bool = False
    nothing: None = None
    several: tuple[int, ...] = (1, 2)
    world: World = World.APP


def test_a_slot_is_told_by_what_it_bears_and_not_by_what_is_inside_that() -> None:
    """Short enough for a lane, and no secret of a value is spelt out."""
    assert short_of(Outer(Inner(3))) == "Outer Inner 3 word yes 2 several app"


def test_what_is_left_of_a_budget_is_what_may_still_happen() -> None:
    """One process is how things are; a second one is trouble."""
    assert left_of(Budget(starts=2, faults=1)) == ("starts: 2", "faults: 1")
    assert left_of(Budget(processes=2)) == ("processes: 2",)
    assert left_of(Budget()) == ()
    assert (left_of(1, "faults"), left_of(0, "faults")) == (("faults: 1",), ())
