"""Whose app it is: looked up, made, or found in our organisation and verified, and never assumed.

`LookingUp -> Creating -> (ours)`; a name that is taken `-> Confirming -> Verifying -> (ours) | Collided`. Names are
global at Fly, so that a create can be repeated safely, and what it then meets has to be verified (fly.md 1.1).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import settle, story
from kiloclaw_core.app.effects import CreateApp, GetApp, ListOwners
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.outcomes import AppMade, AppShown, OwnersListed
from kiloclaw_core.app.phases import Confirming, Creating, LookingUp, Sought, Verifying
from kiloclaw_core.app.record import App, AppTransition, Standing, go, pause_of, stay
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look

TAKEN = frozenset({Why.NAME_TAKEN, Why.ALREADY_EXISTS, Why.CONFLICT, Why.INVALID})
"""What a taken name may be refused as: 422, whose text varies, or 409. Whether it is taken, a look tells."""


# -- looking up --------------------------------------------------------------------------------------------------


def look_up(app: App) -> AppTransition:
    """Look whether the app is there already."""
    op = app.ops
    return go(app, LookingUp(op), GetApp(op, app.identity.app))


def looking_up(app: App, phase: LookingUp, fact: AppFact) -> AppTransition:
    """Our name is being looked up. One look suffices to create: were the app there, the create would be refused."""
    match fact:
        case AppReplied(op=phase.op, outcome=AppShown(org_slug=org_slug)):
            return shown(app, org_slug)
        case AppReplied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return create(app)
        case AppReplied(op=phase.op, outcome=Rejected(why=Why.COLLISION) as refusal):
            return story.collided(app, refusal)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang():
            return story.no_answer(app)
        case Recovered():
            return story.onward(app)
        case AppReplied() | Woken():
            return stay(app)


def shown(app: App, org_slug: str) -> AppTransition:
    """There is an app of our name: in our organisation it may be ours, in any other it is not."""
    if org_slug != app.identity.org_slug:
        return story.collided(app, Rejected(Why.COLLISION, text=f"the app is in the organisation {org_slug}"))
    return verify(app, Look.FIRST)


# -- creating ----------------------------------------------------------------------------------------------------


def create(app: App) -> AppTransition:
    """Make the app; whose it will be has been durable since the command was granted."""
    op, who = app.ops, app.identity
    return go(app, Creating(op), CreateApp(op, who.app, who.org_slug, who.network))


def creating(app: App, phase: Creating, fact: AppFact) -> AppTransition:
    """A create of the app is in flight."""
    match fact:
        case AppReplied(op=phase.op, outcome=AppMade()):
            return made(app)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return create_refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang() | Recovered():
            return settle.settle(app, phase.op, Sought.APP)
        case AppReplied() | Woken():
            return stay(app)


def made(app: App) -> AppTransition:
    """Our create landed: the app is new, and ours."""
    return story.onward(evolve(app, standing=Standing.MADE))


def create_refused(app: App, refusal: Rejected) -> AppTransition:
    """The app was not made: perhaps it is there already, and then it may be ours."""
    if refusal.why in TAKEN:
        return confirm(app, refusal, Look.FIRST)
    return story.refused(app, refusal)


# -- confirming --------------------------------------------------------------------------------------------------


def confirm(app: App, refusal: Rejected, look: Look) -> AppTransition:
    """Look whether the app is there after all."""
    op = app.ops
    return go(app, Confirming(op, refusal, look), GetApp(op, app.identity.app, pause_of(app, look)))


def confirming(app: App, phase: Confirming, fact: AppFact) -> AppTransition:
    """A create was refused or is in doubt, and its name is being looked up."""
    match fact:
        case AppReplied(op=phase.op, outcome=AppShown(org_slug=org_slug)):
            return shown(app, org_slug)
        case AppReplied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return not_there(app, phase)
        case AppReplied(op=phase.op, outcome=Rejected(why=Why.COLLISION) as refusal):
            return story.collided(app, refusal)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang():
            return story.no_answer(app)
        case Recovered():
            return story.onward(app)
        case AppReplied() | Woken():
            return stay(app)


def not_there(app: App, phase: Confirming) -> AppTransition:
    """No app of this name was shown: only two looks apart say that there is none, and then the refusal counts."""
    match phase.look:
        case Look.FIRST:
            return confirm(app, phase.refusal, Look.SECOND)
        case Look.SECOND:
            return story.refused(app, phase.refusal)


# -- verifying ---------------------------------------------------------------------------------------------------


def verify(app: App, look: Look) -> AppTransition:
    """List whose machines are in the app."""
    op = app.ops
    return go(app, Verifying(op, look), ListOwners(op, app.identity.app, pause_of(app, look)))


def verifying(app: App, phase: Verifying, fact: AppFact) -> AppTransition:
    """An app in our organisation bears our name: whose are its machines?"""
    match fact:
        case AppReplied(op=phase.op, outcome=OwnersListed() as listed):
            return weighed(app, phase, listed)
        case AppReplied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(app, refusal)
        case AppReplied(op=phase.op) | AlarmRang():
            return story.no_answer(app)
        case Recovered():
            return story.onward(app)
        case AppReplied() | Woken():
            return stay(app)


def weighed(app: App, phase: Verifying, listed: OwnersListed) -> AppTransition:
    """Anybody else's machine makes it theirs; what could not be read opens nothing, and neither does one empty list."""
    strangers = [user for user in listed.named if user != app.identity.user]
    if strangers:
        return story.collided(app, Rejected(Why.COLLISION, text=f"a machine in the app is {strangers[0]}'s"))
    if listed.unreadable:
        text = f"{listed.unreadable} machines in the app do not show whose they are"
        return story.again(app, Rejected(Why.NO_ANSWER, text=text))
    if listed == OwnersListed() and phase.look is Look.FIRST:
        return verify(app, Look.SECOND)  # Fly: an app with machines may be listed empty (fly.md 4.4)
    return story.onward(evolve(app, standing=Standing.FOUND))
