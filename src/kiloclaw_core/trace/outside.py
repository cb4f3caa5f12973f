"""The provider's world as far as a trace tells it: never more than its lines allow.

A source either tells the truth by itself (`world` lines), and then answers add nothing, for they may be stale or
invented; or it does not, and then what answers showed is all there is, with the doubts of `shelf.py`. Which of the two
it is shows when something changes: until then answers teach, but a first `world` line overrules what they said.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeVar

from attrs import define, evolve, field

from kiloclaw_core.trace.calls import Calls, OpenCall
from kiloclaw_core.trace.lineages import Lineages
from kiloclaw_core.trace.lines import CallOp, Initial, ShownMachine, ShownVolume, World
from kiloclaw_core.trace.shelf import Shelf, ShownT
from kiloclaw_core.world.scene import RecordWords, SceneMachine, SceneVolume

DESTROYED: Final = "destroyed"
LEAST_OF_STATES: Final = "destroying"
MOST_OF_STATES: Final = "started"
"""Where nobody said what a machine does, it may be hardly there, or fully."""
FIRST_DATA: Final = "d1"
ENOUGH_TO_BREAK: Final = 2
"""So many volumes written leave no claim about them as it was."""

ValueT = TypeVar("ValueT")


class Told(Enum):
    """What a source has told of the changes in the world so far: nothing, the truth, or answers alone."""

    NOTHING = "nothing"
    TRUTH = "truth"
    ANSWERS = "answers"


def either(least: ValueT, most: ValueT) -> tuple[ValueT, ...]:
    """What may be so: one of these two, or the one that both are."""
    return (least,) if least == most else (least, most)


@define(eq=False)
class Outside:
    """The machines and volumes that lines have shown, what is on them, and which strangers' are gone."""

    sandbox_id: str
    calls: Calls
    user_id: str | None = None
    told: Told = Told.NOTHING
    machines: Shelf[ShownMachine] = field(init=False)
    volumes: Shelf[ShownVolume] = field(init=False)
    _lineages: Lineages = field(init=False, factory=Lineages)
    _says_what_is_written: bool = field(init=False, default=True)
    _strangers_lost: tuple[str, ...] = field(init=False, default=())
    _perhaps_lost: tuple[str, ...] = field(init=False, default=())
    """The first of others' that is gone by a request of this sandbox, as is certain or possible: one is enough."""

    def __attrs_post_init__(self) -> None:
        """Begin with nothing known."""
        self.machines = Shelf(self.sandbox_id)
        self.volumes = Shelf(self.sandbox_id)

    # -- the truth -----------------------------------------------------------------------------------------------

    def begin(self, initial: Initial, words: RecordWords | None, line: int) -> None:
        """How things stood: the data of the volume that the record has is the user's first."""
        for machine in initial.machines:
            self._show_machine(machine, line, None)
        current = None if words is None else words.volume_id
        for volume in sorted(initial.volumes, key=lambda one: one.id != current):
            self._show_volume(volume, line, None)
        if words is not None:
            self.claim(words, line)
        self.machines.begin()
        self.volumes.begin()

    def change(self, world: World, line: int) -> None:
        """The truth changed; the first time, that overrules what was only answered."""
        if self.told is Told.NOTHING:
            self.told = Told.TRUTH
            self.machines.trust()
            self.volumes.trust()
        for machine in world.machines:
            self._show_machine(machine, line, world.cause)
        for volume in world.volumes:
            self._show_volume(volume, line, world.cause)
        if world.cause is not None:
            self.calls.see(world.cause)

    def rest(self) -> None:
        """Nothing happens by itself any more, so that what is believed to be gone stays so."""
        self.calls.rest()
        if self.told is Told.ANSWERS:
            self.machines.forget()
            self.volumes.forget()

    def _show_machine(self, machine: ShownMachine, line: int, cause: str | None) -> None:
        if machine.gone or machine.state == DESTROYED:
            self._blame(machine, self.machines, cause)
            self.machines.lose(machine.id)
        else:
            self.machines.show(machine, line, made_here=self.calls.is_create(cause))

    def _show_volume(self, volume: ShownVolume, line: int, cause: str | None) -> None:
        before = self.volumes.find(volume.id)
        if volume.gone:
            self._blame(volume, self.volumes, cause)
            self.volumes.lose(volume.id)
            if cause is None and before is not None:
                self._taken_by_the_world(before)
        else:
            self.volumes.show(volume, line, made_here=self.calls.is_create(cause))
            self._read_label(volume, before)
        self._lineages.keep(self._labels())

    def _blame(self, shown: ShownT, shelf: Shelf[ShownT], cause: str | None) -> None:
        if cause is not None:
            self.took_away(shown.id, own=shelf.whose(shown))

    def took_away(self, name: str, *, own: bool | None) -> None:
        """A request of the sandbox took this away: that matters where it was another's, or may have been."""
        if not own:
            self._perhaps_lost = self._perhaps_lost or (name,)
        if own is False:
            self._strangers_lost = self._strangers_lost or (name,)

    def strangers_lost(self) -> tuple[tuple[str, ...], ...]:
        """What of others' is gone by a request of this sandbox, at least and at most."""
        return either(self._strangers_lost, self._perhaps_lost)

    # -- the last word heard, where nobody tells the truth -------------------------------------------------------

    def is_said_to_be(self, name: str, state: str | None) -> None:
        """This machine is said to be in this state; None says that it may have changed."""
        machine = self.machines.find(name)
        if state == DESTROYED:
            self.machines.lose(name)
        elif machine is not None:
            self.machines.revise(evolve(machine, state=state))

    # -- what is written -----------------------------------------------------------------------------------------

    def _read_label(self, volume: ShownVolume, before: ShownVolume | None) -> None:
        if self.volumes.whose(volume) is False:
            return
        if volume.data is None:
            self._says_what_is_written = False
        else:
            self._lineages.appeared(volume.data, before=None if before is None else before.data)

    def _taken_by_the_world(self, volume: ShownVolume) -> None:
        if volume.data is not None and self._lineages.is_first(volume.data) and volume.data not in self._labels():
            self._lineages.forget(self._labels())

    def _labels(self) -> frozenset[str]:
        """The labels of all written data that is left."""
        return frozenset(one.data for one in self.volumes.possible() if one.data is not None)

    def live_again(self) -> None:
        """A new life begins: what the old one left is not its data."""
        self._lineages.forget(self._labels())

    def written(self) -> tuple[int, ...]:
        """How many volumes were ever written."""
        known = self._lineages.written
        if self._is_writing_told and self._says_what_is_written:
            return (known,)
        return (known, known + ENOUGH_TO_BREAK)

    @property
    def _is_writing_told(self) -> bool:
        """Whether no machine can have written unseen."""
        return self.told is Told.TRUTH or (self.told is Told.NOTHING and not self.calls.silent())

    # -- what claims look at -------------------------------------------------------------------------------------

    def claim(self, words: RecordWords, line: int) -> None:
        """The record names these: they are the sandbox's own, unless they said otherwise."""
        for machine in sorted(words.machine_ids):
            if self.machines.claim(machine):
                self.calls.explain(CallOp.CREATE_MACHINE, line)
        for volume in sorted(words.volume_ids):
            if self.volumes.claim(volume):
                self.calls.explain(CallOp.CREATE_VOLUME, line)

    def own_machines(self) -> tuple[tuple[SceneMachine, ...], ...]:
        """The sandbox's machines, at least and at most."""
        least = [SceneMachine(one.id, one.state or LEAST_OF_STATES, one.volume_id) for one in self.machines.sure()]
        most = [SceneMachine(one.id, one.state or MOST_OF_STATES, one.volume_id) for one in self.machines.possible()]
        unseen = [
            SceneMachine(f"made by {one.id}", MOST_OF_STATES, one.volume_id)
            for one in self._unseen(CallOp.CREATE_MACHINE)
        ]
        return either(tuple(least), (*most, *unseen))

    def own_volumes(self) -> tuple[tuple[SceneVolume, ...], ...]:
        """The sandbox's volumes, at least and at most."""
        least = [SceneVolume(one.id, self._data(one, None)) for one in self.volumes.sure()]
        most = [SceneVolume(one.id, self._data(one, FIRST_DATA)) for one in self.volumes.possible()]
        unseen = [SceneVolume(f"made by {one.id}", FIRST_DATA) for one in self._unseen(CallOp.CREATE_VOLUME)]
        return either(tuple(least), (*most, *unseen))

    def _data(self, volume: ShownVolume, otherwise: str | None) -> str | None:
        if volume.data is None or not self._is_writing_told:
            return otherwise
        return self._lineages.name(volume.data)

    def _unseen(self, op: CallOp) -> tuple[OpenCall, ...]:
        unseen = self.calls.unseen(op)
        if self.told is Told.ANSWERS:
            return unseen
        unheard = tuple(call for call in unseen if call.silent_since is not None)
        return tuple(call for call in unheard if call.landed or self.told is Told.NOTHING)

    def mounting(self, volume_id: str, named: frozenset[str]) -> tuple[bool, bool]:
        """Whether a machine among the named certainly, and whether one perhaps, mounts this volume."""
        certainly = any(one.id in named and one.volume_id == volume_id for one in self.machines.sure())
        perhaps = any(one.id in named and one.volume_id == volume_id for one in self.machines.possible())
        return certainly, perhaps
