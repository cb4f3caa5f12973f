"""Advice as people read it: what the service did, and beside it what the model would have done."""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.following.advice import Advice, Kind
from kiloclaw_adapters.following.traces import Followed

WIDTH: Final = 46
HEADING: Final = f"{'line':>6}  {'seconds':>9}  {'the service':<{WIDTH}}the model"


def row(advice: Advice) -> str:
    """One advice, side by side."""
    told = f"not followed: {advice.model}" if advice.kind is Kind.NOT_FOLLOWED else advice.model
    return f"{advice.line:>6}  {advice.seconds:>9.2f}  {advice.service:<{WIDTH - 2}}  {told}"


def summary(followed: Followed) -> str:
    """What was followed of a trace, in one sentence."""
    compared = f"{followed.sandbox}: {followed.steps} writes and calls were compared"
    if followed.steps == 0:
        return f"{followed.sandbox}: nothing could be compared"
    if followed.differences == 0:
        return f"{compared}, and the model would have done the same"
    times = "once" if followed.differences == 1 else f"{followed.differences} times"
    return f"{compared}, and the model would have done otherwise {times}"
