"""A search that was interrupted goes on from where it was kept, to the same report."""

from __future__ import annotations

import multiprocessing
import pickle
import re
import signal
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from attrs import evolve
from typer import Exit

from kiloclaw_adapters.cli import exploring
from kiloclaw_adapters.cli.ending import told_to_end
from kiloclaw_adapters.cli.exploring import searched_of
from kiloclaw_adapters.cli.suites import Several
from kiloclaw_adapters.cli.telling import BadInputError
from kiloclaw_adapters.explorer import (
    KeptSearchError,
    SearchInterruptedError,
    configuration_called,
    keeping,
    run_exploration,
)
from kiloclaw_adapters.explorer.fingerprint import fingerprint
from kiloclaw_adapters.explorer.keeping import EVERY_S, Keeping, Rhythm, search_of
from kiloclaw_adapters.explorer.packed import auditing, explore_packed
from kiloclaw_core.explore import Product, Progress, Report
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.setting import AdmissionBudget
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.system import System
from tests.checker.toy import Budget, Bug, Race
from tests.explore.packing import searched
from tests.explore.test_packed import moody

TWO_USERS = evolve(admission_named("two-users"), budget=AdmissionBudget(crashes=1), mirrored=True)


def always() -> bool:
    """Kept each time."""
    return True


def interrupted(product: Product[SceneT], path: Path, after: int) -> None:
    """A search that is kept, and given up after so many times that it told how far it is."""
    search = explore_packed(product, keeping=Keeping(path, "this", always))
    for _ in range(after):
        next(search)
    search.close()


def resumed(product: Product[SceneT], path: Path) -> tuple[list[Progress], Report]:
    """What the search tells that goes on from there, and what it found."""
    search, told = explore_packed(product, keeping=Keeping(path, "this", always)), list[Progress]()
    while True:
        try:
            told.append(next(search))
        except StopIteration as finished:
            report: Report = finished.value
            return told, report


@pytest.mark.parametrize("after", [1, 6, 10])
@pytest.mark.parametrize(
    "made",
    [
        lambda: AdmissionSystem(TWO_USERS),
        lambda: System(configuration_named("one-each")),
        lambda: Race(bug=Bug.NO_ALARM),
    ],
    ids=["two users in a mirror", "an instance", "a race"],
)
def test_whatever_was_kept_the_report_is_the_same(
    made: Callable[[], Product[object]], after: int, tmp_path: Path
) -> None:
    """States, numbers, verdicts and traces; and it does not begin from the beginning."""
    whole, path = searched(made()), tmp_path / "kept"
    interrupted(made(), path, after)
    assert resumed(made(), path) == (whole[0][after:], whole[1])


