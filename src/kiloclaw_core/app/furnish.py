"""What an app of ours needs: two addresses, each looked for before it is asked for, and the key, set every time.

`ListingAddresses -> Allocating`, for each address that is missing, then `SettingSecret -> Ready`. An allocation must
not be repeated blindly, for the app would get a second address; a secret may.
"""

from __future__ import annotations

from kiloclaw_core.app import settle, story
from kiloclaw_core.app.effects import AllocateAddress, ListAddresses, SetSecret
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.names import ENV_KEY
from kiloclaw_core.app.outcomes import AddressesListed, AddressKind, SecretSet
from kiloclaw_core.app.phases import Allocating, ListingAddresses, SettingSecret, Sought
from kiloclaw_core.app.record import App, AppTransition, Standing, go, holding, pause_of, stay
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import Look

HAD_ALREADY = frozenset({Why.ALREADY_EXISTS, Why.CONFLICT, Why.INVALID})
"""What an allocation is refused as when the app has the address: 409 or 422 (Fly: fly.md 1.2)."""


def list_addresses(app: App, look: Look) -> AppTransition:
    """List the addresses that the app has."""
    op = app.ops
    return go(app, ListingAddresses(op, look), ListAddresses(op, app.identity.app, pause_of(app, look)))


def listing_addresses(app: App, phase: ListingAddresses, fact: AppFact) -> AppTransition:
    """The app's addresses are being listed."""
    match fact:
        case AppReplied(op=phase.op, outcome=AddressesListed(kinds=kinds)):
            return reckoned(holding(app, *kinds), phase.look)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang():
            return story.no_answer(app)
        case Recovered():
            return story.onward(app)
        case AppReplied() | Woken():
            return stay(app)


def reckoned(app: App, look: Look) -> AppTransition:
    """What is missing is allocated, one at a time; in an app that others may have had, it has to be missed twice."""
    if not app.missing:
        return story.onward(app)
    match app.standing:
        case Standing.FOUND if look is Look.FIRST:
            return list_addresses(app, Look.SECOND)
        case Standing.UNKNOWN | Standing.MADE | Standing.FOUND:
            return allocate(app, app.missing[0])


def allocate(app: App, kind: AddressKind) -> AppTransition:
    """Give the app an address of this kind."""
    op = app.ops
    return go(app, Allocating(op, kind), AllocateAddress(op, app.identity.app, kind))


def allocating(app: App, phase: Allocating, fact: AppFact) -> AppTransition:
    """The allocation of an address is in flight."""
    match fact:
        case AppReplied(op=phase.op, outcome=Done()):
            return story.onward(holding(app, phase.kind))
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return allocation_refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang() | Recovered():
            return settle.settle(app, phase.op, Sought.ADDRESS)
        case AppReplied() | Woken():
            return stay(app)


def allocation_refused(app: App, refusal: Rejected) -> AppTransition:
    """No address was allocated: if that is because the app has it, the next listing says so."""
    if refusal.why in HAD_ALREADY:
        return story.again(app, refusal)
    return story.refused(app, refusal)


def set_secret(app: App) -> AppTransition:
    """Set the key in the app, so that the version it is answered with is current."""
    op = app.ops
    return go(app, SettingSecret(op), SetSecret(op, app.identity.app, ENV_KEY, app.key))


def setting_secret(app: App, phase: SettingSecret, fact: AppFact) -> AppTransition:
    """The key is being set. It is always the same, so that a doubt is answered by setting it again."""
    match fact:
        case AppReplied(op=phase.op, outcome=SecretSet(version=version)):
            return story.made_ready(app, version)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang():
            return story.no_answer(app)
        case Recovered():
            return story.onward(app)
        case AppReplied() | Woken():
            return stay(app)
