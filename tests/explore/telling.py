"""What a failing search of a suite says: which claim broke where, and the shortest way there."""

from __future__ import annotations

from collections.abc import Iterable

from kiloclaw_adapters.explorer import Exploration, failure_text


def told(found: Iterable[Exploration]) -> str:
    """Each claim that failed with where it did, then the shortest way to one; nothing where all is as it should be.

    Whoever broke something has changed one line: one way, the shortest of all, is what they read first.
    """
    failures = [(one, verdict) for one in found for verdict in one.failures]
    if not failures:
        return ""
    places: dict[str, list[str]] = {}
    for one, verdict in failures:
        places.setdefault(verdict.claim, []).append(one.configuration.name)
    lines = [f"{claim}: not in {', '.join(names)}" for claim, names in places.items()]
    ways = [(len(verdict.trace.steps), number) for number, (_, verdict) in enumerate(failures) if verdict.trace]
    one, verdict = failures[min(ways)[1] if ways else 0]
    return "\n".join(
        ("these claims do not hold", *lines, "", "the shortest way there:", failure_text(one.configuration, verdict))
    )
