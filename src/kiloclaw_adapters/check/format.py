"""What `kiloclaw-trace/1` names: the kinds of lines with their keys, and the keys of what lines hold.

`docs/reference/trace.md` is made from these tables, and what a trace says beside them is told by them. Tests hold them
together with what reads lines, and with what redacts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from kiloclaw_core.trace.lines import CallOp, CommandOp


@frozen
class Key:
    """A key, and what stands under it; one that need not be there may be null as well."""

    name: str
    what: str
    is_needed: bool = False


@frozen
class Kind:
    """A kind of line, and its keys beside `kind`, and beside `at`, which all have but the header."""

    what: str
    keys: tuple[Key, ...] = ()


@frozen
class Request:
    """A call or a command, the arguments without which it cannot be read, and those that it may have besides."""

    what: str
    needs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


BY: Final = Key("by", "The `id` of the command, be it a timer's, whose task did it.")
RESOURCES: Final = (
    Key("machines", "A list of [machines](#machines)."),
    Key("volumes", "A list of [volumes](#volumes)."),
)


def _needed(*keys: Key) -> tuple[Key, ...]:
    return tuple(Key(one.name, one.what, is_needed=True) for one in keys)


KINDS: Final[Mapping[str, Kind]] = {
    "header": Kind(
        "The first line: whose trace this is.",
        (
            Key("trace", "`kiloclaw-trace/1`.", is_needed=True),
            Key("source", "Which service wrote it; any text.", is_needed=True),
            Key("sandbox_id", "The sandbox that it is about.", is_needed=True),
            Key("user_id", "Whose sandbox it is."),
            Key("app", "The app that its machines are in."),
            Key("note", "Anything, for people."),
        ),
    ),
    "initial": Kind(
        "How things stood when the trace began; without it nothing is judged.",
        (
            Key("record", "The [record](#the-record), or null.", is_needed=True),
            Key("alarm_due", "When the one alarm is due, in milliseconds since 1970, or null.", is_needed=True),
            *_needed(*RESOURCES),
        ),
    ),
    "command": Kind(
        "A caller asks, or a timer does.",
        (
            Key("id", "The name of this command, its own in the trace.", is_needed=True),
            Key("op", "One of the [commands](#commands).", is_needed=True),
            Key("args", "An object, `{}` if need be.", is_needed=True),
        ),
    ),
    "reply": Kind(
        "The answer to a command.",
        (
            Key("id", "The `id` of the command.", is_needed=True),
            Key("ok", "Whether it was granted, as true or false.", is_needed=True),
            Key("value", "What happened, in words of the record: a status, or [an object](#replies)."),
            Key("error", "Where it was not: an object with `status` (a number), `code` and `message`, each optional."),
        ),
    ),
    "call": Kind(
        "A request leaves, for the provider or for a registry; one line for each.",
        (
            Key("id", "The name of this request, its own among those that are under way.", is_needed=True),
            Key("op", "One of the [calls](#calls).", is_needed=True),
            Key("args", "An object with what the call names.", is_needed=True),
            BY,
        ),
    ),
    "effect": Kind(
        "The truth: the provider applied the request now. A look has one at the moment that it shows.",
        (Key("id", "The `id` of the call.", is_needed=True),),
    ),
    "answer": Kind(
        "The answer to a request arrives.",
        (
            Key("id", "The `id` of a call that is under way.", is_needed=True),
            Key("status", "The status of HTTP; 0 where none came.", is_needed=True),
            Key("body", "What it showed: a machine or a volume, or a list of them."),
            Key("error", "The text of an error."),
        ),
    ),
    "write": Kind(
        "The record is committed.",
        (
            Key("record", "The whole [record](#the-record) from now on; null where nothing is left.", is_needed=True),
            BY,
            Key("decided_on", "The version that was read before, a number; ours, and ignored where it is none."),
            Key("became", "The version that was committed; likewise."),
        ),
    ),
    "alarm_set": Kind(
        "The one alarm is set or cleared. One that rings is a command `alarm`, and then cleared.",
        (Key("due", "When, in milliseconds since 1970, or null.", is_needed=True), BY, Key("note", "Anything.")),
    ),
    "world": Kind(
        "The truth: these are as they are shown from now on, and all others as before.",
        (*RESOURCES, Key("cause", "The `id` of the call that did it; without it the world did, by itself.")),
    ),
    "event": Kind(
        "Something is logged.",
        (
            Key("name", "Its name.", is_needed=True),
            Key("fields", "An object; of it `data_loss` and `label` are looked at.", is_needed=True),
            BY,
        ),
    ),
    "evict": Kind("The process lost its memory: what was under way there never goes on."),
    "quiesce": Kind("Nothing more happens by itself. Rules about rest are judged here."),
}
"""Every kind of line."""

COMMANDS: Final[Mapping[CommandOp, Request]] = {
    CommandOp.PROVISION: Request(
        "Have an instance, or with a `machine_size` and a `volume_gb` change it.",
        (),
        ("user_id", "app", "desired", "machine_size", "volume_gb", "operator"),
    ),
    CommandOp.START: Request("Start it, and wait."),
    CommandOp.START_ASYNC: Request("Start it, and do not wait."),
    CommandOp.STOP: Request("Stop it."),
    CommandOp.RESTART: Request("Restart it."),
    CommandOp.DESTROY: Request("Destroy it."),
    CommandOp.POLL: Request("Look how it is; no user asks for anything."),
    CommandOp.ALARM: Request("The alarm rings; no user asks for anything.", (), ("name",)),
    CommandOp.REASSOCIATE: Request("Go over to another volume.", (), ("volume_id",)),
    CommandOp.RESTORE_BEGIN: Request("Go back to a snapshot.", (), ("snapshot_id",)),
    CommandOp.RESTORE_COMPLETE: Request("The restore is done; no user asks for anything."),
    CommandOp.RESTORE_FAIL: Request("The restore failed; no user asks for anything."),
    CommandOp.RETRY_RECOVERY: Request("Try once more to recover."),
    CommandOp.CLEANUP_RETAINED: Request("Delete what was kept.", (), ("volume_id", "resource_id")),
}
"""Every command, with the arguments that `kiloclaw follow` looks at; no rule looks at any."""

CALLS: Final[Mapping[CallOp, Request]] = {
    CallOp.CREATE_MACHINE: Request("Make a machine.", (), ("name", "region", "volume_id", "sandbox_id", "app", "size")),
    CallOp.GET_MACHINE: Request("Look at a machine.", ("machine_id",)),
    CallOp.LIST_MACHINES: Request("List the machines with this metadata, an object of texts.", (), ("metadata",)),
    CallOp.START_MACHINE: Request("Start a machine.", ("machine_id",)),
    CallOp.STOP_MACHINE: Request("Stop a machine.", ("machine_id",)),
    CallOp.DESTROY_MACHINE: Request("Destroy a machine.", ("machine_id",), ("force",)),
    CallOp.UPDATE_MACHINE: Request("Change what a machine mounts or is.", ("machine_id",), ("volume_id", "size")),
    CallOp.WAIT_MACHINE: Request(
        "Wait until a machine is in a state.", ("machine_id",), ("state", "timeout_s", "instance_id")
    ),
    CallOp.CREATE_VOLUME: Request(
        "Make a volume: an empty one, a copy, or one from a snapshot.",
        (),
        ("name", "region", "regions", "source_volume_id", "snapshot_id", "size_gb", "app"),
    ),
    CallOp.GET_VOLUME: Request("Look at a volume.", ("volume_id",)),
    CallOp.DELETE_VOLUME: Request("Delete a volume.", ("volume_id",)),
    CallOp.LIST_VOLUMES: Request("List the volumes."),
    CallOp.LIST_SNAPSHOTS: Request("List the snapshots of a volume.", (), ("volume_id",)),
    CallOp.HEALTH: Request("Ask a machine whether it is well.", (), ("machine_id",)),
    CallOp.REGISTRY: Request("Ask the service's own registry for something.", (), ("action", "app")),
    CallOp.MARK_DESTROYED: Request("Have the service's own database know that it is destroyed."),
    CallOp.EXEC: Request("Run a command on a machine; which one needs no telling.", (), ("machine_id",)),
}
"""Every call with its arguments."""

STATUSES: Final = "One of the [statuses](#statuses)."
RECORD: Final = (
    Key("user_id", "Whose it is."),
    Key("sandbox_id", "Which sandbox it is of."),
    Key("org_id", "Which organisation's."),
    Key("app", "Its app."),
    Key("status", STATUSES),
    Key("desired", "What is wanted of it, where that is recorded: `running`, `stopped` or `gone`."),
    Key("region", "Where it is."),
    Key("machine_id", "The machine in use."),
    Key("volume_id", "The volume in use."),
    Key("machine_size", "Its [size](#sizes)."),
    Key("pending_destroy_machine_id", "A machine that is to go."),
    Key("pending_destroy_volume_id", "A volume that is to go."),
    Key("pending_recovery_volume_id", "A volume that a recovery is making."),
    Key("pending_restore_volume_id", "A volume that a restore is making."),
    Key("previous_volume_id", "The volume of before."),
    Key("retained_volume_id", "A volume that is kept for a while."),
    Key("retained_until", "Until when, in milliseconds since 1970, as all moments here."),
    Key("other_machine_ids", "A list of other machines that it still remembers and will clean up."),
    Key("other_volume_ids", "A list of other volumes likewise."),
    Key("provisioned_at", "When it was provisioned."),
    Key("last_started_at", "When it was started last."),
    Key("last_stopped_at", "When it was stopped last."),
    Key("starting_at", "Since when it is starting."),
    Key("restarting_at", "Since when it is restarting."),
    Key("recovery_started_at", "Since when it is recovering."),
    Key("restore_started_at", "Since when it is being restored."),
    Key("restart_update_sent", "Whether a restart has sent its update."),
    Key("health_check_fail_count", "How many probes failed in a row."),
    Key("last_start_error", "Why it is not started; of all such keys, whether they are there is what counts."),
    Key("last_restart_error", "Why it is not restarted."),
    Key("last_recovery_error", "Why it is not recovered."),
    Key("last_destroy_error", "Why it is not destroyed."),
    Key("last_provision_error", "Why it is not provisioned; ours, as are the three that follow."),
    Key("last_health_error", "Why it is not well."),
    Key("last_stop_error", "Why it is not stopped."),
    Key("last_unexpected_stop", "That it stopped by itself."),
    Key("pending_registry_cleanup", "True where all is gone, but the registry has not heard."),
    Key("unmapped_keys", "How many keys the service's own record has that stand under no name here."),
)
"""The keys of a record."""
SIZES: Final = (
    Key("cpus", "How many processors, a number."),
    Key("memory_mb", "How much memory, in MB."),
    Key("cpu_kind", "`shared` or `performance`."),
)
"""The keys of a size."""
SHOWN: Final = (
    Key("id", "Its id at the provider.", is_needed=True),
    Key("app", "The app that it is in."),
    Key("name", "Its name."),
    Key("state", "The provider's word for its state, as `started` or `stopped`."),
    Key("region", "Where it is."),
    Key("sandbox_id", "Which sandbox's it is, where that is known."),
    Key("gone", "True where it is there no more."),
)
MACHINE: Final = (
    *SHOWN,
    Key("volume_id", "The volume that it mounts."),
    Key("instance_id", "Which version of it this is."),
    Key("size", "Its [size](#sizes)."),
    Key("image", "What it runs; nothing looks at it."),
)
"""The keys of a machine."""
VOLUME: Final = (
    *SHOWN,
    Key("attached_machine_id", "The machine that has it."),
    Key("size_gb", "How large it is."),
    Key("snapshots", "How many snapshots there are of it."),
    Key("data", "A label of what is on it: equal labels are copies of the same; `empty` was never written."),
)
"""The keys of a volume."""
REPLY: Final = (
    Key("status", STATUSES + " Or `finalized`, where a destroy is done."),
    Key("started", "Whether a machine was started."),
    Key("stopped", "Whether it was stopped by this command, and not before."),
    Key("finalized", "Whether all is gone."),
    Key("accepted", "Whether it goes on without the caller."),
    Key("previous_status", "The status of before."),
)
"""The keys of what a reply says happened, where that is an object."""
