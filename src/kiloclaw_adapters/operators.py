"""What operators ask of instances, who answer for it by name: the other half of the façade."""

from __future__ import annotations

from kiloclaw_adapters.arguments import command_named, named, sandbox_named
from kiloclaw_adapters.asking import Asking
from kiloclaw_adapters.ports import Clock
from kiloclaw_core.commands import CleanUp, Command, Disown, OverrideSize, Reassociate, Recover, Restore
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import MachineId, SnapshotId, VolumeId
from kiloclaw_core.views import View


class Operated:
    """Instances that operators care for. Who asked, and why, stays in the record and is told in the log."""

    _asking: Asking
    _clock: Clock

    async def override_size(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        guest: Guest | None,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have machines be of this size whatever the owner asked for; None ends it. Raises as `start` does."""
        command = OverrideSize(command_named(command_id), guest, *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    async def restore(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        snapshot: str,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have the instance go back to a snapshot and run; the volume it leaves is kept. Raises as `start` does."""
        taken = SnapshotId(named("snapshot", snapshot))
        command = Restore(command_named(command_id), taken, *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    async def reassociate(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        volume: str,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have a stopped instance use another volume of its own; the one it leaves is kept. Raises as `start` does."""
        other = VolumeId(named("volume", volume))
        command = Reassociate(command_named(command_id), other, *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    async def recover(
        self, sandbox_id: str, *, operator: str, because: str, wait: bool = True, command_id: str | None = None
    ) -> View:
        """Have the instance looked at now, and recovered, however often it was today. Raises as `start` does."""
        command = Recover(command_named(command_id), *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    async def clean_up(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        volume: str,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Have a retained volume go before its time, if the one in use is whole; raises KeptError if it is not."""
        kept = VolumeId(named("volume", volume))
        command = CleanUp(command_named(command_id), kept, *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    async def disown(  # noqa: PLR0913 - what an operator answers for
        self,
        sandbox_id: str,
        resource: str,
        *,
        operator: str,
        because: str,
        wait: bool = True,
        command_id: str | None = None,
    ) -> View:
        """Take a resource that cannot be deleted out of the ledger; the operator answers for it. Raises as `start`."""
        held = MachineId(named("resource", resource))  # the ledger knows by itself which of the two kinds it is
        command = Disown(command_named(command_id), held, *self._signed(operator, because))
        return await self._ask(sandbox_id, command, wait=wait)

    # -- how -----------------------------------------------------------------------------------------------------

    def _signed(self, operator: str, because: str) -> tuple[str, str, int]:
        """Who answers for a command, why, and since when; raises MalformedError for a name or a reason of nothing."""
        return named("operator", operator), named("because", because), self._clock.now_ms()

    async def _ask(self, sandbox_id: str, command: Command, *, wait: bool) -> View:
        return await self._asking.ask(sandbox_named(sandbox_id), command, wait=wait)
