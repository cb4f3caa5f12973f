"""A race as a file: what was saved is what is read, and what is no race is refused by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.explorer import Race, RaceError, read_race, write_race

HEADER = '{"configuration": "one-each"}\n'


@pytest.mark.parametrize("claim", [None, "gone"])
def test_a_saved_race_is_read_as_it_was(claim: str | None, tmp_path: Path) -> None:
    """A race is kept so that it can be run again in years."""
    race = Race("one-each", ("wake", "land EnsureApp 1: AppReady"), claim)
    write_race(tmp_path / "race.jsonl", race)

    assert read_race(tmp_path / "race.jsonl") == race


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", 'line 1: a race begins with {"configuration": "a name"}'),
        ("[]\n", 'line 1: a race begins with {"configuration": "a name"}'),
        ('{"configuration": 3}\n', 'line 1: a race begins with {"configuration": "a name"}'),
        ('{"configuration": "one-each", "claim": 3}\n', "line 1: the claim must be text, not 3"),
        (f"{HEADER}wake\n", "line 2: not JSON: Expecting value"),
        (f"{HEADER}\n3\n", "line 3: an action is text, not 3"),
    ],
    ids=["empty", "no object", "no name", "no claim", "no json", "no text"],
)
def test_a_file_that_is_no_race_is_refused_with_the_line(text: str, complaint: str, tmp_path: Path) -> None:
    """Saved races are edited by hand, and hands slip."""
    path = tmp_path / "race.jsonl"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(RaceError) as raised:
        read_race(path)

    assert str(raised.value) == f"{path}, {complaint}"


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    """Whether it is not there or no text: the line says which file and why."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    complaints = []
    for name in ("missing", "binary"):
        with pytest.raises(RaceError) as raised:
            read_race(tmp_path / name)
        complaints.append(str(raised.value))

    assert complaints == [
        f"cannot read {tmp_path / 'missing'}: No such file or directory",
        f"cannot read {tmp_path / 'binary'}: it is not UTF-8 text",
    ]
