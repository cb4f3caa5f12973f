"""Which store a URL names, and what is said of one that names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.store import Due, MemoryStore, SqliteStore, StoreError, open_store

from .suite import ManualClock, put

pytestmark = pytest.mark.anyio


async def test_memory_opens_an_empty_store(clock: ManualClock) -> None:
    """Two of them share nothing."""
    one, other = open_store("memory://", clock=clock), open_store("memory://", clock=clock)
    await put(one)
    assert isinstance(other, MemoryStore)
    assert await other.load("a") is None


async def test_three_slashes_are_relative_and_four_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both spellings reach the same file."""
    monkeypatch.chdir(tmp_path)
    relative, absolute = open_store("sqlite:///store.db"), open_store(f"sqlite:///{tmp_path}/store.db")
    assert isinstance(relative, SqliteStore)
    await put(relative)
    assert await absolute.keys("instance") == ("a",)
    await relative.aclose()
    await absolute.aclose()


@pytest.mark.parametrize(
    "url",
    ["", "store.db", "sqlite://store.db", "sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "memory://a"],
)
def test_a_url_that_names_no_store_is_refused_by_name(url: str) -> None:
    """Guessing would open a file that nobody meant."""
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert str(refused.value).startswith(f"no store at {url!r}: it must be sqlite:///relative.db, ")


def test_a_refusal_does_not_repeat_a_password() -> None:
    """Such lines end up in logs."""
    with pytest.raises(StoreError, match=r"^no store at 'postgres://host/kiloclaw': "):
        open_store("postgres://claw:secret@host/kiloclaw")


async def test_a_store_opened_without_a_chance_draws_one_of_its_own() -> None:
    """Within what was asked for, whatever it draws."""
    store = open_store("memory://")
    await put(store, "a", Due("stocktake", 0, 300, jitter_s=60))
    (alarm,) = await store.alarms("a")
    assert 290_000 < alarm.due_ms - await store.now_ms() <= 360_000


async def test_a_store_opened_without_a_clock_tells_the_time_of_the_day() -> None:
    """Moments are milliseconds since the epoch: in this century, and not in seconds or nanoseconds."""
    year_2020_ms, year_2100_ms = 1_577_836_800_000, 4_102_444_800_000
    assert year_2020_ms < await open_store("memory://").now_ms() < year_2100_ms
