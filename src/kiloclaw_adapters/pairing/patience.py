"""In which order time-outs end: the command line first, then the controller, then whoever called it (pairing PW4).

Whoever is given up by somebody that knows less is told nothing true. A controller's time is made of its commands' and
more. It and its callers are set up apart, and neither sees the other: so a controller is refused that may take longer
than `CALLERS` wait, and a caller that waits less.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_core.pairing import PairingPolicy, Source
from kiloclaw_core.pairing.caller import CallerPolicy

CALLERS: Final = CallerPolicy(PairingPolicy(source=Source.COMMAND_LINE))
"""How long callers wait: for the slowest controller, because nobody sees from outside where one reads its lists."""


def require_haste(controller: PairingPolicy) -> None:
    """See that a controller takes less time than its callers wait. Raises ValueError naming both."""
    for how, takes_s, wait, waits_s in (
        ("lists (listing_ends_s)", controller.listing_ends_s, "list_s", CALLERS.list_s),
        ("approves (approval_ends_s)", controller.approval_ends_s, "approve_s", CALLERS.approve_s),
    ):
        if not takes_s < waits_s:
            slow = f"a controller that {how} may take {takes_s:g} s"
            raise _out_of_order(f"{slow}, but callers ({wait}) wait {waits_s:g} s")


def require_patience(caller: CallerPolicy) -> None:
    """See that a caller waits for as long as controllers count on. Raises ValueError naming both."""
    for wait, waits_s, is_to_wait_s in (
        ("list_s", caller.list_s, CALLERS.list_s),
        ("approve_s", caller.approve_s, CALLERS.approve_s),
    ):
        if not waits_s >= is_to_wait_s:
            raise _out_of_order(f"callers ({wait}) are to wait {is_to_wait_s:g} s, but this one waits {waits_s:g} s")


def _out_of_order(why: str) -> ValueError:
    return ValueError(f"time-outs are out of order: {why}")
