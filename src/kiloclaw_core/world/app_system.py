"""The app's record and its world joined: everything that may happen, each fault within a budget.

A request is asked, lands and is answered; any of the three may fail to come. A crash loses what was on its way to us,
never what was sent. Reads that did not wait may show a view that lags; a second look, which waits, does not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import partial
from typing import Final

from attrs import evolve, field, frozen

from kiloclaw_core.app.alarms import app_alarms_of
from kiloclaw_core.app.commands import Ensure
from kiloclaw_core.app.effects import (
    AllocateAddress,
    AppChanging,
    AppEffect,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    SetSecret,
)
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.lifecycle import app_absorb, app_decide
from kiloclaw_core.app.names import app_name
from kiloclaw_core.app.outcomes import AddressKind, AppOutcome
from kiloclaw_core.app.record import App, AppAbsent, AppRecord
from kiloclaw_core.effects import Settle
from kiloclaw_core.explore import (
    Action,
    Aspect,
    Claim,
    EachSlot,
    Joint,
    Label,
    Local,
    Move,
    Pruning,
    Renumbering,
    Rule,
    Sweep,
    When,
)
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import CommandId, OpId, OwnerKey, UserId
from kiloclaw_core.outcomes import Rejected, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.app_claims import APP_CLAIMS, AppScene, Fate
from kiloclaw_core.world.apps import Apps, Tenant, TrueApp, land, read, stale

OWNER: Final = OwnerKey("owner")
USER: Final = UserId("user")
OTHER: Final = UserId("another user")
NAME: Final = app_name(OWNER)
ORGANISATION: Final = "ours"
KEYS: Final = ("first key", "second key", "third key")
NAMES: Final = ("record", "apps", "fate", "budget")
REFUSALS: Final = (Why.RATE_LIMITED, Why.UNAUTHORIZED)


@frozen
class Asked:
    """A request on its way: it lands and is answered, unless something befalls it."""

    effect: AppEffect


@frozen
class Orphan:
    """A change whose asker is gone: it may land yet, or never, and nobody will hear."""

    effect: AppChanging


@frozen
class Answer:
    """An answer on its way."""

    op: OpId
    outcome: AppOutcome


Slot = Asked | Orphan | Answer


@frozen
class AppBudget:
    """How often each thing may still happen.

    `doubts` are answers that get lost, `lags` stale views, `refusals` requests refused out of the blue, `fates` what
    others do, `early` alarms that ring before their time.
    """

    ensures: int = 1
    doubts: int = 1
    lags: int = 1
    refusals: int = 0
    fates: int = 1
    crashes: int = 0
    early: int = 0


def op_of(slot: Slot) -> OpId:
    """The op that a slot is about."""
    match slot:
        case Asked(effect=effect):
            return effect.op
        case Orphan(effect=change):
            return change.op
        case Answer(op=op):
            return op


def move_of(record: AppRecord, fact: AppFact, action: Action, when: When, *, budget: AppBudget | None = None) -> Move:
    """The move of a record that absorbs this fact: what it sends is on its way once the record is durable."""
    transition = app_absorb(record, fact)
    writes: tuple[tuple[str, Hashable], ...] = (("record", transition.record),)
    if budget is not None:
        writes = (*writes, ("budget", budget))
    spawned = tuple(Asked(effect) for effect in transition.effects)
    return Move(action, when, writes, (), spawned, (phase_name(record), fact_name(fact), phase_name(transition.record)))


def phase_name(record: AppRecord) -> str:
    """The phase as a row of the transition table."""
    return type(record.phase).__name__ if isinstance(record, App) else "Absent"


def fact_name(fact: AppFact) -> str:
    """The fact as a column of the transition table."""
    match fact:
        case AppReplied(outcome=Rejected(why=why)):
            return f"Rejected {why.value}"
        case AppReplied(outcome=outcome):
            return type(outcome).__name__
        case AlarmRang(name=name):
            return f"{name.value} rang"
        case Woken() | Recovered():
            return type(fact).__name__


# -- what happens by itself --------------------------------------------------------------------------------------


def landing(slot: Slot, blocked: bool, apps: Apps) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """A request lands and is answered; an orphan lands unheard, or never."""
    match slot:
        case Asked(effect=effect) if not blocked:
            after, outcome = land(apps, effect)
            answer = Answer(effect.op, outcome)
            yield Move(_at("fly", effect, "lands"), When.CALM, (("apps", after),), kept=(answer,))
        case Orphan(effect=change):
            after, _ = land(apps, change)
            yield Move(_at("fly", change, "lands unheard"), When.CALM, (("apps", after),))
            yield Move(_at("fly", change, "never lands"), When.CALM)
        case Asked() | Answer():
            return


def is_settled_by(slot: Slot, other: Slot) -> bool:
    """Whether the slot is a settle, and the other may still land the request that it waits out."""
    match slot:
        case Asked(effect=Settle(of=of)):
            return not isinstance(other, Answer) and op_of(other) == of
        case Asked() | Orphan() | Answer():
            return False


def hearing(slot: Slot, _blocked: bool, record: AppRecord) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """An answer arrives."""
    match slot:
        case Answer(op=op, outcome=outcome):
            fact = AppReplied(op, outcome)
            yield move_of(record, fact, Action(f"us: hear {op} {fact_name(fact)}", "us"), When.CALM)
        case Asked() | Orphan():
            return


def ringing(record: AppRecord, budget: AppBudget) -> Iterator[Move]:
    """An alarm rings: a new intent at once, any other when nothing else can happen, or early."""
    for alarm in app_alarms_of(record):
        fact = AlarmRang(alarm.name, alarm.of)
        if alarm.name is AlarmName.INTENT:
            yield move_of(record, fact, _ring(alarm, "rings"), When.CALM)
            continue
        yield move_of(record, fact, _ring(alarm, "rings"), When.QUIET)
        if budget.early:
            paid = evolve(budget, early=budget.early - 1)
            yield move_of(record, fact, _ring(alarm, "rings early"), When.FREE, budget=paid)


# -- what is done to it ------------------------------------------------------------------------------------------


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
                what = _at("fly", effect, "is answered from a view that lags")
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
            yield Move(_at("network", change, "times out"), When.FREE, paid, kept=(Orphan(change), unknown))
        case Asked(effect=effect):
            yield Move(_at("network", effect, "times out"), When.FREE, paid, kept=(unknown,))
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
                what = _at("fly", effect, f"is refused ({why.value})")
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


def _at(lane: str, effect: AppEffect, what: str) -> Action:
    return Action(f"{lane}: {type(effect).__name__} {effect.op} {what}", lane)


def _ring(alarm: Alarm, how: str) -> Action:
    return Action(f"alarm: {alarm.name.value} {alarm.of} {how}", "alarm")


@frozen
class AppSystem:
    """The product of one owner's record, the apps, what befell them, and what is on its way."""

    budget: AppBudget = AppBudget()
    policy: Policy = Policy(tries=1)
    claims: tuple[Claim[AppScene], ...] = APP_CLAIMS
    names: tuple[str, ...] = NAMES
    anchor: str | None = "record"
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("apps",), landing, is_settled_by),
            EachSlot(("record",), hearing),
            Local(("record", "budget"), ringing),
            Local(("record", "budget"), partial(ensuring, ensures=self.budget.ensures)),
            Local(("apps", "fate", "budget"), befalling),
            EachSlot(("apps", "budget"), lagging),
            EachSlot(("budget",), refusing),
            EachSlot(("budget",), doubting),
            Sweep(("record", "budget"), crashing, survives),
        )

    def initial(self) -> Joint:
        """Nobody has asked for the app, and nobody has the name."""
        return Joint((AppAbsent(self.policy), Apps((ORGANISATION,)), Fate.NONE, self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str]:
        """Slots by op; one op has at most one slot of a sort."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return (op_of(slot), type(slot).__name__)

    def scene(self, joint: Joint, /) -> AppScene:
        """What claims look at."""
        record, apps, fate, _ = joint.parts
        assert isinstance(record, App | AppAbsent), f"{record} is no record of an app"
        assert isinstance(apps, Apps), f"{apps} are no apps"
        assert isinstance(fate, Fate), f"{fate} is no fate"
        effects = [slot.effect for slot in joint.bag if isinstance(slot, Asked | Orphan)]
        creates = tuple(effect for effect in effects if isinstance(effect, CreateApp))
        return AppScene(record, apps.app(NAME), fate, creates, not joint.bag)
