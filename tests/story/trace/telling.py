"""How the stories of traces are told: short words for lines, a beginning before them, and what is read of the whole."""

from __future__ import annotations

import json
from typing import Final, TypeAlias

from kiloclaw_core.explore.model import Claim
from kiloclaw_core.trace import TRACE_CLAIMS, Word, judge, scenes
from kiloclaw_core.world.scene import Scene

Words: TypeAlias = dict[str, object]

SANDBOX: Final = "ki_1"
HEADER: Final[Words] = {"kind": "header", "trace": "kiloclaw-trace/1", "source": "story", "sandbox_id": SANDBOX}
RUNNING: Final[Words] = {"status": "running", "user_id": "user-1", "machine_id": "m1", "volume_id": "v1"}
STOPPED: Final[Words] = {**RUNNING, "status": "stopped"}
DESTROYING: Final[Words] = {**RUNNING, "status": "destroying"}
EMPTY_HANDED: Final[Words] = {"status": "destroying", "user_id": "user-1"}
QUIESCE: Final[Words] = {"kind": "quiesce"}
EVICT: Final[Words] = {"kind": "evict"}
BEFORE: Final = 2
"""The lines of a beginning: what happens first stands on the next."""


def machine(name: str = "m1", state: str = "started", volume: str | None = "v1", **more: object) -> Words:
    """A machine of the sandbox as a line shows it."""
    return {"id": name, "state": state, "volume_id": volume, "sandbox_id": SANDBOX, **more}


def volume(name: str = "v1", data: str | None = "d1", **more: object) -> Words:
    """A volume of the sandbox as a line shows it; a label of None is not said."""
    return {"id": name, "sandbox_id": SANDBOX, **({} if data is None else {"data": data}), **more}


def gone(one: Words) -> Words:
    """The same resource, there no more."""
    return {**one, "gone": True}


def initial(
    record: Words | None = None, machines: tuple[Words, ...] = (), volumes: tuple[Words, ...] = (), due: int | None = 9
) -> Words:
    """How things stood at first."""
    return {"kind": "initial", "record": record, "machines": machines, "volumes": volumes, "alarm_due": due}


HEALTHY: Final = initial(RUNNING, (machine(),), (volume(),))
"""An instance that runs, and everything about it is known."""
NOTHING: Final = initial()
"""A sandbox that never was."""


def command(op: str) -> Words:
    """A caller asks."""
    return {"kind": "command", "id": "k1", "op": op, "args": {}}


def call(name: str, op: str, **args: object) -> Words:
    """A request leaves."""
    return {"kind": "call", "id": name, "op": op, "args": args}


def effect(name: str) -> Words:
    """A request lands."""
    return {"kind": "effect", "id": name}


def answer(name: str, status: int = 200, body: object = None) -> Words:
    """A request is answered."""
    return {"kind": "answer", "id": name, "status": status, **({} if body is None else {"body": body})}


def write(record: Words | None) -> Words:
    """A commit."""
    return {"kind": "write", "record": record}


def world(cause: str | None = None, machines: tuple[Words, ...] = (), volumes: tuple[Words, ...] = ()) -> Words:
    """The truth changes."""
    return {"kind": "world", "machines": machines, "volumes": volumes, **({} if cause is None else {"cause": cause})}


def alarm_set(due: int | None) -> Words:
    """The alarm is set, or cleared."""
    return {"kind": "alarm_set", "due": due}


def trace(beginning: Words, *happenings: Words) -> tuple[str, ...]:
    """The lines of a trace, one moment after the other."""
    dated = ({"at": at, **line} for at, line in enumerate((beginning, *happenings)))
    return tuple(json.dumps(line) for line in (HEADER, *dated))


def last_scenes(beginning: Words, *happenings: Words) -> tuple[Scene, ...]:
    """Every scene that the last line allows."""
    every = tuple(scenes(trace(beginning, *happenings)))
    return tuple(scene for line, scene in every if line == every[-1][0])


def last_scene(beginning: Words, *happenings: Words) -> Scene:
    """The one scene after the last line, where nothing is in doubt."""
    (scene,) = last_scenes(beginning, *happenings)
    return scene


def judged(name: str, beginning: Words, *happenings: Words) -> tuple[Word, int | None]:
    """What became of this claim, and the line that shows it."""
    (verdict,) = judge(trace(beginning, *happenings), (claim(name),))
    return verdict.verdict, verdict.line


def claim(name: str) -> Claim[Scene]:
    """The claim of this name."""
    (found,) = (one for one in TRACE_CLAIMS if one.name == name)
    return found
