"""Upstream's words for why something failed, so that its events can be compared with ours (reconcile 3.7 and 6.3).

A label says what an onlooker would have seen; beside it stands `why`, the class of the refusal, which says more.
"""

from __future__ import annotations

from kiloclaw_core.instance import Instance, Note
from kiloclaw_core.outcomes import Rejected, Why, may_pass


def provisioning_failed(instance: Instance, refusal: Rejected, since: int | None = None) -> Note:
    """The event of a start, or of a first provision, that ended unfulfilled; `since` is when a start was asked for."""
    label = of_start(refusal.why, has_machine=instance.ledger.machine is not None)
    fields = (("label", label), ("why", refusal.why.value), ("error", refusal.text))
    return Note("instance.provisioning_failed", fields, since)


def of_start(why: Why, *, has_machine: bool) -> str:
    """Why a start failed: by what was said last, and by whether there is a machine."""
    if why is Why.BOOT_FAILED:
        return "fly_failed_state"
    if why is Why.WAIT_TIMEOUT:
        return "starting_timeout_with_machine" if has_machine else "starting_timeout"
    if why is Why.NOT_FOUND:
        return "starting_machine_gone"
    if not has_machine:
        return "no_machine_created"
    return "starting_timeout_transient_error" if may_pass(why) else "starting_timeout_with_machine"


def of_recovery(why: Why) -> str:
    """Why a recovery failed."""
    labels = {Why.WAIT_TIMEOUT: "alarm_timeout", Why.NOT_FOUND: "alarm_machine_gone", Why.BOOT_FAILED: "alarm_stopped"}
    return labels.get(why, "alarm_relocated")
