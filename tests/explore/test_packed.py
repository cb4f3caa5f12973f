"""The packed explorer finds what the core's finds, whole report by whole report, thousands of states at a time."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from multiprocessing import active_children

import numpy as np
import pytest
from attrs import evolve, frozen

from kiloclaw_adapters.explorer.packed import auditing, explore_packed
from kiloclaw_adapters.explorer.packed import rows as packed_rows
from kiloclaw_adapters.explorer.packed.home import measured
from kiloclaw_adapters.explorer.packed.narrow import NarrowRows
from kiloclaw_adapters.explorer.packed.readings import Readings
from kiloclaw_adapters.explorer.packed.rows import Rows
from kiloclaw_adapters.explorer.run import configuration_called
from kiloclaw_adapters.explorer.worlds import opened
from kiloclaw_core.explore import (
    Action,
    Joint,
    Local,
    Move,
    Progress,
    Pruning,
    Sweep,
    When,
    report_of,
)
from kiloclaw_core.explore.home import Bound, CalmGraph, homeward
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System
from tests.checker.counters import Counters, Letter
from tests.checker.toy import Budget, Bug, Race
from tests.explore.packing import searched

RACES = [
    *(Race(bug=bug) for bug in Bug if bug is not Bug.HASTY_ALARM),  # that one counts for ever
    Race(budget=Budget(0, 0, 2)),
    Race(("one", "two", "three"), Budget(1, 0, 0)),
    Race(budget=Budget(2, 1, 0), bug=Bug.NO_ALARM, numbered=False),
    Race(budget=Budget(1, 0, 0), anchor="lock"),
]
INSTANCES = ("one-each", "provision-and-start", "start-and-poll", "resurrected", "stop-and-poll")
ADMISSIONS = ("in-doubt", "two-attempts", "newcomer")


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"{race.bug.name}-{race.budget}-{len(race.clients)}")
def test_a_race_is_reported_alike(race: Race) -> None:
    """States, edges, depth, verdicts, shortest traces, rounds and cells."""
    assert searched(race)[1] == report_of(race)


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_is_reported_alike(name: str) -> None:
    """Records, fields of a budget, sweeps, pruning and an anchor, all together."""
    system = System(configuration_named(name))
    assert searched(system)[1] == report_of(system)


@pytest.mark.parametrize("name", ADMISSIONS)
def test_admission_is_reported_alike(name: str) -> None:
    """A registry and its callers."""
    system = AdmissionSystem(admission_named(name))
    assert searched(system)[1] == report_of(system)


def test_a_search_tells_how_far_it_is() -> None:
    """Its last word is what it reports."""
    told, report = searched(System(configuration_named("one-each")))
    assert told[-1] == Progress(report.states, report.edges, report.depth, 0)


def test_a_configuration_is_searched_by_it_unless_it_is_cut_short() -> None:
    """A limit is met to the state, one state at a time."""
    opening = opened(configuration_called("one-each"))
    whole, cut = list(opening.explored(None)), list(opening.explored(100))
    assert (whole[-1].frontier, cut) == (0, [])


# -- what it must not believe ------------------------------------------------------------------------------------


def moody() -> Counters:
    """A rule that says something else the second time, whatever it reads."""
    answers = iter(range(100))

    def moodily(_right: int) -> Iterator[Move]:
        if next(answers) == 0:
            yield Move(Action("once"), When.FREE, (("right", 1),))

    def count(left: int) -> Iterator[Move]:
        if left < 3:
            yield Move(Action("count"), When.CALM, (("left", left + 1),))

    return Counters((Local(("left",), count), Local(("right",), moodily)))


def test_a_rule_that_reads_more_than_it_declares_is_named() -> None:
    """The tables are no better than what is said of the rules; so they are audited."""
    with pytest.raises(AssertionError, match=r"rule 1 \(Local reading right\): once depends on more than the rule"):
        searched(moody(), audit_every=1)


def test_it_is_named_beside_a_long_search_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another process, some batches later or when the search is over."""
    monkeypatch.setattr(auditing, "LONG", 0)
    with pytest.raises(AssertionError, match=r"rule 1 \(Local reading right\): once depends on more than the rule"):
        searched(moody(), audit_every=1, beside=True)


def test_what_is_audited_beside_a_search_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its report is the one of a search alone, and no process is left behind, however it ends."""
    monkeypatch.setattr(auditing, "LONG", 1_000)
    system = AdmissionSystem(evolve(admission_named("two-users"), mirrored=True, covering=True))
    assert searched(system, audit_every=5, beside=True) == searched(system, audit_every=5)
    cut = explore_packed(system, beside=True)
    for _ in range(20):
        next(cut)
    cut.close()
    assert active_children() == []


@pytest.mark.parametrize("audit_every", [1, 7])
def test_one_state_in_so_many_is_audited_from_the_first_to_the_last(
    audit_every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a search is, none is left out."""
    audited = list[Joint]()
    monkeypatch.setattr(auditing, "audit", lambda _product, joint, _remembered, _marks: audited.append(joint))
    _, report = searched(AdmissionSystem(admission_named("two-attempts")), audit_every)
    assert len(audited) == len(range(0, report.states, audit_every))


