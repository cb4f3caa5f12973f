"""What a broken claim saw where a trace tells no truth: in words that name it, with the lines that told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import define, field, frozen

from kiloclaw_core.explore.model import Claim
from kiloclaw_core.rules.asked import Place
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    Command,
    Effect,
    Event,
    Evict,
    Happening,
    Initial,
    Quiesce,
    Reply,
    World,
    Write,
)
from kiloclaw_core.world.predicates import LEAVING, UP
from kiloclaw_core.world.scene import Scene


@frozen
class Sight:
    """What is wrong in a scene, and the machines and volumes that show it."""

    message: str
    ids: tuple[str, ...] = ()


def sight(claim: Claim[Scene], scene: Scene) -> Sight:
    """What this claim saw in a scene where it does not hold; where there is nothing to name, it is what it says."""
    see = SIGHTS.get(claim.name)
    return Sight(claim.sentence) if see is None else see(scene)


def _several(scene: Scene) -> Sight:
    leaving = frozenset() if scene.record is None else scene.record.leaving_machine_ids
    up = tuple(one.id for one in scene.machines if one.id not in leaving and one.state not in LEAVING)
    return Sight(f"there are the machines {' and '.join(sorted(up))}", up)


def _left(scene: Scene) -> Sight:
    left = everything(scene)
    return Sight(f"nothing is recorded any more, but {', '.join(left)} is left", left)


def _taken(scene: Scene) -> Sight:
    lost = scene.strangers_lost
    return Sight(f"{', '.join(lost)} was taken away, and is another sandbox's", lost)


def _untracked(scene: Scene) -> Sight:
    assert scene.record is not None, "where nothing is recorded, nothing has to be named"
    known = scene.record.machine_ids | scene.record.volume_ids
    lost = tuple(one for one in everything(scene) if one not in known)
    return Sight(f"the record does not name {', '.join(lost)}", lost)


def _untruthful(scene: Scene) -> Sight:
    record = scene.record
    assert record is not None, "where nothing is recorded, nothing is said"
    up = tuple(one.id for one in scene.machines if one.state in UP)
    if record.desired != "running":
        return Sight(f"the record says {record.status}, but {', '.join(up)} is up", up)
    if record.status != "running":
        return Sight(f"the record says {record.status} where running is wanted, and nothing says why")
    machine = next((one for one in scene.machines if one.id == record.machine_id), None)
    state = "there is none" if machine is None else f"{machine.id} is {machine.state} on {machine.volume_id}"
    return Sight(f"the record says running, but of its machine: {state}", () if machine is None else (machine.id,))


SIGHTS: Final[Mapping[str, Callable[[Scene], Sight]]] = {
    "one machine at most": _several,
    "tracked at rest": _untracked,
    "nothing is left behind": _left,
    "truthful at rest": _untruthful,
    "strangers are left alone": _taken,
}
"""By the claim."""


def everything(scene: Scene) -> tuple[str, ...]:
    """Every machine and volume that there is."""
    return (*(one.id for one in scene.machines), *(one.id for one in scene.volumes))


@define(eq=False)
class Witness:
    """Which lines told last of what is live, and of the record: a break by a claim is told with them."""

    written: Place
    shown: dict[str, Place] = field(factory=dict)

    def hear(self, place: Place) -> None:
        """Go on with this line."""
        for name in named(place.line):
            self.shown[name] = place
        if isinstance(place.line, Write):
            self.written = place

    def forget(self, scenes: Iterable[Scene]) -> None:
        """Keep only of what is in one of these."""
        live = {name for scene in scenes for name in everything(scene)}
        self.shown = {name: place for name, place in self.shown.items() if name in live}

    def told(self, seen: Sight, place: Place, *others: Place | None) -> Break:
        """The break at this place, with the lines that told of what was seen."""
        before = (*(self.shown.get(name) for name in seen.ids), self.written, *others)
        return Break(place, seen.message, tuple(one for one in led(*before) if one.number != place.number))


def named(line: Happening | Initial) -> tuple[str, ...]:
    """The machines and volumes that a line shows."""
    match line:
        case Initial(machines=machines, volumes=volumes) | World(machines=machines, volumes=volumes):
            return (*(one.id for one in machines), *(one.id for one in volumes))
        case Answer(body=body):
            return tuple(name for one in body if isinstance(name := one.keys.get("id"), str))
        case Command() | Reply() | Call() | Effect() | Write() | AlarmSet() | Event() | Evict() | Quiesce():
            return ()
