"""The recorder: a whole life as lines that any checker can read, from one process or from several."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from attrs import evolve

from kiloclaw_adapters.recorder import Recorder, is_quiet
from kiloclaw_adapters.serving import complaint, is_served
from kiloclaw_adapters.tracing import judge_file
from kiloclaw_core.commands import Start
from kiloclaw_core.instance import Absent
from kiloclaw_core.names import CommandId, SandboxId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.world.fate import halt

from ..interpreter.outside import CLOCK, SPEC, World, new_store, process

pytestmark = pytest.mark.anyio


def lines(path: Path) -> list[dict[str, object]]:
    """The lines of a trace."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


POINTERS = ("machine_id", "volume_id", "pending_destroy_machine_id", "pending_destroy_volume_id")


def short(line: dict[str, object]) -> str:
    """A line in a few words, without moments and ids that are drawn anew each time."""
    record = line.get("record")
    written = record if isinstance(record, dict) else {}
    words: dict[str, list[object]] = {
        "command": [line.get("op")],
        "reply": [line.get("value"), line.get("error")],
        "call": [line.get("op")],
        "answer": [line.get("status"), line.get("error")],
        "write": [written.get("status", "null"), *(key for key in POINTERS if key in written)],
        "event": [line.get("name")],
        "alarm_set": ["null"] if line.get("due") is None else [],
    }
    return " ".join([str(line["kind"]), *(str(word) for word in words.get(str(line["kind"]), []) if word is not None)])


EXPECTED = [
    "header",
    "initial",
    "command provision",
    "write provisioned",
    "write provisioned",
    "call registry",
    "answer 200",
    "write provisioned",
    "call list_volumes",
    "answer 200",
    "write provisioned",
    "call create_volume",
    "answer 200",
    "write provisioned volume_id",
    "event create_volume",
    "event instance.provisioned",
    "quiesce",
    "reply provisioned",
    "command destroy",
    "write destroying volume_id",
    "event instance.destroy_started",
    "write destroying pending_destroy_volume_id",
    "call delete_volume",
    "answer 200",
    "write destroying",
    "event destroy_volume_ok",
    "call mark_destroyed",
    "answer 200",
    "call registry",
    "answer 200",
    "write destroying",
    "event paid",
    "write destroying",
    "event paid",
    "call list_machines",
    "answer 200",
    "write destroying",
    "call list_volumes",
    "answer 200",
    "write destroying",
    "call list_machines",
    "answer 200",
    "write destroying",
    "call list_volumes",
    "answer 200",
    "write null",
    "event destroy_complete",
    "quiesce",
    "reply finalized",
]