def test_what_a_sweep_leaves_is_pruned() -> None:
    """As the core does it: of what was swept, only what matters stays."""

    @frozen
    class Erase:
        word: str

        def __call__(self, right: int) -> Iterator[Move]:
            if right == 0:
                yield Move(Action("erase"), When.FREE, (("right", 1),))

    sweep = Sweep(("right",), Erase("blank"), lambda _letter: Letter("blank", 0))
    letters = (Letter("a", 0), Letter("b", 1))
    product = Counters((sweep,), bag=letters, pruning=Pruning((), lambda letter: letter.word != "blank"))

    assert searched(product)[1] == report_of(product)
    assert searched(evolve(product, pruning=None))[1] == report_of(evolve(product, pruning=None))


# -- readings, rows, and the way home ------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [(3, 5), (90, 4_000), (2_000, 2_000)])
def test_readings_are_numbered_as_rows_are(most: tuple[int, int]) -> None:
    """In a table that grows, or is given up for being too large, or for a number below nought."""
    plain, readings, chance = Rows(2), Readings(2), random.Random(13)
    for step in range(1, 9):
        drawn = [(chance.randrange(most[0] * step // 8 + 1), chance.randrange(most[1])) for _ in range(300)]
        rows = np.array([*drawn, *([(-1, 2)] if step == 8 else [])], np.int32)
        expected, found = plain.numbers(rows), readings.numbers(list(rows.T.copy()), len(rows))
        assert [one.tolist() for one in found] == [one.tolist() for one in expected]
        assert readings.count == plain.count


def test_there_is_one_reading_of_nothing() -> None:
    """Asked about three times, it is new once."""
    readings = Readings(0)
    assert [one.tolist() for one in readings.numbers([], 3)] == [[0, 0, 0], [0]]
    assert [one.tolist() for one in readings.numbers([], 2)] == [[0, 0], []]


def test_rows_are_numbered_in_the_order_in_which_they_are_first_seen() -> None:
    """Within one batch and across batches, with room made as it is needed."""
    table, seen = Rows(2), dict[tuple[int, int], int]()
    chance = random.Random(7)
    for _ in range(12):
        batch = [(chance.randrange(90), chance.randrange(90)) for _ in range(700)]
        before = len(seen)
        expected = [seen.setdefault(row, len(seen)) for row in batch]
        numbers, new = table.numbers(np.array(batch, np.int32))
        assert numbers.tolist() == expected
        assert numbers[new].tolist() == list(range(before, len(seen)))
    assert table.rows[: table.count].tolist() == [list(row) for row in seen]


def test_two_rows_of_one_hash_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash is no proof."""
    monkeypatch.setattr(packed_rows, "hashes_of", lambda rows: np.zeros(len(rows), np.uint64))
    table = Rows(1)
    assert table.numbers(np.array([[5], [3], [5]], np.int32))[0].tolist() == [0, 1, 0]
    assert table.numbers(np.array([[4], [3], [4]], np.int32))[0].tolist() == [2, 1, 2]


def test_narrow_rows_are_numbered_as_plain_ones_are() -> None:
    """However large the numbers of a column become: rows that were kept before are found again."""
    plain, narrow, chance = Rows(3), NarrowRows(3), random.Random(11)
    for most in (1, 3, 200, 5_000, 70_000, 2**31 - 1):
        drawn = [(chance.randrange(3), chance.randrange(most), chance.randrange(40)) for _ in range(900)]
        rows = np.array([*drawn, (1, most, 2)], np.int32)
        expected, found = plain.numbers(rows), narrow.numbers(rows)
        assert [one.tolist() for one in found] == [one.tolist() for one in expected]
    assert narrow.of(np.arange(narrow.count)).tolist() == plain.rows[: plain.count].tolist()
    assert (narrow.bits, narrow.rows.shape[1]) == ((10, 31, 14), 1)


def test_few_numbers_take_few_ints() -> None:
    """Nine columns of small numbers fit into one."""
    narrow = NarrowRows(9)
    narrow.numbers(np.full((3, 9), 2, np.int32))
    assert (narrow.rows.shape[1], narrow.of(np.arange(1)).tolist()) == (1, [[2] * 9])


@pytest.mark.parametrize("seed", range(40))
def test_the_way_home_is_measured_alike(seed: int) -> None:
    """Graphs with dead ends and rounds, and many without."""
    chance = random.Random(seed)
    states, followed = 40, chance.choice((40, 35))
    offsets, targets = array("q", [0]), array("q")
    for state in range(followed):
        onward = range(state + 1, states) if chance.random() < 0.97 else range(states)
        targets.extend(chance.sample(onward, min(len(onward), chance.randrange(1 if seed % 2 else 0, 4))))
        offsets.append(len(targets))
    home = [state > states - 4 or chance.random() < 0.1 for state in range(states)]
    graph = CalmGraph(offsets, targets)
    assert measured(graph, home) == homeward(graph, home)


def test_everybody_at_home_has_no_way_to_go() -> None:
    """Nought moves, not one."""
    assert measured(CalmGraph(array("q", [0, 1]), array("q", [0])), [True]) == Bound(0)
