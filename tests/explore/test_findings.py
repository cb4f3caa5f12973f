"""What a search tells people and programs: its object, its lines, its lanes and its page."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import (
    Exploration,
    UnknownConfigurationError,
    configuration_called,
    failure_text,
    findings_json,
    lanes_text,
    phases_diagram,
    replay_command,
    run_exploration,
    sequence_text,
    transitions_page,
    verdict_line,
)
from kiloclaw_core.explore import Kind, Progress, Trace, Verdict, Word, replay_code, replay_labels
from kiloclaw_core.world.system import System

ONE_EACH = configuration_called("one-each")
"""The smallest configuration there is."""

UP_IN_LANES = """\
   caller  instance                          fly                                in flight
1          wake, Stopped → Ensuring                                             EnsureApp 1 →
2                                            land EnsureApp 1                   ← 1 AppReady
3  start   to be running
4          Ensuring → CreatingVolume                                            hear 1: AppReady, CreateVolume 3 →
5                                            land CreateVolume 3, +v3           ← 3 VolumeMade
6          CreatingVolume → CreatingMachine                                     hear 3: VolumeMade, CreateMachine 4 →
7                                            land CreateMachine 4, +m4 created  ← 4 MachineMade
8                                            m4 started, v3 written
"""
UP_IN_SEQUENCE = """\
sequenceDiagram
    participant p0 as instance
    participant p1 as fly
    participant p2 as caller
    p0->>p0: wake, Stopped → Ensuring
    p0->>p1: EnsureApp 1
    p1->>p1: land EnsureApp 1
    p2->>p0: start
    p1->>p0: hear 1: AppReady, Ensuring → CreatingVolume
    p0->>p1: CreateVolume 3
    p1->>p1: land CreateVolume 3, +v3
    p1->>p0: hear 3: VolumeMade, CreatingVolume → CreatingMachine
    p0->>p1: CreateMachine 4
    p1->>p1: land CreateMachine 4, +m4 created
    p1->>p1: m4 started, v3 written
