"""How long a caller waits, in one frozen value: always longer than whoever it asks may take (pairing PW4)."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.pairing.policy import PairingPolicy


@frozen
class CallerPolicy:
    """A caller's time-outs. Durations end in `_s` and are seconds.

    `controller` is the policy that the controller runs under: the command line ends first, then the controller
    answers, then the caller gives up.
    """

    controller: PairingPolicy = PairingPolicy()
    version_s: float = 10.0
    cache_ttl_s: float = 120.0
    """How long a list that was had without the controller is shown again (pairing 3.3)."""
    exec_margin_s: float = 10.0
    """How much longer than the command it runs an exec may take."""

    @property
    def list_s(self) -> float:
        """For a list."""
        return self.controller.caller_list_s

    @property
    def approve_s(self) -> float:
        """For an approval."""
        return self.controller.caller_approve_s

    @property
    def exec_list_s(self) -> float:
        """For a list by exec: the script asks up to three channels, one after the other."""
        return 3 * self.controller.list_s + self.exec_margin_s

    @property
    def exec_approve_s(self) -> float:
        """For an approval by exec."""
        return self.controller.approve_s + self.exec_margin_s
