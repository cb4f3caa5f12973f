"""Lines as the model hears them: commands and outcomes, each in every reading that the line allows.

A trace leaves out what the format has no key for. Where decisions depend on such a thing, the line has several
readings, and the model may go on by any of them.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from attrs import evolve

from kiloclaw_adapters.fly.classify import classify
from kiloclaw_adapters.fly.wire import MACHINE_STATES
from kiloclaw_adapters.following.sights import guest_of, machine_seen, volume_seen
from kiloclaw_core.commands import (
    CleanUp,
    Command,
    Desired,
    Destroy,
    Disown,
    Identity,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.instance import Instance
from kiloclaw_core.machine import MachineState, Spec
from kiloclaw_core.names import AppName, CommandId, MachineId, SandboxId, SnapshotId, UserId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unhealthy,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.trace.durable import size_of
from kiloclaw_core.trace.lines import Answer, CommandOp, Header
from kiloclaw_core.trace.lines import Command as Asked
from kiloclaw_core.trace.parsing import machine_shown, volume_shown

FOUND: Final = range(200, 300)
TIMED_OUT: Final = 408
ASKING: Final = "the trace"
"""Who asks, where an operator has to be named."""
IMAGE: Final = "not told"
OTHER_IMAGE: Final = "another, not told"
OWN_WORDS: Final = {one.value: one for one in Why}
"""The words that our own recorder has for refusals."""
Untold: TypeAlias = str
"""What a line leaves out, so that the model cannot follow it."""


# -- commands ----------------------------------------------------------------------------------------------------


def commands_of(header: Header, asked: Asked) -> tuple[Command, ...] | Untold:
    """What a command may be in the words of the core; none for a look, which asks for nothing."""
    name, args = CommandId(asked.id), asked.args
    match asked.op:
        case CommandOp.PROVISION:
            return _provision(header, asked)
        case CommandOp.START | CommandOp.START_ASYNC:
            return (Start(name, at=asked.at),)
        case CommandOp.STOP:
            return (Stop(name, at=asked.at),)
        case CommandOp.RESTART:
            return (Restart(name, at=asked.at), Restart(name, OTHER_IMAGE, at=asked.at))
        case CommandOp.DESTROY:
            return (Destroy(name, at=asked.at),)
        case CommandOp.RETRY_RECOVERY:
            return (Recover(name, ASKING, ASKING, asked.at),)
        case CommandOp.REASSOCIATE:
            volume = args.text_or_none("volume_id")
            return "it does not say to which volume" if volume is None else (_reassociate(asked, volume),)
        case CommandOp.RESTORE_BEGIN:
            shot = args.text_or_none("snapshot_id")
            return "it does not say to which snapshot" if shot is None else (_restore(asked, shot),)
        case CommandOp.CLEANUP_RETAINED:
            return _clean_up(asked)
        case CommandOp.RESTORE_COMPLETE | CommandOp.RESTORE_FAIL:
            return "the model has no such command: it restores by itself"
        case CommandOp.POLL | CommandOp.ALARM:
            return ()


def _reassociate(asked: Asked, volume: str) -> Command:
    return Reassociate(CommandId(asked.id), VolumeId(volume), ASKING, ASKING, asked.at)


def _restore(asked: Asked, snapshot: str) -> Command:
    return Restore(CommandId(asked.id), SnapshotId(snapshot), ASKING, ASKING, asked.at)


def _clean_up(asked: Asked) -> tuple[Command, ...] | Untold:
    name, volume, lost = (
        CommandId(asked.id),
        asked.args.text_or_none("volume_id"),
        asked.args.text_or_none("resource_id"),
    )
    if volume is not None:
        return (CleanUp(name, VolumeId(volume), ASKING, ASKING, asked.at),)
    if lost is not None:
        return tuple(Disown(name, one, ASKING, ASKING, asked.at) for one in (MachineId(lost), VolumeId(lost)))
    return "it does not say which volume"


def _provision(header: Header, asked: Asked) -> tuple[Command, ...] | Untold:
    """To ask for a size is to provision afresh: the format has no other word."""
    name, args = CommandId(asked.id), asked.args
    guest = guest_of(size_of(args.node_or_none("machine_size")))
    if args.keys.get("operator") is not None:
        return (OverrideSize(name, guest, ASKING, ASKING, asked.at),)
    gigabytes = args.number_or_none("volume_gb")
    if guest is not None and gigabytes is not None:
        return (Resize(name, guest, gigabytes, asked.at),)
    user, app = args.text_or_none("user_id") or header.user_id, args.text_or_none("app") or header.app
    if user is None or app is None:
        return "it does not say for which user, or in which app"
    who = Identity(SandboxId(header.sandbox_id), UserId(user), AppName(app))
    running = args.text_or_none("desired") == Desired.RUNNING.value
    wanted = Desired.RUNNING if running else Desired.STOPPED
    return (Provision(name, who, Spec(IMAGE, None), wanted, asked.at),)


# -- answers -----------------------------------------------------------------------------------------------------


def outcomes_of(instance: Instance, effect: Effect, line: Answer, *, ours: bool) -> tuple[Outcome, ...]:
    """What came of the request, in every reading; `ours` says that refusals are told in our own words."""
    if line.status in FOUND:
        return (_granted(instance, effect, line),)
    if isinstance(effect, ProbeHealth):
        return (Unhealthy(line.error or ""),)
    if ours and isinstance(effect, AwaitState) and line.status == TIMED_OUT and line.body:
        state = line.body[0].text_or_none("state")
        return (StateElsewhere(MACHINE_STATES.get(state or "", MachineState.OTHER)),)
    if ours:
        return _refused_by_us(instance, line)
    if isinstance(effect, EnsureApp | PayDebt | Settle) or line.status == 0:
        return (Unknown(line.error or ""),)
    return (classify(line.status, line.error or "", effect),)


def _refused_by_us(instance: Instance, line: Answer) -> tuple[Outcome, ...]:
    why = OWN_WORDS.get(line.error or "")
    if why is None:
        return (Unknown(line.error or ""),)
    refusal = Rejected(why, status=line.status)
    holders = [held.machine for held in instance.ledger.machines] if why is Why.ALREADY_EXISTS else []
    return (refusal, *(evolve(refusal, holder=holder) for holder in holders))


def _granted(instance: Instance, effect: Effect, line: Answer) -> Outcome:
    match effect:
        case CreateMachine() | UpdateMachine() | GetMachine() | CreateVolume() | GetVolume():
            return _one_shown(instance, effect, line)
        case ListMachines():
            return MachinesListed(tuple(machine_seen(instance, machine_shown(one)) for one in line.body))
        case ListVolumes():
            return VolumesListed(tuple(volume_seen(instance, volume_shown(one)) for one in line.body))
        case ListSnapshots():
            return SnapshotsListed(tuple(SnapshotId(one.text("id")) for one in line.body))
        case StartMachine() | StopMachine() | DeleteMachine() | DeleteVolume() | PayDebt() | Settle():
            return Done()
        case AwaitState():
            return StateReached()
        case ProbeHealth():
            return Healthy()
        case EnsureApp():
            return AppReady(0)


def _one_shown(
    instance: Instance, effect: CreateMachine | UpdateMachine | GetMachine | CreateVolume | GetVolume, line: Answer
) -> Outcome:
    """The answer that shows what it is about; one that shows nothing leaves its outcome unknown."""
    if not line.body:
        return Unknown("the answer shows nothing")
    shown = line.body[0]
    match effect:
        case CreateMachine():
            return MachineMade(machine_seen(instance, machine_shown(shown), effect))
        case UpdateMachine() | GetMachine():
            return MachineShown(machine_seen(instance, machine_shown(shown), effect))
        case CreateVolume():
            return VolumeMade(volume_seen(instance, volume_shown(shown), effect))
        case GetVolume():
            return VolumeShown(volume_seen(instance, volume_shown(shown)))
