"""In which order time-outs end: the command line first, then the controller, then whoever called it (pairing PW4).

Whoever is given up by somebody that knows less is told nothing true, so an order that is wrong is refused where
settings are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from kiloclaw_core.pairing import PairingPolicy, Source
from kiloclaw_core.pairing.caller import CallerPolicy

Bound: TypeAlias = tuple[str, float]
"""How long somebody may take, in seconds, under the name by which it is told."""

CALLERS: Final = CallerPolicy(PairingPolicy(source=Source.COMMAND_LINE))
"""How long callers wait: for the slowest controller, because nobody sees from outside where one reads its lists."""


def require_order(controller: PairingPolicy, callers: CallerPolicy) -> None:
    """See that each may take less time than whoever waits for it. Raises ValueError naming both."""
    for bounds in (tuple(_of_list(controller, callers)), tuple(_of_approval(controller, callers))):
        for (waited_for, shorter_s), (waits, longer_s) in pairwise(bounds):
            if not shorter_s < longer_s:
                text = f"{waited_for} may take {shorter_s:g} s, but {waits} waits {longer_s:g} s"
                raise ValueError(f"time-outs are out of order: {text}")


def _of_list(controller: PairingPolicy, callers: CallerPolicy) -> Iterator[Bound]:
    if controller.source is Source.COMMAND_LINE:
        yield "a command that lists (list_s + kill_grace_s)", controller.list_s + controller.kill_grace_s
    yield "a controller that lists (listing_ends_s)", controller.listing_ends_s
    yield "a caller (list_s)", callers.list_s


def _of_approval(controller: PairingPolicy, callers: CallerPolicy) -> Iterator[Bound]:
    yield "a command that approves (approve_s + kill_grace_s)", controller.approve_s + controller.kill_grace_s
    yield "a controller that approves (approval_ends_s)", controller.approval_ends_s
    yield "a caller (approve_s)", callers.approve_s
