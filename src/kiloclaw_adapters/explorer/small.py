"""The named configurations of worlds that have only a few: an owner's app, the supervisor, and whoever calls.

Each is a budget, or a sort of controller, under a name; whatever else there is of these worlds is the same in all.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

from kiloclaw_core.pairing.caller import Kept
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.pairing.caller.scene import Controller
from kiloclaw_core.world.pairing.truth import MESSAGE
from kiloclaw_core.world.setting import Suite
from kiloclaw_core.world.supervisor.setting import SupervisorBudget


@frozen
class Call:
    """A call for a list and one that approves: what the controller is like, what may fail, and what was kept before."""

    controller: Controller
    faults: int = 1
    kept: Kept = Kept()


@frozen
class SmallConfiguration:
    """A small system by name, and what it lets happen."""

    name: str
    sentence: str
    of: AppBudget | SupervisorBudget | Call
    suite: Suite = Suite.CI


APPS: Final = (
    SmallConfiguration("app-in-doubt", "An answer is lost, a view lags, and others do something.", AppBudget()),
    SmallConfiguration(
        "app-taken-over", "The same with a crash, and an alarm before its time.", AppBudget(crashes=1, early=1)
    ),
    SmallConfiguration(
        "app-asked-twice",
        "Two ask for the app; two answers are lost, two views lag, others do something, and there is a crash.",
        AppBudget(ensures=2, doubts=2, lags=2, crashes=1),
        Suite.NIGHTLY,
    ),
    SmallConfiguration(
        "app-refused",
        "Two ask for the app; a request is refused out of the blue, and there is a crash.",
        AppBudget(ensures=2, refusals=1, crashes=1),
        Suite.NIGHTLY,
    ),
)
SUPERVISORS: Final = (
    SmallConfiguration(
        "child", "A start, a stop, a restart and a shut-down of a child that ends by itself once.", SupervisorBudget()
    ),
    SmallConfiguration(
        "child-stuck",
        "The same with one that cannot be started, and one that not even killing ends.",
        SupervisorBudget(refusals=1, stuck=1),
    ),
)
CALLERS: Final = (
    *(
        SmallConfiguration(
            f"call-{one.name.lower()}",
            f"A list, an approval and a fault, and of the controller: {one.value}.",
            Call(one),
        )
        for one in Controller
    ),
    SmallConfiguration(
        "call-kept",
        "A list, an approval and a fault, where a list that was kept is still young.",
        Call(Controller.CODED, kept=Kept(0, (MESSAGE,), 2)),
    ),
)