def test_nothing_is_kept_before_it_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever went on from there would never hear of it."""
    monkeypatch.setattr(auditing, "LONG", 0)
    path = tmp_path / "kept"
    search = explore_packed(moody(), audit_every=1, keeping=Keeping(path, "this", always), beside=True)
    with pytest.raises(AssertionError, match="once depends on more than the rule reads"):
        list(search)
    assert not path.exists()


def test_a_search_that_is_over_is_kept_no_more(tmp_path: Path) -> None:
    """What is asked for next begins anew."""
    path = tmp_path / "kept"
    interrupted(Race(), path, 2)
    assert path.exists()
    resumed(Race(), path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_kept_before_it_is_time(tmp_path: Path) -> None:
    """Writing takes its time as well."""
    search = explore_packed(Race(), keeping=Keeping(tmp_path / "kept", "this", lambda: False))
    next(search)
    assert list(tmp_path.iterdir()) == []


def test_another_search_is_refused_by_name(tmp_path: Path) -> None:
    """Its numbers mean something else."""
    path = tmp_path / "kept"
    interrupted(Race(), path, 2)
    with pytest.raises(KeptSearchError, match="kept keeps another search: of this, not of that"):
        next(explore_packed(Race(), keeping=Keeping(path, "that", always)))


@pytest.mark.parametrize("content", [b"", b"no search", pickle.dumps(["this"])], ids=["nothing", "text", "a list"])
def test_what_is_no_search_is_refused(content: bytes, tmp_path: Path) -> None:
    """Whatever the file may have been."""
    path = tmp_path / "kept"
    path.write_bytes(content)
    with pytest.raises(KeptSearchError, match="kept keeps no search"):
        next(explore_packed(Race(), keeping=Keeping(path, "this", always)))


def test_what_cannot_be_kept_is_said_before_anything_is_searched(tmp_path: Path) -> None:
    """And not at its end, when the search would be lost."""
    for path, why in (
        (tmp_path, f"cannot read {tmp_path}: Is a directory"),
        (tmp_path / "nowhere" / "kept", f"cannot keep a search in {tmp_path}/nowhere/kept: No such file or directory"),
    ):
        with pytest.raises(KeptSearchError, match=f"^{re.escape(why)}$"):
            next(explore_packed(Race(), keeping=Keeping(path, "this", always)))
    assert list(tmp_path.iterdir()) == []


def test_whoever_is_refused_leaves_no_process_behind(tmp_path: Path) -> None:
    """One that is begun for the audit ends with the search."""
    path = tmp_path / "kept"
    path.write_bytes(b"no search")
    with pytest.raises(KeptSearchError):
        next(explore_packed(Race(), keeping=Keeping(path, "this", always), beside=True))
    assert multiprocessing.active_children() == []


def test_a_file_whose_numbers_mean_something_else_is_refused(tmp_path: Path) -> None:
    """As after a change of what the search begins with."""
    path = tmp_path / "kept"
    interrupted(Race(budget=Budget(2, 1, 0)), path, 2)
    with pytest.raises(KeptSearchError, match="numbers what is in it otherwise than this search"):
        next(explore_packed(Race(), keeping=Keeping(path, "this", always)))


# -- by the clock, and when it is told to end --------------------------------------------------------------------


def test_a_search_is_kept_every_ten_minutes_and_when_it_is_to_end() -> None:
    """By a clock that the test winds."""
    now, ends = [0.0], [False]
    rhythm = Rhythm(lambda: now[0], lambda: ends[0], 0.0)
    kept = []
    for moment in (1.0, EVERY_S, EVERY_S + 1, 2 * EVERY_S - 1, 2 * EVERY_S):
        now[0] = moment
        kept.append(rhythm.is_due())
    assert (kept, rhythm.over) == ([False, True, False, False, True], False)
    ends[0] = True
    assert (rhythm.is_due(), rhythm.over) == (True, True)


def test_a_search_that_is_told_to_end_says_where_it_is_kept_and_goes_on_from_there(tmp_path: Path) -> None:
    """The second time nobody interrupts it, and it finds what it would have found at once."""
    configuration, path = configuration_called("one-each"), tmp_path / "kept"
    asked = iter([False, False, True])
    with pytest.raises(SearchInterruptedError, match=r"one-each is kept in .*: [0-9,]+ states are found and"):
        run_exploration(configuration, resume=path, is_to_end=lambda: next(asked))
    assert path.exists()
    assert run_exploration(configuration, resume=path).report == run_exploration(configuration).report
    assert not path.exists()


def test_a_search_with_a_limit_is_not_kept(tmp_path: Path) -> None:
    """It is followed one state at a time, and is over soon."""
    with pytest.raises(KeptSearchError, match="only a whole search can be kept"):
        run_exploration(configuration_called("one-each"), limit=10, resume=tmp_path / "kept")


# -- from the command line ---------------------------------------------------------------------------------------


def test_a_search_is_told_from_another_whatever_stands_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """By all that describes it but where its functions are, and by the layout of its states."""
    one, other, third = (search_of("x", f"budget={budget} <function at 0x7f{at}>") for budget, at in ("1a", "1b", "2a"))
    assert (one == other, one == third, one[:2]) == (True, False, "x ")

    monkeypatch.setattr(keeping, "LAYOUT", keeping.LAYOUT + 1)
    assert search_of("x", "budget=1 <function at 0x7f1a>") != one


def test_a_search_is_told_from_one_of_another_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changed a line must not go on from states that it may never reach; both cores are named."""
    here, there = search_of("x", "budget=1"), "another"
    monkeypatch.setattr(keeping, "fingerprint", lambda: there)
    assert search_of("x", "budget=1") == here.replace(fingerprint(), there) != here


def test_whoever_is_told_to_end_hears_it_while_that_is_heeded() -> None:
    """Ctrl-C and SIGTERM alike, and afterwards they end it as they did."""
    before = signal.getsignal(signal.SIGTERM)
    with told_to_end(heeded=True) as heard:
        assert heard == []
        signal.raise_signal(signal.SIGTERM)
        assert heard == [signal.SIGTERM]
    with told_to_end(heeded=False):
        assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_command_line_keeps_one_search_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends as whoever is told to end does; a suite is not kept, and a file that keeps nothing is refused."""
    path = tmp_path / "kept"
    one_each = configuration_called("one-each")
    monkeypatch.setattr(exploring, "told_to_end", lambda *, heeded: nullcontext([signal.SIGTERM] if heeded else []))
    with pytest.raises(Exit) as ended:
        searched_of(one_each, None, None, resume=path)
    assert (ended.value.exit_code, capsys.readouterr().err.startswith("kiloclaw: one-each is kept in")) == (143, True)
    path.write_bytes(b"no search")
    with pytest.raises(BadInputError, match="kept keeps no search"):
        searched_of(one_each, None, None, resume=path)
    with pytest.raises(BadInputError, match="--resume goes with one configuration"):
        searched_of(Several("these", (one_each,)), None, None, resume=path)
