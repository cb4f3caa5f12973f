"""A walk that comes to the same in fewer and milder steps, whatever it is that it came to."""

from __future__ import annotations

from typing import Protocol

from kiloclaw_adapters.explorer.walking import Walk


class Again(Protocol):
    """Whoever follows choices once more, and says what they came to."""

    def again(self, walk: Walk) -> Walk:
        """The same choices, counted round where there are fewer."""
        ...


def shortened(walks: Again, walk: Walk) -> Walk:
    """A walk that breaks the same claim in fewer and milder steps, as far as leaving some out gets there.

    Pieces are left out, the largest first, until none can be; then each choice is tried in its mildest form.
    """
    best = walk
    size = len(best.choices) // 2
    while size:
        for at in range(len(best.choices) - size, -1, -size):
            best = _better(walks, best, (*best.choices[:at], *best.choices[at + size :]))
        size //= 2
    for at in range(len(best.choices) - 1, -1, -1):
        if at < len(best.choices):
            best = _better(walks, best, (*best.choices[:at], 0, *best.choices[at + 1 :]))
    return best


def _better(walks: Again, best: Walk, choices: tuple[int, ...]) -> Walk:
    """The walk of these choices, if it breaks what the best one so far does and comes before it."""
    tried = walks.again(Walk(choices, broken=best.broken[:1]))
    breaks = best.broken[0] in tried.broken
    return tried if breaks and _rank(tried) < _rank(best) else best


def _rank(walk: Walk) -> tuple[int, tuple[int, ...]]:
    return len(walk.choices), walk.choices
