"""How the stories of rules are told: a sandbox that runs, requests as lines, and what a rule says then."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from kiloclaw_core.rules import RULES, RuleVerdict, check

Words: TypeAlias = dict[str, object]
Story: TypeAlias = tuple[Words, ...]
Said: TypeAlias = tuple[str, int | None, str]

SANDBOX: Final = "ki_1"
OTHERS: Final = "ki_2"
MINUTE: Final = 60_000
HEADER: Final[Words] = {
    "kind": "header",
    "trace": "kiloclaw-trace/1",
    "source": "story",
    "sandbox_id": SANDBOX,
    "user_id": "user-1",
    "app": "app-1",
}
WHOSE: Final[Words] = {"user_id": "user-1", "sandbox_id": SANDBOX, "app": "app-1"}
SIZE: Final[Words] = {"cpus": 1, "memory_mb": 3072, "cpu_kind": "shared"}
LARGE: Final[Words] = {"cpus": 8, "memory_mb": 8192, "cpu_kind": "shared"}
FIRST: Final = 3
"""The number of the line after the beginning."""


def record(status: str | None, machine: str | None = "m1", volume: str | None = "v1", **more: object) -> Words:
    """A record of the sandbox; what is None is not said."""
    every = {**WHOSE, "status": status, "machine_id": machine, "volume_id": volume, **more}
    return {key: value for key, value in every.items() if value is not None}


def machine(name: str = "m1", state: str = "started", volume: str | None = "v1", /, **more: object) -> Words:
    """A machine of the sandbox as a line shows it."""
    shown = {"id": name, "state": state, "volume_id": volume, "region": "iad", "sandbox_id": SANDBOX, "size": SIZE}
    return {**shown, **more}


def volume(name: str = "v1", data: str | None = "d1", /, **more: object) -> Words:
    """A volume of the sandbox as a line shows it; a label of None is not said."""
    shown = {"id": name, "region": "iad", "sandbox_id": SANDBOX, **({} if data is None else {"data": data})}
    return {**shown, **more}


def gone(one: Words) -> Words:
    """The same resource, there no more."""
    return {**one, "gone": True}


def initial(
    kept: Words | None, machines: Iterable[Words] = (), volumes: Iterable[Words] = (), due: int | None = 10**9
) -> Words:
    """How things stood at first."""
    resources = {"machines": list(machines), "volumes": list(volumes)}
    return {"kind": "initial", "record": kept, "alarm_due": due, **resources}


RUNS: Final = initial(record("running"), [machine()], [volume()])
STOPPED: Final = initial(record("stopped"), [machine(state="stopped")], [volume()])
NO_MACHINE: Final = initial(record("stopped", None), (), [volume()])
NOTHING: Final = initial(None, due=None)


# -- lines -------------------------------------------------------------------------------------------------------


def asks(name: str, op: str, **args: object) -> Words:
    """A caller asks."""
    return {"kind": "command", "id": name, "op": op, "args": args}


def granted(name: str, value: object = None) -> Words:
    """A command is granted."""
    return {"kind": "reply", "id": name, "ok": True, "value": value}


def refused(name: str, status: int = 500) -> Words:
    """A command is refused, or failed."""
    return {"kind": "reply", "id": name, "ok": False, "error": {"status": status, "message": "no"}}


def sends(name: str, op: str, by: str | None = "k1", /, **args: object) -> Words:
    """A request leaves."""
    return {"kind": "call", "id": name, "op": op, "args": args, **signed(by)}


def lands(name: str) -> Words:
    """A request takes effect."""
    return {"kind": "effect", "id": name}


def hears(name: str, status: int = 200, body: object = None, error: str | None = None) -> Words:
    """A request is answered."""
    said = {"kind": "answer", "id": name, "status": status, "body": body, "error": error}
    return {key: value for key, value in said.items() if value is not None}


def world(cause: str | None = None, machines: Iterable[Words] = (), volumes: Iterable[Words] = ()) -> Words:
    """The truth changes."""
    changed: Words = {"kind": "world", "machines": list(machines), "volumes": list(volumes)}
    return changed if cause is None else {**changed, "cause": cause}


def writes(kept: Words | None, by: str | None = "k1", versions: tuple[int, int] | None = None) -> Words:
    """A commit, and which version it was decided on and which it became, where that is told."""
    numbered = {} if versions is None else {"decided_on": versions[0], "became": versions[1]}
    return {"kind": "write", "record": kept, **signed(by), **numbered}


def sets(due: int | None, by: str | None = "k1") -> Words:
    """The alarm is set, or cleared."""
    return {"kind": "alarm_set", "due": due, **signed(by)}


def logs(name: str, by: str | None = "k1", /, **fields: object) -> Words:
    """Something is logged."""
    return {"kind": "event", "name": name, "fields": fields, **signed(by)}


def signed(by: str | None) -> Words:
    """Whose doing it is, where that is said."""
    return {} if by is None else {"by": by}


RESTS: Final[Words] = {"kind": "quiesce"}
EVICTED: Final[Words] = {"kind": "evict"}


def later(minutes: float) -> Words:
    """So many minutes pass before the next line; no line of its own."""
    return {"passes": round(minutes * MINUTE)}


# -- requests that go well ---------------------------------------------------------------------------------------


def creates(  # noqa: PLR0913 (each is what a request names)
    name: str, made: str, volume: Words, by: str = "k1", *, size: Words = SIZE, region: str = "iad"
) -> Story:
    """A machine is made on this volume."""
    args = {"name": SANDBOX, "region": region, "volume_id": volume["id"], "app": "app-1", "size": size}
    one = machine(made, "created", str(volume["id"]), region=region, size=size)
    return (sends(name, "create_machine", by, **args), lands(name), world(name, [one]), hears(name, body=one))


def makes(name: str, one: Words, by: str = "k1", source: str | None = None) -> Story:
    """A volume is made, empty or as a copy."""
    args = {
        "name": "kiloclaw",
        "region": "iad",
        "app": "app-1",
        **({} if source is None else {"source_volume_id": source}),
    }
    return (sends(name, "create_volume", by, **args), lands(name), world(name, (), [one]), hears(name, body=one))


def destroys(name: str, one: Words, by: str = "k1") -> Story:
    """A machine is destroyed."""
    call = sends(name, "destroy_machine", by, machine_id=one["id"])
    return (call, lands(name), world(name, [gone(one)]), hears(name))


def deletes(name: str, one: Words, by: str = "k1") -> Story:
    """A volume is deleted."""
    call = sends(name, "delete_volume", by, volume_id=one["id"])
    return (call, lands(name), world(name, (), [gone(one)]), hears(name))


def stops(name: str, one: Words, by: str = "k1") -> Story:
    """A machine is stopped."""
    call = sends(name, "stop_machine", by, machine_id=one["id"])
    return (call, lands(name), world(name, [{**one, "state": "stopped"}]), hears(name))


def looks(name: str, one: Words, by: str = "k1") -> Story:
    """A machine is looked at."""
    return (sends(name, "get_machine", by, machine_id=one["id"]), lands(name), hears(name, body=one))


def fails(name: str, op: str, status: int, by: str = "k1", error: str = "no", /, **args: object) -> Story:
    """A request is refused, or fails."""
    return (sends(name, op, by, **args), hears(name, status, error=error))


def day(number: int) -> Iterator[Words]:
    """One day of a sandbox: it is stopped and started, looked at, moved, and its old volume deleted."""
    start, stop, alarm = f"s{number}", f"t{number}", f"a{number}"
    old, new = f"v{number}", f"v{number + 1}"
    yield asks(stop, "stop")
    yield from stops(f"c{number}0", machine("m1", "started", old), stop)
    yield writes(record("stopped", "m1", old), stop)
    yield granted(stop, {"stopped": True, "status": "stopped"})
    yield asks(start, "start")
    yield from makes(f"c{number}1", volume(new), start, old)
    yield from deletes(f"c{number}2", volume(old), start)
    yield world(None, [machine("m1", "started", new)])
    yield writes(record("running", "m1", new), start)
    yield granted(start, {"started": True, "status": "running"})
    yield asks(alarm, "alarm")
    yield from fails(f"c{number}3", "get_volume", 503, alarm, "no", volume_id=new)
    yield sets(10**12, alarm)
    yield granted(alarm)
    yield RESTS


# -- what becomes of rules ---------------------------------------------------------------------------------------


def trace(beginning: Words, *told: Words | Story, header: Words = HEADER) -> tuple[str, ...]:
    """The lines of a trace, one millisecond after the other, unless more passes."""
    at, lines = 0, [header]
    for one in (beginning, *flat(told)):
        if "passes" in one:
            at += int(str(one["passes"]))
        else:
            lines.append({**one, "at": at})
            at += 1
    return tuple(json.dumps(line) for line in lines)


def flat(told: Iterable[Words | Story]) -> Iterable[Words]:
    """Lines and several lines, as lines."""
    for one in told:
        yield from (one if isinstance(one, tuple) else (one,))


def verdict(rule: str, beginning: Words, *told: Words | Story, header: Words = HEADER) -> RuleVerdict:
    """What became of this rule."""
    wanted = tuple(one for one in RULES if one.name == rule)
    (found,) = check(trace(beginning, *told, header=header), wanted)
    return found


def judged(rule: str, beginning: Words, *told: Words | Story, header: Words = HEADER) -> Said:
    """What became of this rule, on which line, and what is said of it, where the truth is told."""
    return untold(rule, beginning, *told, world(), header=header)


def untold(rule: str, beginning: Words, *told: Words | Story, header: Words = HEADER) -> Said:
    """The same where no more of the truth is told than these lines tell."""
    found = verdict(rule, beginning, *told, header=header)
    return found.verdict, found.line, found.message


HELD: Final = ("held", None, "")


def broken(line: int, message: str) -> Said:
    """A rule is broken on this line."""
    return "broken", line, message


def unjudged(why: str, line: int | None = None) -> Said:
    """A rule is not judged, and why."""
    return "not_judged", line, why
