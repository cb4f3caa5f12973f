"""What a search tells people and programs: its object, its lines, its lanes and its page."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_adapters.explorer import (
    Exploration,
    UnknownConfigurationError,
    cells_of,
    configuration_called,
    configuration_json,
    failure_text,
    findings_json,
    lanes_text,
    phases_diagram,
    replay_command,
    run_exploration,
    sequence_text,
    steady_passages,
    suite_json,
    transitions_json,
    transitions_page,
    verdict_line,
)
from kiloclaw_adapters.testing import overridden
from kiloclaw_core import start
from kiloclaw_core.explore import Kind, Progress, Trace, Verdict, Word, canonical, replay_code, replay_labels
from kiloclaw_core.instance import Instance
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Budget, Configuration, Suite
from kiloclaw_core.world.system import System
from tests.adapters.testing.changes import hurried

ONE_EACH = configuration_named("one-each")
"""The smallest configuration there is."""

UP_IN_LANES = """\
    caller  instance                                  fly                                in flight
 1          wake, Stopped → Ensuring                                                     EnsureApp 1 →
 2                                                    land EnsureApp 1                   ← 1 AppReady
 3  start   to be running
 4          Ensuring → Surveying                                                         hear 1: AppReady, ListVolumes 3 →
 5                                                    land ListVolumes 3                 ← 3 VolumesListed
 6          Surveying → CreatingVolume(volume)                                           hear 3: VolumesListed, CreateVolume 4 →
 7                                                    land CreateVolume 4, +v4           ← 4 VolumeMade
 8          CreatingVolume(volume) → CreatingMachine                                     hear 4: VolumeMade, CreateMachine 5 →
 9                                                    land CreateMachine 5, +m5 created  ← 5 MachineMade
10                                                    m5 started, v4 written
"""  # noqa: E501 (lanes are as wide as they are)
UP_IN_SEQUENCE = """\
sequenceDiagram
    participant p0 as instance
    participant p1 as fly
    participant p2 as caller
    p0->>p0: wake, Stopped → Ensuring
    p0->>p1: EnsureApp 1
    p1->>p1: land EnsureApp 1
    p2->>p0: start
    p1->>p0: hear 1: AppReady, Ensuring → Surveying
    p0->>p1: ListVolumes 3
    p1->>p1: land ListVolumes 3
    p1->>p0: hear 3: VolumesListed, Surveying → CreatingVolume(volume)
    p0->>p1: CreateVolume 4
    p1->>p1: land CreateVolume 4, +v4
    p1->>p0: hear 4: VolumeMade, CreatingVolume(volume) → CreatingMachine
    p0->>p1: CreateMachine 5
    p1->>p1: land CreateMachine 5, +m5 created
    p1->>p1: m5 started, v4 written
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


def test_a_configuration_that_is_not_there_is_refused_with_what_may_be_meant() -> None:
    """A slip in a name should cost one line, not a search of the docs."""
    with pytest.raises(UnknownConfigurationError, match=r"'nope'; `kiloclaw explore --list` names those there are"):
        configuration_called("nope")
    with pytest.raises(UnknownConfigurationError, match=r"'start-and-stpo'; did you mean start-and-stop"):
        configuration_called("start-and-stpo")


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
    ("witnesses", "verdict", "fails"),
    [
        ((), "broken", True),
        ((), "not_witnessed", False),
        (("gone",), "not_witnessed", False),
        (("a machine is up",), "not_witnessed", True),
        (("a machine is up",), "undecided", False),
    ],
    ids=["broken", "asked for none", "asked for another", "missing", "not searched whole"],
)
def test_what_fails_a_search(found: Exploration, witnesses: tuple[str, ...], verdict: Word, *, fails: bool) -> None:
    """A small configuration cannot show every witness; what it is there to show it must, once searched whole."""
    one = evolve(found.report.verdicts[1], verdict=verdict)
    asked = evolve(ONE_EACH, witnesses=witnesses)
    told = evolve(found, configuration=asked, report=evolve(found.report, verdicts=(one,)))

    assert told.failures == ((one,) if fails else ())


def test_how_far_home_is_can_be_told_only_if_everything_leads_there(found: Exploration) -> None:
    """A bound of what goes round for ever would be a lie."""
    (home,) = (one for one in found.report.verdicts if one.kind is Kind.LEADS_HOME)
    broken = evolve(found.report, verdicts=(evolve(home, verdict="broken", bound=None),))

    assert found.bound == home.bound
    assert evolve(found, report=broken).bound is None


def test_lanes_keep_their_numbers_though_the_search_renumbers(found: Exploration) -> None:
    """The way to a machine that is up, as people read it: each request keeps its number from sending to hearing."""
    assert lanes_text(System(ONE_EACH), way_to(found, "a machine is up")) == UP_IN_LANES


AN_UNHEARD_UPDATE = (
    "restart",
    "wake",
    "land EnsureApp 3: AppReady",
    "hear 3: AppReady",
    "land GetMachine 3: MachineShown",
    "hear 3: MachineShown",
    "land UpdateMachine 3: MachineShown",
    "crash",
    "machine m1 is started",
    "land Settle 4: Done",
    "hear 4: Done",
    "alarm ceiling",
    "land GetMachine 2: MachineShown",
    "hear 2: MachineShown",
)
"""A machine gets a version that nobody hears of, and the record comes upon it later."""


