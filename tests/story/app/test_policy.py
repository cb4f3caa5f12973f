"""How long an app's record waits is its policy's to say, and stands in what it asks for."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import App, AppReplied, app_absorb
from kiloclaw_core.effects import Settle
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.policy import Policy
from tests.story.app.telling import MISSING, after


def test_a_change_in_doubt_is_waited_out_for_as_long_as_the_policy_says() -> None:
    """A performer with slower requests needs longer, and knows it from the effect alone."""
    creating = after(MISSING).record
    assert isinstance(creating, App)
    patient = evolve(creating, policy=Policy(settle_s=300.0))

    assert app_absorb(patient, AppReplied(OpId(2), Unknown())).effects == (Settle(OpId(3), OpId(2), 300.0),)
