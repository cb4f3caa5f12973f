"""Whatever stands in a trace, following it ends: in advice, or in one line that says where it is no trace."""

from __future__ import annotations

from hypothesis import given, settings

from kiloclaw_adapters.following import Followed, follow
from kiloclaw_core.trace import MalformedTraceError
from tests.adapters.check.strategies import traces


@settings(max_examples=60)
@given(traces)
def test_whatever_a_trace_tells_it_is_followed_to_its_end(lines: list[str]) -> None:
    """Records and answers that no service of ours would write included."""
    end: object
    try:
        *_, end = follow(lines)
    except MalformedTraceError as error:
        end = error.line
    assert isinstance(end, Followed) or end in range(1, len(lines) + 1)
