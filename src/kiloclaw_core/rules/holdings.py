"""Rules about what the sandbox has: one machine, nothing untracked, and the user's data never lost nor hidden."""

from __future__ import annotations

from typing import Final

from attrs import define

from kiloclaw_core.rules.asked import MOUNTS, Place, place_of
from kiloclaw_core.rules.book import EMPTY, Book, Change, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.rules.scenes import scene_of
from kiloclaw_core.trace.lines import CallOp, Event, Quiesce, ShownMachine, ShownVolume
from kiloclaw_core.world.predicates import data_is_kept, one_machine_at_most, tracked_at_rest

LOST_WORDS: Final = ("data_loss", "lost_volume")
SET_ASIDE: Final = ("previous_volume_id", "retained_volume_id")


@define(eq=False)
class SingleMachine:
    """Two of the sandbox's machines are up for use after a create."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        made = next((one for one in step.changes if is_made(one, CallOp.CREATE_MACHINE)), None)
        if made is None or one_machine_at_most(scene_of(book)):
            return None
        names = " and ".join(sorted(one.id for one in book.own_machines()))
        return Break(step.place, f"there are the machines {names}", led(place_of(made.cause)))


def is_made(change: Change, op: CallOp) -> bool:
    """Whether such a create made it."""
    return change.own and change.before is None and change.cause is not None and change.cause.op is op


@define(eq=False)
class NoUntrackedResource:
    """At rest something is there that no id of an owned record names."""

    last_write: Place | None = None

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if step.was is not step.now:
            self.last_write = step.place
        if not isinstance(step.line, Quiesce):
            return None
        names = book.record.names if is_owned(book) else frozenset()
        lost = sorted(one.id for one in (*book.own_machines(), *book.own_volumes()) if one.id not in names)
        if not lost or (is_owned(book) and tracked_at_rest(scene_of(book, resting=True))):
            return None
        return Break(step.place, f"the record does not name {', '.join(lost)}", led(self.last_write))


def is_owned(book: Book) -> bool:
    """Whether the record has an owner; where a trace never tells owners, whether it has a status."""
    told = book.is_owner_told or book.header.user_id is not None
    return book.record.text("user_id") is not None if told else book.record.status is not None


@define(eq=False)
class LastCopy:
    """The last volume with some data was deleted, and nobody had asked for its end."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        for one in step.changes:
            if not (one.own and one.is_gone and one.by_request and isinstance(one.before, ShownVolume)):
                continue
            label = one.before.data
            if label not in {None, EMPTY} and not data_is_kept(scene_of(book, data=label)):
                message = f"{one.before.id} was the last volume with the data {label}"
                return Break(step.place, message, led(place_of(one.cause)))
        return None


@define(eq=False)
class NoSilentEmptyVolume:
    """An empty volume took the place of data, and the data is still there or nobody was told that it is lost.

    Without other data the loss may still be told: the rule waits for that until the trace rests.
    """

    suspected: Break | None = None
    is_told: bool = False

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if step.begins_life:
            self.suspected, self.is_told = None, False
        if isinstance(step.line, Event) and tells_of_loss(step.line):
            self.suspected, self.is_told = None, True
        found = self._found(book, step)
        if found is not None and hidden(book) is not None:
            return found
        if found is not None and not self.is_told:
            self.suspected = self.suspected or found
        return self.suspected if isinstance(step.line, Quiesce) else None

    def _found(self, book: Book, step: Step) -> Break | None:
        if not book.had_data or book.granted is not None:
            return None
        for one in step.changes:
            volume = newly_mounted(book, one)
            if volume is not None and volume.data == EMPTY:
                assert one.after is not None, "what is mounted is there"
                there = hidden(book)
                why = f"though {there} has data" if there else "and nothing tells that the data is lost"
                message = f"{one.after.id} was put on the empty volume {volume.id}, {why}"
                return Break(step.place, message, led(place_of(one.cause)))
        current = book.volumes.get(book.record.text("volume_id") or "")
        if isinstance(step.line, Quiesce) and current is not None and current.data == EMPTY:
            return Break(step.place, f"the record rests on the empty volume {current.id}")
        return None


def newly_mounted(book: Book, change: Change) -> ShownVolume | None:
    """The volume that a request put one of the sandbox's machines on."""
    is_asked = change.cause is not None and change.cause.op in MOUNTS
    if not (change.own and is_asked and isinstance(change.after, ShownMachine)) or change.after.volume_id is None:
        return None
    before = change.before.volume_id if isinstance(change.before, ShownMachine) else None
    return None if before == change.after.volume_id else book.volumes.get(change.after.volume_id)


def hidden(book: Book) -> str | None:
    """A volume with data that the record does not keep aside."""
    aside = {book.record.text(key) for key in SET_ASIDE}
    return next((one.id for one in book.own_volumes() if one.data not in {None, EMPTY} and one.id not in aside), None)


def tells_of_loss(event: Event) -> bool:
    """Whether this event says that data was lost."""
    return event.fields.keys.get("data_loss") is True or any(word in event.name for word in LOST_WORDS)
