"""What claims look at: a record in the words of the trace format, the provider's truth, and what may still land.

The system that is explored and a reader of `kiloclaw-trace/1` both make scenes, so that a claim is defined once. The
table below is the one place where ledger roles become the trace's fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import asdict, frozen

from kiloclaw_core.commands import Desired
from kiloclaw_core.instance import Absent, Failing, Instance, Record
from kiloclaw_core.ledger import Ledger, Role
from kiloclaw_core.names import MachineId, VolumeId
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import (
    Cause,
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Starting,
    Stopping,
    Story,
)


@frozen
class RecordWords:
    """A durable record in the words of the trace format (trace-format.md)."""

    status: str | None = None
    machine_id: str | None = None
    volume_id: str | None = None
    region: str | None = None
    desired: str | None = None
    pending_destroy_machine_id: str | None = None
    pending_destroy_volume_id: str | None = None
    pending_recovery_volume_id: str | None = None
    retained_volume_id: str | None = None
    other_machine_ids: tuple[str, ...] = ()
    other_volume_ids: tuple[str, ...] = ()

    @property
    def leaving_machine_ids(self) -> frozenset[str]:
        """The machines the record names only to be rid of."""
        return self.machine_ids - {self.machine_id}

    @property
    def machine_ids(self) -> frozenset[str]:
        """Every machine the record names."""
        named = (self.machine_id, self.pending_destroy_machine_id, *self.other_machine_ids)
        return frozenset(one for one in named if one is not None)

    @property
    def volume_ids(self) -> frozenset[str]:
        """Every volume the record names."""
        roles = (self.volume_id, self.pending_destroy_volume_id, self.pending_recovery_volume_id)
        named = (*roles, self.retained_volume_id, *self.other_volume_ids)
        return frozenset(one for one in named if one is not None)


@frozen
class SceneMachine:
    """A machine of the sandbox as it really is."""

    id: str
    state: str
    volume_id: str | None
    revision: int | None = None


@frozen
class SceneVolume:
    """A volume of the sandbox as it really is; `data` is None when it was never written."""

    id: str
    data: str | None


@frozen
class Pending:
    """A request that may still land; `heard` when somebody still waits for its answer."""

    op: str
    heard: bool


@frozen
class Scene:
    """One moment of one sandbox, as far as it is known.

    `machines` and `volumes` are the sandbox's own, `strangers_lost` were others' in the same app. `mounted_deletes` are
    volumes that were asked to go while a machine that the record named had them. `resting` says that nothing is under
    way, `armed` that an alarm is set, `noted` that a failure note is shown, `unserved` names a phase that waits for
    an answer that cannot come, `conflicted` and `dropped` tell of commits that met another, and `written` counts the
    volumes ever written. `lost` says that the world by itself took a volume away, `left` that anything is
    left of what the user wrote, `recoveries` counts those of a day, `moves` the copies of an hour.
    `stops` counts the machines that stopped though nobody asked; `wanted` is what was granted last, `restarted` the
    revision of the last restart, `went_back` that a restore was granted, or a recovery after one whose failure was
    told; `turned_away` were refused without an excuse; `cut_short` and `unwell` tell of recoveries and restores that
    did not end as they should, and `bounded` says that what is under way has a ceiling. `silent` says that a machine is
    on a host that does not answer, and `stuck` that people are told of what cannot go.
    """

    record: RecordWords | None
    machines: tuple[SceneMachine, ...] = ()
    volumes: tuple[SceneVolume, ...] = ()
    strangers_lost: tuple[str, ...] = ()
    pending: tuple[Pending, ...] = ()
    mounted_deletes: tuple[str, ...] = ()
    destroy_granted: bool = False
    issued_after_destroy: tuple[str, ...] = ()
    resting: bool = False
    armed: bool = True
    noted: bool = False
    conflicted: bool = False
    dropped: bool = False
    unserved: str | None = None
    written: int = 0
    lost: bool = False
    left: bool = True
    recoveries: int = 0
    recoveries_allowed: int = 1
    moves: int = 0
    moves_allowed: int = 1
    stops: int = 0
    wanted: str | None = None
    restarted: int = 0
    went_back: bool = False
    turned_away: tuple[str, ...] = ()
    cut_short: bool = False
    unwell: bool = False
    bounded: bool = True
    silent: bool = False
    stuck: bool = False


def record_words(record: Record) -> RecordWords | None:
    """The record as the trace format says it; None where nothing is left."""
    status = status_of(record)
    match record:
        case Absent():
            return None
        case Instance(ledger=ledger, desired=desired):
            if status is None:
                return None
            return _words(ledger, status, desired)


def _words(ledger: Ledger, status: str, desired: Desired) -> RecordWords:
    leaving = tuple(one.machine for one in ledger.machines if one.role is Role.CONDEMNED)
    doomed = tuple(one.volume for one in ledger.volumes if one.role is Role.CONDEMNED)
    retained = tuple(one.volume for one in ledger.volumes if one.role is Role.RETAINED)
    strays = tuple(one.machine for one in ledger.machines if one.role is Role.FOUND)
    found = tuple(one.volume for one in ledger.volumes if one.role is Role.FOUND)
    machine, volume, candidate = ledger.machine, ledger.volume, ledger.candidate
    return RecordWords(
        status=status,
        machine_id=None if machine is None else machine.machine,
        volume_id=None if volume is None else volume.volume,
        region=None if volume is None else volume.region,
        desired=desired.value,
        pending_destroy_machine_id=_first(leaving),
        pending_destroy_volume_id=_first(doomed),
        pending_recovery_volume_id=None if candidate is None else candidate.volume,
        retained_volume_id=_first(retained),
        other_machine_ids=(*leaving[1:], *strays),
        other_volume_ids=(*doomed[1:], *retained[1:], *found),
    )


def _first(ids: tuple[MachineId, ...] | tuple[VolumeId, ...]) -> str | None:
    return ids[0] if ids else None


TRACED: Final[Mapping[Failing, tuple[str, ...]]] = {
    Failing.PROVISION: ("last_start_error",),
    Failing.START: ("last_start_error",),
    Failing.HEALTH: ("last_start_error",),
    Failing.UNEXPECTED_STOP: ("last_start_error",),
    Failing.HOST: ("last_start_error",),
    Failing.RESTART: ("last_restart_error",),
    Failing.RECOVERY: ("last_recovery_error",),
    Failing.DESTROY: ("last_destroy_error",),
}
"""The trace's names for notes; what Fly said is not among them, only our word for why."""


