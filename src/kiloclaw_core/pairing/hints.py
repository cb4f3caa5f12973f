"""Which lines of the gateway tell that something may have become pending.

A line is looked at and forgotten: it may hold a code, so it is neither kept nor passed on (pairing 7).
"""

from __future__ import annotations

from typing import Final

KEYWORDS: Final = ("pairing", "pair request", "device request", "approve", "paired")


def tells_of_pairing(line: str) -> bool:
    """Whether the line has one of the words that OpenClaw uses when it pairs, in any case (pairing 1.10)."""
    small = line.lower()
    return any(word in small for word in KEYWORDS)
