"""Whether a machine is well: what is asked, for how long, and what counts as up."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing.caller import (
    Health,
    Probe,
    Route,
    Trouble,
    Unwell,
    Well,
    health_heard,
    health_unheard,
    next_probe,
    pause_s,
)

FRESH = Health()
OLD = evolve(FRESH, route=Route.STATUS)
RUNS = evolve(FRESH, runs=True)
OK = 200
MISSING = frozenset({401, 403, 404})


def test_the_readiness_route_is_asked_first() -> None:
    """It asks the gateway, and so it is the real sign (pairing 4.5)."""
    assert next_probe(FRESH, 60.0) == Probe(Route.READY, 5.0)
    assert health_heard(FRESH, 200, {"ready": True}) == Well(Route.READY)
    assert health_heard(FRESH, 200, {"status": "up", "loadAverage": [0, 0, 0]}) == Well(Route.READY)


@pytest.mark.parametrize(("status", "body"), [(404, None), (401, {"code": "controller_route_unavailable"})])
def test_a_controller_without_it_is_asked_for_its_gateways_state(status: int, body: object) -> None:
    """Running is the best that it can say, and is believed of one that has no readiness route just then either."""
    assert health_heard(FRESH, status, body) == OLD
    assert next_probe(OLD, 60.0) == Probe(Route.STATUS, 5.0)
    assert health_heard(OLD, 200, {"state": "running"}) == RUNS
    assert next_probe(RUNS, 60.0) == Probe(Route.READY, 5.0)
    assert health_heard(RUNS, status, body) == Well(Route.STATUS)
    assert health_heard(OLD, 200, {"state": "crashed"}) == evolve(OLD, heard=Trouble.NOT_READY)
    assert health_heard(OLD, 404, None) == evolve(OLD, heard=Trouble.NOT_READY)


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [
        (503, {"error": "Service starting"}, Trouble.STARTING),
        (503, {"ready": False}, Trouble.NOT_READY),
        (200, {"ready": False}, Trouble.NOT_READY),
        (502, "<html>", Trouble.NOT_READY),
        (500, None, Trouble.NOT_READY),
        (200, None, Trouble.NOT_READY),
        (200, "<html>", Trouble.NOT_READY),
        (200, {}, Trouble.NOT_READY),
        (200, {"loadAverage": [0, 0, 0], "settled": True}, Trouble.NOT_READY),
    ],
)
def test_what_is_not_well_is_told(status: int, body: object, trouble: Trouble) -> None:
    """That something answers is no sign: 401 comes whatever the gateway does (PW10)."""
    heard = health_heard(FRESH, status, body)
    assert heard == evolve(FRESH, heard=trouble)
    assert next_probe(evolve(FRESH, heard=trouble), 0.0) == Unwell(trouble)


@pytest.mark.parametrize("status", [401, 403])
def test_one_that_denies_the_readiness_route_may_be_too_old_to_have_it(status: int) -> None:
    """The older route tells: a wrong token is denied there as well (PW9)."""
    denied = evolve(OLD, heard=Trouble.DENIED)
    assert health_heard(FRESH, status, {"error": "Unauthorized"}) == denied
    assert health_heard(denied, status, {"error": "Unauthorized"}) == denied
    assert health_heard(denied, 200, {"state": "running"}) == evolve(RUNS, heard=Trouble.DENIED)
    assert health_heard(RUNS, status, {"error": "Unauthorized"}) == Well(Route.STATUS)
    assert next_probe(denied, 0.0) == Unwell(Trouble.DENIED)


@pytest.mark.parametrize("stray", [401, 403, 404])
def test_one_stray_answer_does_not_lower_the_bar(stray: int) -> None:
    """A proxy answers once while the machine boots; that the process lives is not what the readiness route says."""
    strayed = health_heard(FRESH, stray, None)
    assert isinstance(strayed, Health)
    running = health_heard(strayed, 200, {"state": "running"})
    assert isinstance(running, Health)
    not_ready = health_heard(running, 503, {"ready": False})
    assert not_ready == evolve(FRESH, heard=Trouble.NOT_READY)
    assert health_heard(running, 200, {"ready": True}) == Well(Route.READY)
    assert health_unheard(running) == FRESH


def test_no_answer_is_told_too() -> None:
    """Whatever was heard before."""
    assert health_unheard(evolve(FRESH, heard=Trouble.DENIED)) == FRESH
    assert next_probe(FRESH, -1.0) == Unwell(Trouble.NOTHING)


def test_between_two_requests_there_is_a_pause_that_ends_in_time() -> None:
    """Three seconds, or what is left (pairing 4.5)."""
    assert [pause_s(FRESH, left_s) for left_s in (60.0, 2.0, -1.0)] == [3.0, 2.0, 0.0]


ANSWERS = st.lists(st.tuples(st.sampled_from([200, 401, 403, 404, 503]), st.sampled_from(["running", "crashed"])))


@given(ANSWERS)
def test_an_old_controller_is_believed_only_while_it_has_no_readiness_route(answers: list[tuple[int, str]]) -> None:
    """Of every sequence: whoever is well by the state alone was just asked for more, and had it not."""
    health, asked = FRESH, list[tuple[Route, int, str]]()
    for status, state in answers:
        body = {"ready": False, "state": state} if status == OK else None
        told = health_heard(health, status, body)
        asked.append((health.route, status, state))
        if isinstance(told, Well):
            (_, running, last), (_, missing, _) = asked[-2:]
            assert [route for route, _, _ in asked[-2:]] == [Route.STATUS, Route.READY]
            assert (told.by, running, last, missing in MISSING) == (Route.STATUS, OK, "running", True)
            return
        health = told


@given(st.floats(-100, 100), st.floats(0.1, 100), st.floats(0.1, 100))
def test_no_request_outlives_the_time_that_is_left(left_s: float, request_s: float, wait_s: float) -> None:
    """Neither does a pause (PW10)."""
    health = evolve(FRESH, policy=evolve(FRESH.policy, request_s=request_s, pause_s=wait_s))
    probe = next_probe(health, left_s)
    assert isinstance(probe, Unwell) is (left_s <= 0)
    if isinstance(probe, Probe):
        assert 0 < probe.timeout_s <= left_s
    assert 0 <= pause_s(health, left_s) <= max(0.0, left_s)
