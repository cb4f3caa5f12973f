"""Judges a run by its merged trace: every moment of it becomes a scene, and the core's own claims are asked of each.

The claims are those that the explorer searches by. Of them, those are judged for which such a trace has all evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, TypeAlias

from attrs import define, evolve, field, frozen

from kiloclaw_adapters.demo.merging import TraceLine
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.world.scene import Pending, RecordWords, Scene, SceneMachine, SceneVolume

Word: TypeAlias = Literal["held", "broken", "witnessed", "not_witnessed"]

JUDGED: Final = (
    "one machine at most",
    "nothing is left behind",
    "destroyed stays destroyed",
    "the data is kept",
    "no silent empty disk",
    "tracked at rest",
    "one request at a time",
    "machines go before volumes",
    "a machine is up",
    "data is written",
    "destroyed while creating",
    "a request may land unheard",
    "gone",
)
FENCED: Final = {
    "create_machine": "CreateMachine",
    "create_volume": "CreateVolume",
    "update_machine": "UpdateMachine",
    "start_machine": "StartMachine",
    "stop_machine": "StopMachine",
}
"""The calls that must be settled before the next one like them, in the core's words."""


@frozen
class Judgement:
    """What became of one claim, and the line of the trace that decided it, where one did."""

    name: str
    sentence: str
    verdict: Word
    line: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return self.verdict in {"held", "witnessed"}


@define
class _Moment:
    """What is known at one line of a trace."""

    record: RecordWords | None = None
    machines: dict[str, SceneMachine] = field(factory=dict)
    volumes: dict[str, SceneVolume] = field(factory=dict)
    written: set[str] = field(factory=set)
    pending: dict[str, Pending] = field(factory=dict)
    mounted_deletes: list[str] = field(factory=list)
    destroy_granted: bool = False
    issued_after_destroy: list[str] = field(factory=list)
    resting: bool = False

    def hear(self, line: TraceLine) -> None:
        """Learn what one line tells."""
        self.resting = line["kind"] == "quiesce"
        match line:
            case {"kind": "write", "record": record}:
                self._write(record if isinstance(record, dict) else None)
            case {"kind": "call", "id": str() as call, "op": str() as op, "args": dict() as args}:
                self._call(call, op, args)
            case {"kind": "effect", "id": str() as call}:
                self.pending.pop(call, None)
            case {"kind": "answer", "id": str() as call, "status": 0} if call in self.pending:
                self.pending[call] = evolve(self.pending[call], heard=False)
            case {"kind": "answer", "id": str() as call}:
                self.pending.pop(call, None)
            case {"kind": "evict"}:
                self.pending = {call: evolve(one, heard=False) for call, one in self.pending.items()}
            case {"kind": "world", **told}:
                self._world(told)
            case _:
                pass  # the other lines change no scene

    def scene(self) -> Scene:
        """The moment as claims look at it."""
        return Scene(
            record=self.record,
            machines=tuple(self.machines.values()),
            volumes=tuple(self.volumes.values()),
            pending=tuple(self.pending.values()),
            mounted_deletes=tuple(self.mounted_deletes),
            destroy_granted=self.destroy_granted,
            issued_after_destroy=tuple(self.issued_after_destroy),
            resting=self.resting,
            written=len(self.written),
        )

    def _write(self, record: Mapping[str, object] | None) -> None:
        self.record = None if record is None else _record_words(record)
        self.destroy_granted |= self.record is not None and self.record.desired == "gone"

    def _call(self, call: str, op: str, args: Mapping[str, object]) -> None:
        if op in FENCED:
            self.pending[call] = Pending(FENCED[op], heard=True)
            if self.destroy_granted:
                self.issued_after_destroy.append(FENCED[op])
        named = frozenset() if self.record is None else self.record.machine_ids
        volume = args.get("volume_id")
        mounted = any(one.volume_id == volume and one.id in named for one in self.machines.values())
        if op == "delete_volume" and mounted:
            self.mounted_deletes.append(str(volume))

    def _world(self, told: Mapping[str, object]) -> None:
        for one in _objects(told.get("machines")):
            self.machines.pop(str(one["id"]), None)
            if not one.get("gone"):
                volume = one["volume_id"]
                mount = None if volume is None else str(volume)
                self.machines[str(one["id"])] = SceneMachine(str(one["id"]), str(one["state"]), mount)
        for one in _objects(told.get("volumes")):
            self.volumes.pop(str(one["id"]), None)
            data = None if one["data"] == "empty" else str(one["data"])
            self.written |= {data} if data is not None else set()
            if not one.get("gone"):
                self.volumes[str(one["id"])] = SceneVolume(str(one["id"]), data)


def _objects(told: object) -> list[Mapping[str, object]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _record_words(record: Mapping[str, object]) -> RecordWords:
    """The record's words, as the recorder wrote them: what is absent is null, and lists were tuples."""

    def text(name: str) -> str | None:
        value = record.get(name)
        return value if isinstance(value, str) else None

    def several(name: str) -> tuple[str, ...]:
        value = record.get(name)
        return tuple(map(str, value)) if isinstance(value, list) else ()

    return RecordWords(
        status=text("status"),
        machine_id=text("machine_id"),
        volume_id=text("volume_id"),
        region=text("region"),
        desired=text("desired"),
        pending_destroy_machine_id=text("pending_destroy_machine_id"),
        pending_destroy_volume_id=text("pending_destroy_volume_id"),
        retained_volume_id=text("retained_volume_id"),
        other_machine_ids=several("other_machine_ids"),
        other_volume_ids=several("other_volume_ids"),
    )


def scenes(lines: Iterable[TraceLine]) -> Iterator[tuple[int, Scene]]:
    """Every moment of the trace: the number of the line after which it is, from 1, and the scene."""
    moment = _Moment()
    for number, line in enumerate(lines, start=1):
        moment.hear(line)
        yield number, moment.scene()


def judge(lines: Iterable[TraceLine]) -> tuple[Judgement, ...]:
    """What became of each claim that such a trace can judge, in the order of the claims."""
    seen = tuple(scenes(lines))
    return tuple(_judged(claim, seen) for claim in CLAIMS if claim.name in JUDGED)


def _judged(claim: Claim[Scene], seen: tuple[tuple[int, Scene], ...]) -> Judgement:
    sought = claim.kind is Kind.SOMETIMES
    number = next((number for number, scene in seen if claim.holds(scene) is sought), None)
    found: Word = "witnessed" if sought else "broken"
    missed: Word = "not_witnessed" if sought else "held"
    return Judgement(claim.name, claim.sentence, missed if number is None else found, number)
