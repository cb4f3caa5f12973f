"""Rules about where things are and what they are like: one region, the same size, nobody else's."""

from __future__ import annotations

import re
from typing import Final

from attrs import define

from kiloclaw_core.rules.asked import CREATES, MOUNTS, Place, Sent, place_of
from kiloclaw_core.rules.book import Book, Change, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.durable import Size
from kiloclaw_core.trace.lines import Call, CallOp, Effect, Quiesce, ShownMachine, ShownVolume, Write

CODE: Final = re.compile(r"[a-z]{3}")
"""The code of one region; what is shorter or longer names several."""
CHANGES: Final = frozenset(
    {
        CallOp.DELETE_VOLUME,
        CallOp.DESTROY_MACHINE,
        CallOp.START_MACHINE,
        CallOp.STOP_MACHINE,
        CallOp.UPDATE_MACHINE,
    }
)


@define(eq=False)
class RegionMatch:
    """A machine is asked to mount a volume of another region, or rests on one."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if isinstance(step.line, Call) and step.call is not None and step.call.op in MOUNTS:
            return self._asked(book, step, step.call)
        if isinstance(step.line, Quiesce):
            for machine in book.own_machines():
                apart = regions_apart(book, machine.region, machine.volume_id)
                if apart is not None:
                    return Break(step.place, f"{machine.id} rests on {apart}")
        return None

    def _asked(self, book: Book, step: Step, call: Sent) -> Break | None:
        region = call.region
        if call.op is CallOp.UPDATE_MACHINE:
            machine = book.machines.get(call.machine_id or "")
            region = None if machine is None else machine.region
        apart = regions_apart(book, region, call.volume_id)
        if apart is None:
            return None
        asked = None if step.task is None else step.task.place
        return Break(step.place, f"{call.op.value} asks to mount {apart}", led(asked))


def regions_apart(book: Book, region: str | None, volume_id: str | None) -> str | None:
    """What is wrong where a machine in this region is to have this volume; None where nothing is known to be."""
    volume = book.volumes.get(volume_id or "")
    if (
        volume is None
        or volume.region is None
        or region is None
        or not CODE.fullmatch(region)
        or volume.region == region
    ):
        return None
    return f"{volume.id} of {volume.region} from a machine in {region}"


@define(eq=False)
class SizeUnchanged:
    """A create or an update gives the machine another size than its last one, and the record does not say so."""

    size: Size | None = None
    shown: Place | None = None
    has_begun: bool = False

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        if not self.has_begun or step.begins_life:
            self.has_begun, self.size = True, None if step.begins_life else book.size_at_first
        for one in step.changes:
            if one.own and isinstance(one.after, ShownMachine) and one.after.size is not None:
                found = self._shown(step, one, one.after.id, one.after.size)
                if found is not None:
                    return found
        return None

    def _shown(self, step: Step, change: Change, name: str, now: Size) -> Break | None:
        before, earlier = self.size, self.shown
        self.size, self.shown = now, step.place
        by_service = change.cause is not None and change.cause.op in MOUNTS
        if before is None or not by_service or is_size(now, before) or is_size(now, step.now.size):
            return None
        message = f"{name} was made {spelt(now)}, but was {spelt(before)}"
        return Break(step.place, message, led(earlier, place_of(change.cause)))


def is_size(now: Size, known: Size | None) -> bool:
    """Whether this is the known size, as far as both are told."""
    if known is None:
        return False
    pairs = ((now.cpus, known.cpus), (now.memory_mb, known.memory_mb), (now.cpu_kind, known.cpu_kind))
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def spelt(size: Size) -> str:
    """A size as people say it."""
    return f"{size.cpu_kind} {size.cpus} x {size.memory_mb} MB"


@define(eq=False)
class Identity:
    """Another sandbox's resource is changed, something is created outside the app, or the record changes owner."""

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        call, whose = step.call, step.now.text("sandbox_id")
        if isinstance(step.line, Write) and whose is not None and whose != book.header.sandbox_id:
            return Break(step.place, f"the record changes its sandbox_id to {whose}")
        for one in step.changes:
            by = one.cause
            if by is not None and by.op in CHANGES and is_strangers(book, one.before, by):
                return Break(step.place, meddled(by), led(by.place))
        if call is None:
            return None
        if isinstance(step.line, Effect) and call.op in CHANGES and is_strange(book, call):
            return Break(step.place, meddled(call), led(call.place))
        return self._created(book, step, call) if isinstance(step.line, Call) and call.op in CREATES else None

    def _created(self, book: Book, step: Step, call: Sent) -> Break | None:
        app = book.record.text("app") or book.header.app
        if app is None or call.app is None or call.app == app:
            return None
        return Break(step.place, f"{call.op.value} in {call.app}, not in {app}")


def is_strange(book: Book, call: Sent) -> bool:
    """Whether the request is about something that says it is another sandbox's."""
    name = call.target or ""
    return is_strangers(
        book, book.volumes.get(name) if call.op is CallOp.DELETE_VOLUME else book.machines.get(name), call
    )


def is_strangers(book: Book, shown: ShownMachine | ShownVolume | None, call: Sent) -> bool:
    """Whether this is what the request is about, and says that it is another sandbox's."""
    return shown is not None and shown.id == call.target and shown.is_own(book.header.sandbox_id) is False


def meddled(call: Sent) -> str:
    """What is wrong with such a request."""
    return f"{call.op.value} of {call.target}, which is another sandbox's"
