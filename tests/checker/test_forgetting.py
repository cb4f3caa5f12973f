"""The memoised explorer may forget what it can find out again."""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import compiled, judge, report_of
from tests.checker.toy import Race


def test_what_was_forgotten_is_found_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by forgetting, so forgetting must not change what is found."""
    remembered = report_of(Race())
    monkeypatch.setattr(compiled, "KEPT", 2)
    monkeypatch.setattr(judge, "KEPT", 2)

    assert report_of(Race()) == remembered
