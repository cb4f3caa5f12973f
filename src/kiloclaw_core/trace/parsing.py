"""Reads `kiloclaw-trace/1`: a line becomes its value, and lines come in the order that the format asks for.

Unknown keys are ignored and absent ones are null; an unknown kind is an error, as is a header anywhere but first, a
beginning that comes late, and a moment before the one before. What cannot be read is raised, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from kiloclaw_core.trace.durable import Durable, durable, size_of
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    CallOp,
    Command,
    CommandOp,
    Effect,
    Event,
    Evict,
    Header,
    Initial,
    Line,
    Quiesce,
    Reply,
    ReplyError,
    ShownMachine,
    ShownVolume,
    Status,
    Wanted,
    World,
    Write,
    Written,
)
from kiloclaw_core.trace.reading import MalformedTraceError, Node, node_of
from kiloclaw_core.world.scene import RecordWords

VERSION: Final = "kiloclaw-trace/1"
LEFT_AFTER_A_WIPE: Final = "pending_registry_cleanup"
OTHER_VOLUMES: Final = ("previous_volume_id", "pending_restore_volume_id")
"""Volumes that a record of the production service names for stories that claims know nothing of."""
NOTES: Final = (
    "last_start_error",
    "last_restart_error",
    "last_recovery_error",
    "last_destroy_error",
    "last_provision_error",
    "last_health_error",
    "last_stop_error",
    "last_unexpected_stop",
)
"""Where a record shows why it is not as wanted: the format's four, then the names that our views give the others."""


def parse(text: str, line: int) -> Line:
    """The value of one line, which is the `line`-th of its trace. Raises MalformedTraceError."""
    node = node_of(text, line)
    kind = node.text("kind")
    reader = READERS.get(kind)
    if reader is None:
        raise node.wrong("kind", f"{kind!r} is none of {', '.join(READERS)}")
    return reader(node)


def in_order(texts: Iterable[str], first: int = 1) -> Iterator[tuple[int, Line]]:
    """The lines of a whole trace by their numbers, from `first` on. Raises MalformedTraceError."""
    last: int | None = None
    begun = False
    for line, text in enumerate(texts, first):
        one = parse(text, line)
        if isinstance(one, Header) is begun:
            raise MalformedTraceError("a second header" if begun else "expected a header before anything else", line)
        begun = True
        if not isinstance(one, Header):
            if isinstance(one, Initial) and last is not None:
                raise MalformedTraceError("how things stood at first comes before all that happened", line)
            if last is not None and one.at < last:
                raise MalformedTraceError(f"at: {one.at} is before {last}, the moment of the line before", line)
            last = one.at
        yield line, one
    if not begun:
        raise MalformedTraceError("expected a header, but the trace is empty", first)


# -- kinds of lines ----------------------------------------------------------------------------------------------


def _header(node: Node) -> Header:
    version = node.text("trace")
    if version != VERSION:
        raise node.wrong("trace", f"{version!r} cannot be read, only {VERSION!r}")
    return Header(
        source=node.text("source"),
        sandbox_id=node.text("sandbox_id"),
        user_id=node.text_or_none("user_id"),
        app=node.text_or_none("app"),
        note=node.text_or_none("note"),
    )


def _initial(node: Node) -> Initial:
    return Initial(
        at=node.number("at"),
        record=_record(node),
        alarm_due=node.nullable_number("alarm_due"),
        machines=tuple(machine_shown(one) for one in node.nodes("machines")),
        volumes=tuple(volume_shown(one) for one in node.nodes("volumes")),
        durable=_durable(node),
    )


def _command(node: Node) -> Command:
    return Command(node.number("at"), node.text("id"), node.one_of("op", CommandOp), node.node("args"))


def _reply(node: Node) -> Reply:
    error = node.node_or_none("error")
    return Reply(
        at=node.number("at"),
        id=node.text("id"),
        ok=node.flag("ok"),
        value=node.keys.get("value"),
        error=None if error is None else _reply_error(error),
    )


def _reply_error(node: Node) -> ReplyError:
    return ReplyError(node.number_or_none("status"), node.text_or_none("code"), node.text_or_none("message"))


def _call(node: Node) -> Call:
    op = node.one_of("op", CallOp)
    return Call(node.number("at"), node.text("id"), op, node.node("args"), node.text_or_none("by"))


def _effect(node: Node) -> Effect:
    return Effect(node.number("at"), node.text("id"))


