"""An unknown outcome, made known: wait until the request can no longer land, then look whether it did.

`Creating | Allocating -> Settling -> Confirming | ListingAddresses`. Only `Done` ends a settle, or the answer itself.
"""

from __future__ import annotations

from kiloclaw_core.app import furnish, ownership, story
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.outcomes import AppMade
from kiloclaw_core.app.phases import Settling, Sought
from kiloclaw_core.app.record import App, AppTransition, doubted, go, stay
from kiloclaw_core.effects import Settle
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import Look

IN_DOUBT = Rejected(Why.NO_ANSWER, text="the create was not answered, and there is no app")


def settle(app: App, of: OpId, sought: Sought) -> AppTransition:
    """The outcome of `of` is unknown: nothing else is sent until it can no longer land."""
    if sought is Sought.ADDRESS:
        app = doubted(app)
    op = app.ops
    return go(app, Settling(op, of, sought), Settle(op, of, app.policy.settle_s))


def settling(app: App, phase: Settling, fact: AppFact) -> AppTransition:
    """A request of unknown outcome is waited out; its own answer, should it come, is as good."""
    match fact:
        case AppReplied(op=phase.op, outcome=Done()):
            return settled(app, phase)
        case AppReplied(op=phase.of, outcome=AppMade()):
            return ownership.made(app)
        case AppReplied(op=phase.of, outcome=Rejected() as refusal):
            return refused_late(app, phase, refusal)
        case AppReplied(op=phase.of, outcome=Done()):
            return story.onward(app)
        case AppReplied(op=phase.op) | AlarmRang() | Recovered():
            return settle(app, phase.of, phase.sought)
        case AppReplied() | Woken():
            return stay(app)


def settled(app: App, phase: Settling) -> AppTransition:
    """It can no longer land. Did it? A look tells, and an absence takes two."""
    match phase.sought:
        case Sought.APP:
            return ownership.confirm(app, IN_DOUBT, Look.FIRST)
        case Sought.ADDRESS:
            return story.onward(app)  # to the listing


def refused_late(app: App, phase: Settling, refusal: Rejected) -> AppTransition:
    """The answer came after all, and it is no: the same as if it had come in time."""
    match phase.sought:
        case Sought.APP:
            return ownership.create_refused(app, refusal)
        case Sought.ADDRESS:
            return furnish.allocation_refused(app, refusal)
