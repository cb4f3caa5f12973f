"""The caller's cache of lists that were had without a controller: with an epoch, so that nothing comes back.

A list is kept only under the epoch that it was asked for in. An approval begins a new one; a list that was read before
it and arrives after it is not kept, and the approved request is not shown again (pairing PW19).
"""

from __future__ import annotations

from attrs import evolve, frozen

from kiloclaw_core.pairing.requests import PendingRequest


@frozen
class Kept:
    """What is kept for one list of one machine, and until when; `requests` is None where nothing is."""

    epoch: int = 0
    requests: tuple[PendingRequest, ...] | None = None
    until_ms: int = 0


def shown(kept: Kept, now_ms: int) -> tuple[PendingRequest, ...] | None:
    """The list, while it is young enough; None where there is none."""
    return kept.requests if now_ms < kept.until_ms else None


def put(kept: Kept, epoch: int, requests: tuple[PendingRequest, ...], until_ms: int) -> Kept:
    """The list is kept if no approval has begun a new epoch since it was asked for.

    An empty one never is: the script that lists says nothing else when every channel has failed.
    """
    if kept.epoch != epoch or not requests:
        return kept
    return evolve(kept, requests=requests, until_ms=until_ms)


def dropped(kept: Kept) -> Kept:
    """Something was approved, or may have been: nothing is kept, and a new epoch begins."""
    return Kept(kept.epoch + 1)
