"""Traces drawn by chance: every kind of line, few names, so that lines have to do with one another."""

from __future__ import annotations

import json
from typing import TypeAlias

from hypothesis import strategies as st

from kiloclaw_core.trace.lines import CallOp, CommandOp, Status

Words: TypeAlias = dict[str, object]

SANDBOX, STRANGER = "box of Ann", "box of Bob"
USER, APP = "ann@example.org", "app of Ann"
MACHINES, VOLUMES = ("mach-Ann-1", "mach-Ann-2", "mach-Bob-1"), ("vol-Ann-1", "vol-Ann-2", "vol-Bob-1")
SECRETS = (SANDBOX, STRANGER, USER, APP, *MACHINES, *VOLUMES, "secret", "hush")
"""What must not be left of a trace that is redacted."""
SIZES: tuple[Words, ...] = (
    {"cpus": 1, "memory_mb": 256, "cpu_kind": "shared"},
    {"cpus": 8, "memory_mb": 8192, "cpu_kind": "secret kind"},
)
TEXTS = ("volume secret not found", "insufficient resources, hush", "secret", "quota of Ann is used up")
EVENTS = ("instance.started", "instance.provisioning_failed", "reconcile.destroy_complete", "Start failed: secret")


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """One of these, or nothing."""
    return st.none() | values


def some(**keys: st.SearchStrategy[object]) -> st.SearchStrategy[Words]:
    """An object with these keys, as far as they are not null."""
    return st.fixed_dictionaries(keys).map(lambda one: {key: value for key, value in one.items() if value is not None})


machines: st.SearchStrategy[object] = st.sampled_from(MACHINES)
volumes: st.SearchStrategy[object] = st.sampled_from(VOLUMES)
regions: st.SearchStrategy[object] = st.sampled_from(("iad", "lhr", "eu", "secret region"))
owners: st.SearchStrategy[object] = st.sampled_from((SANDBOX, SANDBOX, STRANGER))
sizes: st.SearchStrategy[object] = st.sampled_from(SIZES)
states: st.SearchStrategy[object] = st.sampled_from(("created", "started", "stopped", "destroyed", "secret state"))
tasks: st.SearchStrategy[object] = st.sampled_from(("k1", "k2", "task of Ann"))
calls: st.SearchStrategy[object] = st.sampled_from(("c1", "c2", "c3", "call of Ann"))
flags: st.SearchStrategy[object] = st.sampled_from((None, True, False))

shown_machine = some(
    id=machines,
    name=maybe(owners),
    sandbox_id=maybe(owners),
    state=maybe(states),
    region=maybe(regions),
    volume_id=maybe(volumes),
    size=maybe(sizes),
    gone=st.sampled_from((None, None, True)),
)
shown_volume = some(
    id=volumes,
    sandbox_id=maybe(owners),
    region=maybe(regions),
    data=maybe(st.sampled_from(("empty", "d1", "secret"))),
    gone=st.sampled_from((None, None, True)),
)
record = st.none() | some(
    user_id=maybe(st.just(USER)),
    sandbox_id=maybe(owners),
    app=maybe(st.just(APP)),
    status=maybe(st.sampled_from([one.value for one in Status])),
    machine_id=maybe(machines),
    volume_id=maybe(volumes),
    retained_volume_id=maybe(volumes),
    pending_destroy_machine_id=maybe(machines),
    machine_size=maybe(sizes),
    starting_at=maybe(st.integers(0, 10**6)),
    last_start_error=maybe(st.sampled_from(TEXTS)),
    pending_registry_cleanup=maybe(st.just(USER)),
    api_key=maybe(st.just("secret")),
)
command = some(
    kind=st.just("command"), id=tasks, op=st.sampled_from([one.value for one in CommandOp]), args=st.just({"x": "hush"})
)
value = st.sampled_from(
    (
        None,
        "stopped",
        "secret",
        {"stopped": True, "status": "stopped"},
        {"started": True},
        {"finalized": True, "who": USER},
    )
)
reply = some(
    kind=st.just("reply"),
    id=tasks,
    ok=st.booleans(),
    value=value,
    error=maybe(st.just({"status": 500, "code": "hush", "message": "secret"})),
)
arguments = some(
    name=maybe(owners),
    region=maybe(regions),
    app=maybe(st.sampled_from((APP, "app of Bob"))),
    machine_id=machines,
    volume_id=volumes,
    size=maybe(sizes),
    source_volume_id=maybe(volumes),
    metadata=maybe(st.just({"kiloclaw_user_id": USER})),
    command=maybe(st.just(["secret"])),
)
call = some(
    kind=st.just("call"), id=calls, op=st.sampled_from([one.value for one in CallOp]), args=arguments, by=maybe(tasks)
)
effect = some(kind=st.just("effect"), id=calls)
body = st.none() | shown_machine | st.lists(shown_machine, max_size=2)
answer = some(
    kind=st.just("answer"),
    id=calls,
    status=st.sampled_from((200, 200, 404, 412, 503, 0)),
    body=body,
    error=maybe(st.sampled_from(TEXTS)),
)
write = st.fixed_dictionaries({"kind": st.just("write"), "record": record, "by": tasks})
alarm_set = st.fixed_dictionaries({"kind": st.just("alarm_set"), "due": st.none() | st.integers(0, 10**9)})
world = some(
    kind=st.just("world"),
    machines=st.lists(shown_machine, max_size=2),
    volumes=st.lists(shown_volume, max_size=2),
    cause=maybe(calls),
)
event = st.fixed_dictionaries(
    {
        "kind": st.just("event"),
        "name": st.sampled_from(EVENTS),
        "fields": some(data_loss=flags, label=maybe(st.sampled_from(("no_machine_created", "secret")))),
        "by": tasks,
    }
)
bare = st.sampled_from(({"kind": "evict"}, {"kind": "quiesce"}))
line: st.SearchStrategy[Words] = st.one_of(
    command, reply, call, call, effect, answer, answer, write, alarm_set, world, event, bare
)
initial: st.SearchStrategy[Words] = st.fixed_dictionaries(
    {
        "kind": st.just("initial"),
        "record": record,
        "alarm_due": st.none() | st.just(10**9),
        "machines": st.lists(shown_machine, max_size=2),
        "volumes": st.lists(shown_volume, max_size=2),
    }
)
HEADER: Words = {
    "kind": "header",
    "trace": "kiloclaw-trace/1",
    "source": "secret service",
    "sandbox_id": SANDBOX,
    "user_id": USER,
    "app": APP,
    "note": "hush",
}


def dated(lines: list[tuple[Words, int]]) -> list[str]:
    """The lines of a trace, each so many milliseconds after the one before."""
    at, texts = 0, [json.dumps(HEADER)]
    open_calls: set[object] = set()
    for one, pause in lines:
        at += pause
        if fits(one, open_calls):
            texts.append(json.dumps({**one, "at": at}))
    return texts


def fits(one: Words, open_calls: set[object]) -> bool:
    """Whether a line fits those before it: a request is not under way twice, and only what is open is answered."""
    if one["kind"] == "call" and one["id"] not in open_calls:
        open_calls.add(one["id"])
        return True
    if one["kind"] == "answer" and one["id"] in open_calls:
        open_calls.discard(one["id"])
        return True
    return one["kind"] not in {"call", "answer"}


pauses = st.sampled_from((0, 10, 60_000, 600_000))
traces = st.tuples(initial, st.lists(st.tuples(line, pauses), max_size=25)).map(
    lambda drawn: dated([(dict(drawn[0]), 0), *drawn[1]])
)
"""Whole traces, most of which are well-formed."""
