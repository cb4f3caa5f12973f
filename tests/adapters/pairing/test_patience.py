"""Whoever waits for somebody waits longer than that one may take: an order that is wrong is refused with both named."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.controller.settings import ControllerSettings
from kiloclaw_adapters.pairing.patience import CALLERS
from kiloclaw_core.pairing import PairingPolicy, Source, Token
from kiloclaw_core.pairing.caller import CallerPolicy

COMMANDS = PairingPolicy(source=Source.COMMAND_LINE)


def set_up(pairing: PairingPolicy, callers: CallerPolicy = CALLERS) -> ControllerSettings:
    """A controller under this policy."""
    return ControllerSettings(Token("t"), ("gateway",), pairing=pairing, callers=callers)


@pytest.mark.parametrize("pairing", [PairingPolicy(), COMMANDS], ids=["files", "commands"])
def test_our_callers_wait_for_either_source(pairing: PairingPolicy) -> None:
    """They cannot see which one a controller has, and once waited 30 s for one that may take 104."""
    assert set_up(pairing).callers is CALLERS
    assert (pairing.listing_ends_s < CALLERS.list_s, pairing.approval_ends_s < CALLERS.approve_s) == (True, True)


@pytest.mark.parametrize(
    ("pairing", "callers", "why"),
    [
        (
            COMMANDS,
            CallerPolicy(),
            "a controller that lists (listing_ends_s) may take 104 s, but a caller (list_s) waits 30 s",
        ),
        (
            PairingPolicy(approve_s=600.0),
            CALLERS,
            "a controller that approves (approval_ends_s) may take 677 s, but a caller (approve_s) waits 267 s",
        ),
        (
            PairingPolicy(caller_margin_s=0.0),
            CallerPolicy(PairingPolicy(caller_margin_s=0.0)),
            "a controller that lists (listing_ends_s) may take 20 s, but a caller (list_s) waits 20 s",
        ),
        (
            PairingPolicy(source=Source.COMMAND_LINE, answer_s=-52.0),
            CALLERS,
            (
                "a command that lists (list_s + kill_grace_s) may take 50 s, "
                "but a controller that lists (listing_ends_s) waits -4 s"
            ),
        ),
    ],
    ids=["callers of files", "a long command", "no margin", "a controller without time"],
)
def test_a_wrong_order_is_refused(pairing: PairingPolicy, callers: CallerPolicy, why: str) -> None:
    """Both who waits and who is waited for are named, with their seconds."""
    with pytest.raises(ValueError, match=r"^time-outs are out of order: ") as refused:
        set_up(pairing, callers)

    assert str(refused.value).removeprefix("time-outs are out of order: ") == why
