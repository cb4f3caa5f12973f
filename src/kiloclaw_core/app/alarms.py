"""Which alarms an app's record wants, from the record alone: pure, total, and the whole set every time."""

from __future__ import annotations

from kiloclaw_core.alarms import RESTING
from kiloclaw_core.app.phases import (
    Allocating,
    Collided,
    Confirming,
    Creating,
    ListingAddresses,
    LookingUp,
    Ready,
    SettingSecret,
    Settling,
    Unready,
    Verifying,
)
from kiloclaw_core.app.record import App, AppAbsent, AppRecord
from kiloclaw_core.phases import Alarm, AlarmName, Pausing


def app_alarms_of(record: AppRecord) -> tuple[Alarm, ...]:
    """Every alarm that the record wants, by name and op."""
    match record:
        case AppAbsent():
            return ()
        case App():
            return (*_intent(record), *_of_phase(record))


def _intent(app: App) -> tuple[Alarm, ...]:
    return () if app.asked is None else (Alarm(AlarmName.INTENT, app.asked, 0.0),)


def _of_phase(app: App) -> tuple[Alarm, ...]:
    policy = app.policy
    match app.phase:
        case Ready() | Collided():
            return ()
        case Unready():
            return (Alarm(AlarmName.RETRY, RESTING, policy.retry_s),)
        case Pausing(op=op):
            return (Alarm(AlarmName.PAUSE, op, policy.pause_s),)
        case Settling(op=op):
            return (Alarm(AlarmName.PATIENCE, op, policy.settle_s + policy.answer_patience_s),)
        case (
            LookingUp(op=op)
            | Creating(op=op)
            | Confirming(op=op)
            | Verifying(op=op)
            | ListingAddresses(op=op)
            | Allocating(op=op)
            | SettingSecret(op=op)
        ):
            return (Alarm(AlarmName.PATIENCE, op, policy.look_apart_s + policy.answer_patience_s),)
