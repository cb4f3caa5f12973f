"""What operators ask of registries: to see every reservation, and to release one that they answer for.

Nobody should need the second: whatever an attempt left is found and cleaned up by the registry's own probe.
"""

from __future__ import annotations

from attrs import evolve, frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import fresh_id, read_record
from kiloclaw_adapters.errors import AdmissionError, MalformedError
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_adapters.registry.showing import ShownReservation, shown
from kiloclaw_core.names import AttemptId, Fence, OwnerKey
from kiloclaw_core.registry import OperatorRelease, Phase, Registry, Resolution, Waiting
from kiloclaw_core.registry.record import ended, having
from kiloclaw_core.registry.troubles import Trouble, explanation, trouble_of_release


@frozen(eq=False)
class Reservations:
    """The reservations of every owner."""

    registries: RegistryInterpreter
    clock: Clock

    async def shown(self, owner: OwnerKey | None) -> tuple[ShownReservation, ...]:
        """Every reservation that is remembered of this owner, or of all of them by owner.

        Raises UnreadableRecordError where a registry that is asked about cannot be read.
        """
        return tuple([one for known in await self._registries(owner) for one in await self._shown(known)])

    async def release(  # noqa: PLR0913 - what an operator answers for
        self, attempt: AttemptId, owner: OwnerKey | None, phase: Phase, fence: Fence, *, operator: str, because: str
    ) -> ShownReservation:
        """Have the attempt fenced and its slot freed, if it is still as the operator saw it; raises AdmissionError.

        What they took upon themselves is written first. Works on the registry until the slot is free, or until whoever
        has to be asked does not answer: then it goes on by itself. Raises MalformedError where no owner is named and
        several have an attempt of this name, and UnreadableRecordError where that cannot be known.
        """
        seen = await self._registry_of(attempt, owner)
        whose = seen.owner
        command = OperatorRelease(whose, attempt, phase, fence, operator, because, self.clock.now_ms())
        asked = await self.registries.intend(whose, command, fresh_id())
        if not is_successful(asked):
            raise AdmissionError(attempt, explanation(trouble_of_release(asked.failure())))
        rested = await self.registries.serve(whose, lambda now: _rests(now, attempt))
        known = rested if rested.reservation(attempt) is not None else _forgotten(seen, command)
        return next(one for one in await self._shown(known) if one.reservation.attempt_id == attempt)

    async def _registry_of(self, attempt: AttemptId, owner: OwnerKey | None) -> Registry:
        """Where the attempt is known: callers make its name up, so that two owners may have one of the same."""
        known = [one for one in await self._registries(owner) if one.reservation(attempt) is not None]
        if not known:
            raise AdmissionError(attempt, explanation(Trouble.RESERVATION_NOT_FOUND))
        if len(known) > 1:
            whose = " and of ".join(one.owner for one in known)
            raise MalformedError(f"owner: {attempt} is an attempt of {whose}; say whose is meant")
        return known[0]

    async def _registries(self, owner: OwnerKey | None) -> tuple[Registry, ...]:
        machinery, store = self.registries.machinery, self.registries.store
        keys = await store.keys(machinery.kind) if owner is None else (owner,)
        return tuple([(await read_record(machinery, store, key))[1] for key in keys])

    async def _shown(self, registry: Registry) -> tuple[ShownReservation, ...]:
        store = self.registries.store
        return shown(registry, await store.alarms(registry.owner), await store.now_ms())


def _rests(registry: Registry, attempt: AttemptId) -> bool:
    """Whether nothing is being done about the attempt just now."""
    known = registry.reservation(attempt)
    return known is None or not known.unresolved or isinstance(known.inquiry, Waiting)


def _forgotten(seen: Registry, command: OperatorRelease) -> Registry:
    """The registry as it was seen, with this attempt released: it is not remembered any more, as only such are not.

    So many of its slot may have ended meanwhile, and an instance that is older than the registry is the oldest of all.
    """
    known = seen.reservation(command.attempt)
    assert known is not None, f"{command.attempt} was just looked up"
    return having(seen, ended(evolve(known, asserted=True), Resolution.OPERATOR, command.at))
