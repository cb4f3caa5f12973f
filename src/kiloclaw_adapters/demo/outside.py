"""The simulated Fly as the demo sees it from outside: what is true there, what was asked, and what is held.

Truth is looked at many times a second. What came and went is dated by the request that did it, which the simulator
writes down to the millisecond; what moved on by itself, by the look before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
from attrs import define, field, frozen

TRUTHFUL: Final = frozenset({*range(200, 300), 404})
"""The answers that say what was so at that moment; that a thing is not there is one of them."""
EMPTY: Final = "empty"
CHANGING: Final = ("update_", "start_", "stop_", "delete_")
"""How the requests begin that change what they name."""


@frozen
class Landing:
    """A request that landed: which and on what, when it came, and when it had its effect or saw what it shows."""

    number: int
    operation: str
    of: str
    came_ms: int
    landed_ms: int


@frozen
class Thing:
    """A machine or a volume as it really is; `fields` are in the words of the trace format."""

    kind: str
    id: str
    fields: Mapping[str, object]

    @property
    def state(self) -> str:
        """What it is doing, or what is on it."""
        return str(self.fields["state" if self.kind == "machine" else "data"])


@frozen
class Change:
    """One machine or volume came, changed or went: when, and which landing did it, if one did."""

    at_ms: int
    before: Thing | None
    after: Thing | None
    by: Landing | None


@define
class Outside:
    """Looks at the simulated Fly and tells what changed since the look before."""

    client: httpx.AsyncClient
    sandbox: str
    app: str
    """Only what is in this app is looked at; `elsewhere` counts the rest."""
    elsewhere: int = field(default=0, init=False)
    things: dict[str, Thing] = field(factory=dict, init=False)
    labels: dict[str, str] = field(factory=dict, init=False)
    """What is on each volume that there ever was: equal labels are the same user's data."""
    landings: dict[int, Landing] = field(factory=dict, init=False)
    changes: list[Change] = field(factory=list, init=False)
    looked_ms: int = field(default=0, init=False)
    """The moment right before the last look."""

    async def look(self, now_ms: int) -> tuple[Change, ...]:
        """What changed since the look before; `now_ms` is the moment right before this look."""
        answer = await self.client.get("/_sim/truth")
        answer.raise_for_status()
        truth = self._of_app(answer.json())
        fresh = [one for one in map(_landing, truth["requests"]) if one is not None and one.number not in self.landings]
        self.landings |= {one.number: one for one in fresh}
        things = {one.id: one for one in self._things(truth)}
        changed = tuple(self._changes(things, fresh))
        self.things, self.looked_ms = things, now_ms
        self.changes += changed
        return changed

    def _of_app(self, truth: Mapping[str, list[Mapping[str, object]]]) -> dict[str, list[Mapping[str, object]]]:
        """What is true of the app."""
        kinds = ("machines", "volumes", "requests")
        self.elsewhere = sum(one["app"] != self.app for kind in ("machines", "volumes") for one in truth[kind])
        return {kind: [one for one in truth[kind] if one["app"] == self.app] for kind in kinds}

    def _things(self, truth: Mapping[str, list[Mapping[str, object]]]) -> list[Thing]:
        """The machines and volumes there are, in the words of the trace format."""
        machines = [Thing("machine", str(one["machine"]), _machine_words(one)) for one in truth["machines"]]
        self._label(truth["volumes"])
        volumes = [Thing("volume", str(one["volume"]), self._volume_words(one)) for one in truth["volumes"]]
        return [*machines, *volumes]

    def _label(self, volumes: list[Mapping[str, object]]) -> None:
        """Give what is on each volume its label, which a copy has from what it was made of (trace-format.md).

        The simulator tells the age of a content: a volume that comes with one bears what another of that age bears.
        """
        ages = {str(one["volume"]): one["data"] for one in volumes}
        for volume, age in ages.items():
            twins = (self.labels[other] for other, its in ages.items() if its == age and other in self.labels)
            if not age:
                self.labels[volume] = EMPTY
            elif volume not in self.labels:
                self.labels[volume] = next(twins, self._fresh_label())
            elif self.labels[volume] == EMPTY:
                self.labels[volume] = self._fresh_label()

    def _fresh_label(self) -> str:
        return f"d{len(set(self.labels.values()) - {EMPTY}) + 1}"

    def _volume_words(self, one: Mapping[str, object]) -> dict[str, object]:
        return {
            "id": one["volume"],
            "app": one["app"],
            "name": one["name"],
            "state": "created",
            "region": one["region"],
            "sandbox_id": self.sandbox,  # the app has one sandbox, and nobody else in it
            "data": self.labels[str(one["volume"])],
        }

    def _changes(self, things: Mapping[str, Thing], fresh: list[Landing]) -> list[Change]:
        """What came, changed and went, each dated as well as can be."""
        changes = []
        for name in {**self.things, **things}:
            before, after = self.things.get(name), things.get(name)
            if before != after:
                by = _landing_of(before, after, fresh)
                changes.append(Change(self.looked_ms if by is None else by.landed_ms, before, after, by))
        return sorted(changes, key=lambda one: one.at_ms)

    async def machine(self, machine: str) -> Thing:
        """This machine, as it is now."""
        await self.look(self.looked_ms)
        return self.things[machine]

    # -- asking for trouble --------------------------------------------------------------------------------------

    async def snapshot(self, volume: str) -> None:
        """Have Fly take a snapshot of this volume, as it does every day."""
        await self._post(f"/_sim/volumes/{volume}/snapshot", {})

    async def halt(self, machine: str) -> None:
        """Have the process in this machine end for good, though nobody asked."""
        await self._post(f"/_sim/machines/{machine}/stop", {"exit_code": 1})

    async def hold(self, operation: str) -> int:
        """Have the next request of this kind stand still before it has its effect; the number releases it."""
        return int(str((await self._post("/_sim/hold", {"operation": operation, "times": 1}))["number"]))

    async def holds(self, number: int) -> bool:
        """Whether a request stands still there."""
        answer = await self.client.get("/_sim/faults")
        answer.raise_for_status()
        return any(one["number"] == number and one["held"] for one in answer.json()["faults"])

    async def release(self, number: int) -> int:
        """Let what stands still there go on; how many requests that were."""
        return int(str((await self._post("/_sim/release", {"number": number}))["released"]))

    async def _post(self, path: str, body: Mapping[str, object]) -> dict[str, object]:
        answer = await self.client.post(path, json=body)
        answer.raise_for_status()
        told: dict[str, object] = answer.json()
        return told


