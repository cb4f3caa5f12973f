"""What operators ask of registries: to see every reservation, and to release one that they answer for.

Nobody should need the second: whatever an attempt left is found and cleaned up by the registry's own probe.
"""

from __future__ import annotations

from attrs import frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import fresh_id, read_record
from kiloclaw_adapters.errors import AdmissionError
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_adapters.registry.showing import ShownReservation, shown
from kiloclaw_core.names import AttemptId, Fence, OwnerKey
from kiloclaw_core.registry import OperatorRelease, Phase, Registry, Waiting
from kiloclaw_core.registry.troubles import Trouble, explanation, trouble_of_release


@frozen(eq=False)
class Reservations:
    """The reservations of every owner."""

    registries: RegistryInterpreter
    clock: Clock

    async def shown(self) -> tuple[ShownReservation, ...]:
        """Every reservation that is remembered, by owner."""
        store = self.registries.store
        now_ms = await store.now_ms()
        return tuple(
            [
                one
                for registry in await self._all()
                for one in shown(registry, await store.alarms(registry.owner), now_ms)
            ]
        )

    async def release(
        self, attempt: AttemptId, phase: Phase, fence: Fence, *, operator: str, because: str
    ) -> ShownReservation:
        """Have the attempt fenced and its slot freed, if it is still as the operator saw it; raises AdmissionError.

        What they took upon themselves is written first. Works on the registry until the slot is free, or until whoever
        has to be asked does not answer: then it goes on by itself.
        """
        owner = await self._owner_of(attempt)
        command = OperatorRelease(owner, attempt, phase, fence, operator, because, self.clock.now_ms())
        asked = await self.registries.intend(owner, command, fresh_id())
        if not is_successful(asked):
            raise AdmissionError(attempt, explanation(trouble_of_release(asked.failure())))
        await self.registries.serve(owner, lambda now: _rests(now, attempt))
        return next(one for one in await self.shown() if one.reservation.attempt_id == attempt)

    async def _owner_of(self, attempt: AttemptId) -> OwnerKey:
        for registry in await self._all():
            if registry.reservation(attempt) is not None:
                return registry.owner
        raise AdmissionError(attempt, explanation(Trouble.RESERVATION_NOT_FOUND))

    async def _all(self) -> tuple[Registry, ...]:
        machinery, store = self.registries.machinery, self.registries.store
        keys = await store.keys(machinery.kind)
        return tuple([(await read_record(machinery, store, key))[1] for key in keys])


def _rests(registry: Registry, attempt: AttemptId) -> bool:
    """Whether nothing is being done about the attempt just now."""
    known = registry.reservation(attempt)
    return known is None or not known.unresolved or isinstance(known.inquiry, Waiting)
