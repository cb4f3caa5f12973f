"""Lines out of what a child writes: whole, in order, never too long, and never another child's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.names import OpId
from kiloclaw_core.supervisor import LineBuffer, drained, fed

FRESH = LineBuffer(OpId(1))
NARROW = LineBuffer(OpId(1), longest=4)


def test_lines_come_as_they_end() -> None:
    """Without their ends; a carriage return stays (pairing 4.2)."""
    buffer, lines = fed(FRESH, b"one\ntwo\r\nthr")
    assert lines == ("one", "two\r")
    assert fed(buffer, b"ee\n") == (FRESH, ("three",))
    assert (drained(buffer), drained(FRESH)) == (("thr",), ())


def test_what_is_no_text_is_replaced() -> None:
    """Even where a letter comes in two pieces."""
    buffer, _ = fed(FRESH, "é".encode()[:1])
    assert fed(buffer, "é".encode()[1:] + b"\n")[1] == ("é",)
    assert fed(FRESH, b"\xff\n")[1] == ("�",)


def test_a_line_that_is_too_long_is_handed_on_cut_and_its_rest_dropped() -> None:
    """What is kept has a bound, and so has what is looked at."""
    buffer, lines = fed(NARROW, b"abcdef")
    assert (lines, buffer.tail, buffer.cut) == (("abcd",), b"", True)
    buffer, lines = fed(buffer, b"ghi\njk\n")
    assert (lines, buffer) == (("jk",), NARROW)
    assert fed(NARROW, b"abcdef\nxy\n") == (NARROW, ("abcd", "xy"))


def test_what_comes_late_is_not_glued_to_another_childs_line() -> None:
    """A buffer is one child's (PW14)."""
    old, _ = fed(LineBuffer(OpId(1)), b"late ")
    new, lines = fed(LineBuffer(OpId(2)), b"first\n")
    assert (lines, old.child, new.child) == (("first",), 1, 2)


@given(st.lists(st.binary(max_size=12)), st.integers(1, 8))
def test_however_it_is_cut_the_lines_are_the_same(chunks: list[bytes], longest: int) -> None:
    """And none is longer than it may be."""
    buffer = LineBuffer(OpId(1), longest=longest)
    lines: list[str] = []
    for chunk in chunks:
        buffer, ended = fed(buffer, chunk)
        lines += ended
        assert len(buffer.tail) < longest
    *whole, tail = (one[:longest].decode("utf-8", "replace") for one in b"".join(chunks).split(b"\n"))
    assert [*lines, *drained(buffer)] == [*whole, *([tail] if tail else [])]
