"""How far the controller has come up: listening first, degraded rather than gone, and nothing begun on the way down."""

from __future__ import annotations

import pytest

from kiloclaw_core.supervisor import (
    Booting,
    Degraded,
    Ready,
    Stage,
    Standing,
    ended,
    health_words,
    next_stage,
    serves_routes,
    stage_ended,
    starts_cache,
)


def come_up(*stages: Stage) -> Standing:
    """Where it stands after these stages have ended well."""
    standing = Standing()
    for stage in stages:
        standing = stage_ended(standing, stage, well=True)
    return standing


READY = come_up(*Stage)


def test_stages_follow_one_another() -> None:
    """Each is done once the one before has ended well; the cache is started at the end."""
    reached = [come_up(*tuple(Stage)[:number]) for number in range(len(Stage) + 1)]
    assert [next_stage(one) for one in reached] == [*Stage, None]
    assert [serves_routes(one) for one in reached] == [False, False, True, True, True]
    assert [starts_cache(one) for one in reached] == [False, False, False, False, True]
    assert Standing(Ready()) == READY


@pytest.mark.parametrize("stage", Stage)
def test_what_fails_leaves_what_came_before(stage: Stage) -> None:
    """Routes that exist go on working, and the cache is not started (pairing 4.3)."""
    before = come_up(*tuple(Stage)[: tuple(Stage).index(stage)])
    degraded = stage_ended(before, stage, well=False)
    assert degraded == Standing(Degraded(stage))
    assert (next_stage(degraded), starts_cache(degraded)) == (None, False)
    assert serves_routes(degraded) is (stage in {Stage.BOOTSTRAP, Stage.GATEWAY})
    assert health_words(degraded) == (("state", "degraded"), ("error", f"Startup failed during {stage.value}"))


def test_a_stage_that_is_not_under_way_ends_nothing() -> None:
    """Neither an earlier one nor a later one."""
    assert stage_ended(Standing(), Stage.GATEWAY, well=True) == Standing()
    assert stage_ended(READY, Stage.GATEWAY, well=False) == READY


def test_nothing_begins_once_it_is_on_its_way_down() -> None:
    """Whatever stage was under way (PW21)."""
    for number in range(len(Stage) + 1):
        going = ended(come_up(*tuple(Stage)[:number]))
        assert (next_stage(going), starts_cache(going)) == (None, False)
        assert [stage_ended(going, stage, well=well) for stage in Stage for well in (True, False)] == [going] * 8


def test_what_the_health_routes_show() -> None:
    """A state, and a general word; never what went wrong."""
    assert [health_words(come_up(*tuple(Stage)[:number])) for number in range(5)] == [
        (("state", "bootstrapping"), ("phase", "critical bootstrap")),
        (("state", "bootstrapping"), ("phase", "runtime configuration")),
        (("state", "bootstrapping"), ("phase", "bootstrap")),
        (("state", "starting"),),
        (("state", "ready"),),
    ]
    assert Standing().phase == Booting()
