"""The rule about proof: nothing is destroyed, replaced or forgotten on an answer that does not prove it."""

from __future__ import annotations

from typing import Final

from attrs import define, evolve, field, frozen

from kiloclaw_core.rules.asked import CREATES, DELETES, LACKING, LOOKS, MISSING, OF_A_VOLUME, OK, Place, Sent
from kiloclaw_core.rules.book import GONE_STATES, Book, Step
from kiloclaw_core.rules.finding import Break, led
from kiloclaw_core.trace.lines import Answer, Call, CallOp, Evict, Write

ABOUT_A_MACHINE: Final = frozenset(
    {CallOp.GET_MACHINE, CallOp.WAIT_MACHINE, CallOp.START_MACHINE, CallOp.STOP_MACHINE, CallOp.DESTROY_MACHINE}
)
READS: Final = frozenset({CallOp.GET_MACHINE, CallOp.GET_VOLUME})
LISTINGS: Final = frozenset({CallOp.LIST_MACHINES, CallOp.LIST_VOLUMES})
RECOVERING: Final = "recovering"
RECOVERY_MS: Final = 10 * 60_000
"""So long a recovery may last before it is given up by the clock, which needs no evidence."""


@frozen
class Heard:
    """What one task has heard: its last answer, what it did first after it, and the lookups that failed."""

    last: Sent | None = None
    then: Place | None = None
    looked: Sent | None = None
    listed: Sent | None = None
    snapshots: Sent | None = None


@frozen
class Recovery:
    """A recovery under way: who began it, when, and the machine that it is to replace."""

    by: str | None
    place: Place
    at: int
    original: str | None


