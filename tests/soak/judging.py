"""Whether a soak ended as it has to: everything at rest and as wanted, no data lost, nothing stuck or left behind.

What the records say is held against the truth of the simulated Fly, and against what its audit saw on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.effects import DebtKind
from kiloclaw_core.names import OpId, SandboxId, volume_name
from kiloclaw_core.views import DebugView

from .memory import Course
from .population import Population, Sandbox

Truth: TypeAlias = Mapping[str, list[dict[str, str]]]
RESTING: Final = {"running": "Running", "stopped": "Stopped"}
"""The phase in which an instance rests as it is wanted."""
PASSING: Final = frozenset({"condemned", "candidate"})
"""The roles of what is still on its way somewhere."""
OURS: Final = frozenset({"failed", "key_failed"})
"""The lines that tell of a fault of our own."""
EXPECTED: Final = frozenset({"LostCustodyError", "StoreError"})
"""What is told by such lines and is no fault: a process that was held up for long lost its lease."""


@frozen
class Problem:
    """Something that is not as it has to be: which check it failed, whose it is, and what it is."""

    check: str
    whose: str
    text: str


async def ledgers(kiloclaw: Kiloclaw, population: Population) -> dict[str, DebugView]:
    """The instance of every sandbox that was provisioned, as it is now."""
    known = [one.name for one in population.sandboxes.values() if one.provisioned]
    return {name: await kiloclaw.debug_view(name) for name in known}


# -- at rest -----------------------------------------------------------------------------------------------------


def restless(population: Population, shown: Mapping[str, DebugView]) -> Iterator[Problem]:
    """Every instance that does not rest, or rests otherwise than wanted though nothing was lost to it."""
    for name, view in shown.items():
        sandbox = population.sandboxes[name]
        if view.view.desired == "gone":
            if view.phase != "Gone":
                yield Problem("everything comes to rest", name, f"is to be gone, and is {told(view)}")
            continue
        passing = [one.id for one in view.ledger if one.role in PASSING]
        if view.in_flight or view.story != "Idle" or passing:
            yield Problem("everything comes to rest", name, f"does not rest: {told(view)}")
        elif view.phase != RESTING[str(view.view.desired)] and not sandbox.lost_data:
            yield Problem("everything comes to rest", name, f"is to be {view.view.desired}, and is {told(view)}")


def told(view: DebugView) -> str:
    """An instance in a few words."""
    ledger = " ".join(f"{one.role}:{one.id}" for one in view.ledger)
    return f"{view.phase}/{view.story}, {view.view.because or 'no reason'}, holds {ledger or 'nothing'}"


def unasked(population: Population, shown: Mapping[str, DebugView]) -> Iterator[Problem]:
    """Every instance that was destroyed though nobody asked, and that was not merely provisioned and forgotten."""
    for name, view in shown.items():
        asked = population.sandboxes[name].destroy_asked_ms
        if view.view.desired == "gone" and asked is None and view.view.last_started_at is not None:
            yield Problem("who is destroyed was asked to be", name, f"nobody asked, and it is {told(view)}")


def stuck(shown: Mapping[str, DebugView]) -> Iterator[Problem]:
    """Every instance that holds what could not be deleted, or owes what could not be paid."""
    for name, view in shown.items():
        if view.stuck:
            yield Problem("nothing is stuck", name, f"{', '.join(view.stuck)}: {told(view)}")


# -- against the truth -------------------------------------------------------------------------------------------


def left_behind(population: Population, shown: Mapping[str, DebugView], truth: Truth) -> Iterator[Problem]:
    """Every machine and volume that nobody's record names and no operator answers for."""
    prefixes = {prefix_of(name): name for name in population.sandboxes}
    owners = [(one["id"], one["sandbox"]) for one in truth["machines"]]
    owners += [(one["id"], prefixes.get(one["name"].rpartition("_")[0], "")) for one in truth["volumes"]]
    for thing, owner in owners:
        sandbox, view = population.sandboxes.get(owner), shown.get(owner)
        if sandbox is None or view is None:
            yield Problem("nothing is left behind", owner, f"{thing} is nobody's")
        elif thing not in {*sandbox.disowned, *(one.id for one in view.ledger)}:
            yield Problem("nothing is left behind", owner, f"{thing} is there, and the record is {told(view)}")


def prefix_of(sandbox: str) -> str:
    """What the names of the volumes of a sandbox begin with."""
    return volume_name(SandboxId(sandbox), OpId(0)).rpartition("_")[0]


def untrue(population: Population, shown: Mapping[str, DebugView], truth: Truth) -> Iterator[Problem]:
    """Every instance whose status is not so."""
    machines = {one["id"]: one for one in truth["machines"]}
    for name, view in shown.items():
        mine = [one["id"] for one in truth["machines"] if one["sandbox"] == name and one["state"] == "started"]
        up = [one for one in mine if one not in population.sandboxes[name].disowned]
        said = view.view
        if said.status == "running":
            machine = machines.get(str(said.machine_id), {})
            if (machine.get("state"), machine.get("volume")) != ("started", said.volume_id):
                yield Problem("what is said is so", name, f"is said to run, and its machine is {machine or 'gone'}")
        elif up:
            yield Problem("what is said is so", name, f"is said to be {said.status}, and {', '.join(up)} is up")


def unmarked(shown: Mapping[str, DebugView], marks: frozenset[tuple[str, str]]) -> Iterator[Problem]:
    """Every instance that is gone and not marked so in the directory."""
    for name, view in shown.items():
        missing = [kind.value for kind in DebtKind if (name, kind.value) not in marks]
        if view.phase == "Gone" and missing:
            yield Problem("nothing is left behind", name, f"is gone, and the directory lacks {', '.join(missing)}")


def lost(population: Population, truth: Truth) -> Iterator[Problem]:
    """Everything that the audit saw and that nobody asked for."""
    prefixes = {prefix_of(name): one for name, one in population.sandboxes.items()}
    for wrong in truth["wrongs"]:
        sandbox = prefixes.get(wrong["whose"].partition(" ")[2])
        if sandbox is None or not is_excused(sandbox, int(wrong["at_ms"])):
            yield Problem("no data is lost", wrong["whose"], f"{wrong['volume']}: {wrong['what']}")


def is_excused(sandbox: Sandbox, at_ms: int) -> bool:
    """Whether the end was asked for before, or Fly itself lost something."""
    asked = sandbox.destroy_asked_ms
    return sandbox.lost_data or (asked is not None and asked <= at_ms)


# -- of the processes --------------------------------------------------------------------------------------------


def grown(courses: Mapping[str, Course]) -> Iterator[Problem]:
    """Every process whose memory grew."""
    for name, course in courses.items():
        if not course.is_flat:
            text = f"{course.early_mb:.0f} MB early, {course.late_mb:.0f} MB late"
            yield Problem("memory stays flat", name, text)


def failed(logs: Iterable[Path]) -> Iterator[Problem]:
    """Every line in which a worker tells of a fault of its own, and every line that is not one of its."""
    for path in logs:
        text = path.read_text(encoding="utf-8", errors="replace")
        for line in text[: text.rfind("\n") + 1].splitlines():  # one that a kill cut off says nothing
            problem = _as_problem(path.name, line)
            if problem is not None:
                yield problem


def _as_problem(name: str, text: str) -> Problem | None:
    try:
        line = json.loads(text)
    except ValueError:
        return Problem("no worker fails", name, text)
    if line["event"] not in OURS or line.get("error") in EXPECTED:
        return None
    return Problem("no worker fails", name, f"{line.get('key')}: {line.get('error')}: {line.get('text')}")
