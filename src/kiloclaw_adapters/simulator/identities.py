"""Makes the identifiers that Fly would make, all from one seed, so that a run can be had again.

Fly: a machine has 14 hex digits, a volume `vol_` and 16 characters, a snapshot `vs_` and some, a version and an event a
ULID (fly.md 1.4, 1.5).
"""

from __future__ import annotations

from random import Random
from typing import Final

from kiloclaw_core.names import DIGITS, MachineId, SnapshotId, VersionId, VolumeId

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MOMENT_LENGTH: Final = 10
CHANCE_LENGTH: Final = 16
WORDS: Final = ("amber", "birch", "cedar", "dusk", "ember", "fern", "grove", "heath", "iris", "juniper")


class Identities:
    """Draws one identifier after another."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - these guard nothing
        self._drawn = 0

    def machine(self) -> MachineId:
        """A machine's id."""
        return MachineId(f"{self._random.getrandbits(56):014x}")

    def volume(self) -> VolumeId:
        """A volume's id."""
        return VolumeId("vol_" + self._of(DIGITS, CHANCE_LENGTH))

    def snapshot(self) -> SnapshotId:
        """A snapshot's id."""
        return SnapshotId("vs_" + self._of(DIGITS, CHANCE_LENGTH))

    def nonce(self) -> str:
        """What proves a lease."""
        return f"{self._random.getrandbits(32):08x}"

    def version(self, moment_ms: int) -> VersionId:
        """The version of a machine that was made or updated at this moment."""
        return VersionId(self.ulid(moment_ms))

    def ulid(self, moment_ms: int) -> str:
        """A ULID; later ones sort behind earlier ones, even within a millisecond."""
        self._drawn += 1
        moment = "".join(CROCKFORD[moment_ms >> shift & 31] for shift in range(45, -5, -5))
        count = "".join(CROCKFORD[self._drawn >> shift & 31] for shift in range(25, -5, -5))
        return moment + count + self._of(CROCKFORD, CHANCE_LENGTH - len(count))

    def name(self) -> str:
        """A machine's name, where the request gave none; unlikely to be drawn twice."""
        words = "-".join(self._random.choice(WORDS) for _ in range(2))
        return f"{words}-{self._random.randrange(10_000)}"

    def host_part(self) -> str:
        """The last part of a private address."""
        return f"{self._random.getrandbits(16):x}"

    def app(self) -> str:
        """An app's id."""
        return self._of(DIGITS, CHANCE_LENGTH)

    def _of(self, digits: str, length: int) -> str:
        return "".join(self._random.choice(digits) for _ in range(length))
