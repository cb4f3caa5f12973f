"""The record of an owner's app: one for each owner, with its own commands, facts, effects and phases.

It has the app exist, verifies whose it is, addresses it and sets its key, before the first machine is made in it.
"""

from kiloclaw_core.app.alarms import app_alarms_of
from kiloclaw_core.app.commands import AppRefusal, Ensure
from kiloclaw_core.app.effects import (
    AllocateAddress,
    AppChanging,
    AppEffect,
    AppReading,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    SetSecret,
)
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.lifecycle import app_absorb, app_decide
from kiloclaw_core.app.names import ENV_KEY, app_name, is_app_name
from kiloclaw_core.app.outcomes import (
    AddressesListed,
    AddressKind,
    AppMade,
    AppOutcome,
    AppShown,
    OwnersListed,
    SecretSet,
)
from kiloclaw_core.app.phases import AppPhase
from kiloclaw_core.app.record import App, AppAbsent, AppIdentity, AppNote, AppRecord, AppTransition, Standing
from kiloclaw_core.app.views import app_status

__all__ = [
    "ENV_KEY",
    "AddressKind",
    "AddressesListed",
    "AllocateAddress",
    "App",
    "AppAbsent",
    "AppChanging",
    "AppEffect",
    "AppFact",
    "AppIdentity",
    "AppMade",
    "AppNote",
    "AppOutcome",
    "AppPhase",
    "AppReading",
    "AppRecord",
    "AppRefusal",
    "AppReplied",
    "AppShown",
    "AppTransition",
    "CreateApp",
    "Ensure",
    "GetApp",
    "ListAddresses",
    "ListOwners",
    "OwnersListed",
    "SecretSet",
    "SetSecret",
    "Standing",
    "app_absorb",
    "app_alarms_of",
    "app_decide",
    "app_name",
    "app_status",
    "is_app_name",
]
