"""What the two witnesses of an attempt come to, its row and its instance: the probe's table, and the evidence since."""

from __future__ import annotations

from enum import Enum

from kiloclaw_core.registry.evidence import (
    ConfirmedAbsent,
    Evidence,
    InFlight,
    Live,
    NeverSeen,
    Remaining,
    RowState,
    Verdict,
    is_alive,
)


class Finding(Enum):
    """What the row and the instance together say of an attempt that has not ended."""

    COMPLETE = "complete"
    SUBSCRIBE = "subscribe"
    WATCH = "watch"
    CLEAN_UP = "clean_up"
    CONTRADICTION = "contradiction"


def finding(row: RowState, verdict: Verdict) -> Finding:
    """The probe's table (registry 7.3): every row state against every verdict."""
    alive = is_alive(verdict)
    match row:
        case RowState.CANONICAL:
            return Finding.COMPLETE if alive else Finding.CONTRADICTION
        case RowState.UNSUBSCRIBED:
            return Finding.SUBSCRIBE if alive else Finding.CLEAN_UP
        case RowState.NONE:
            return Finding.WATCH if alive else Finding.CLEAN_UP
        case RowState.DESTROYED:
            return Finding.CLEAN_UP


def is_fenced(verdict: Verdict) -> bool:
    """Whether the instance will never make anything more for the attempt."""
    match verdict:
        case Remaining() | ConfirmedAbsent():
            return True
        case NeverSeen() | InFlight() | Live():
            return False


def evidence_after(evidence: Evidence, verdict: Verdict) -> Evidence:
    """What is known of the attempt's traces, once its instance has spoken; what was confirmed stays so."""
    match verdict:
        case ConfirmedAbsent():
            return Evidence.CONFIRMED_ABSENT
        case NeverSeen():
            return evidence
        case InFlight() | Live() | Remaining():
            return evidence if evidence is Evidence.CONFIRMED_ABSENT else Evidence.RECORDED
