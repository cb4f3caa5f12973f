"""The model's record from a durable record that a trace tells: the same intent, the same holdings, nothing invented.

A record at rest is the model at rest. One under way is the model about to go on with that story from what the record
holds; where it does not say enough for that, the model does not follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve

from kiloclaw_adapters.following.courses import Course
from kiloclaw_adapters.following.heard import IMAGE
from kiloclaw_adapters.following.sights import guest_of
from kiloclaw_adapters.following.told import Told
from kiloclaw_core import destroy
from kiloclaw_core.commands import Desired, Identity
from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Absent, Instance
from kiloclaw_core.ledger import Due, Kept, Ledger, MachineHolding, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data, Spec
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId, first_op
from kiloclaw_core.phases import Running, Stopped
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Restarting, Starting, Stopping, Story
from kiloclaw_core.trace.durable import Durable
from kiloclaw_core.trace.lines import Header, Status, Written
from kiloclaw_core.trace.scenes import WANTED
from kiloclaw_core.world.scene import RecordWords

FIRST: Final = first_op(1)
POLICY: Final = Policy()
NEVER_WRITTEN: Final = "empty"
REVISIONS: Final = (1, 0)
"""Whether its machine runs the current config is what no record says: it does, or it does not."""


def seeded(header: Header, record: Written | None, durable: Durable, told: Told) -> tuple[Course, ...] | str:
    """The courses that the model may be on with this record; or why nobody can say."""
    if record is None:
        return (Course(Absent(SandboxId(header.sandbox_id), POLICY, FIRST)),)
    user = durable.text("user_id") or header.user_id
    app = durable.text("app") or header.app
    if user is None or app is None:
        missing = [key for key, value in (("user_id", user), ("app", app)) if value is None]
        return f"neither the record nor the header has {' and '.join(f'`{key}`' for key in missing)}"
    who = Identity(SandboxId(header.sandbox_id), UserId(user), AppName(app))
    lacking = _lacking(record.words)
    if lacking is not None:
        return lacking
    return tuple(_standing(who, record.words, durable, told, revision) for revision in REVISIONS)


def _lacking(words: RecordWords) -> str | None:
    """What the record does not say, so that the model cannot stand as it does."""
    has_machine, has_volume = words.machine_id is not None, words.volume_id is not None
    match words.status:
        case None:
            return "the record has no status"
        case Status.RESTORING.value:
            return "the record does not say what it is restored to"
        case Status.DESTROYING.value:
            return None
        case Status.RESTARTING.value if not has_machine:
            return "the record does not say which machine is restarted"
        case Status.RECOVERING.value if not has_volume:
            return "the record does not say from which volume it recovers"
        case _ if has_machine and not has_volume:
            return "the record names a machine and no volume"
        case _:
            return None


def _standing(who: Identity, words: RecordWords, durable: Durable, told: Told, revision: int) -> Course:
    guest = durable.size
    runs = words.status == Status.RUNNING.value and words.machine_id is not None
    story = _story(words.status or "")
    instance = Instance(
        phase=Running() if runs else Stopped(),
        story=story,
        desired=Desired(words.desired or WANTED[words.status or ""]),
        ledger=_ledger(words, told, _active(words, told, revision, is_up=runs)),
        ops=OpId(FIRST + 2),
        asked=None if isinstance(story, Idle) else FIRST,
        identity=who,
        spec=Spec(IMAGE, guest_of(guest)),
        has_run=runs or "last_started_at" in durable.keys,
        policy=POLICY,
    )
    if instance.desired is Desired.GONE:
        instance = evolve(destroy.granted(instance, 0), asked=FIRST)
    return Course(instance, heard=() if instance.asked is None else (Woken(),))


def _story(status: str) -> Story:
    attempt = Attempt(POLICY.tries)
    stories: Mapping[str, Story] = {
        Status.STARTING.value: Starting(FIRST, attempt),
        Status.RESTARTING.value: Restarting(FIRST, attempt),
        Status.RECOVERING.value: Relocating(FIRST, attempt, Cause.UNEXPECTED_STOP),
        Status.STOPPING.value: Stopping(FIRST, POLICY.tries),
    }
    return stories.get(status, Idle())


def _ledger(words: RecordWords, told: Told, active: MachineHolding | None) -> Ledger:
    ledger = Ledger() if active is None else Ledger().with_machine(active)
    for machine in sorted(words.leaving_machine_ids):
        ledger = ledger.with_machine(_machine(machine, Role.CONDEMNED, told))
    for volume in sorted(words.volume_ids):
        ledger = ledger.with_volume(_volume(volume, words, told))
    return ledger


def _active(words: RecordWords, told: Told, revision: int, *, is_up: bool) -> MachineHolding | None:
    if words.machine_id is None:
        return None
    held = _machine(words.machine_id, Role.ACTIVE, told)
    return evolve(held, volume=held.volume or _in_use(words), revision=revision, booted=is_up)


def _in_use(words: RecordWords) -> VolumeId | None:
    return None if words.volume_id is None else VolumeId(words.volume_id)


def _machine(name: str, role: Role, told: Told) -> MachineHolding:
    shown = told.machines.get(name)
    if shown is None:
        return MachineHolding(MachineId(name), role, None, VersionId(""))
    mounted = None if shown.volume_id is None else VolumeId(shown.volume_id)
    return MachineHolding(MachineId(name), role, mounted, VersionId(shown.version or ""))


def _volume(name: str, words: RecordWords, told: Told) -> VolumeHolding:
    shown = told.volumes.get(name)
    is_fresh = shown is not None and shown.data == NEVER_WRITTEN
    region = (words.region if name == words.volume_id else None) or ("" if shown is None else shown.region or "")
    role = _role(name, words)
    return VolumeHolding(
        VolumeId(name),
        role,
        Data.FRESH if is_fresh else Data.BEARING,
        Region(region),
        errand=Kept(FIRST, Span.LONG) if role is Role.RETAINED else Due(),
        healthy=role is Role.ACTIVE,
        counted=role is Role.RETAINED,
    )


def _role(name: str, words: RecordWords) -> Role:
    roles = {
        words.volume_id: Role.ACTIVE,
        words.pending_destroy_volume_id: Role.CONDEMNED,
        words.pending_recovery_volume_id: Role.CANDIDATE,
    }
    return roles.get(name, Role.RETAINED)
