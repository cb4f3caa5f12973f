"""One moment in the words of claims: what a record says, what is really there, and what is still under way.

A record and an outside meet in many moments. What each of them comes to by itself is worked out once and remembered, so
that a moment costs little more than putting the two together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from attrs import frozen

from kiloclaw_core.alarms import alarms_of, awaited_ops, is_stuck
from kiloclaw_core.instance import Instance, Record
from kiloclaw_core.ledger import Asked
from kiloclaw_core.machine import MachineState, Named
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import AlarmName, Listing, Sweeping
from kiloclaw_core.stories import Idle, Provisioning, Relocating, Restarting, Restoring, Spent, Starting, Stopping
from kiloclaw_core.world.deliveries import op_of, phase_of
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueVolume
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.predicates import REST
from kiloclaw_core.world.scene import Pending, RecordWords, Scene, SceneMachine, SceneVolume, record_words
from kiloclaw_core.world.setting import SANDBOX, Ghost
from kiloclaw_core.world.slots import Orphan, Sent, Slot, is_fenced

REMEMBERED: Final = 65_536
"""For how many records, and for how many outsides, what they come to is remembered at a time."""


@frozen
class Said:
    """What claims hear of a record, whatever is around it."""

    words: RecordWords | None
    phase: str
    rests: bool
    armed: bool
    noted: bool
    bounded: bool
    awaited: frozenset[OpId]
    recoveries: int
    recoveries_allowed: int
    moves: int
    moves_allowed: int
    stuck: bool


@frozen
class Seen:
    """What claims see of the outside, whatever the record says."""

    machines: tuple[SceneMachine, ...]
    volumes: tuple[SceneVolume, ...]
    strangers: frozenset[str]
    silent: bool
    written: int
    lost: bool
    left: bool
    stops: int


@frozen
class UnderWay:
    """What claims see of requests and answers, whatever the record says: `heard` are the ops that may yet be heard."""

    pending: tuple[Pending, ...]
    heard: frozenset[int]
    nothing: bool


def scene_of(record: Record, outside: Outside, ghost: Ghost, bag: tuple[Slot, ...]) -> Scene:
    """The moment in the words of claims: it is told by what they see of the record, the outside and the bag."""
    said, seen, way = said_of(record), seen_of(outside), under_way(bag)
    return Scene(
        record=said.words,
        machines=seen.machines,
        volumes=seen.volumes,
        strangers_lost=tuple(sorted(ghost.strangers - seen.strangers)),
        pending=way.pending,
        mounted_deletes=ghost.mounted_deletes,
        destroy_granted=ghost.destroy_granted,
        issued_after_destroy=ghost.issued_after_destroy,
        conflicted=ghost.conflicted,
        dropped=ghost.dropped,
        resting=said.rests and way.nothing,
        armed=said.armed,
        noted=said.noted,
        unserved=_unserved(said, way),
        written=seen.written,
        lost=seen.lost,
        left=seen.left,
        recoveries=said.recoveries,
        recoveries_allowed=said.recoveries_allowed,
        moves=said.moves,
        moves_allowed=said.moves_allowed,
        stops=seen.stops,
        wanted=ghost.wanted,
        restarted=ghost.restarted,
        went_back=ghost.went_back,
        turned_away=ghost.turned_away,
        cut_short=ghost.cut_short,
        unwell=ghost.unwell,
        bounded=said.bounded,
        silent=seen.silent,
        stuck=said.stuck,
    )


@lru_cache(REMEMBERED)
def said_of(record: Record) -> Said:
    """What a record says, in the words of claims."""
    instance = record if isinstance(record, Instance) else None
    return Said(
        words=record_words(record),
        phase=phase_of(record),
        rests=instance is not None and isinstance(instance.phase, REST),
        armed=bool(alarms_of(record)),
        noted=instance is not None and bool(instance.notes),
        bounded=instance is None or is_bounded(instance),
        awaited=frozenset() if instance is None else _waited_for(instance),
        recoveries=0 if instance is None else len(instance.recoveries),
        recoveries_allowed=record.policy.recoveries_a_day,
        moves=0 if instance is None or instance.moves is None else instance.moves.copies,
        moves_allowed=record.policy.moves_an_hour,
        stuck=instance is not None and any(is_stuck(instance, one.errand) for one in instance.ledger.holdings),
    )


def is_bounded(instance: Instance) -> bool:
    """Whether what is under way has a ceiling that will ring, or has passed it."""
    match instance.story:
        case Starting() | Restarting() | Relocating() | Restoring() as story:
            ceilings = {alarm.name for alarm in alarms_of(instance)}
            return Spent.TIME in story.attempt.spent or AlarmName.CEILING in ceilings
        case Idle() | Provisioning() | Stopping():
            return True


def _waited_for(instance: Instance) -> frozenset[OpId]:
    """What the phase and its debts wait for; looks that failed wait for their alarm, and errands for theirs."""
    if isinstance(instance.phase, Listing | Sweeping):
        return frozenset()
    errands = {owner.errand for owner in (*instance.ledger.holdings, *instance.debts)}
    return frozenset(awaited_ops(instance) - {errand.op for errand in errands if isinstance(errand, Asked)})


def unserved(record: Record, bag: tuple[Slot, ...]) -> str | None:
    """The phase, if it waits for an answer that can no longer come."""
    return _unserved(said_of(record), under_way(bag))


def _unserved(said: Said, way: UnderWay) -> str | None:
    return said.phase if said.awaited and not said.awaited & way.heard else None


def under_way(bag: tuple[Slot, ...]) -> UnderWay:
    """What requests and answers there are, in the words of claims."""
    return UnderWay(
        pending=tuple(
            Pending(type(slot.effect).__name__, heard=isinstance(slot, Sent))
            for slot in bag
            if isinstance(slot, Sent | Orphan) and is_fenced(slot.effect)
        ),
        heard=frozenset(op_of(slot) for slot in bag if not isinstance(slot, Orphan)),
        nothing=not bag,
    )


@lru_cache(REMEMBERED)
def seen_of(outside: Outside) -> Seen:
    """What is really there, in the words of claims."""
    fly = outside.fly
    return Seen(
        machines=tuple(
            SceneMachine(one.machine, one.state.value, one.volume, one.revision)
            for one in fly.machines
            if one.sandbox in {None, SANDBOX} and not is_promised(one)
        ),
        volumes=tuple(
            SceneVolume(one.volume, data_word(fly, one)) for one in fly.volumes if one.named is not Named.FOREIGN
        ),
        strangers=strangers_in(outside),
        silent=any(not one.reachable for one in fly.machines),
        written=fly.written,
        lost=fly.lost,
        left=fly.latest > 0,
        stops=fly.stops,
    )


def is_promised(machine: TrueMachine) -> bool:
    """Whether Fly took its delete and will do it when the host is back: it is as good as gone."""
    return machine.defers and machine.state is MachineState.DESTROYING


def data_word(fly: Fly, volume: TrueVolume) -> str | None:
    """The name that claims have for what a volume bears: d1 is what the user wrote last, d0 anything older."""
    if not volume.data:
        return None
    return "d1" if volume.data == fly.latest else "d0"


def strangers_in(outside: Outside) -> frozenset[str]:
    """What is in the app and not the sandbox's own."""
    volumes = {str(one.volume) for one in outside.fly.volumes if one.named is Named.FOREIGN}
    machines = {str(one.machine) for one in outside.fly.machines if one.sandbox not in {None, SANDBOX}}
    return frozenset(volumes | machines)
