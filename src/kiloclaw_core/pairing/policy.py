"""Every patience, cadence and ceiling of pairing in one frozen value, and the order in which time-outs must end.

The command line is given up first, then the controller answers, then the caller stops waiting: so that who asked is
told how it ended by somebody who knows (pairing PW4).
"""

from __future__ import annotations

from typing import Final

from attrs import field, frozen
from attrs.validators import gt

from kiloclaw_core.pairing.hidden import DeviceId
from kiloclaw_core.pairing.listings import Source

LASTS: Final = gt(0.0)
"""Every duration is one: so a command ends before its controller answers, whose time is made of its and more."""


@frozen
class PairingPolicy:
    """How long we wait, how often we look, and what is approved by itself. Durations end in `_s` and are seconds.

    The defaults are upstream's where it has one (pairing 5). Raises ValueError for a duration that is none.
    """

    source: Source = Source.FILES
    periodic_s: float = field(default=120.0, validator=LASTS)
    """Between the end of a reading and the next one that nobody asked for."""
    debounce_s: float = field(default=2.0, validator=LASTS)
    """Between the first line that told of pairing and the reading that it asks for."""
    back_off_s: float = field(default=30.0, validator=LASTS)
    """After a failed reading; twice as long after each further one."""
    back_off_most_s: float = field(default=300.0, validator=LASTS)
    read_s: float = field(default=10.0, validator=LASTS)
    """How long those who asked for a reading of files wait; it is not given up, but they are answered."""
    list_s: float = field(default=45.0, validator=LASTS)
    """How long the command line may take to list."""
    approve_s: float = field(default=180.0, validator=LASTS)
    """How long the command line may take to approve."""
    kill_grace_s: float = field(default=5.0, validator=LASTS)
    """Between asking a command to end and ending it."""
    answer_s: float = field(default=2.0, validator=LASTS)
    """How long after that the command must be gone; then it is killed once more, at `kill_again_s`."""
    kill_again_s: float = field(default=60.0, validator=LASTS)
    queue_s: float = field(default=60.0, validator=LASTS)
    """How long an approval waits for its turn before it is refused, with nothing done."""
    look_s: float = field(default=10.0, validator=LASTS)
    """How long an approval in doubt waits for a reading that tells what became of it."""
    caller_margin_s: float = field(default=10.0, validator=LASTS)
    """How much longer than the controller a caller waits."""
    approvals_at_once: int = 16
    """How many approvals wait at most; one more is refused."""
    known_devices: tuple[DeviceId, ...] = ()
    """Whose requests are approved by themselves once confirmed: the machine's own devices. None: nobody's."""
    auto_tries: int = 3
    """How often such a request is tried."""
    auto_pause_s: float = field(default=30.0, validator=LASTS)
    """After a failed try; twice as long after each further one."""
    auto_at_once: int = 4
    """How many such requests are followed at a time."""

    @property
    def approval_ends_s(self) -> float:
        """When the controller has answered every approval, at the latest."""
        return self.queue_s + self.approve_s + self.kill_grace_s + self.answer_s + self.look_s

    @property
    def reading_s(self) -> float:
        """How long a reading may keep those waiting who asked for it."""
        match self.source:
            case Source.FILES:
                return self.read_s
            case Source.COMMAND_LINE:
                return self.list_s + self.kill_grace_s + self.answer_s

    @property
    def listing_ends_s(self) -> float:
        """When the controller has answered every question for a list: the reading under way, and the one asked for."""
        return 2 * self.reading_s

    @property
    def caller_list_s(self) -> float:
        """How long a caller waits for a list: longer than the controller may take."""
        return self.listing_ends_s + self.caller_margin_s

    @property
    def caller_approve_s(self) -> float:
        """How long a caller waits for an approval: longer than the controller may take."""
        return self.approval_ends_s + self.caller_margin_s

    def backing_off_s(self, failures: int) -> float:
        """How long after so many failures in a row."""
        return min(self.back_off_s * 2.0 ** min(failures - 1, 32), self.back_off_most_s)