def _landing(asked: Mapping[str, object]) -> Landing | None:
    """The landing that the simulator wrote down, if the request has landed; one that waits, lands as it is answered."""
    moment = asked["landed_ms"] or (asked["ended_ms"] if asked["answered"] in TRUTHFUL else None)
    if moment is None:
        return None
    number, came_ms, landed_ms = (int(str(one)) for one in (asked["number"], asked["came_ms"], moment))
    return Landing(number, str(asked["operation"]), str(asked["of"]), came_ms, landed_ms)


def _machine_words(one: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": one["machine"],
        "app": one["app"],
        "name": one["name"],
        "state": one["state"],
        "region": one["region"],
        "volume_id": one["volume"],
        "sandbox_id": one["sandbox"],
        "instance_id": one["version"],
    }


def _landing_of(before: Thing | None, after: Thing | None, fresh: list[Landing]) -> Landing | None:
    """The landing that did this: the last that named the thing, or for a new thing the create.

    A create names nothing that it makes, but the demo never has two of a kind on their way.
    """
    thing = after or before
    assert thing is not None, "what neither was nor is did not change"
    if before is None:
        return next((one for one in fresh if one.operation == f"create_{thing.kind}"), None)
    changing = [one for one in fresh if one.of == thing.id and one.operation.startswith(CHANGING)]
    return changing[-1] if changing else None