@define(eq=False)
class ConclusiveEvidence:
    """A step that destroys, replaces or forgets is taken, and the answer before it does not prove that it may be.

    An answer does not prove it when it is a 5xx or none, when its text is contradicted by a read, when it is about
    another object, or when it shows the machine that a recovery replaces instead of the one that replaces it.
    """

    heard: dict[str, Heard] = field(factory=dict)
    recovery: Recovery | None = None

    def hear(self, book: Book, step: Step) -> Break | None:
        """Go on with this step."""
        by = acting(step)
        known = Heard() if by is None else self.heard.get(by, Heard())
        if by is not None and not isinstance(step.line, Answer) and known.last is not None and known.then is None:
            known = self.heard[by] = evolve(known, then=step.place)
        found = self._judge(book, step, known)
        if by is not None and isinstance(step.line, Answer) and step.call is not None:
            self.heard[by] = after(known, step.call)
        self._follow(book, step)
        return found

    def _follow(self, book: Book, step: Step) -> None:
        if isinstance(step.line, Write) and step.was.status != step.now.status:
            began = step.now.status == RECOVERING
            original = step.now.text("machine_id")
            self.recovery = Recovery(step.line.by, step.place, step.at, original) if began else None
        made = any(one.cause is not None and one.cause.op is CallOp.CREATE_MACHINE for one in step.changes)
        if made or (isinstance(step.line, Evict) and self.recovery is None):
            self.recovery = None
        self.heard = {name: one for name, one in self.heard.items() if name in book.tasks}

    def _judge(self, book: Book, step: Step, known: Heard) -> Break | None:
        wrong = None
        if isinstance(step.line, Write):
            wrong = self._forgot(book, step, known) or self._mistook(step, known)
        if isinstance(step.line, Call) and step.call is not None and step.call.op in CREATES | DELETES:
            wrong = self._acted(book, step, step.call, known)
        if wrong is None:
            return None
        message, proof = wrong
        return Break(known.then or step.place, message, led(None if proof is None else proof.place))

    # -- forgetting ----------------------------------------------------------------------------------------------

    def _forgot(self, book: Book, step: Step, known: Heard) -> tuple[str, Sent | None] | None:
        if not step.was.is_wiped and step.now.is_wiped:
            return self._finalised(book, known)
        proof = known.last
        if proof is None or not proof.failed:
            return None
        machine, volume = step.was.text("machine_id"), step.was.text("volume_id")
        if machine != step.now.text("machine_id") and is_there(book, machine) and not proves_gone(proof, machine):
            return f"the record forgets {machine}, which is there", proof
        is_full = any(word in proof.error for word in LACKING)  # what is full may be left for another
        doubted = proof.op is CallOp.CREATE_MACHINE and proof.volume_id == volume and not is_full
        if doubted and volume != step.now.text("volume_id") and volume in book.volumes:
            return f"the record forgets {volume}, which is there", proof
        return None

    def _finalised(self, book: Book, known: Heard) -> tuple[str, Sent | None] | None:
        if known.listed is None or not (book.own_machines() or book.own_volumes()):
            return None
        return "destroy is finished though the listing failed, and something is left", known.listed

    # -- replacing and destroying --------------------------------------------------------------------------------

    def _acted(self, book: Book, step: Step, call: Sent, known: Heard) -> tuple[str, Sent | None] | None:
        if call.op is CallOp.CREATE_MACHINE and known.looked is not None and book.own_machines():
            return "a machine is made though looking for the one there is failed", known.looked
        unlisted = known.snapshots is not None and known.snapshots.volume_id == call.volume_id
        if call.op is CallOp.DELETE_VOLUME and unlisted and book.granted is None:
            return f"{call.volume_id} is deleted though its snapshots could not be listed", known.snapshots
        last = known.last
        blind = last is not None and last.op in READS and last.failed and last.is_lost
        if call.op in DELETES and blind and book.granted is None and not self._is_timed_out(step):
            return f"{call.target} is deleted though the look before failed", last
        if call.op is CallOp.DESTROY_MACHINE and self._is_original(step, call.machine_id):
            return f"{call.machine_id} is destroyed as if it were the machine that replaces it", known.last
        return None

    def _mistook(self, step: Step, known: Heard) -> tuple[str, Sent | None] | None:
        proof = known.last
        if proof is None or proof.op is not CallOp.GET_MACHINE or proof.status not in OK:
            return None
        if (
            step.was.status != RECOVERING
            or step.now.status == RECOVERING
            or not self._is_original(step, proof.machine_id)
        ):
            return None
        return f"the recovery ends because of {proof.machine_id}, which it was to replace", proof

    def _is_original(self, step: Step, machine: str | None) -> bool:
        recovery, by = self.recovery, acting(step)
        if recovery is None or by is None or by == recovery.by or machine is None:
            return False
        return machine == recovery.original and not self._is_timed_out(step)

    def _is_timed_out(self, step: Step) -> bool:
        return self.recovery is not None and step.at - self.recovery.at >= RECOVERY_MS


def acting(step: Step) -> str | None:
    """The task that acts on this step, or hears."""
    if step.task is not None:
        return step.task.id
    return None if step.call is None else step.call.by


def after(known: Heard, call: Sent) -> Heard:
    """What is known once this request was answered."""
    known = evolve(known, last=call, then=None)
    if call.op in LOOKS:
        known = evolve(known, looked=call if call.failed and call.status != MISSING else None)
    if call.op in LISTINGS:
        known = evolve(known, listed=call if call.failed else None)
    if call.op is CallOp.LIST_SNAPSHOTS:
        known = evolve(known, snapshots=call if call.failed else None)
    return known


def is_there(book: Book, machine: str | None) -> bool:
    """Whether this machine of the sandbox is there in truth."""
    shown = book.machines.get(machine or "")
    return shown is not None and shown.state not in GONE_STATES


def proves_gone(proof: Sent, machine: str | None) -> bool:
    """Whether this error proves that the machine is gone, or proved it of the machine that the record named then."""
    if proof.status != MISSING:
        return False
    if proof.op in ABOUT_A_MACHINE:
        return proof.machine_id == machine or proof.machine_id in proof.held
    return proof.op is CallOp.UPDATE_MACHINE and OF_A_VOLUME not in proof.error