async def test_a_life_reads_as_it_was_lived(tmp_path: Path) -> None:
    """The whole trace of a short life: whoever changes what is recorded sees it here."""
    world = World()
    kiloclaw = process(world, new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")
    await kiloclaw.destroy("sandbox-1", command_id="k2")
    told = [short(line) for line in lines(tmp_path / "sandbox-1.jsonl") if line["kind"] != "alarm_set"]
    assert told == EXPECTED


async def test_a_line_is_canonical_and_says_what_the_format_asks_for(tmp_path: Path) -> None:
    """A few whole lines, byte for byte: keys sorted, no spaces, and ids that pair calls with answers."""
    kiloclaw = process(World(), new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")
    text = (tmp_path / "sandbox-1.jsonl").read_text(encoding="utf-8").splitlines()
    assert [text[nth] for nth in (0, 1, 2, 4, 7, 8, 11, 15)] == [
        '{"kind":"header","sandbox_id":"sandbox-1","source":"kiloclaw","trace":"kiloclaw-trace/1"}',
        '{"alarm_due":null,"at":1790000000000,"kind":"initial","machines":[],"record":null,"volumes":[]}',
        (
            '{"args":{"app":"acct-c6c289e49e9c05b21458","desired":"stopped","user_id":"user-1"},"at":179000000000'
            '0,"id":"k1","kind":"command","op":"provision"}'
        ),
        '{"at":1790000000000,"by":"k1","due":1790000000000,"kind":"alarm_set"}',
        (
            '{"args":{"action":"ensure_app","app":"acct-c6c289e49e9c05b21458"},"at":1790000000000,"id":"c42949672'
            '97","kind":"call","op":"registry"}'
        ),
        '{"at":1790000001400,"id":"c4294967297","kind":"answer","status":200}',
        '{"args":{},"at":1790000001400,"id":"c4294967298","kind":"call","op":"list_volumes"}',
        (
            '{"args":{"app":"acct-c6c289e49e9c05b21458","name":"kiloclaw_1zmsrxfow_1z141z7","regions":["eu","us"]'
            ',"size_gb":10},"at":1790000001600,"id":"c4294967299","kind":"call","op":"create_volume"}'
        ),
    ]


async def test_a_trace_may_begin_late(tmp_path: Path) -> None:
    """Recording begins with what is known: whose it is, the record, its alarm and what it holds outside."""
    world, store = World(), new_store()
    await process(world, store).kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True)
    await process(world, store, recorder=Recorder(tmp_path, CLOCK)).kiloclaw.stop("sandbox-1")
    header, initial, *_ = lines(tmp_path / "sandbox-1.jsonl")
    due_ms = initial.pop("alarm_due")
    assert isinstance(due_ms, int)
    assert (header["user_id"], initial["record"] is not None, due_ms > CLOCK.now_ms() - 300_000) == (
        "user-1",
        True,
        True,
    )
    assert [one["id"] for one in (*_known(initial, "machines"), *_known(initial, "volumes"))] == [
        "m4294967300",
        "v4294967299",
    ]


def _known(initial: dict[str, object], what: str) -> list[dict[str, object]]:
    found = initial[what]
    assert isinstance(found, list)
    return found


async def test_a_take_over_is_an_evict_and_a_timer_a_command(tmp_path: Path) -> None:
    """What a checker must know to judge: whose memory was lost, and who asked."""
    world, store = World(), new_store()
    first = process(world, store, name="first", recorder=Recorder(tmp_path, CLOCK))
    task = asyncio.create_task(first.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1"))
    while "CreateVolume" not in world.asked:
        await CLOCK.sleep(0.01)
    first.store.dead = True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    second = process(world, store, name="second", recorder=Recorder(tmp_path, CLOCK))
    await second.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")
    worker = asyncio.create_task(second.kiloclaw.worker().run())
    await CLOCK.sleep(2000)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    told = lines(tmp_path / "sandbox-1.jsonl")
    assert [line["kind"] for line in told].count("evict") == 1
    alarms = [line for line in told if line.get("op") == "alarm"]
    assert [line["args"] for line in alarms] == [{"name": "pause", "of": 4294967303}, {"name": "stocktake", "of": 0}]
    assert [line["kind"] for line in told if line.get("by") == alarms[1]["id"]] == ["write", "alarm_set"]


RECOVERED = [
    "event unexpected_stop_recovery_trigger",
    "event instance.unexpected_stop_recovery_started",
    "call registry",
    "call get_volume",
    "call destroy_machine",
    "event destroy_machine_ok",
    "call create_volume",
    "event fork_stranded_volume",
    "call create_machine",
    "event create_machine",
    "call wait_machine",
    "call health",
    "event instance.unexpected_stop_recovery_succeeded",
    "call list_snapshots",
    "call list_volumes",
    "event alarm_retained_recovery_kept",
]


async def test_a_machine_that_stops_by_itself_is_recovered_in_words_that_a_checker_can_judge(tmp_path: Path) -> None:
    """The longest story, from its trigger to the volume that is kept: what is copied is told, and no claim breaks."""
    world = World()
    kiloclaw = process(world, new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True)
    await kiloclaw.restart("sandbox-1")
    for app, outside in world.outsides.items():
        (stopping,) = outside.fly.machines
        world.outsides[app] = evolve(outside, fly=halt(outside.fly, stopping))
    worker = asyncio.create_task(kiloclaw.worker().run())
    await CLOCK.sleep(600)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    told = lines(tmp_path / "sandbox-1.jsonl")
    spoken = [short(line) for line in told if line["kind"] in {"call", "event"}]
    begin, end = spoken.index(RECOVERED[0]), spoken.index(RECOVERED[-1])
    assert spoken[begin : end + 1] == RECOVERED
    (_, fork) = [line["args"] for line in told if line.get("op") == "create_volume"]
    assert isinstance(fork, dict)
    assert (fork["source_volume_id"], "size_gb" in fork) == ("v4294967299", False)
    verdicts = judge_file(tmp_path / "sandbox-1.jsonl")
    assert [one.claim for one in verdicts if one.verdict == "broken"] == []
    assert {"recovering", "restarting", "a volume is kept"} <= {
        one.claim for one in verdicts if one.verdict == "witnessed"
    }


async def test_moments_never_decrease_and_calls_are_answered(tmp_path: Path) -> None:
    """Two processes write one file: their lines are whole, in order, and no answer is without its call."""
    world, store = World(), new_store()
    one = process(world, store, name="one", recorder=Recorder(tmp_path, CLOCK))
    two = process(world, store, name="two", recorder=Recorder(tmp_path, CLOCK))
    started = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True))
    await CLOCK.sleep(3)
    await asyncio.gather(started, two.kiloclaw.stop("sandbox-1"))
    told = lines(tmp_path / "sandbox-1.jsonl")
    moments = [at for at in (line.get("at") for line in told) if isinstance(at, int)]
    assert (moments == sorted(moments), len(moments)) == (True, len(told) - 1)
    called = {line["id"]: line["op"] for line in told if line["kind"] == "call"}
    answered = [line["id"] for line in told if line["kind"] == "answer"]
    assert len(answered) == len(set(answered))
    assert [called.pop(one) for one in answered][:4] == [
        "registry",
        "list_volumes",
        "create_volume",
        "create_machine",
    ]
    assert list(called.values()) == ["wait_machine"]  # the poll that the stop broke off


