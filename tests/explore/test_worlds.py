"""Every world is told alike: what its configurations let happen, and its traces in lanes of their own."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import (
    World,
    configuration_called,
    configuration_json,
    never_seen,
    opened,
    run_exploration,
)
from kiloclaw_core.explore import ReplayError, Trace, Verdict

SMALLEST: Final = {
    World.INSTANCE: "provision-and-poll",
    World.APP: "app-in-doubt",
    World.ADMISSION: "in-doubt",
    World.CACHE: "own-device-in-vain",
    World.SUPERVISOR: "child",
    World.CALLER: "call-coded",
}
TAKEN_IN_LANES: Final = """\
   caller    alarm           fly                us                          others                                             becomes
1  ensure 0                                                                                                                    app Unready
2            intent 0 rings                                                                                                    app LookingUp
3                            GetApp 1 lands
4                                               hear 1 Rejected not_found                                                      app Creating
5                                                                           a stranger takes the name in another organisation
6                            CreateApp 2 lands
7                                               hear 2 Rejected name_taken                                                     app Confirming
"""  # noqa: E501 (lanes are as wide as they are)
RELEASED_IN_SEQUENCE: Final = """\
sequenceDiagram
    participant p0 as first
    participant p1 as network
    p0->>p0: asks
    p0->>p0: Begin: Granted(open), first open
    p1->>p1: first: is not answered: ReadActive
    p0->>p0: FailedClean: Granted(released), first released
"""


def verdict_on(name: str, claim: str) -> Verdict:
    """What became of this claim in this configuration."""
    return next(one for one in run_exploration(configuration_called(name)).report.verdicts if one.claim == claim)


def way_to(name: str, claim: str) -> Trace:
    """The shortest way to this witness."""
    trace = verdict_on(name, claim).trace
    assert trace is not None, f"{name} does not show that {claim}"
    return trace


def test_a_trace_of_another_world_has_a_lane_for_each_who_acts_and_numbers_that_stay() -> None:
    """The search calls each of these requests 0; whoever reads must be able to tell them apart."""
    way = way_to("app-in-doubt", "a create met a taken name")

    assert opened(configuration_called("app-in-doubt")).lanes(way) == TAKEN_IN_LANES
    assert way.labels[5] == "fly: CreateApp 0 lands"


def test_a_trace_of_another_world_is_drawn_as_a_sequence() -> None:
    """The same way, for a page that renders Mermaid."""
    assert opened(configuration_called("in-doubt")).sequence(way_to("in-doubt", "released")) == RELEASED_IN_SEQUENCE


@pytest.mark.parametrize("name", SMALLEST.values(), ids=[one.value for one in SMALLEST])
def test_every_way_of_every_world_can_be_followed_by_code_and_by_label_and_drawn(name: str) -> None:
    """A finding that cannot be had again is a rumour; on the way to a witness nothing breaks."""
    system = opened(configuration_called(name))
    ways = [one.trace for one in run_exploration(configuration_called(name)).report.verdicts if one.trace is not None]

    assert ways != []
    assert [system.by_code(way.code).end for way in ways] == [way.end for way in ways]
    assert [system.by_labels(way.labels).end for way in ways] == [way.end for way in ways]
    assert [system.broken_on_the_way(way) for way in ways] == [{}] * len(ways)
    assert [len(system.lanes(way).splitlines()) for way in ways] == [len(way.steps) + 1 for way in ways]
    with pytest.raises(ReplayError, match="step 1 asked for 'fly away'"):
        system.by_labels(("fly away",))


def test_a_configuration_of_admission_must_show_that_its_bound_is_no_larger_than_it_must_be() -> None:
    """A bound that nothing comes near would hold whatever became of the lock-out."""
    assert configuration_json(configuration_called("one-attempt")) == {
        "name": "one-attempt",
        "world": "admission",
        "suite": "ci",
        "sentence": "One attempt: an answer is lost, whoever serves it dies, an alarm rings early.",
        "beginning": None,
        "budgets": {"faults": 1, "deaths": 1, "early": 1},
        "witnesses": [
            "completed",
            "cleaning",
            "released",
            "an orphan is completed",
            "a zombie is about",
            "the bound is met",
        ],
    }


def test_what_comes_one_after_the_other_is_counted() -> None:
    """And not shown: there may be a code in it that nobody else should hear of."""
    assert [configuration_json(configuration_called(one))["budgets"] for one in ("own-device", "call-down")] == [
        {"arrivals": 3},
        {"faults": 1},
    ]


def test_a_witness_of_one_world_is_none_of_another_that_has_one_of_its_name() -> None:
    """That an instance is gone says nothing of a caller."""
    seen, unseen = (run_exploration(configuration_called(SMALLEST[one])) for one in (World.SUPERVISOR, World.CALLER))
    shown = next(one for one in seen.report.verdicts if one.verdict == "witnessed")
    missing = evolve(shown, verdict="not_witnessed", trace=None)
    both = (
        evolve(seen, report=evolve(seen.report, verdicts=(shown,))),
        evolve(unseen, report=evolve(unseen.report, verdicts=(missing,))),
    )

    assert never_seen(both) == (shown.claim,)
    assert never_seen((both[0], both[0])) == ()
