"""What is done to an app and to whoever has it, within a budget: callers ask, others take the name, answers are lost.

A crash loses what was on its way to us, never what was sent. Reads that did not wait may show a view that lags; a
second look, which waits, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import evolve

from kiloclaw_core.app.commands import Ensure
from kiloclaw_core.app.effects import (
    AllocateAddress,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    SetSecret,
)
from kiloclaw_core.app.lifecycle import app_decide
from kiloclaw_core.app.names import app_name
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.app.record import AppRecord
from kiloclaw_core.effects import Settle
from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.facts import Recovered
from kiloclaw_core.names import CommandId, OwnerKey, UserId
from kiloclaw_core.outcomes import Rejected, Unknown, Why
from kiloclaw_core.world.app_claims import Fate
from kiloclaw_core.world.app_moves import Answer, AppBudget, Asked, Orphan, Slot, at, move_of, op_of
from kiloclaw_core.world.apps import Apps, Tenant, TrueApp, read, stale

OWNER: Final = OwnerKey("owner")
USER: Final = UserId("user")
OTHER: Final = UserId("another user")
NAME: Final = app_name(OWNER)
ORGANISATION: Final = "ours"
KEYS: Final = ("first key", "second key", "third key")
REFUSALS: Final = (Why.RATE_LIMITED, Why.UNAUTHORIZED)


def ensuring(record: AppRecord, budget: AppBudget, *, ensures: int) -> Iterator[Move]:
    """A caller asks for the app, each time with another key."""
    if not budget.ensures:
        return
    number = ensures - budget.ensures
    command = Ensure(CommandId(f"ensure {number}"), OWNER, USER, NAME, ORGANISATION, NAME, KEYS[number])
    granted = app_decide(record, command).value_or(record)
    paid = evolve(budget, ensures=budget.ensures - 1)
    yield Move(Action(f"caller: {command.id}", "caller"), When.FREE, (("record", granted), ("budget", paid)))


def befalling(apps: Apps, fate: Fate, budget: AppBudget) -> Iterator[Move]:
    """Others take the name while it is free, or delete the app."""
    if not budget.fates or fate is not Fate.NONE:
        return
    paid = ("budget", evolve(budget, fates=budget.fates - 1))
    for what in Fate:
        after = befallen(apps, what)
        if after != apps:
            yield Move(Action(f"others: {what.value}", "others"), When.FREE, (("apps", after), ("fate", what), paid))


def befallen(apps: Apps, fate: Fate) -> Apps:
    """The apps after this; unchanged where it cannot happen."""
    if fate is Fate.DELETED:
        return apps.lacking(NAME)
    if apps.app(NAME) is not None:
        return apps
    match fate:
        case Fate.NONE:
            return apps
        case Fate.STRANGER:
            return apps.having(TrueApp(NAME, "theirs", NAME, (Tenant(OTHER),)))
        case Fate.KIN:
            return apps.having(TrueApp(NAME, ORGANISATION, NAME, (Tenant(OTHER),)))
        case Fate.DARK:
            return apps.having(TrueApp(NAME, ORGANISATION, NAME, (Tenant(OTHER, readable=False),)))
        case Fate.SELF:
            return apps.having(TrueApp(NAME, ORGANISATION, NAME, (Tenant(USER),), (AddressKind.V6,)))
        case Fate.BARE:
            return apps.having(TrueApp(NAME, ORGANISATION, NAME, (), (AddressKind.V6,)))


def lagging(slot: Slot, _blocked: bool, apps: Apps, budget: AppBudget) -> Iterator[Move]:  # noqa: FBT001
    """A read that did not wait is answered from a view that lags."""
    match slot:
        case Asked(effect=GetApp(pause_s=0.0) | ListOwners(pause_s=0.0) | ListAddresses(pause_s=0.0) as effect):
            shown = stale(effect)
            if budget.lags and shown != read(apps, effect):
                paid = evolve(budget, lags=budget.lags - 1)
                what = at("fly", effect, "is answered from a view that lags")
                yield Move(what, When.FREE, (("budget", paid),), kept=(Answer(effect.op, shown),))
        case Asked() | Orphan() | Answer():
            return


def doubting(slot: Slot, _blocked: bool, budget: AppBudget) -> Iterator[Move]:  # noqa: FBT001
    """An answer is lost, and we are told so, or are not; what was on its way may land yet."""
    if not budget.doubts or isinstance(slot, Orphan):
        return
    paid = (("budget", evolve(budget, doubts=budget.doubts - 1)),)
    unknown = Answer(op_of(slot), Unknown())
    match slot:
        case Asked(effect=CreateApp() | AllocateAddress() | SetSecret() as change):
            yield Move(at("network", change, "times out"), When.FREE, paid, kept=(Orphan(change), unknown))
        case Asked(effect=effect):
            yield Move(at("network", effect, "times out"), When.FREE, paid, kept=(unknown,))
        case Answer(op=op):
            if slot != unknown:
                yield Move(Action(f"network: garble answer {op}", "network"), When.FREE, paid, kept=(unknown,))
            yield Move(Action(f"network: swallow answer {op}", "network"), When.FREE, paid)


def refusing(slot: Slot, _blocked: bool, budget: AppBudget) -> Iterator[Move]:  # noqa: FBT001
    """A request is refused out of the blue: for now, or until somebody does something about it."""
    match slot:
        case Asked(effect=effect) if budget.refusals and not isinstance(effect, Settle):
            paid = evolve(budget, refusals=budget.refusals - 1)
            for why in REFUSALS:
                answer = Answer(effect.op, Rejected(why))
                what = at("fly", effect, f"is refused ({why.value})")
                yield Move(what, When.FREE, (("budget", paid),), kept=(answer,))
        case Asked() | Orphan() | Answer():
            return


def crashing(record: AppRecord, budget: AppBudget) -> Iterator[Move]:
    """The process dies and another takes the record over."""
    if budget.crashes:
        paid = evolve(budget, crashes=budget.crashes - 1)
        yield move_of(record, Recovered(), Action("us: crash and take over", "us"), When.FREE, budget=paid)


def survives(slot: Slot) -> Slot | None:
    """What a crash leaves: changes that were sent, without anybody who would hear."""
    match slot:
        case Asked(effect=CreateApp() | AllocateAddress() | SetSecret() as change):
            return Orphan(change)
        case Orphan():
            return slot
        case Asked() | Answer():
            return None