"""


class Ticking:
    """A clock that moves on by one second whenever it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The next second."""
        self.seconds += 1.0
        return self.seconds


@pytest.fixture(scope="module")
def found() -> Exploration:
    """The smallest configuration, searched in one second of its clock."""
    return run_exploration(ONE_EACH, clock=Ticking())


def way_to(found: Exploration, claim: str) -> Trace:
    """The trace that settled this claim."""
    (trace,) = [one.trace for one in found.report.verdicts if one.claim == claim and one.trace is not None]
    return trace


def test_a_search_is_timed_by_the_clock_it_is_given(found: Exploration) -> None:
    """The core knows no time, so it is told here or nowhere."""
    assert (found.seconds, found.states_per_second) == (1.0, float(found.report.states))


def test_a_search_tells_its_progress_with_the_seconds_it_took() -> None:
    """Whoever waits for minutes wants to see that something moves."""
    told: list[tuple[Progress, float]] = []
    run_exploration(configuration_called("stranger"), limit=8_000, watch=lambda *one: told.append(one), clock=Ticking())

    assert [(progress.states >= 5_000, seconds) for progress, seconds in told] == [(True, 1.0)]


def test_a_configuration_that_is_not_there_is_refused_with_those_that_are() -> None:
    """A slip in a name should cost one line, not a search of the docs."""
    with pytest.raises(
        UnknownConfigurationError, match=r"no configuration is named 'nope'; there are one-each, one-trouble, start-"
    ):
        configuration_called("nope")


def test_the_object_has_every_claim_and_the_way_to_every_witness(found: Exploration) -> None:
    """Other programs read this; its names are a promise."""
    told = findings_json(evolve(found, report=evolve(found.report, verdicts=found.report.verdicts[:2])))
    way = way_to(found, "a machine is up")

    assert told == {
        "configuration": "one-each",
        "states": found.report.states,
        "edges": found.report.edges,
        "depth": found.report.depth,
        "seconds": 1.0,
        "states_per_second": found.report.states,
        "complete": True,
        "claims": [
            {"name": "one machine at most", "kind": "always", "verdict": "held"},
            {
                "name": "a machine is up",
                "kind": "sometimes",
                "verdict": "witnessed",
                "trace": list(way.labels),
                "code": way.code,
            },
        ],
    }


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (Verdict("c", Kind.ALWAYS, "held"), "held"),
        (Verdict("c", Kind.LEADS_HOME, "held", bound=27), "held within 27 steps"),
        (Verdict("c", Kind.LEADS_HOME, "held", bound=1), "held within 1 step"),
        (Verdict("c", Kind.SOMETIMES, "not_witnessed"), "not witnessed"),
    ],
    ids=["always", "bound", "one step", "witness"],
)
def test_a_verdict_is_told_in_a_few_words(verdict: Verdict, line: str) -> None:
    """The summary is read more often than anything else."""
    assert verdict_line(verdict) == line


@pytest.mark.parametrize(
    ("name", "verdict", "fails"),
    [
        ("one-each", "broken", True),
        ("one-each", "not_witnessed", False),
        ("start-destroy", "not_witnessed", True),
        ("start-destroy-deep", "not_witnessed", True),
        ("start-destroy", "undecided", False),
    ],
)
def test_what_fails_a_search(found: Exploration, name: str, verdict: Word, *, fails: bool) -> None:
    """A small configuration cannot show every witness; the big ones must, once they are searched whole."""
    one = evolve(found.report.verdicts[1], verdict=verdict)
    told = evolve(found, configuration=configuration_called(name), report=evolve(found.report, verdicts=(one,)))

    assert told.failures == ((one,) if fails else ())


def test_lanes_keep_their_numbers_though_the_search_renumbers(found: Exploration) -> None:
    """The way to a machine that is up, as people read it: each request keeps its number from sending to hearing."""
    assert lanes_text(System(ONE_EACH), way_to(found, "a machine is up")) == UP_IN_LANES


def test_a_way_drawn_as_a_sequence_names_caller_instance_and_fly(found: Exploration) -> None:
    """The same way, for a page that renders Mermaid."""
    assert sequence_text(System(ONE_EACH), way_to(found, "a machine is up")) == UP_IN_SEQUENCE


def test_a_broken_claim_is_told_with_its_way_and_the_command_to_follow_it(found: Exploration) -> None:
    """Whoever broke it starts from here."""
    way = way_to(found, "a machine is up")
    told = failure_text(ONE_EACH, Verdict("one machine at most", Kind.ALWAYS, "broken", way))

    assert told == (
        f"BROKEN  one machine at most  ({len(way.steps)} steps)\n{UP_IN_LANES}\n"
        "claim   There are never two machines of one sandbox, but for those on their way out.\n"
        f"replay  kiloclaw replay --code {way.code} --configuration one-each\n"
    )


def test_a_way_that_never_gets_home_says_where_it_goes_round() -> None:
    """A cycle has no last state to look at, so the text names where it begins."""
    way = replay_code(System(ONE_EACH), "0/0")
    told = failure_text(ONE_EACH, Verdict("leads home", Kind.LEADS_HOME, "broken", way, round_from=1))

    assert "round   from step 2 on, for ever" in told.splitlines()


def test_a_witness_that_is_missing_has_no_way_to_show() -> None:
    """All there is to say is what should have been seen."""
    assert failure_text(ONE_EACH, Verdict("gone", Kind.SOMETIMES, "not_witnessed")) == (
        "NOT WITNESSED  gone\nclaim   An instance that was destroyed is gone.\n"
    )


def test_the_command_to_replay_the_beginning_quotes_the_empty_code() -> None:
    """An empty argument that the shell drops would make the next word the code."""
    assert replay_command(ONE_EACH, replay_code(System(ONE_EACH), "")) == (
        "kiloclaw replay --code '' --configuration one-each"
    )


def test_every_way_that_is_reported_can_be_followed_by_code_and_by_label(found: Exploration) -> None:
    """A finding that cannot be had again is a rumour."""
    system = System(ONE_EACH)
    ways = [one.trace for one in found.report.verdicts if one.trace is not None]

    assert [replay_code(system, way.code).end for way in ways] == [way.end for way in ways]
    assert [replay_labels(system, way.labels).end for way in ways] == [way.end for way in ways]


def test_the_page_has_a_table_for_every_phase_that_was_seen(found: Exploration) -> None:
    """One table of all phases would be wider than any screen."""
    page = transitions_page(found)
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]

    assert headings == [*sorted({phase for phase, _, _ in found.report.cells}), "The phases"]
    assert "| Replied(MachineMade) | Awaiting(started) + AwaitState or Clearing + DeleteMachine |" in page
    assert "These are the transitions that were seen in every reachable state." in page.splitlines()


def test_the_page_of_a_search_that_ended_early_says_so() -> None:
    """A cell that is missing may only not have been reached."""
    found = run_exploration(ONE_EACH, limit=100)

    assert f"seen in the first {found.report.states} states alone." in transitions_page(found)


def test_the_diagram_shows_phases_alone() -> None:
    """What is sent on the way would make it unreadable; what stays where it is is no arrow."""
    cells = (("A", "heard", "B + Send"), ("B", "heard", "B"))

    assert phases_diagram(cells) == (
        'stateDiagram-v2\n    state "A" as s0\n    state "B" as s1\n    s0 --> s1: heard\n'
    )
