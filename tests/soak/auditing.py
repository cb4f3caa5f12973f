"""What must never be true at Fly, looked for at every single change of the simulated truth.

Two things: the newest of a user's data goes with the last volume that bears it, and a machine comes up on an empty
volume while there is one with data. Whether it was meant, because the user asked for the end of it, is judged later.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field, frozen

from kiloclaw_core.world.fly import EMPTY, Fly, TrueVolume


@frozen
class Wrong:
    """Something that must not be: when, with whose volume, and what."""

    at_ms: int
    whose: str
    volume: str
    what: str


def whose(volume: TrueVolume) -> str:
    """Whose a volume is: its app and, where several share one, the part of its name that says for whom it was made."""
    return f"{volume.app} {volume.name.rpartition('_')[0]}"


def wrongs(before: Fly, after: Fly, at_ms: int) -> Iterator[Wrong]:
    """What went wrong between two truths, one change apart."""
    if before.volumes is after.volumes:
        return
    there = {one.volume: one for one in after.volumes}
    for volume in before.volumes:
        now = there.get(volume.volume)
        if now is None and _was_last(volume, before, after):
            yield Wrong(at_ms, whose(volume), volume.volume, "the newest data went with its last volume")
        if now is not None and volume.data == EMPTY < now.data and _newest(volume, before) > EMPTY:
            yield Wrong(at_ms, whose(volume), volume.volume, "a machine came up on an empty volume, beside data")


def _was_last(gone: TrueVolume, before: Fly, after: Fly) -> bool:
    """Whether nothing bears any more what this volume bore, and nothing bore anything newer.

    A copy that is only half filled counts: Fly goes on filling it. So does a volume that Fly moved to another host.
    """
    if gone.data == EMPTY or gone.data < _newest(gone, before):
        return False
    was = {one.volume: one.data for one in before.volumes}
    kin = (one for one in after.volumes if whose(one) == whose(gone))
    return not any(was.get(one.volume, one.data) >= gone.data for one in kin)


def _newest(volume: TrueVolume, fly: Fly) -> int:
    """The age of the newest that anybody of the same owner's wrote and that is still there."""
    return max(one.data for one in fly.volumes if whose(one) == whose(volume))


@define
class Audit:
    """Everything that went wrong so far."""

    wrongs: list[Wrong] = field(factory=list, init=False)
    changes: int = field(default=0, init=False)

    def saw(self, before: Fly, after: Fly, at_ms: int) -> None:
        """The truth has changed."""
        self.changes += 1
        self.wrongs += wrongs(before, after, at_ms)
