"""How a child is watched: every patience and pause of the supervisor in one frozen value."""

from __future__ import annotations

from attrs import frozen


@frozen
class SupervisorPolicy:
    """How soon a child is started again, and how long one may take to end. Durations end in `_s` and are seconds.

    The defaults are upstream's where it has one (pairing 5).
    """

    back_off_s: float = 1.0
    """After a crash; twice as long after each further one."""
    back_off_most_s: float = 300.0
    spawn_s: float = 30.0
    """How long a child may take to be there; then it is ended like one that is."""
    clean_s: float = 1.0
    """A child that exits with 0 has to have lived so long; sooner, it is a crash (pairing PW14)."""
    steady_s: float = 30.0
    """A child that lives so long is forgiven the crashes before it."""
    escalate_s: float = 10.0
    """Between asking a child to end and killing it."""
    kill_again_s: float = 10.0
    """Between killing a child and killing it once more, for as long as it is there."""

    def backing_off_s(self, crashes: int) -> float:
        """How long after so many crashes in a row."""
        return min(self.back_off_s * 2.0 ** min(crashes - 1, 32), self.back_off_most_s)
