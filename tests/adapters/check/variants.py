"""The same life told otherwise: what a verdict must not depend on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

Words: TypeAlias = dict[str, object]

LATER_MS: Final = 86_400_000
UNREAD: Final = frozenset(
    {"snapshots", "image", "instance_id", "unmapped_keys", "org_id", "attached_machine_id", "note"}
)
"""Keys that no rule asks for."""
NEIGHBOUR: Final = "another sandbox"


def in_another_order(lines: list[Words]) -> list[Words]:
    """Keys stand in another order, and some are there that nobody knows."""
    return [dict(reversed([*line.items(), ("heard", {"by": [1, None]})])) for line in lines]


def with_less(lines: list[Words]) -> list[Words]:
    """Keys that may be missing are."""
    return [dict(pairs_without(line)) for line in lines]


def pairs_without(words: Words) -> Iterator[tuple[str, object]]:
    """The pairs of an object, without the keys that no rule asks for."""
    for key, value in words.items():
        if key not in UNREAD:
            yield key, lessened(value)


def lessened(value: object) -> object:
    """A value without the keys that no rule asks for."""
    if isinstance(value, dict):
        return dict(pairs_without(value))
    return [lessened(one) for one in value] if isinstance(value, list) else value


def under_other_names(lines: list[Words]) -> list[Words]:
    """Machines, volumes, commands and requests have other ids."""
    text = re.sub(r'"(m|vol_|k|c)(\d+)"', r'"id-\2-of-\1"', json.dumps(lines))
    told: list[Words] = json.loads(text)
    return told


def the_next_day(lines: list[Words]) -> list[Words]:
    """Everything happens a day later, what a record says of time and alarms included."""
    text = re.sub(r"(?<=: )1\d{12}(?=[,}])", lambda found: str(int(found[0]) + LATER_MS), json.dumps(lines))
    told: list[Words] = json.loads(text)
    return told


def effects_after(lines: list[Words]) -> list[Words]:
    """A line says what a request did, and the next that it took effect."""
    told = list(lines)
    for number in range(len(told) - 1):
        here, after = told[number : number + 2]
        if (here["kind"], after["kind"], after.get("cause")) == ("effect", "world", here.get("id")):
            told[number : number + 2] = [after, here]
    return told


def beside_another(lines: list[Words]) -> list[Words]:
    """Another sandbox lives in the same world: its machine stops and starts, and its volume loses what was on it."""
    told = lines[:2]
    for number, line in enumerate(lines[2:]):
        told.append(line)
        if number % 7 == 0:
            told.append({"kind": "world", "at": line["at"], **neighbours(number)})
    return told


def neighbours(number: int) -> Words:
    """What the other sandbox has at this moment."""
    state, data = ("started", "their data") if number % 2 else ("stopped", "empty")
    machine = {"id": "m-theirs", "name": NEIGHBOUR, "sandbox_id": NEIGHBOUR, "state": state, "region": "iad"}
    volume = {"id": "v-theirs", "sandbox_id": NEIGHBOUR, "region": "ord", "data": data}
    return {"machines": [{**machine, "volume_id": "v-theirs"}], "volumes": [volume]}


VARIANTS: Final[tuple[Callable[[list[Words]], list[Words]], ...]] = (
    in_another_order,
    with_less,
    under_other_names,
    the_next_day,
    effects_after,
    beside_another,
)
