"""Tables and lanes are read by people, so what they look like is pinned."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.explore import (
    Action,
    Kind,
    Lanes,
    Verdict,
    When,
    draw_lanes,
    draw_verdict,
    markdown_table,
    mermaid_sequence,
    mermaid_states,
    replay_code,
    report_of,
)
from tests.checker.paths import Paths, arrives
from tests.checker.toy import Bug, Race, Scene


def row(before: Scene, action: Action, after: Scene) -> tuple[str, ...]:
    """Whose doing it is, who changed, and how much is on its way."""
    changed = [name for name in after.clients if after.clients[name] != before.clients[name]]
    shown = "".join(f"{name} {after.clients[name].mood.value}" for name in changed)
    return (str(action), shown, f"{len(after.bag)}")


LANES = Lanes(("action", "client", "on its way"), row)


def test_a_broken_claim_is_drawn_with_its_code() -> None:
    """The claim on top, what changed in the middle, how to see it again at the bottom."""
    race = Race(bug=Bug.GENEROUS_LOCK)

    assert (
        draw_verdict(race, report_of(race).verdicts[0], LANES)
        == """\
BROKEN  one holder  (6 steps)
   action                  client         on its way
1  left: ask               left asking    1
2  lock: grant 0 to left                  1
3  left: take 0            left holding   0
4  right: ask              right asking   1
5  lock: grant 1 to right                 1
6  right: take 1           right holding  0

claim   At most one client holds the lock.
replay  0/0/0/1/0/0
"""
    )


def test_a_round_says_where_it_begins() -> None:
    """Otherwise a cycle reads like a dead end."""
    race = Race(bug=Bug.STALE_GRANT_KEPT)
    drawn = draw_verdict(race, report_of(race).verdicts[-1], LANES)

    assert drawn.splitlines()[-3:] == [
        "round   from step 7 on, for ever",
        "claim   Whoever asks is done some day.",
        "replay  0/0/2/0/2/1/0/0/1",
    ]


def test_a_verdict_without_a_trace_is_two_lines() -> None:
    """What held has nothing to show; what is missing has a word for it."""
    product = Paths({}, (arrives("far", Kind.SOMETIMES, "far"),))
    (verdict,) = report_of(product).verdicts

    assert draw_verdict(product, verdict, Lanes(("at",), lambda *_: ("",))) == "NOT WITNESSED  far\nclaim   far.\n"


def test_short_traces_are_counted_in_good_english() -> None:
    """One step, and none at all."""
    product = Paths({"start": ((When.FREE, "end"),)}, (arrives("end", Kind.SOMETIMES, "end"),))
    (verdict,) = report_of(product).verdicts
    walk: Lanes[str] = Lanes(("at",), lambda _before, _action, after: (after,))
    still = evolve(verdict, trace=replay_code(product, ""))

    assert draw_verdict(product, verdict, walk).startswith("WITNESSED  end  (1 step)\n   at\n1  end\n")
    assert draw_verdict(product, still, walk).endswith("replay  the initial state\n")


def test_a_row_that_does_not_fit_its_lanes_is_refused() -> None:
    """The step and the lanes are named."""
    with pytest.raises(ValueError, match="step 1 fills 1 lanes, but there are one, two"):
        draw_lanes(Race(), replay_code(Race(), "0"), Lanes(("one", "two"), lambda *_: ("",)))


def test_a_verdict_of_another_product_is_refused() -> None:
    """Its claim is not known here."""
    with pytest.raises(ValueError, match="no claim of this product is named 'far'"):
        draw_verdict(Race(), Verdict("far", Kind.SOMETIMES, "not_witnessed"), LANES)


def test_the_transition_table_has_what_happened_and_nothing_else() -> None:
    """Rows are moods, columns are what came, and a cell may have two outcomes."""
    assert (
        markdown_table(report_of(Race()).cells, "mood")
        == """\
| mood | alarm | ask | grant |
| --- | --- | --- | --- |
| asking | asking |  | give back or holding |
| done |  |  | give back |
| holding |  |  | give back |
| idle |  | asking |  |
| lock |  | grant or refuse |  |
"""
    )


def test_the_transition_table_is_drawn_as_states() -> None:
    """Mermaid's names are numbers, so that no word of a cell can break it."""
    cells = (("a", "x", "b"), ("a", "y; z", "b"), ('say "b"', "x", "a|b"))

    assert (
        mermaid_states(cells)
        == """\
stateDiagram-v2
    state "a" as s0
    state "a|b" as s1
    state "b" as s2
    state "say #quot;b#quot;" as s3
    s0 --> s2: x, y#59; z
    s3 --> s1: x
"""
    )
    assert markdown_table(cells).splitlines()[-1] == '| say "b" | a\\|b |  |'


def test_messages_are_drawn_as_a_sequence() -> None:
    """Lanes stand in the order in which they are first named."""
    assert (
        mermaid_sequence([("caller", "fly", "create #1"), ("fly", "caller", "yes;\nno")])
        == """\
sequenceDiagram
    participant p0 as caller
    participant p1 as fly
    p0->>p1: create #35;1
    p1->>p0: yes#59; no
"""
    )
