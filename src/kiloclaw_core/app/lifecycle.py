"""The only dispatch for an app's record: `app_decide` for commands, `app_absorb` for facts.

A command writes who the app is for and that it is wanted; what is sent for it is decided by facts alone.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core.app import furnish, ownership, rest, settle
from kiloclaw_core.app.alarms import app_alarms_of
from kiloclaw_core.app.commands import AppRefusal, Ensure
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.names import is_app_name
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
from kiloclaw_core.app.record import App, AppAbsent, AppRecord, AppTransition, identity_of
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.instance import NOW, Remembered
from kiloclaw_core.names import OpId, first_op
from kiloclaw_core.phases import AlarmName, Pausing


def app_decide(record: AppRecord, command: Ensure) -> Result[AppRecord, AppRefusal]:
    """Whether the app may be had under these names, and the record that wants it; it sends nothing.

    A command whose id was granted before changes nothing and is granted again. Names are the caller's to supply: one
    that is empty is refused, never filled in.
    """
    match record:
        case AppAbsent():
            return _written(record, command)
        case App():
            if any(one.id == command.id for one in record.granted):
                return Success(record)
            if identity_of(command) != record.identity:
                return Failure(AppRefusal.ANOTHER_OWNER)
            return Success(_asked(record, command))


def _written(absent: AppAbsent, command: Ensure) -> Result[AppRecord, AppRefusal]:
    if not all((command.owner, command.user, command.org_slug, command.network, command.key)):
        return Failure(AppRefusal.UNNAMED)
    if not is_app_name(command.app):
        return Failure(AppRefusal.MISNAMED)
    app = App(
        phase=Unready(),
        identity=identity_of(command),
        key=command.key,
        ops=absent.first_op,
        asked=None,
        tries=0,
        policy=absent.policy,
    )
    return Success(_asked(app, command))


def _asked(app: App, command: Ensure) -> App:
    """The app wanted anew, with every try before it. A key that comes with the command is not taken: it has one."""
    granted = (*app.granted, Remembered(command.id, command.at))[-app.policy.answers_remembered :]
    return evolve(app, asked=app.ops, ops=OpId(app.ops + 1), tries=app.policy.tries, granted=granted)


def app_absorb(record: AppRecord, fact: AppFact) -> AppTransition:
    """What a fact moves and what is to be done about it; an answer belongs to the phase that names its op."""
    match record:
        case AppAbsent():
            return AppTransition(record)
        case App():
            return _stamped(_absorb(record, fact), fact.at)


def _absorb(app: App, fact: AppFact) -> AppTransition:
    match fact:
        case AppReplied():
            return by_phase(app, fact)
        case AlarmRang():
            return _ring(app, fact)
        case Woken():
            return AppTransition(app) if app.asked is None else by_phase(evolve(app, asked=None), fact)
        case Recovered(incarnation=incarnation):
            return by_phase(evolve(app, ops=OpId(max(app.ops, first_op(incarnation)))), fact)


def _ring(app: App, fact: AlarmRang) -> AppTransition:
    """A ring that is not wanted is dropped; a new intent is looked at; the slow alarm begins a new attempt."""
    if not any((alarm.name, alarm.of) == (fact.name, fact.of) for alarm in app_alarms_of(app)):
        return AppTransition(app)
    match fact.name:
        case AlarmName.INTENT:
            return _absorb(app, Woken(at=fact.at))
        case AlarmName.RETRY:
            return by_phase(evolve(app, tries=app.policy.tries), fact)
        case (
            AlarmName.PATIENCE
            | AlarmName.PAUSE
            | AlarmName.CEILING
            | AlarmName.STOCKTAKE
            | AlarmName.ERRAND_PATIENCE
            | AlarmName.ERRAND_RETRY
            | AlarmName.GRAVE
            | AlarmName.SOFT_CEILING
            | AlarmName.RETENTION
            | AlarmName.RECOVERY_MEMORY
            | AlarmName.MOVE_MEMORY
            | AlarmName.FULL_REGION
            | AlarmName.STALE_PROVISION
            | AlarmName.SECRETS_AGE
            | AlarmName.PROBE
        ):
            return by_phase(app, fact)


def by_phase(app: App, fact: AppFact) -> AppTransition:
    """What the fact means to whoever is waiting."""
    phase = app.phase
    match phase:
        case Unready() | Ready() | Collided() | Pausing():
            return rest.resting(app, fact)
        case LookingUp():
            return ownership.looking_up(app, phase, fact)
        case Creating():
            return ownership.creating(app, phase, fact)
        case Confirming():
            return ownership.confirming(app, phase, fact)
        case Verifying():
            return ownership.verifying(app, phase, fact)
        case ListingAddresses():
            return furnish.listing_addresses(app, phase, fact)
        case Allocating():
            return furnish.allocating(app, phase, fact)
        case Settling():
            return settle.settling(app, phase, fact)
        case SettingSecret():
            return furnish.setting_secret(app, phase, fact)


def _stamped(transition: AppTransition, at: int) -> AppTransition:
    """The transition with a note that was taken now dated to the moment its fact arrived."""
    app = transition.record
    if isinstance(app, AppAbsent) or app.note is None or app.note.at != NOW:
        return transition
    return evolve(transition, record=evolve(app, note=evolve(app.note, at=at)))
