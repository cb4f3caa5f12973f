"""Lines out of what a child writes, to either of its outputs: whole ones as they end, and never too long.

A buffer belongs to one output of one child, so that what comes late from one that is gone is not glued to what the
next one says (pairing PW14). What is longer than a line may be is handed on cut, and the rest of it dropped.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.names import OpId

LONGEST: Final = 16_384
"""How many bytes of a line are looked at (pairing 4.2 has no bound)."""


@frozen
class LineBuffer:
    """What a child has written since the last end of a line; `cut` while the rest of a long one is dropped."""

    child: OpId
    tail: bytes = b""
    cut: bool = False
    longest: int = LONGEST


def fed(buffer: LineBuffer, chunk: bytes) -> tuple[LineBuffer, tuple[str, ...]]:
    """The buffer after these bytes, and the lines that they ended, without their ends; what is no text is replaced."""
    *whole, tail = chunk.split(b"\n")
    lines: list[str] = []
    for piece in whole:
        buffer, line = _ended(_grown(buffer, piece))
        lines += line
    buffer = _grown(buffer, tail)
    if len(buffer.tail) < buffer.longest or buffer.cut:
        return buffer, tuple(lines)
    return evolve(buffer, tail=b"", cut=True), (*lines, _text(buffer.tail))


def drained(buffer: LineBuffer) -> tuple[str, ...]:
    """The line that was begun and never ended, once nothing more can come."""
    return (_text(buffer.tail),) if buffer.tail else ()


def _grown(buffer: LineBuffer, piece: bytes) -> LineBuffer:
    if buffer.cut:
        return buffer
    room = buffer.longest - len(buffer.tail)
    return evolve(buffer, tail=buffer.tail + piece[:room])


def _ended(buffer: LineBuffer) -> tuple[LineBuffer, list[str]]:
    line = [] if buffer.cut else [_text(buffer.tail)]
    return evolve(buffer, tail=b"", cut=False), line


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
