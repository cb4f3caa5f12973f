"""Whoever waits for somebody waits longer than that one may take: an order that is wrong is refused with both named."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.controller.settings import ControllerSettings
from kiloclaw_adapters.pairing import PairingCalls
from kiloclaw_adapters.pairing.patience import CALLERS
from kiloclaw_core.pairing import PairingPolicy, Source, Token
from kiloclaw_core.pairing.caller import CallerPolicy

from .suite import Outside

pytestmark = pytest.mark.anyio

COMMANDS = PairingPolicy(source=Source.COMMAND_LINE)


def set_up(pairing: PairingPolicy) -> ControllerSettings:
    """A controller under this policy."""
    return ControllerSettings(Token("t"), ("gateway",), pairing=pairing)


@pytest.mark.parametrize("pairing", [PairingPolicy(), COMMANDS], ids=["files", "commands"])
def test_our_callers_wait_for_either_source(pairing: PairingPolicy) -> None:
    """They cannot see which one a controller has, and once waited 30 s for one that may take 104."""
    assert set_up(pairing).pairing is pairing
    assert (pairing.listing_ends_s < CALLERS.list_s, pairing.approval_ends_s < CALLERS.approve_s) == (True, True)


@pytest.mark.parametrize(
    ("pairing", "why"),
    [
        (
            PairingPolicy(approve_s=600.0),
            "a controller that approves (approval_ends_s) may take 677 s, but callers (approve_s) wait 267 s",
        ),
        (
            PairingPolicy(source=Source.COMMAND_LINE, list_s=50.0),
            "a controller that lists (listing_ends_s) may take 114 s, but callers (list_s) wait 114 s",
        ),
    ],
    ids=["a long command", "as long as callers wait"],
)
def test_a_controller_that_may_take_longer_than_callers_wait_is_refused(pairing: PairingPolicy, why: str) -> None:
    """Both who waits and who is waited for are named, with their seconds."""
    with pytest.raises(ValueError, match=r"^time-outs are out of order: ") as refused:
        set_up(pairing)

    assert str(refused.value).removeprefix("time-outs are out of order: ") == why


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (CallerPolicy(), "callers (list_s) are to wait 114 s, but this one waits 30 s"),
        (
            CallerPolicy(PairingPolicy(source=Source.COMMAND_LINE, approve_s=100.0)),
            "callers (approve_s) are to wait 267 s, but this one waits 187 s",
        ),
    ],
    ids=["a caller of files", "a caller of short commands"],
)
async def test_a_caller_that_waits_less_than_controllers_count_on_is_refused(policy: CallerPolicy, why: str) -> None:
    """A controller is set up for callers as they all are, and cannot see one that is not."""
    async with Outside().calls() as calls:
        with pytest.raises(ValueError, match=r"^time-outs are out of order: ") as refused:
            PairingCalls(calls.controllers, calls.executing, policy=policy)
        patient = CallerPolicy(PairingPolicy(source=Source.COMMAND_LINE, caller_margin_s=60.0))
        assert PairingCalls(calls.controllers, calls.executing, policy=patient).policy is patient

    assert str(refused.value).removeprefix("time-outs are out of order: ") == why
