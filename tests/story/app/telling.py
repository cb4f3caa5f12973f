"""How the stories of an app are told: asked for once, then answer by answer, each to the request sent last."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.app import (
    App,
    AppAbsent,
    AppFact,
    AppIdentity,
    AppOutcome,
    AppRecord,
    AppReplied,
    AppTransition,
    Ensure,
    Standing,
    app_absorb,
    app_alarms_of,
    app_decide,
)
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.app.phases import AppPhase
from kiloclaw_core.app.record import AppNote
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.instance import Note, Remembered
from kiloclaw_core.names import AppName, CommandId, OpId, OwnerKey, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why

NAME: Final = AppName("acct-1")
KEY: Final = "a secret made up by the caller"
WHO: Final = AppIdentity(OwnerKey("owner"), UserId("user"), NAME, "ours", "acct-1")
ENSURE: Final = Ensure(CommandId("first"), WHO.owner, WHO.user, NAME, "ours", "acct-1", KEY)
BOTH: Final = (AddressKind.V6, AddressKind.SHARED_V4)

DONE: Final = Done()
UNKNOWN: Final = Unknown()
MISSING: Final = Rejected(Why.NOT_FOUND)
TAKEN: Final = Rejected(Why.NAME_TAKEN)
BUSY: Final = Rejected(Why.RATE_LIMITED)
THEIRS: Final = Rejected(Why.COLLISION)
BAD_TOKEN: Final = Rejected(Why.UNAUTHORIZED)
RECOVERED: Final = Recovered()


class Ring:
    """Whatever alarm the record wants first rings."""


RING: Final = Ring()
Happening = AppOutcome | Ring | Recovered | Ensure


def granted(record: AppRecord, command: Ensure = ENSURE) -> AppRecord:
    """The record once the command is granted; it has to be."""
    return app_decide(record, command).unwrap()


def after(*happenings: Happening) -> AppTransition:
    """What the last of these happenings moved, in the story of an app that was asked for and looked up."""
    transition = app_absorb(granted(AppAbsent()), Woken())
    sent = transition.effects
    for happening in happenings:
        transition = _moved(transition.record, sent[-1].op if sent else OpId(-1), happening)
        sent = transition.effects or sent
    return transition


def _moved(record: AppRecord, last: OpId, happening: Happening) -> AppTransition:
    match happening:
        case Ensure():
            return app_absorb(granted(record, happening), Woken())
        case Ring():
            return app_absorb(record, first_ring(record))
        case Recovered():
            return app_absorb(record, happening)
        case _:
            return app_absorb(record, AppReplied(last, happening))


def first_ring(record: AppRecord) -> AppFact:
    """The ring of the first alarm that the record wants."""
    alarm = app_alarms_of(record)[0]
    return AlarmRang(alarm.name, alarm.of)


def record_in(  # noqa: PLR0913 - the fields that stories differ in
    phase: AppPhase,
    ops: int,
    *,
    tries: int = 3,
    standing: Standing = Standing.UNKNOWN,
    addresses: tuple[AddressKind, ...] = (),
    note: Why | None = None,
) -> App:
    """The record of the story so far: looked at, in this phase, with so many ops used."""
    return App(
        phase=phase,
        identity=WHO,
        key=KEY,
        ops=OpId(ops),
        asked=None,
        tries=tries,
        standing=standing,
        addresses=addresses,
        note=None if note is None else AppNote(note),
        granted=(Remembered(CommandId("first")),),
    )


def failed(why: Why, text: str = "") -> Note:
    """The line for the log of an attempt that ended unfulfilled."""
    return Note("app_failed", (("why", why.value), ("text", text)))
