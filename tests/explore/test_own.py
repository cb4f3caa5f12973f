"""A configuration from a file: what may be said in it, and what is wrong with what may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from attrs import evolve, fields

from kiloclaw_adapters.explorer import OwnConfigurationError, configuration_called
from kiloclaw_core.names import Region
from kiloclaw_core.world.setting import SMALL, SPEC, Beginning, Budget, Configuration, Suite

WHOLE = """\
sentence = "A restart, and one lost answer."
beginning = "running"
snapshots = 1
polls = true
regions = ["ams", "fra"]
witnesses = ["restarting"]
without = ["leads home"]

[budget]
restarts = 1
faults = 1

[policy]
tries = 2
pause_s = 1
grave_cadences_s = [1.0, 2]
"""


def called(folder: Path, text: str, name: str = "mine.toml") -> Configuration:
    """The configuration in a file of this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    one = configuration_called(str(path))
    assert isinstance(one, Configuration)
    return one


def test_a_file_says_what_happens_and_what_is_to_be_otherwise(tmp_path: Path) -> None:
    """Everything there is to say."""
    assert called(tmp_path, WHOLE) == Configuration(
        str(tmp_path / "mine.toml"),
        "A restart, and one lost answer.",
        Budget(restarts=1, faults=1),
        policy=evolve(SMALL, tries=2, pause_s=1.0, grave_cadences_s=(1.0, 2.0)),
        without=("leads home",),
        spec=evolve(SPEC, regions=(Region("ams"), Region("fra"))),
        beginning=Beginning.RUNNING,
        witnesses=("restarting",),
        suite=Suite.ASKED,
        snapshots=1,
        polls=True,
    )


def test_a_budget_is_all_that_must_be_said(tmp_path: Path) -> None:
    """In JSON, for a change; the rest is as in every search."""
    path = str(tmp_path / "mine.json")
    text = json.dumps({"budget": {"starts": 1}})
    assert called(tmp_path, text, "mine.json") == Configuration(
        path, "What you asked for.", Budget(starts=1), suite=Suite.ASKED
    )


HAPPENINGS = ", ".join(one.name for one in fields(Budget))
BEGINNINGS = ", ".join(one.value for one in Beginning)
COMPLAINTS = {
    "[budget\n": "Expected ']' at the end of a table declaration (at line 1, column 8)",
    "polls = true\n": f"$.budget is missing, which says how often what may happen: {HAPPENINGS}",
    "budget = 3\n": "$.budget must have names and values, as a table has",
    "[budget]\nstarts = true\n": "invalid value for type, expected int @ $.budget.starts",
    "[budget]\nstarts = -1\n": "$.budget.starts is -1: nothing happens less often than never",
    "[budget]\nprocesses = 0\n": "$.budget.processes is 0: somebody has to work",
    "regions = []\n[budget]\n": "$.regions is empty: a machine has to be somewhere",
    "snapshots = -1\n[budget]\n": "$.snapshots is -1: there are none, or some",
    'policy = "long"\n[budget]\n': "$.policy must have names and values, as a table has",
    "[budget]\n[policy]\ntries = -1\n": "'tries' must be >= 0: -1 @ $.policy",
    "[budget]\n[policy]\nprobe_waits_s = [1.0, 0]\n": "'probe_waits_s' must be > 0.0: 0.0 @ $.policy",
    "[budget]\n[policy]\ntries = 1.5\n": "invalid value for type, expected int @ $.policy.tries",
    '[budget]\n[policy]\npause_s = "long"\n': "invalid value for type, expected float @ $.policy.pause_s",
}


@pytest.mark.parametrize("text", COMPLAINTS, ids=lambda text: text.replace("\n", " "))
def test_what_is_wrong_is_named_with_its_place(text: str, tmp_path: Path) -> None:
    """The file, the place in it, and what should have stood there."""
    with pytest.raises(OwnConfigurationError) as raised:
        called(tmp_path, text)
    assert str(raised.value) == f"{tmp_path / 'mine.toml'}: {COMPLAINTS[text]}"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[budget]\nstarts = 1\nstrats = 1\n",
            f", line 3: $.budget has no 'strats'; did you mean starts? there are {HAPPENINGS}",
        ),
        ("[budget]\n[policy]\nflights = 1\n", ", line 3: $.policy has no 'flights'; there are "),
        ("[budgets]\nstarts = 1\n", ", line 1: $ has no 'budgets'; did you mean budget? there are budget, sentence, "),
        ("[budget]\nx = 1 # x = 2\n", f", line 2: $.budget has no 'x'; there are {HAPPENINGS}"),
        ("x = 1\n[budget]\nx = 1\n", ": $ has no 'x'; there are budget, "),
        (
            'beginning = "runing"\n[budget]\n',
            f", line 1: $.beginning is 'runing'; did you mean running? there are {BEGINNINGS}",
        ),
        ("beginning = 1\n[budget]\n", f", line 1: $.beginning is 1; there are {BEGINNINGS}"),
    ],
    ids=["budget", "policy", "table", "comment", "twice", "beginning", "number"],
)
def test_a_word_that_means_nothing_is_named_with_its_line_and_those_that_do(
    text: str, complaint: str, tmp_path: Path
) -> None:
    """A slip costs one look; where two lines may be meant, none is."""
    with pytest.raises(OwnConfigurationError) as raised:
        called(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'mine.toml'}{complaint}")


@pytest.mark.parametrize(("field", "known"), [("witnesses", "a machine is up, gone"), ("without", "one machine at")])
def test_a_claim_that_is_not_there_is_named_with_those_that_are(field: str, known: str, tmp_path: Path) -> None:
    """A slip must not make a search say less."""
    with pytest.raises(OwnConfigurationError) as raised:
        called(tmp_path, f'{field} = ["gonne"]\n[budget]\n')
    assert str(raised.value).startswith(f"{tmp_path / 'mine.toml'}: $.{field} names 'gonne'; there are {known}")


def test_a_file_that_holds_no_object_or_no_text_is_refused(tmp_path: Path) -> None:
    """Whatever it is instead."""
    with pytest.raises(OwnConfigurationError, match="must be an object, not list"):
        called(tmp_path, "[]", "mine.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe")
    with pytest.raises(OwnConfigurationError, match="it is not UTF-8 text"):
        configuration_called(str(tmp_path / "bytes.json"))
