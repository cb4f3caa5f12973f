"""The operations whose calls are counted: where each begins, what happens, and what upstream asks of Fly for it.

Upstream's calls are those of lifecycle 5.4 and reconcile 3, 4 and 5, in its order, when everything goes well, by our
own words for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.commands import Command, Desired, Reassociate, Restore
from kiloclaw_core.effects import CreateMachine, Effect, StartMachine
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import CommandId, SnapshotId, VolumeId
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.world import fly as truth
from tests.story.scenario import AT, SPEC, Scenario, destroy, provision, start, stop
from tests.story.vectors.situations import quits, restart, snapshot

from .journeys import Call, Journey, Step, Truth, is_read

NEWER: Final = evolve(SPEC, image="image-2")
OTHER: Final = VolumeId("v-other")
TAKEN: Final = SnapshotId("s-1")


def asking(command: Command) -> Step:
    """The step of a caller who asks this, and is heard."""

    def step(scenario: Scenario) -> None:
        scenario.ask(command)
        scenario.wake()

    return step


def ringing(name: AlarmName) -> Step:
    """The step of an alarm of this name."""
    return lambda scenario: scenario.ring(name)


def wanting(spec: Spec) -> Step:
    """The step of an owner who wants another spec from the next start on."""
    command = evolve(provision(Desired.STOPPED, spec=spec), id=CommandId("another spec"))
    return lambda scenario: scenario.ask(command)


def mounted_elsewhere(scenario: Scenario) -> None:
    """The machine is on another volume than ours."""
    fly = another_volume(scenario).outside.fly
    machine = fly.machine(our_machine(scenario.instance).machine)
    assert machine is not None, "a running instance has a machine"
    scenario.outside = evolve(scenario.outside, fly=truth.with_machine(fly, evolve(machine, volume=OTHER)))


def another_volume(scenario: Scenario) -> Scenario:
    """The scenario with a second volume of the sandbox's own, which its record does not know."""
    fly = scenario.outside.fly
    ours = fly.volume(our_volume(scenario.instance).volume)
    assert ours is not None, "an instance at rest has a volume"
    scenario.outside = evolve(scenario.outside, fly=truth.with_volume(fly, evolve(ours, volume=OTHER)))
    return scenario


# -- where they begin --------------------------------------------------------------------------------------------


def begun(*steps: Step, full: type[Effect] | None = None) -> Callable[[], Journey]:
    """A journey that has come so far; from then on the first call of this kind finds no room."""

    def journey() -> Journey:
        return evolve(Journey(Scenario()).after(*steps), full=full)

    return journey


PROVISIONED: Final = (asking(provision()),)
UP: Final = (*PROVISIONED, asking(start("first")))
DOWN: Final = (*UP, asking(stop("halt")))
RESTORED: Final = Restore(CommandId("restore"), TAKEN, "eve", "the user asked", AT)
OVER: Final = Reassociate(CommandId("go over"), OTHER, "eve", "the user asked", AT)


@frozen
class Operation:
    """One operation, and upstream's calls for it."""

    name: str
    begin: Callable[[], Journey]
    happens: Step
    writes: tuple[str, ...]
    reads: tuple[str, ...]


OPERATIONS: Final = (
    Operation(
        "provision",
        begun(),
        asking(provision()),
        ("create app", "allocate address", "allocate address", "set secret", "create volume"),
        ("get app",),
    ),
    Operation(
        "start of a fresh instance",
        begun(*PROVISIONED),
        asking(start("this")),
        ("set secret", "create machine"),
        ("list machines", "get volume", "await state"),
    ),
    Operation(
        "stop",
        begun(*UP),
        asking(stop("this")),
        ("stop machine",),
        ("get machine", "await state"),
    ),
    Operation(
        "start of a stopped one",
        begun(*DOWN),
        asking(start("this")),
        ("set secret", "update machine"),
        ("get volume", "get machine", "await state"),
    ),
    Operation(
        "start with another config",
        begun(*DOWN, wanting(NEWER)),
        asking(start("this")),
        ("set secret", "update machine"),
        ("get volume", "get machine", "await state"),
    ),
    Operation(
        "restart",
        begun(*UP),
        asking(restart("this")),
        ("set secret", "update machine"),
        ("get machine", "await state"),
    ),
    Operation(
        "recovery",
        begun(*UP, quits),
        ringing(AlarmName.STOCKTAKE),
        ("delete machine", "create volume", "set secret", "create machine", "delete volume"),
        ("get machine", "get volume", "get volume", "await state", "get volume", "list snapshots", "get volume"),
    ),
    Operation(
        "recovery, with snapshots",
        begun(*UP, snapshot, quits),
        ringing(AlarmName.STOCKTAKE),
        ("delete machine", "create volume", "set secret", "create machine"),
        ("get machine", "get volume", "get volume", "await state", "get volume", "list snapshots"),
    ),
    Operation(
        "end of a kept volume",
        begun(*UP, snapshot, quits, ringing(AlarmName.STOCKTAKE)),
        ringing(AlarmName.RETENTION),
        ("delete volume",),
        ("get volume",),
    ),
    Operation(
        "move for want of room",
        begun(*DOWN, full=StartMachine),
        asking(start("this")),
        ("set secret", "update machine", "delete machine", "create volume", "delete volume", "create machine"),
        ("get volume", "get machine", "await state"),
    ),
    Operation(
        "move of what was never used",
        begun(*PROVISIONED, full=CreateMachine),
        asking(start("this")),
        ("set secret", "create machine", "create volume", "delete volume", "create machine"),
        ("list machines", "get volume", "await state"),
    ),
    Operation(
        "restore of a running one",
        begun(*UP, snapshot),
        asking(RESTORED),
        ("delete machine", "create volume", "set secret", "create machine"),
        ("get volume", "await state"),
    ),
    Operation(
        "restore of a stopped one",
        begun(*DOWN, snapshot),
        asking(RESTORED),
        ("delete machine", "create volume", "set secret", "create machine"),
        ("get volume", "await state"),
    ),
    Operation(
        "change to another volume",
        begun(*DOWN, another_volume),
        asking(OVER),
        ("delete machine",),
        ("get volume",),
    ),
    Operation(
        "repair of a mount",
        begun(*UP, mounted_elsewhere),
        ringing(AlarmName.STOCKTAKE),
        ("stop machine", "update machine"),
        ("get machine", "get machine", "await state", "await state"),
    ),
    Operation(
        "destroy of a running one",
        begun(*UP),
        asking(destroy("this")),
        ("delete machine", "delete volume"),
        (),
    ),
)


@frozen
class Counted:
    """The calls that an operation made, in order, and the truth it began in and ended in."""

    before: Truth
    calls: tuple[Call, ...]
    after: Truth
    refused: bool

    @property
    def writes(self) -> tuple[Call, ...]:
        """The calls that change something at Fly, or were to."""
        return tuple(one for one in self.calls if not is_read(one))

    @property
    def reads(self) -> tuple[Call, ...]:
        """The calls that only look."""
        return tuple(one for one in self.calls if is_read(one))


def counted(operation: Operation) -> Counted:
    """The operation as it goes here."""
    journey = operation.begin()
    before, refused = journey.truth, journey.full is not None
    calls = journey.calls_of(operation.happens)
    return Counted(before, calls, journey.truth, refused)
