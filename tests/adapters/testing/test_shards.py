"""Shards are walked anywhere, and merged say what one process would have said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_adapters.explorer import UnknownConfigurationError
from kiloclaw_adapters.explorer.shard_files import read_walked, walked_of, walked_text
from kiloclaw_adapters.explorer.shards import (
    Finding,
    Plan,
    Shard,
    ShardError,
    Tally,
    Walked,
    Witness,
    merged,
    unsearched,
    verdict_of,
    walked,
)
from kiloclaw_adapters.testing import overridden
from kiloclaw_core import start, stop

from .changes import hurried, left_alone

PLAN = Plan(("one-each", "provision-and-poll"), walks=10, length=40)
BROKEN = Plan(("one-each", "resurrected"), walks=240, length=60)


def test_all_shards_together_say_what_one_process_says() -> None:
    """In whatever order they come back, and however many there are."""
    whole = walked(PLAN)
    parts = [walked(PLAN, Shard(number, 3)) for number in (2, 3, 1)]

    assert merged(parts) == evolve(whole, of=3, shards=(1, 2, 3))
    assert (merged(parts).missing, merged(parts[:2]).missing) == ((), (1,))


def test_what_is_broken_is_merged_to_its_first_walk() -> None:
    """The finding does not depend on which shard came upon it."""
    with overridden(start, "creating_machine", hurried), overridden(stop, "unwanted", left_alone):
        whole = walked(BROKEN)
        together = merged([walked(BROKEN, Shard(number, 2)) for number in (1, 2)])
        verdicts = [verdict_of(result, one) for result in together.results for one in result.broken]

    assert together == evolve(whole, of=2, shards=(1, 2))
    assert together.failed
    assert "leads home" in {verdict.claim for verdict in verdicts}
    assert {verdict.verdict for verdict in verdicts} == {"broken"}


def test_the_same_shard_is_the_same_text_under_another_seed_of_hashes(tmp_path: Path) -> None:
    """Python's own hashes differ from one process to the next; what is walked must not."""
    program = (
        "from kiloclaw_adapters.explorer.shards import Plan, Shard, walked\n"
        "from kiloclaw_adapters.explorer.shard_files import walked_text\n"
        "print(walked_text(walked(Plan(('resurrected',), walks=6, length=60), Shard(1, 2))))\n"
    )
    said = {
        subprocess.run(  # noqa: S603 (our own Python)
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_another_seed_draws_other_walks() -> None:
    """Else a night adds nothing to the one before."""
    assert walked(PLAN).results != walked(evolve(PLAN, seed=2)).results


def test_whoever_watches_hears_how_far_it_is() -> None:
    """The last word is that all are done."""
    heard: list[tuple[str, int, int]] = []

    walked(PLAN, watch=lambda name, done, of, _steps: heard.append((name, done, of)))

    assert heard == [("one-each", 10, 10), ("provision-and-poll", 10, 10)]


def test_an_unknown_configuration_is_refused_before_anything_is_walked() -> None:
    """An hour of walking must not end in a slip of the pen."""
    with pytest.raises(UnknownConfigurationError, match="no configuration is named 'nope'"):
        walked(Plan(("start-destroy-deep", "nope"), walks=1_000_000))


def test_what_is_walked_without_a_name_is_what_ci_does_not_search() -> None:
    """There a search has left something to find."""
    assert "start-destroy-deep" in unsearched()
    assert "one-each" not in unsearched()


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "1/0", "1/2/3", "-1/2", "1/2 ", "one/two", "1/9999999999"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    """A shard that nobody walks would be missing for ever."""
    with pytest.raises(ShardError, match="a shard is written as 2/8, the second of eight"):
        Shard.read(text)


@given(walks=st.integers(0, 50), of=st.integers(1, 9))
def test_every_walk_is_in_exactly_one_shard(walks: int, of: int) -> None:
    """None twice, none nowhere."""
    numbers = [number for part in range(1, of + 1) for number in Shard(part, of).numbers(walks)]

    assert sorted(numbers) == list(range(walks))


# -- files -------------------------------------------------------------------------------------------------------

FOUND = Finding("gone for good", 1, 7, "0/1/2", ("wake", "start", "destroy"), None)
SOME = Walked("c0ffee", Plan(("one-each",)), 2, (1,), (Tally("one-each", 5, 9, (Witness("gone", 3),), (FOUND,)),))


def test_what_was_walked_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way to whoever merges."""
    assert walked_of(walked_text(SOME)) == SOME


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1, column 2: not JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "not what `kiloclaw walk --json` prints: too deep"),
        ("[]", "invalid value for type, expected tuple @ body.results"),
        (
            walked_text(SOME).replace('"steps": 9', '"steps": "9"'),
            "invalid value for type, expected int @ body.results[0].steps",
        ),
        (walked_text(SOME).replace('"shards": [1]', '"shards": [3]'), "its parts do not fit together"),
        (walked_text(SOME).replace('"shards": [1]', '"shards": []'), "its parts do not fit together"),
        (walked_text(SOME).replace("0/1/2", "0/-1/2"), "its parts do not fit together"),
        (walked_text(SOME).replace('{"configuration": "one-each"', '{"configuration": "blind"'), "do not fit together"),
    ],
    ids=["cut", "deep", "list", "text", "stranger", "none", "code", "other"],
)
def test_a_file_that_was_not_walked_is_refused_by_what_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    """With the file's name in front."""
    path = tmp_path / "shard.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ShardError) as raised:
        read_walked(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert said in str(raised.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Missing, or no text at all."""
    with pytest.raises(ShardError, match="No such file or directory"):
        read_walked(tmp_path / "missing.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    with pytest.raises(ShardError, match="it is not UTF-8 text"):
        read_walked(tmp_path / "bytes.json")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (SOME, "shard 1/2 is there twice"),
        (evolve(SOME, core="cafe", shards=(2,)), "not the same core: c0ffee and cafe"),
        (evolve(SOME, plan=evolve(SOME.plan, seed=2), shards=(2,)), "not the same seed: 1 and 2"),
        (evolve(SOME, of=3, shards=(2,)), "not the same number of shards: 2 and 3"),
        (evolve(SOME, shards=(2,), results=(evolve(SOME.results[0], witnessed=()),)), "not the same witnesses: "),
    ],
    ids=["twice", "core", "seed", "of", "witnesses"],
)
def test_shards_that_do_not_fit_together_are_not_merged(other: Walked, said: str) -> None:
    """A sum of different things says nothing."""
    with pytest.raises(ShardError) as raised:
        merged([SOME, other])
    assert str(raised.value).startswith(said)


def test_nothing_is_not_merged() -> None:
    """No shard at all is no result."""
    with pytest.raises(ShardError, match="nothing to merge"):
        merged([])
