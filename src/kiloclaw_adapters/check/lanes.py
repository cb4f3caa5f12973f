"""The lines of a trace that matter, as people read them: a lane each for caller, service and provider."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from attrs import asdict

from kiloclaw_core.rules import Place
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
    Shown,
    World,
    Write,
)
from kiloclaw_core.trace.reading import Node

Lane: TypeAlias = Literal["caller", "service", "provider"]

LANES: Final[tuple[Lane, ...]] = ("caller", "service", "provider")
WIDTH: Final = 46
TELLING: Final = ("machine_id", "volume_id", "source_volume_id", "name", "action")
"""What of a request says what it is about, the most telling first."""


def lanes(places: tuple[Place, ...]) -> str:
    """These lines below one another, with their numbers and the seconds since the first of them."""
    every = sorted(places, key=lambda place: place.number)
    began = every[0].line.at
    rows = [f"{'line':>6}  {'seconds':>9}  " + "".join(f"{lane:<{WIDTH}}" for lane in LANES).rstrip()]
    for place in every:
        lane, text = told(place.line)
        seconds = (place.line.at - began) / 1000
        rows.append(f"{place.number:>6}  {seconds:>9.2f}  {' ' * (WIDTH * LANES.index(lane))}{text}")
    return "\n".join(rows)


def told(line: Happening | Initial) -> tuple[Lane, str]:
    """Whose doing a line is, and what it says."""
    match line:
        case Command(id=name, op=op):
            return "caller", f"{name} {op.value}"
        case Reply(id=name, ok=ok):
            return "caller", f"{name} is {'granted' if ok else 'refused'}"
        case Call(id=name, op=op, args=args):
            return "service", f"{name} {op.value} {about(args)}".rstrip() + " →"
        case Write(durable=durable, by=by):
            kept = {key: durable.text(key) for key in ("status", "machine_id", "volume_id")}
            said = " ".join(f"{value}" for value in kept.values() if value is not None)
            return "service", f"{by or 'somebody'} commits {said or 'nothing'}"
        case AlarmSet(due=due, at=at):
            return "service", "no alarm" if due is None else f"alarm in {(due - at) / 1000:.0f} s"
        case Event(name=name):
            return "service", f"logs {name}"
        case Evict():
            return "service", "loses its memory"
        case Effect(id=name):
            return "provider", f"{name} takes effect"
        case Answer(id=name, status=status, error=error):
            said = f"{name} is answered {status}" if status else f"{name} is never answered"
            return "provider", f"← {said}" + (f", {error}" if error else "")
        case World(machines=machines, volumes=volumes):
            return "provider", "; ".join(map(shown, (*machines, *volumes)))
        case Initial(machines=machines, volumes=volumes):
            return "provider", "at first: " + "; ".join(map(shown, (*machines, *volumes)))
        case Quiesce():
            return "provider", "all is at rest"


def about(args: Node) -> str:
    """What a request is about."""
    return next((str(args.keys[key]) for key in TELLING if isinstance(args.keys.get(key), str)), "")


def shown(one: Shown) -> str:
    """A machine or a volume as it is shown."""
    if one.gone:
        return f"{one.id} is gone"
    more = {key: value for key, value in asdict(one).items() if key in {"volume_id", "data"} and value is not None}
    return f"{one.id} is {one.state or 'there'}" + "".join(f", {key} {value}" for key, value in more.items())