def _answer(node: Node) -> Answer:
    return Answer(
        at=node.number("at"),
        id=node.text("id"),
        status=node.number("status"),
        body=_body(node),
        error=node.text_or_none("error"),
    )


def _body(node: Node) -> tuple[Node, ...]:
    body = node.keys.get("body")
    if body is None:
        return ()
    return node.nodes("body") if isinstance(body, list) else (node.node("body"),)


def _write(node: Node) -> Write:
    versions = node.whole_or_none("decided_on"), node.whole_or_none("became")
    return Write(node.number("at"), _record(node), node.text_or_none("by"), _durable(node), *versions)


def _alarm_set(node: Node) -> AlarmSet:
    return AlarmSet(node.number("at"), node.nullable_number("due"), node.text_or_none("by"), node.text_or_none("note"))


def _world(node: Node) -> World:
    return World(
        at=node.number("at"),
        machines=tuple(machine_shown(one) for one in _changed(node, "machines")),
        volumes=tuple(volume_shown(one) for one in _changed(node, "volumes")),
        cause=node.text_or_none("cause"),
    )


def _changed(node: Node, key: str) -> tuple[Node, ...]:
    return () if node.keys.get(key) is None else node.nodes(key)


def _event(node: Node) -> Event:
    return Event(node.number("at"), node.text("name"), node.node("fields"), node.text_or_none("by"))


def _evict(node: Node) -> Evict:
    return Evict(node.number("at"))


def _quiesce(node: Node) -> Quiesce:
    return Quiesce(node.number("at"))


READERS: Final[Mapping[str, Callable[[Node], Line]]] = {
    "header": _header,
    "initial": _initial,
    "command": _command,
    "reply": _reply,
    "call": _call,
    "effect": _effect,
    "answer": _answer,
    "write": _write,
    "alarm_set": _alarm_set,
    "world": _world,
    "event": _event,
    "evict": _evict,
    "quiesce": _quiesce,
}


# -- parts of lines ----------------------------------------------------------------------------------------------


def machine_shown(node: Node) -> ShownMachine:
    """The machine that a line, or the body of an answer, shows."""
    return ShownMachine(
        id=node.text("id"),
        name=node.text_or_none("name"),
        sandbox_id=node.text_or_none("sandbox_id"),
        state=node.text_or_none("state"),
        gone=_is_gone(node),
        region=node.text_or_none("region"),
        size=size_of(node.node_or_none("size")),
        volume_id=node.text_or_none("volume_id"),
        version=node.text_or_none("instance_id"),
    )


def volume_shown(node: Node) -> ShownVolume:
    """The volume that a line, or the body of an answer, shows."""
    return ShownVolume(
        id=node.text("id"),
        name=node.text_or_none("name"),
        sandbox_id=node.text_or_none("sandbox_id"),
        state=node.text_or_none("state"),
        gone=_is_gone(node),
        region=node.text_or_none("region"),
        data=node.text_or_none("data"),
        attached=node.text_or_none("attached_machine_id"),
    )


def _is_gone(node: Node) -> bool:
    return node.keys.get("gone") is not None and node.flag("gone")


def _record(node: Node) -> Written | None:
    """The record of a line; None where nothing is left, or nothing but what a wipe leaves until the registry knows."""
    if node.required("record") is None:
        return None
    record = node.node("record")
    if all(key == LEFT_AFTER_A_WIPE or value is None for key, value in record.keys.items()):
        return None
    return Written(_words(record), noted=any(record.keys.get(note) is not None for note in NOTES))


def _durable(node: Node) -> Durable:
    return durable(node.node_or_none("record"))


def _words(record: Node) -> RecordWords:
    status = record.one_of_or_none("status", Status)
    desired = record.one_of_or_none("desired", Wanted)
    others = tuple(one for one in map(record.text_or_none, OTHER_VOLUMES) if one is not None)
    return RecordWords(
        status=None if status is None else status.value,
        machine_id=record.text_or_none("machine_id"),
        volume_id=record.text_or_none("volume_id"),
        region=record.text_or_none("region"),
        desired=None if desired is None else desired.value,
        pending_destroy_machine_id=record.text_or_none("pending_destroy_machine_id"),
        pending_destroy_volume_id=record.text_or_none("pending_destroy_volume_id"),
        pending_recovery_volume_id=record.text_or_none("pending_recovery_volume_id"),
        retained_volume_id=record.text_or_none("retained_volume_id"),
        other_machine_ids=record.texts("other_machine_ids"),
        other_volume_ids=(*record.texts("other_volume_ids"), *others),
    )