def _since(story: Story) -> Mapping[str, int]:
    """When what is under way began, under the trace's name for it."""
    match story:
        case Starting(since=since) | Relocating(cause=Cause.START, since=since):
            return {"starting_at": since}
        case Restarting(since=since) | Relocating(cause=Cause.RESTART, since=since):
            return {"restarting_at": since}
        case Relocating(since=since):
            return {"recovery_started_at": since}
        case Restoring(since=since):
            return {"restore_started_at": since}
        case Idle() | Provisioning() | Stopping():
            return {}


TraceValue = str | int | tuple[str, ...] | Mapping[str, str | int]


def written_record(record: Record) -> Mapping[str, TraceValue] | None:
    """The whole record as a `write` line of a trace has it: the words that claims look at, whose it is, and when."""
    words = record_words(record)
    match record:
        case Instance(identity=who, spec=spec) if words is not None:
            size = None if spec.guest is None else asdict(spec.guest)
            every: Mapping[str, TraceValue | None] = {
                **asdict(words),
                "user_id": who.user,
                "sandbox_id": who.sandbox,
                "org_id": who.org,
                "app": who.app,
                "machine_size": size,
                **_since(record.story),
                **{name: note.why.value for note in record.notes for name in TRACED.get(note.failing, ())},
                "provisioned_at": record.provisioned_at,
                "last_started_at": record.last_started_at,
                "last_stopped_at": record.last_stopped_at,
            }
            return {key: value for key, value in every.items() if value is not None and value != ()}
        case Absent() | Instance():
            return None
