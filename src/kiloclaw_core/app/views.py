"""What outsiders are shown of an app; taking a view changes nothing."""

from __future__ import annotations

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
from kiloclaw_core.phases import Pausing


def app_status(record: AppRecord) -> str:
    """One word: absent, ensuring, ready, unready (with a note, tried again by itself) or collided (until asked)."""
    match record:
        case AppAbsent():
            return "absent"
        case App(asked=None):
            return _of_phase(record)
        case App():
            return "ensuring"


def _of_phase(app: App) -> str:
    match app.phase:
        case Ready():
            return "ready"
        case Unready():
            return "unready"
        case Collided():
            return "collided"
        case (
            Pausing()
            | LookingUp()
            | Creating()
            | Confirming()
            | Verifying()
            | ListingAddresses()
            | Allocating()
            | Settling()
            | SettingSecret()
        ):
            return "ensuring"
