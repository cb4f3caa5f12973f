"""How hard hypothesis tries is chosen by name, and what failed elsewhere is tried first here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from kiloclaw_adapters.testing.profiles import EXAMPLES, PROFILE, database, load_profile


@pytest.mark.parametrize("in_use", ["default", "ci"])
@pytest.mark.parametrize(
    ("environment", "name", "examples"),
    [({}, "dev", 50), ({"CI": "1"}, "ci", 100), ({"CI": "1", PROFILE: "nightly"}, "nightly", 5_000)],
    ids=["dev", "ci", "nightly"],
)
def test_the_environment_chooses_the_profile(
    environment: Mapping[str, str], name: str, examples: int, in_use: str
) -> None:
    """Whoever says nothing gets what is quick, and CI what is the same every time, whatever was in use before."""
    before = settings.get_current_profile_name()
    try:
        settings.load_profile(in_use)
        load_profile(environment)
        assert (settings.get_current_profile_name(), settings().max_examples) == (name, examples)
        assert settings().derandomize is (name == "ci")
    finally:
        settings.load_profile(before)


def test_what_failed_at_night_is_tried_first_at_a_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that CI handed on is read, and not written."""
    monkeypatch.chdir(tmp_path)
    night = DirectoryBasedExampleDatabase(tmp_path / "handed-on")
    assert tried(night, broken=77) != []
    handed_on = sorted(path.read_bytes() for path in (tmp_path / "handed-on").rglob("*") if path.is_file())

    at_the_desk = tried(database({EXAMPLES: str(tmp_path / "handed-on")}), broken=77, examples=1)

    assert at_the_desk[0] == 77
    assert sorted(path.read_bytes() for path in (tmp_path / "handed-on").rglob("*") if path.is_file()) == handed_on


def tried(kept: ExampleDatabase, *, broken: int, examples: int = 400) -> list[int]:
    """What is tried of the numbers to a hundred, where this and all above are broken."""
    seen: list[int] = []

    def numbers(number: int) -> None:
        seen.append(number)
        assert number < broken

    searching = settings(max_examples=examples, database=kept, derandomize=False, deadline=None)
    with pytest.raises(AssertionError):
        searching(given(st.integers(0, 100))(numbers))()
    return seen
