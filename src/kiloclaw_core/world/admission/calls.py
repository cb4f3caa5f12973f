"""What lands where: questions of callers and effects of the registry, each at the one who decides it.

A landing is one instant: truth before, truth after, and the answer. Whether it lands, and who hears, is decided by the
rules.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.commands import Admission
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done
from kiloclaw_core.registry.asks import (
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    CheckEntitlement,
    Destroying,
    InsertRow,
    LookAtRow,
    Provisioned,
    ReadActive,
    Reply,
    RowSeen,
    Subscribe,
    Troubled,
)
from kiloclaw_core.registry.effects import (
    BootstrapSubscription,
    CloseRow,
    MarkRow,
    OrderDestroy,
    ReadLegacy,
    ReadRow,
    ReadVerdict,
    RegistryEffect,
)
from kiloclaw_core.registry.flow import asked, heard
from kiloclaw_core.registry.outcomes import LegacyShown, RegistryOutcome, RowShown, VerdictShown
from kiloclaw_core.registry.positions import Flow
from kiloclaw_core.registry.update import Update, update_asked, update_heard
from kiloclaw_core.world.admission import instances as truth
from kiloclaw_core.world.admission import rows as postgres
from kiloclaw_core.world.admission.instances import Instances
from kiloclaw_core.world.admission.rows import Rows

# -- who is asking -----------------------------------------------------------------------------------------------


@frozen
class NotYet:
    """Nobody has asked yet."""


@frozen
class Dead:
    """Whoever served the request is gone, and nobody was told anything."""


@frozen
class Served:
    """A request that is being served, or was."""

    flow: Flow | Update

    @property
    def asks(self) -> Ask | None:
        """What it asks now; None once it has its reply."""
        question = self._next
        return None if isinstance(question, Provisioned | Destroying | Troubled) else question

    @property
    def reply(self) -> Reply | None:
        """What its caller was told; None while it is being served."""
        question = self._next
        return question if isinstance(question, Provisioned | Destroying | Troubled) else None

    @property
    def _next(self) -> Ask | Reply:
        return asked(self.flow) if isinstance(self.flow, Flow) else update_asked(self.flow)

    def hearing(self, answer: Answer) -> Served:
        """The request once its question was answered."""
        match self.flow:
            case Flow() as flow:
                return Served(heard(flow, answer))
            case Update() as update:
                return Served(update_heard(update, answer))


Call = NotYet | Dead | Served

# -- what is on its way ------------------------------------------------------------------------------------------


@frozen
class Sent:
    """An effect of the registry on its way: it lands and is answered, unless something befalls it."""

    effect: RegistryEffect


@frozen
class Answered:
    """The answer to an effect, on its way to the registry."""

    op: OpId
    outcome: RegistryOutcome


@frozen
class LateEffect:
    """An effect whose answer nobody will hear: it may land yet, or never."""

    effect: RegistryEffect


@frozen
class LateAsk:
    """A question whose asker is gone or waits no more: it may land yet, or never."""

    ask: Ask


Slot = Sent | Answered | LateEffect | LateAsk


class Place(Enum):
    """Who decides what is asked."""

    REGISTRY = "registry"
    ROWS = "rows"
    INSTANCE = "instance"
    BILLING = "billing"


def place_of_ask(ask: Ask) -> Place:
    """Whom a caller's question goes to."""
    match ask:
        case AskRegistry():
            return Place.REGISTRY
        case ReadActive() | InsertRow() | Subscribe() | LookAtRow():
            return Place.ROWS
        case AskInstance():
            return Place.INSTANCE
        case CheckEntitlement():
            return Place.BILLING


def changes_anything(ask: Ask) -> bool:
    """Whether a question does something when it lands, so that losing its answer leaves a doubt."""
    match ask:
        case AskRegistry() | InsertRow() | Subscribe() | AskInstance():
            return True
        case ReadActive() | LookAtRow() | CheckEntitlement():
            return False


def place_of_effect(effect: RegistryEffect) -> Place:
    """Whom an effect of the registry goes to."""
    match effect:
        case ReadRow() | CloseRow() | BootstrapSubscription() | MarkRow() | ReadLegacy():
            return Place.ROWS
        case ReadVerdict() | OrderDestroy():
            return Place.INSTANCE


# -- landing -----------------------------------------------------------------------------------------------------


def land_at_rows(rows: Rows, ask: Ask) -> tuple[Rows, Answer]:
    """A question lands at the rows."""
    match ask:
        case ReadActive(user=user):
            return rows, ActiveShown(rows.active(user))
        case InsertRow(user=user, instance=instance, fence=fence):
            return postgres.inserted(rows, user, instance, fence)
        case Subscribe(user=user, instance=instance, fence=fence):
            after = postgres.subscribed(rows, user, instance, fence)
            return after, RowSeen(after.state(instance))
        case LookAtRow(instance=instance):
            return rows, RowSeen(rows.state(instance))
        case AskRegistry() | AskInstance() | CheckEntitlement():
            raise AssertionError(f"{ask} is not asked of rows")


def land_at_instance(instances: Instances, ask: AskInstance) -> tuple[Instances, Answer]:
    """A question lands at the instance; one without an admission changes what is there."""
    one = instances.at(ask.key)
    after, answer = truth.configured(one) if ask.admission is None else truth.provisioned(one, ask.admission)
    return instances.having(after), answer


def effect_at_rows(rows: Rows, effect: RegistryEffect) -> tuple[Rows, RegistryOutcome]:
    """An effect lands at the rows."""
    match effect:
        case ReadRow(instance=instance):
            return rows, RowShown(rows.state(instance))
        case CloseRow(user=user, instance=instance, fence=fence):
            return postgres.closed(rows, user, fence), RowShown(rows.state(instance))
        case BootstrapSubscription(user=user, instance=instance, fence=fence):
            after = postgres.subscribed(rows, user, instance, fence)
            return after, RowShown(after.state(instance))
        case MarkRow(instance=instance):
            return postgres.marked(rows, instance), Done()
        case ReadLegacy():
            return rows, LegacyShown(rows.oldest())
        case ReadVerdict() | OrderDestroy():
            raise AssertionError(f"{effect} is not asked of rows")


def effect_at_instance(instances: Instances, effect: ReadVerdict | OrderDestroy) -> tuple[Instances, RegistryOutcome]:
    """An effect lands at the instance."""
    admission = None if effect.born else Admission(effect.attempt, effect.fence)
    one = instances.at(effect.key)
    if isinstance(effect, OrderDestroy):
        one = truth.closed(one, admission)
    return instances.having(one), VerdictShown(truth.verdict_on(one, admission))


def spelled(what: object) -> str:
    """A value in a word or two."""
    if isinstance(what, AskRegistry):
        return spelled(what.command)
    for name in ("row", "verdict", "refusal", "phase", "because"):
        inner = getattr(what, name, None)
        if inner is not None:
            return f"{type(what).__name__}({getattr(inner, 'value', None) or spelled(inner)})"
    return type(what).__name__
