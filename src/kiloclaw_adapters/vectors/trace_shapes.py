"""JSON Schema of a line of `kiloclaw-trace/1`, made from the classes that lines are read into.

A line may have further keys, which are ignored; what its class has a default for may be absent or null. Whether lines
come in the right order, and requests are of what they name, no schema can say: `kiloclaw check` does.
"""

from __future__ import annotations

from types import NoneType
from typing import Final, get_args, get_type_hints

from attrs import NOTHING, Attribute, AttrsInstance, fields

from kiloclaw_adapters.vectors.shapes import Schema, Shapes, const, either, keyed, listed
from kiloclaw_core.trace.durable import MARKS, SIZE, STATUS, STEERING, WHOSE, Durable, Size
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    Command,
    Effect,
    Event,
    Evict,
    Header,
    Initial,
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
from kiloclaw_core.trace.parsing import VERSION
from kiloclaw_core.trace.reading import Node

KINDS: Final[dict[str, type[AttrsInstance]]] = {
    "header": Header,
    "initial": Initial,
    "command": Command,
    "reply": Reply,
    "call": Call,
    "effect": Effect,
    "answer": Answer,
    "write": Write,
    "alarm_set": AlarmSet,
    "world": World,
    "event": Event,
    "evict": Evict,
    "quiesce": Quiesce,
}
"""What each kind of line is read into."""
NULL: Final[Schema] = {"type": "null"}
OBJECT: Final[Schema] = {"type": "object"}
TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
PARTS: Final = (ShownMachine, ShownVolume, ReplyError, Size)
"""What a line may hold that is read key by key as well."""
SPELT: Final = {"version": "instance_id", "attached": "attached_machine_id"}
"""What lines call these."""


def trace_line() -> Schema:
    """A line of a trace."""
    return {"oneOf": [_line(kind, read_into) for kind, read_into in KINDS.items()]}


def _line(kind: str, read_into: type[AttrsInstance]) -> Schema:
    said = {"kind": const(kind), **({"trace": const(VERSION)} if read_into is Header else {})}
    required, optional = _keys(read_into)
    return keyed({**said, **required}, optional, closed=False)


def _keys(read_into: type[AttrsInstance]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The keys that must be there, and those that need not."""
    hints = get_type_hints(read_into)
    every = [one for one in fields(read_into) if hints[one.name] is not Durable]
    shapes = {SPELT.get(one.name, one.name): _part(hints[one.name]) for one in every}
    asked_for = {SPELT.get(one.name, one.name) for one in every if _is_asked_for(one)}
    required = {key: shape for key, shape in shapes.items() if key in asked_for}
    optional = {key: _nullable(shape) for key, shape in shapes.items() if key not in asked_for}
    return required, optional


def _is_asked_for(one: Attribute[object]) -> bool:
    return one.default is NOTHING


def _part(kind: object) -> Schema:
    """The shape of what stands under a key."""
    if kind is object:
        return {}
    if kind is Node:
        return OBJECT
    if kind == tuple[Node, ...]:
        return either([OBJECT, listed(OBJECT)])
    if kind is Written:
        return record_words()
    members = get_args(kind)
    if NoneType in members:
        (other,) = (one for one in members if one is not NoneType)
        return _nullable(_part(other))
    if Ellipsis in members:
        return listed(_part(members[0]))
    if isinstance(kind, type) and kind in PARTS:
        required, optional = _keys(kind)
        return keyed(required, optional, closed=False) if kind is not Size else keyed({}, required, closed=False)
    shapes = Shapes()
    shape = shapes.shape(kind)
    (defined,) = shapes.definitions.values() or (shape,)
    return defined


def record_words() -> Schema:
    """The record of a line, whose keys may all be absent."""
    texts = {key: _nullable(TEXT) for key in (*STEERING, *WHOSE)}
    words = {STATUS: [one.value for one in Status], "desired": [one.value for one in Wanted]}
    named: dict[str, Schema] = {key: {"enum": [*each, None]} for key, each in words.items()}
    marks = {key: _nullable(NUMBER) for key in MARKS.values()}
    others = {key: _nullable(listed(TEXT)) for key in ("other_machine_ids", "other_volume_ids")}
    return keyed({}, {**texts, **named, **marks, **others, SIZE: _nullable(_part(Size | None))}, closed=False)


def _nullable(shape: Schema) -> Schema:
    """The same, or null."""
    kind = shape.get("type")
    if isinstance(kind, str):
        return {**shape, "type": [kind, "null"]}
    return either([shape, NULL]) if shape and kind is None else shape
