"""Vectors 73 and 74 of reconcile 9: an instance that was provisioned, and that nobody ever started."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import (
    DebtKind,
    PayDebt,
)
from kiloclaw_core.outcomes import Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.views import debug_view
from tests.story.scenario import start

from .situations import (
    armed,
    lines,
    provisioned,
    roles,
    status,
    there,
    until,
)
from .unknowns import HIDDEN, with_machine

BROKEN: Final = Rejected(Why.UNRECOGNISED, None, 500, "internal")
DEBTS: Final = (DebtKind.POSTGRES_MARK, DebtKind.REGISTRY_TOMBSTONE)


def test_73_a_provision_that_nobody_started_is_destroyed_after_eight_hours() -> None:
    """Never started, no machine, twice looked; the row is marked, as by every destroy here."""
    scenario = provisioned()
    assert armed(scenario)[AlarmName.STALE_PROVISION] == 28_800.0
    scenario.ring(AlarmName.STALE_PROVISION)
    scenario.land()

    assert lines(scenario.land()) == ["auto_destroy_stale_provision", "instance.destroy_started"]

    assert status(scenario) == "destroying"
    scenario.land_all()
    assert (status(scenario), there(scenario), scenario.outside.paid) == (None, set(), DEBTS)


def test_73_a_row_that_cannot_be_marked_keeps_the_instance_destroying() -> None:
    """Nothing is held any more, and the debt is tried again until it is paid."""
    scenario = provisioned()
    scenario.ring(AlarmName.STALE_PROVISION)
    until(scenario, PayDebt)
    scenario.answer(Unknown("503"))
    scenario.land_all()

    assert (status(scenario), scenario.instance.ledger.empty) == ("destroying", True)
    assert debug_view(scenario.record).debts == ("postgres_mark",)
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()
    assert (status(scenario), scenario.outside.paid) == (None, DEBTS)


@pytest.mark.parametrize("outcome", [Unknown("503"), BROKEN], ids=["no answer", "an error"])
def test_74_a_look_that_fails_destroys_nothing(outcome: Outcome) -> None:
    """Only an absence that was looked for twice is one; it is looked for again when the alarm rings again."""
    scenario = provisioned()
    scenario.ring(AlarmName.STALE_PROVISION)
    scenario.answer(outcome)

    assert (status(scenario), scenario.instance.desired, scenario.sent) == ("provisioned", Desired.STOPPED, ())
    assert AlarmName.STALE_PROVISION in armed(scenario)


def test_74_a_machine_that_is_found_destroys_nothing() -> None:
    """Somebody used it after all: it is held as found."""
    scenario = with_machine(provisioned(), evolve(HIDDEN, volume=None))
    scenario.ring(AlarmName.STALE_PROVISION)
    scenario.land_all()

    assert (status(scenario), scenario.instance.desired) == ("provisioned", Desired.STOPPED)
    assert roles(scenario)[HIDDEN.machine] == "found"


def test_74_an_instance_that_is_started_while_it_is_looked_for_is_not_destroyed() -> None:
    """It is wanted: what the listing shows is of no account any more."""
    scenario = provisioned()
    scenario.ring(AlarmName.STALE_PROVISION)
    scenario.land()
    scenario.ask(start())
    scenario.wake()
    scenario.land_all()

    assert (status(scenario), our_machine(scenario.instance).machine in there(scenario)) == ("running", True)
