"""A process is killed with SIGKILL at every effect of a whole life, over real HTTP and a real database.

Another process asks again for what was asked last, under the same command id, and then destroys. What came of it is
read from the simulated Fly's own truth.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import pytest

from .dying import ADMISSION, Side
from .life import STEPS
from .outliving import Effects, Fly, Survival, outlive_each

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("by the clock on the wall")]

CALM: Final = "configure"
"""The operation without effects, which nobody can die in."""
REQUESTS: Final = {
    "CreateApp",
    "AllocateAddress",
    "SetSecret",
    "CreateVolume",
    "CreateMachine",
    "UpdateMachine",
    "StartMachine",
    "StopMachine",
    "DeleteMachine",
    "DeleteVolume",
    "PayDebt",
}
"""Everything that changes something outside."""
ADMISSIONS: Final = {
    "provision": (
        "CheckEntitlement",
        "Begin",
        "ReadActive",
        "WorkStarted",
        "AskInstance",
        "PrepareCommit",
        "InsertRow",
        "Subscribe",
        "LookAtRow",
        "Commit",
    ),
    "configure": ("ReadActive", "Publish", "AskInstance", "ReadActive"),
    "destroy": ("DestroyIntent",),
}
"""What is asked of others before an operation is let in; of the registry, which command."""
STATUSES: Final = {
    "provision": "provisioned",
    "start": "running",
    "stop": "stopped",
    "configure": "stopped",
    "start again": "running",
}


def survived(operation: str, effect: str) -> Survival:
    """What must become of a life whose process was killed at this effect: as if it had not been."""
    machines = 0 if operation == "provision" else 1
    return Survival(
        exit_code=-signal.SIGKILL,
        last_word=effect,
        status=STATUSES.get(operation),
        there=(0, 0) if operation == "destroy" else (machines, 1),
        made=(machines, 1),
        most_machines=machines,
        left=(0, 0),
        phase="Gone",
        marks=frozenset({"registry_tombstone", "postgres_mark"}),
        unproven=frozenset(),
    )


@pytest.mark.parametrize("side", Side, ids=lambda side: side.value)
@pytest.mark.parametrize("operation", [operation for operation in STEPS if operation != CALM])
async def test_a_kill_at_any_effect_is_survived(
    tmp_path: Path, fly: Fly, effects: Effects, operation: str, side: Side
) -> None:
    """This is the promise to the user: one machine at most, nothing made twice, and nothing left behind."""
    names = effects[operation]
    lives = await outlive_each(tmp_path, fly, operation, side, len(names))
    assert lives == [survived(operation, name) for name in names]


@pytest.mark.parametrize("side", Side, ids=lambda side: side.value)
@pytest.mark.parametrize("operation", ADMISSIONS)
async def test_a_kill_at_any_step_of_an_admission_is_survived(
    tmp_path: Path, fly: Fly, operation: str, side: Side
) -> None:
    """Whoever asks again under the same id has what they asked for: one instance, let in once (F3 to F24)."""
    names = ADMISSIONS[operation]
    lives = await outlive_each(tmp_path, fly, operation + ADMISSION, side, len(names))
    assert lives == [survived(operation, name) for name in names]


async def test_every_request_has_its_turn(effects: Effects) -> None:
    """A life without an update, say, would show nothing of updates."""
    performed = {name for names in effects.values() for name in names}
    asked = {operation: effects[operation + ADMISSION] for operation in STEPS}
    assert (REQUESTS - performed, effects[CALM]) == (set(), ())
    assert {operation: names for operation, names in asked.items() if names} == ADMISSIONS
