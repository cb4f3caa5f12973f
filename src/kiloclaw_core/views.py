"""What outsiders are shown: a status in upstream's words, a view for callers, a debug view for operators.

Views may be taken at any time and change nothing; UI words never steer logic.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.actions import ActionView, actions_of
from kiloclaw_core.alarms import alarms_of, awaited_ops, is_stuck
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Record
from kiloclaw_core.ledger import Kept, Role
from kiloclaw_core.machine import Spec
from kiloclaw_core.status import busy_with, phase_name, status_of


@frozen
class View:
    """An instance as a caller sees it: `busy` says what is under way, `because` why it is not as wanted."""

    sandbox_id: str
    status: str | None
    desired: str | None
    busy: str | None
    machine_id: str | None
    volume_id: str | None
    region: str | None
    because: str | None
    last_started_at: int | None
    last_stopped_at: int | None
    errors: tuple[NoteView, ...] = ()
    actions: tuple[ActionView, ...] = ()


@frozen
class HoldingView:
    """A resource of the ledger as an operator sees it; `due_in_s` as for an alarm, of its own errand.

    `kept` says how long a volume that was left is kept: `long` or `short`.
    """

    id: str
    kind: str
    role: str
    failures: int
    stuck: bool
    due_in_s: float | None = None
    region: str | None = None
    kept: str | None = None


@frozen
class NoteView:
    """A failure note under upstream's name for it."""

    name: str
    why: str
    message: str
    at: int


@frozen
class AlarmView:
    """An alarm that is armed, and its patience in seconds; whoever has a clock adds in how many it will ring."""

    name: str
    of: int
    patience_s: float
    due_in_s: float | None = None


@frozen
class SpecView:
    """What the next machine is made of; of its environment and its secrets only the names are shown.

    `overridden` says that the size is an operator's.
    """

    image: str
    size: str
    overridden: bool
    volume_gb: int
    regions: tuple[str, ...]
    environment: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    revision: int = 1


@frozen
class DebugView:
    """An instance as an operator sees it."""

    view: View
    phase: str
    story: str
    ops: int
    ledger: tuple[HoldingView, ...]
    dead: tuple[str, ...]
    debts: tuple[str, ...]
    notes: tuple[NoteView, ...]
    alarms: tuple[AlarmView, ...]
    audit: tuple[str, ...]
    stuck: tuple[str, ...]
    in_flight: tuple[int, ...] = ()
    recoveries: int = 0
    full_regions: tuple[str, ...] = ()
    user: str | None = None
    org: str | None = None
    app: str | None = None
    spec: SpecView | None = None


def view(record: Record) -> View:
    """The instance as a caller sees it."""
    match record:
        case Absent(sandbox=sandbox):
            return View(sandbox, None, None, None, None, None, None, None, None, None, (), actions_of(record))
        case Instance(ledger=ledger):
            machine, volume = ledger.machine, ledger.volume
            return View(
                sandbox_id=record.identity.sandbox,
                status=status_of(record),
                desired=record.desired.value,
                busy=busy_with(record),
                machine_id=None if machine is None else machine.machine,
                volume_id=None if volume is None else volume.volume,
                region=None if volume is None else volume.region,
                because=_because(record),
                last_started_at=record.last_started_at,
                last_stopped_at=record.last_stopped_at,
                errors=tuple(upstream_note(note) for note in record.notes),
                actions=actions_of(record),
            )


def _because(instance: Instance) -> str | None:
    stuck = stuck_resources(instance)
    if stuck:
        return f"stuck: {', '.join(stuck)} cannot be deleted"
    return "; ".join(f"{note.failing.value}: {note.why.value}" for note in instance.notes) or None


def stuck_resources(instance: Instance) -> tuple[str, ...]:
    """What has failed so often to go away that only time or an operator will help."""
    going = Role.CONDEMNED
    held = tuple(
        _id(one.machine) for one in instance.ledger.machines if one.role is going and is_stuck(instance, one.errand)
    )
    kept = tuple(
        _id(one.volume) for one in instance.ledger.volumes if one.role is going and is_stuck(instance, one.errand)
    )
    owed = tuple(one.kind.value for one in instance.debts if is_stuck(instance, one.errand))
    return (*held, *kept, *owed)


def _id(resource: str) -> str:
    return str(resource)


def upstream_note(note: FailureNote) -> NoteView:
    """A failure note under the name that upstream's debug state gives it (lifecycle 1.3, 1.4)."""
    names = {
        Failing.PROVISION: "last_provision_error",
        Failing.START: "last_start_error",
        Failing.HEALTH: "last_health_error",
        Failing.STOP: "last_stop_error",
        Failing.UNEXPECTED_STOP: "last_unexpected_stop",
        Failing.RESTART: "last_restart_error",
        Failing.RECOVERY: "last_recovery_error",
        Failing.RESTORE: "last_restore_error",
        Failing.HOST: "last_host_error",
        Failing.RETENTION: "last_retention_error",
        Failing.DESTROY: "last_destroy_error",
    }
    return NoteView(names[note.failing], note.why.value, note.text, note.at)


def debug_view(record: Record) -> DebugView:
    """The instance as an operator sees it: everything but secrets."""
    match record:
        case Absent():
            return DebugView(view(record), "Absent", "Idle", 0, (), (), (), (), (), (), ())
        case Instance(ledger=ledger):
            return DebugView(
                view=view(record),
                phase=phase_name(record.phase),
                story=type(record.story).__name__,
                ops=record.ops,
                ledger=_holdings(record),
                dead=tuple(str(one) for one in ledger.dead),
                debts=tuple(debt.kind.value for debt in record.debts),
                notes=tuple(upstream_note(note) for note in record.notes),
                alarms=tuple(AlarmView(one.name.value, one.of, one.patience_s) for one in alarms_of(record)),
                audit=tuple(f"{one.operator} {one.did} because {one.because}" for one in record.audit),
                stuck=stuck_resources(record),
                in_flight=tuple(sorted(awaited_ops(record))),
                recoveries=len(record.recoveries),
                full_regions=tuple(one.region for one in record.full_regions),
                user=record.identity.user,
                org=record.identity.org,
                app=record.identity.app,
                spec=_spec(record.spec),
            )


def _spec(spec: Spec) -> SpecView:
    return SpecView(
        image=spec.image,
        size=spec.size.words,
        overridden=spec.override is not None,
        volume_gb=spec.volume_gb,
        regions=spec.regions,
        environment=tuple(name for name, _ in spec.environment),
        secrets=tuple(name for name, _ in spec.secrets),
        revision=spec.revision,
    )


def _holdings(instance: Instance) -> tuple[HoldingView, ...]:
    machines = (
        HoldingView(one.machine, "machine", one.role.value, one.errand.failures, is_stuck(instance, one.errand))
        for one in instance.ledger.machines
    )
    volumes = (
        HoldingView(
            one.volume,
            "volume",
            one.role.value,
            one.errand.failures,
            is_stuck(instance, one.errand),
            region=one.region,
            kept=one.errand.span.value if isinstance(one.errand, Kept) else None,
        )
        for one in instance.ledger.volumes
    )
    return (*machines, *volumes)
