"""Walks through the explored model, written down as traces that tell the truth: what a service without mistakes does.

A step is a few lines: what the caller asked, what the record says now, which requests left, landed and were answered,
and what changed in the world. All written data has one label, for a copy is of its source's lineage.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Final, TypeAlias

from attrs import asdict

from kiloclaw_adapters.explorer.steady import AsItComes, steady_passages
from kiloclaw_adapters.trace_words import answer_words, call_words
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.explore import Action, Choice, Joint, ProductModel, Trace, When
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import AlarmName, Gone
from kiloclaw_core.rules.records import IN_MOTION
from kiloclaw_core.status import status_of
from kiloclaw_core.trace.lines import CommandOp
from kiloclaw_core.world.fly import EMPTY, TrueMachine, TrueVolume
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.moment import seen_of
from kiloclaw_core.world.predicates import at_home
from kiloclaw_core.world.scene import written_record
from kiloclaw_core.world.setting import SANDBOX, Configuration
from kiloclaw_core.world.slots import Answered, Orphan, Sent
from kiloclaw_core.world.system import System

Words: TypeAlias = dict[str, object]
Draw: TypeAlias = Callable[[int], int]
Dues: TypeAlias = dict[tuple[AlarmName, OpId], int]

STEP_MS: Final = 1000
HOMEWARD: Final = 400
DUE: Final = 10**12
OPS: Final = {one.value for one in CommandOp}


def walked(configuration: Configuration, draw: Draw, length: int, *, punctual: bool = False) -> tuple[str, ...]:
    """The trace of one walk: at most so many steps of whatever may happen, then home, by calm steps alone, to rest.

    Where it is punctual, no alarm rings late.
    """
    system = System(configuration)
    model = ProductModel(AsItComes(system))
    here, at = model.initial(), 0
    due = dues(record_of(here), {}, at)
    lines: list[Words] = [*beginning(here)]
    for walked_so_far in range(length + HOMEWARD):
        if walked_so_far >= length and is_at_rest(system, here, model):
            break
        choices = [
            (one, moment)
            for one, moment in timed(model.actions(here), record_of(here), due, punctual=punctual)
            if walked_so_far < length or one.move.when is not When.FREE
        ]
        if not choices:
            break
        chosen, moment = choices[draw(len(choices))]
        at = max(at + STEP_MS, moment)
        after = model.next(here, chosen)
        lines += [{**line, "at": at} for line in step(here, chosen.move.action, after)]
        here, due = after, dues(record_of(after), due, at)
    if is_at_rest(system, here, model):
        lines.append({"kind": "quiesce", "at": at})
    return tuple(json.dumps(line) for line in sent_first(lines))


def timed(choices: tuple[Choice, ...], record: Record, due: Dues, *, punctual: bool) -> Iterator[tuple[Choice, int]]:
    """What may happen, each with the moment before which it does not.

    An alarm rings when it is due, or late where nobody is waiting: while something is under way, the earliest first.
    """
    alarms = [one for one in alarms_of(record) if one.name is not AlarmName.INTENT]
    quiet = [one for one in choices if one.move.when is When.QUIET]
    ringing = tuple(zip(quiet, (due[one.name, one.of] for one in alarms), strict=True)) if quiet else ()
    first = min((moment for _, moment in ringing), default=0)
    in_order = punctual or (isinstance(record, Instance) and status_of(record) in IN_MOTION)
    yield from ((one, 0) for one in choices if one.move.when is not When.QUIET)
    yield from ((one, moment) for one, moment in ringing if not in_order or moment == first)


def dues(record: Record, before: Dues, at: int) -> Dues:
    """When each alarm is due: one that stays, when it was, and a new one after its patience."""
    wanted = {(one.name, one.of): at + round(one.patience_s * 1000) for one in alarms_of(record)}
    return {key: before.get(key, moment) for key, moment in wanted.items()}


def told(system: System, trace: Trace) -> tuple[str, ...]:
    """The trace of a way through the system that a search found; and after it home, by calm steps."""
    passages, model = steady_passages(system, trace), ProductModel(AsItComes(system))
    lines: list[Words] = [*beginning(passages[0][0])]
    at, here = 0, passages[0][0]
    for before, action, after in passages:
        at, here = at + STEP_MS, after
        lines += [{**line, "at": at} for line in step(before, action, after)]
    for _ in range(HOMEWARD):
        calm = [one for one in model.actions(here) if one.move.when is not When.FREE]
        if not calm or (system.scene(here).resting and not any(one.move.when is When.CALM for one in calm)):
            break
        at += STEP_MS
        after = model.next(here, calm[0])
        lines += [{**line, "at": at} for line in step(here, calm[0].move.action, after)]
        here = after
    lines.append({"kind": "quiesce", "at": at})
    return tuple(json.dumps(line) for line in sent_first(lines))


def is_at_rest(system: System, joint: Joint, model: ProductModel[Joint]) -> bool:
    """Whether nothing more happens by itself, and nothing is wrong that a host which does not answer keeps so."""
    scene = system.scene(joint)
    moves = any(one.move.when is When.CALM for one in model.actions(joint))
    return scene.resting and at_home(scene) and not scene.silent and not moves


def sent_first(lines: list[Words]) -> Iterator[Words]:
    """Without the answers to what never left."""
    sent: set[object] = set()
    for line in lines:
        if line["kind"] == "call":
            sent.add(line["id"])
        if line["kind"] not in {"answer", "effect"} or line["id"] in sent:
            yield line


def by_chance(seed: int) -> Draw:
    """Draws that are the same for the same seed."""
    random = Random(seed)
    return random.randrange


def beginning(joint: Joint) -> Iterator[Words]:
    """How things stand at first."""
    record = record_of(joint)
    whose: Words = {"user_id": record.identity.user, "app": record.identity.app} if isinstance(record, Instance) else {}
    yield {"kind": "header", "trace": "kiloclaw-trace/1", "source": "walk", "sandbox_id": SANDBOX, **whose}
    world = {"machines": list(machines_in(joint).values()), "volumes": list(volumes_in(joint).values())}
    due = due_of(record)
    yield {"kind": "initial", "at": 0, "record": written_record(record), "alarm_due": due, **world}
    yield {"kind": "world", "at": 0, "machines": [], "volumes": []}


def step(before: Joint, action: Action, after: Joint) -> Iterator[Words]:
    """The lines of one step."""
    name = action.label.partition(":")[0]
    if action.lane == "caller" and name in OPS:
        yield {"kind": "command", "id": f"k{name}", "op": name, "args": {}}
    if action.label == "crash":
        yield {"kind": "evict"}
    yield from answers(before, action, after)
    yield from landings(before, action, after)
    if record_of(before) != record_of(after):
        yield {"kind": "write", "record": written_record(record_of(after))}
        yield {"kind": "alarm_set", "due": due_of(record_of(after))}
    if is_gone(record_of(after)) and not is_gone(record_of(before)):
        yield {"kind": "event", "name": "destroy_complete", "fields": {}}
    yield from calls(before, after)
    if action.lane == "caller" and name in OPS:
        yield {"kind": "reply", "id": f"k{name}", "ok": ":" not in action.label}


def calls(before: Joint, after: Joint) -> Iterator[Words]:
    """The requests that leave."""
    known = {one.effect.op for one in before.bag if isinstance(one, Sent | Orphan)}
    for one in after.bag:
        words = call_words(one.effect) if isinstance(one, Sent | Orphan) and one.effect.op not in known else None
        if words is not None and isinstance(one, Sent | Orphan):
            yield {"kind": "call", "id": f"c{one.effect.op}", "op": words[0], "args": dict(words[1])}


def answers(before: Joint, action: Action, after: Joint) -> Iterator[Words]:
    """The answers that are heard."""
    for one in before.bag:
        if isinstance(one, Answered) and one not in after.bag and action.label.startswith(f"hear {one.op}:"):
            yield {"kind": "answer", "id": f"c{one.op}", **answer_words(one.outcome)}


def landings(before: Joint, action: Action, after: Joint) -> Iterator[Words]:
    """What took effect, and what it changed."""
    cause: Words = {}
    if action.label.startswith("land "):
        left = [one.effect for one in before.bag if isinstance(one, Sent | Orphan) and one not in after.bag]
        cause = {"cause": f"c{left[0].op}"}
        if call_words(left[0]) is not None and "Rejected" not in action.label:
            yield {"kind": "effect", "id": f"c{left[0].op}"}
    machines, volumes = changed(machines_in(before), machines_in(after)), changed(volumes_in(before), volumes_in(after))
    if machines or volumes:
        yield {"kind": "world", "machines": machines, "volumes": volumes, **cause}


def changed(before: dict[str, Words], after: dict[str, Words]) -> list[Words]:
    """What came, changed or went."""
    gone = [{**one, "gone": True} for name, one in before.items() if name not in after]
    return [*gone, *(one for name, one in after.items() if before.get(name) != one)]


def machine(one: TrueMachine) -> Words:
    """A machine in the words of the format."""
    size = None if one.guest is None else asdict(one.guest)
    every = {"id": one.machine, "app": one.app, "name": one.name, "state": one.state.value, "region": one.region}
    return {**every, "volume_id": one.volume, "sandbox_id": one.sandbox or "somebody", "size": size}


def volume(one: TrueVolume, *, own: bool) -> Words:
    """A volume in the words of the format."""
    data, whose = "empty" if one.data == EMPTY else "d1", SANDBOX if own else "somebody"
    every = {"id": one.volume, "app": one.app, "state": one.state.value, "region": one.region, "data": data}
    return {**every, "sandbox_id": whose}


def machines_in(joint: Joint) -> dict[str, Words]:
    """The machines there are."""
    return {one.machine: machine(one) for one in outside_of(joint).fly.machines}


def volumes_in(joint: Joint) -> dict[str, Words]:
    """The volumes there are."""
    outside = outside_of(joint)
    strangers = seen_of(outside).strangers
    return {one.volume: volume(one, own=one.volume not in strangers) for one in outside.fly.volumes}


def due_of(record: Record) -> int | None:
    """When the next alarm is due, if one is."""
    return DUE if isinstance(record, Instance) and alarms_of(record) else None


def is_gone(record: Record) -> bool:
    """Whether destroy is done, which the core notes as soon as it is."""
    return isinstance(record, Instance) and isinstance(record.phase, Gone)


def record_of(joint: Joint) -> Record:
    """The record."""
    (record,) = (part for part in joint.parts if isinstance(part, Absent | Instance))
    return record


def outside_of(joint: Joint) -> Outside:
    """The truth outside."""
    (outside,) = (part for part in joint.parts if isinstance(part, Outside))
    return outside