def test_what_the_record_did_not_know_has_the_number_it_was_made_with_when_it_is_found() -> None:
    """The search puts such a number aside; whoever reads the lanes must not take it for another."""
    system = System(configuration_named("start-and-restart"))
    passed = steady_passages(system, replay_labels(system, AN_UNHEARD_UPDATE))
    (update,) = (action for _, action, _ in passed if action.label.startswith("land UpdateMachine"))
    _, _, after = passed[-1]
    record, *_ = after.parts

    assert isinstance(record, Instance)
    assert record.ledger.machine is not None
    assert update.label == f"land UpdateMachine {record.ledger.machine.version.removeprefix('i')}: MachineShown"


def test_the_last_step_in_lanes_ends_as_the_search_ended_but_for_its_numbers() -> None:
    """Lanes that told of another path would mislead just where it matters."""
    system = System(configuration_named("one-trouble"))
    way = way_to(run_exploration(configuration_called("one-trouble"), limit=5_000), "a request may land unheard")
    _, _, after = steady_passages(system, way)[-1]

    assert canonical(system, after) == way.end


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


def test_what_is_found_of_a_changed_core_says_what_was_changed(found: Exploration) -> None:
    """As an object too: whoever replays it without the change would see another history, and no bug."""
    with overridden(start, "creating_machine", hurried):
        way = replay_code(System(ONE_EACH), "0/0")
        *_, changed, elsewhere, replay = failure_text(
            ONE_EACH, Verdict("gone", Kind.ALWAYS, "broken", way)
        ).splitlines()
        missing = failure_text(ONE_EACH, Verdict("gone", Kind.SOMETIMES, "not_witnessed"))
        told = findings_json(run_exploration(ONE_EACH, limit=10))

    change = "kiloclaw_core.start:creating_machine=tests.adapters.testing.changes:hurried"
    assert (changed, replay) == (f"changed {change}", "replay  kiloclaw replay --code 0/0 --configuration one-each")
    assert elsewhere.strip() == "The code is one of the core as changed; without the change it leads elsewhere."
    assert missing.splitlines()[-1] == f"changed {change}"
    assert (told["changes"], "changes" in findings_json(found)) == ([change], False)


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
    page = transitions_page((found,))
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]

    assert headings == [*sorted({phase for phase, _, _ in found.report.cells}), "The phases"]
    assert "| Replied(MachineMade) | Awaiting(started) + AwaitState or Clearing + DeleteMachine |" in page
    assert "Made by `kiloclaw table one-each`; do not edit." in page.splitlines()
    assert "These are the transitions that were seen in every reachable state." in page.splitlines()


def test_the_page_of_a_search_that_ended_early_says_so() -> None:
    """A cell that is missing may only not have been reached."""
    found = run_exploration(ONE_EACH, limit=100)

    assert f"seen in the first {found.report.states} states alone." in transitions_page((found,))


def test_the_page_of_a_suite_has_what_any_of_its_searches_saw(found: Exploration) -> None:
    """No single configuration small enough to be searched shows every transition."""
    one, other, *_ = found.report.cells
    both = (
        evolve(found, report=evolve(found.report, cells=(one,))),
        evolve(found, report=evolve(found.report, cells=(one, other))),
    )

    assert cells_of(both) == (one, other)
    assert "Made by `kiloclaw table --suite ci`; do not edit." in transitions_page(both, "ci").splitlines()
    assert transitions_json(both, "ci") == {
        "suite": "ci",
        "complete": True,
        "transitions": [{"phase": phase, "hears": fact, "becomes": to} for phase, fact, to in (one, other)],
    }


def test_a_suite_as_an_object_has_what_its_searches_come_to_together(found: Exploration) -> None:
    """Other programs read this; its names are a promise."""
    seen = evolve(found, report=evolve(found.report, verdicts=found.report.verdicts[:2]))
    unseen = evolve(seen.report.verdicts[1], claim="gone", verdict="not_witnessed", trace=None)
    more = evolve(found, report=evolve(found.report, verdicts=(unseen,)))

    assert suite_json("ci", (seen, more), 1.5, ("gone",)) == {
        "suite": "ci",
        "states": 2 * found.report.states,
        "edges": 2 * found.report.edges,
        "seconds": 1.5,
        "complete": True,
        "never_seen": ["gone"],
        "configurations": [findings_json(seen), findings_json(more)],
    }


def test_a_configuration_as_an_object_has_its_suite_and_what_may_happen_how_often() -> None:
    """Whoever plans a night's work reads this instead of the source."""
    two = Configuration("two", "Two.", Budget(starts=2, processes=2), suite=Suite.NIGHTLY, witnesses=("gone",))

    assert configuration_json(two) == {
        "name": "two",
        "world": "instance",
        "suite": "nightly",
        "sentence": "Two.",
        "beginning": "provisioned",
        "budgets": {"starts": 2, "processes": 2},
        "witnesses": ["gone"],
    }


def test_the_diagram_shows_phases_alone() -> None:
    """What is sent on the way would make it unreadable; what stays where it is is no arrow."""
    cells = (("A", "heard", "B + Send"), ("B", "heard", "B"))

    assert phases_diagram(cells) == (
        'stateDiagram-v2\n    state "A" as s0\n    state "B" as s1\n    s0 --> s1: heard\n'
    )
