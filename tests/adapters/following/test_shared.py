"""The traces of the production service: each can be followed, and what is bad in it has been told by then."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters.following import Advice, Kind, follow_file, row
from tests.adapters.check.test_shared import traces

pytestmark = pytest.mark.shared

AS_THE_MODEL: Final = {
    "good-destroy-already-gone",
    "good-destroy-inline",
    "good-evicted-idle-running",
    "good-provision-config-update-while-running",
}
"""Where service and model do the same throughout."""
TOLD: Final = {
    "bad-start-empty-list-second-machine": [
        (
            "    11       0.13  create_volume"
            "                                 commits starting, volume vol_1, "
            "then create_machine vol_1 (CreatingMachine)"
        )
    ],
    "bad-destroy-leaks-retained-volume": [
        (
            "    32     120.95  k2 commits that nothing is left"
            "               commits destroying, leaving vol_1, then delete_volume vol_1 (Clearing)"
        )
    ],
}
"""All there is to say of some, as a maintainer reads it."""


@cache
def advice(path: Path) -> tuple[Advice, ...]:
    """The advice on this trace."""
    return tuple(one for one in follow_file(str(path)) if isinstance(one, Advice))


def test_what_is_bad_was_told_before_it_was_done(shared: Path) -> None:
    """At the line of its label at the latest: what the model would have done instead keeps the rule."""
    labels = json.loads((shared / "traces" / "labels.json").read_text(encoding="utf-8"))
    late = []
    for path in traces(shared):
        told, line = advice(path), labels[path.name]["line"]
        if line is not None and not any(one.line <= line for one in told):
            late.append((path.name, line, [row(one) for one in told]))
    assert late == []


def test_services_that_do_as_the_model_does_are_told_so(shared: Path) -> None:
    """Advice that comes whatever one does helps nobody."""
    assert {path.stem for path in traces(shared) if not advice(path)} == AS_THE_MODEL


@pytest.mark.parametrize("name", TOLD)
def test_the_advice_says_what_to_do(name: str, shared: Path) -> None:
    """Beside what was done."""
    assert [row(one) for one in advice(shared / "traces" / f"{name}.jsonl")] == TOLD[name]


def test_almost_all_of_them_is_followed(shared: Path) -> None:
    """After a difference the model stands as the service says; only what a record leaves out is not followed."""
    lost = [(path.stem, one.model) for path in traces(shared) for one in advice(path) if one.kind is Kind.NOT_FOLLOWED]
    assert lost == [
        ("bad-data-stale-404-replaces-new-volume", "the record names a machine and no volume"),
        ("bad-data-stop-vs-alarm-recovery", "what was sent before may still land"),
        ("bad-reprovision-loses-alarm", "the record has no status"),
        ("bad-restarting-without-machine", "the record does not say which machine is restarted"),
    ]