async def test_a_clock_that_is_set_back_does_not_turn_the_order(tmp_path: Path) -> None:
    """Another process may have seen a later moment: the file's last one counts, however long its line is."""
    recorder = Recorder(tmp_path, CLOCK)
    kiloclaw = process(World(), new_store(), recorder=recorder).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    later = CLOCK.now_ms() + 60_000
    with recorder.path("sandbox-1").open("a", encoding="utf-8") as file:
        file.write(f'{{"at":{later},"kind":"event","name":"{"x" * 20_000}"}}\n')
    await kiloclaw.start("sandbox-1", wait=False)
    assert lines(recorder.path("sandbox-1"))[-1]["at"] == later


async def test_nothing_secret_and_nothing_foreign_is_written(tmp_path: Path) -> None:
    """Traces are handed round; a server's text may repeat whatever was sent to it."""
    world = World(always={"CreateMachine": Rejected(Why.INVALID, status=422, text="bad canary-environment")})
    one = process(world, new_store(), recorder=Recorder(tmp_path, CLOCK))
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    await asyncio.gather(one.kiloclaw.start("sandbox-1"), return_exceptions=True)
    text = (tmp_path / "sandbox-1.jsonl").read_text(encoding="utf-8")
    (app,) = world.apps.apps
    assert '"error":"invalid"' in text
    assert [secret for secret in ("canary", *dict(app.secrets).values()) if secret in text] == []


async def test_two_that_begin_at_once_make_one_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds the file there, and leaves no draft of his own."""
    kiloclaw = process(World(), new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    before = (tmp_path / "sandbox-1.jsonl").read_bytes()
    monkeypatch.setattr(Path, "exists", lambda _: False)  # as it was when the second one looked
    await kiloclaw.stop("sandbox-1", wait=False)
    monkeypatch.undo()
    assert (tmp_path / "sandbox-1.jsonl").read_bytes().startswith(before)
    assert names(tmp_path) == ["sandbox-1.jsonl"]


async def test_a_line_that_is_cut_off_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle of a line leaves a trace that nobody can read."""
    kiloclaw = process(World(), new_store(), recorder=Recorder(tmp_path, CLOCK)).kiloclaw
    monkeypatch.setattr(os, "write", lambda _, text: len(text) - 1)
    with pytest.raises(OSError, match=r"sandbox-1\.jsonl: a line was cut off"):
        await kiloclaw.provision("sandbox-1", "user-1", SPEC)


def test_nothing_is_quiet() -> None:
    """Where there is no record, nothing will happen by itself, and there is nothing to wait for or to complain of."""
    absent = Absent(SandboxId("sandbox-1"))
    start = Start(CommandId("k1"))
    assert (is_quiet(absent), is_served(absent), complaint(absent, start)) == (True, True, None)


async def test_a_trace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A trace with holes would lie, so whoever wanted one hears of it before anything is sent."""
    world = World()
    kiloclaw = process(world, new_store(), recorder=Recorder(tmp_path / "nowhere", CLOCK)).kiloclaw
    with pytest.raises(FileNotFoundError):
        await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    assert [name for name in world.asked if "Machine" in name or "Volume" in name] == []
