"""A process is killed at every step of an admission, and nobody asks again: the registry's own probe heals it.

Nobody is locked out: whatever the attempt came to, its user is let in again, without an operator.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import pytest

from .dying import Side
from .outliving import Fly, Healing, heal_each
from .test_kills import ADMISSIONS

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("by the clock on the wall")]

STEPS: Final = ADMISSIONS["provision"]
LET_IN: Final = STEPS.index("Begin")
ROW: Final = STEPS.index("InsertRow")


def healed(number: int, side: Side) -> Healing:
    """What becomes of an attempt whose process was killed at this step, by what was durable then.

    Before it is let in there is nothing; before it has its row it is released, with all it made; with its row it is
    completed.
    """
    done = number if side is Side.AFTER else number - 1
    phases = () if done < LET_IN else ("completed",) if done >= ROW else ("released",)
    return Healing(
        exit_code=-signal.SIGKILL,
        last_word=STEPS[number],
        phases=phases,
        there=(0, 1) if phases == ("completed",) else (0, 0),
        next_status="provisioned",
        left=(0, 0),
    )


@pytest.mark.parametrize("side", Side, ids=lambda side: side.value)
async def test_a_kill_at_any_step_of_an_admission_heals_by_itself(tmp_path: Path, fly: Fly, side: Side) -> None:
    """GW1, GW3 and GW12: no slot is held for ever, no machine is left that nobody knows of (F2 to F24)."""
    lives = await heal_each(tmp_path, fly, side, len(STEPS))
    assert lives == [healed(number, side) for number in range(len(STEPS))]
