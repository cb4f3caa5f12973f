"""The kinds of records there are, each as one `Machinery`: instances, and the apps of their owners.

A further kind is one more function here. The policy is the environment's, so it is supplied where a record is read or
begun, and never stored. Nothing is decided here.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from kiloclaw_adapters.ports import Machinery
from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.announce import announced
from kiloclaw_core.app import (
    App,
    AppAbsent,
    AppEffect,
    AppOutcome,
    AppRecord,
    AppRefusal,
    AppReplied,
    Ensure,
    GetApp,
    ListAddresses,
    ListOwners,
    app_absorb,
    app_alarms_of,
    app_decide,
)
from kiloclaw_core.codec import INSTANCE, Of, RecordCodec
from kiloclaw_core.commands import Command, Refusal
from kiloclaw_core.effects import Effect, Reading, Settle
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Instance, Note, Record
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.names import OPS_OF_AN_INCARNATION, AppName, OpId, SandboxId, first_op
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.policy import Policy

APP: Final = RecordCodec("app", Of[App])
APP_PREFIX: Final = "app:"  # no sandbox id has a colon, so that no app's key is a sandbox's

Instances: TypeAlias = Machinery[Record, Command, Refusal, Replied, Effect, Outcome]
Apps: TypeAlias = Machinery[AppRecord, Ensure, AppRefusal, AppReplied, AppEffect, AppOutcome]


def instances(policy: Policy) -> Instances:
    """Instances under this policy, each under its sandbox id as key."""

    def absent(key: str, incarnation: int) -> Record:
        return Absent(SandboxId(key), policy, first_op(incarnation))

    return Machinery(
        kind=INSTANCE.kind,
        schema=INSTANCE.schema,
        absent=absent,
        decide=decide,
        announced=announced,
        absorb=absorb,
        alarms_of=alarms_of,
        encode=_instance_text,
        decode=lambda text: INSTANCE.decode(text, policy).map(_as_record),
        replied=Replied,
        awaited=awaited_ops,
        may_abandon=_is_looking,
        incarnation=_incarnation_of_instance,
    )


def apps(policy: Policy) -> Apps:
    """Apps under this policy, each under the key that `app_key` makes of its name."""

    def absent(_: str, incarnation: int) -> AppRecord:
        return AppAbsent(policy, first_op(incarnation))

    return Machinery(
        kind=APP.kind,
        schema=APP.schema,
        absent=absent,
        decide=app_decide,
        announced=_nothing_of_app,
        absorb=app_absorb,
        alarms_of=app_alarms_of,
        encode=_app_text,
        decode=lambda text: APP.decode(text, policy).map(_as_app_record),
        replied=AppReplied,
        awaited=_awaited_by_app,
        may_abandon=lambda effect: isinstance(effect, GetApp | ListOwners | ListAddresses | Settle),
        incarnation=_incarnation_of_app,
    )


def app_key(app: AppName) -> str:
    """The key of an app's record."""
    return f"{APP_PREFIX}{app}"


def _as_record(instance: Instance) -> Record:
    return instance


def _as_app_record(app: App) -> AppRecord:
    return app


def _instance_text(record: Record) -> str | None:
    match record:
        case Absent():
            return None
        case Instance():
            return INSTANCE.encode(record)


def _app_text(record: AppRecord) -> str | None:
    match record:
        case AppAbsent():
            return None
        case App():
            return APP.encode(record)


def _is_looking(effect: Effect) -> bool:
    """Every read is, and so is a wait that is our own."""
    return isinstance(effect, Reading | Settle)


def _nothing_of_app(_: AppRecord, __: Ensure, ___: AppRecord) -> tuple[Note, ...]:
    """That an app was asked for is no event: the instance that asks has its own."""
    return ()


def _awaited_by_app(record: AppRecord) -> frozenset[OpId]:
    """Every wait of an app has an alarm for its op; those of rest are for none."""
    return frozenset(alarm.of for alarm in app_alarms_of(record))


def _incarnation_of_instance(record: Record) -> int:
    match record:
        case Absent(first_op=op) | Instance(ops=op):
            return op // OPS_OF_AN_INCARNATION


def _incarnation_of_app(record: AppRecord) -> int:
    match record:
        case AppAbsent(first_op=op) | App(ops=op):
            return op // OPS_OF_AN_INCARNATION
