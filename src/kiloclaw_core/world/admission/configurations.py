"""The named configurations of admission: small systems that are searched whole, each for what it lets happen."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.world.admission.setting import (
    FIRST,
    SECOND,
    AdmissionBudget,
    AdmissionConfiguration,
)

ADMISSIONS: Final = (
    AdmissionConfiguration("one-attempt", "One.", (FIRST,), AdmissionBudget(faults=2, deaths=1, crashes=1), 3),
    AdmissionConfiguration("two-attempts", "Two.", (FIRST, SECOND), AdmissionBudget(), 3),
)
