"""Where the requests of a user are routed: to every instance of theirs that is there and not about to go.

The first question has what is older than the registry looked for in the company's rows (registry 1.6). Nothing is
decided here.
"""

from __future__ import annotations

from attrs import frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_core.names import OwnerKey, UserId
from kiloclaw_core.registry import Consult, Registry, RouteState
from kiloclaw_core.registry.record import Cooling, ImportDue, Imported, Importing, Unasked


@frozen
class RoutesView:
    """The sandboxes that a user's requests are routed to, as their records and every other call name them.

    `complete` says that there are no others: where it is False, the company's rows did not answer, and an instance that
    is older than the registry may be missing. They are asked again by themselves.
    """

    sandbox_ids: tuple[str, ...]
    complete: bool


@frozen(eq=False)
class Routing:
    """Routes, as the registries know them."""

    registries: RegistryInterpreter
    clock: Clock

    async def of(self, owner: OwnerKey, user: UserId) -> RoutesView:
        """Where this user of the owner is routed, once whatever is older than the registry was looked for."""
        asked = await self.registries.intend(owner, Consult(owner, self.clock.now_ms()), fresh_id())
        assert is_successful(asked), f"{owner}: whoever asks for routes is always heard, not {asked.failure()}"
        known = await self.registries.serve(owner, lambda now: not _is_looking(now))
        live = (one.key for one in known.routes if one.user == user and one.state is RouteState.LIVE)
        return RoutesView(tuple(live), isinstance(known.legacy, Imported))


def _is_looking(registry: Registry) -> bool:
    """Whether somebody is looking, or about to, for what is older than the registry."""
    match registry.legacy:
        case ImportDue() | Importing():
            return True
        case Unasked() | Cooling() | Imported():
            return False
