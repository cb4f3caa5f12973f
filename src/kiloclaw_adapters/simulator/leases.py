"""Leases on machines: who has one keeps others from changing the machine, for a while (Fly: fly.md 5).

Others' starts, updates and leases are refused at once; a stop and a delete wait until the lease is over.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.simulator.asking import Answer, Ask, Operation, Refused, refused, shown
from kiloclaw_adapters.simulator.finding import machine_reached, machine_there, open_app
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.papers import Lease
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import moment_text
from kiloclaw_core.names import MachineId
from kiloclaw_core.world.fly import TrueMachine

REFUSED_AT_ONCE: Final = {
    Operation.START_MACHINE,
    Operation.UPDATE_MACHINE,
    Operation.SUSPEND_MACHINE,
    Operation.EXEC_MACHINE,
    Operation.TAKE_LEASE,
}
MADE_TO_WAIT: Final = {Operation.STOP_MACHINE, Operation.DELETE_MACHINE}
DEFAULT_TTL_S: Final = 13
"""What Fly's own client asks for (Fly: fly.md 5)."""


def lease_on(stage: Stage, machine: MachineId) -> Lease | None:
    """The lease on this machine, unless it has lapsed."""
    found = stage.leases.get(machine)
    return found if found is not None and found.until > stage.now() else None


def grant(stage: Stage, machine: MachineId, owner: str, ttl_s: int, description: str = "") -> Lease:
    """Put a lease on this machine, in place of any other."""
    lease = Lease(stage.identities.nonce(), owner, description, stage.now() + ttl_s)
    stage.leases[machine] = lease
    stage.wake()
    return lease


def lease_from_birth(stage: Stage, ask: Ask, machine: TrueMachine) -> Json:
    """What the answer to a create or an update says of the lease that it asked for."""
    ttl_s = ask.body.number("lease_ttl", 0)
    if not ttl_s:
        return {}
    held = lease_on(stage, machine.machine)
    if held is None:
        return {"nonce": grant(stage, machine.machine, _owner(ask), ttl_s).nonce}
    return {"nonce": held.nonce}  # Fly: a lease survives an update, and ends when it would have (fly.md 5)


# -- whoever comes without it ------------------------------------------------------------------------------------


def check_lease(stage: Stage, ask: Ask) -> None:
    """Refuse what another's lease keeps from this machine."""
    held = lease_on(stage, MachineId(ask.of))
    if held is None:
        if ask.nonce and ask.operation in REFUSED_AT_ONCE | MADE_TO_WAIT and stage.rules.refuses_stale_nonce:
            raise Refused(409, _message(f"machine ID {ask.of} has no lease of this nonce"))
    elif held.nonce != ask.nonce:
        waits = ask.operation in MADE_TO_WAIT
        if ask.operation in REFUSED_AT_ONCE or (waits and stage.rules.lease_refuses):
            until = moment_text(stage.at_ms(held.until))
            text = f"machine ID {ask.of} lease currently held by {held.owner}, expires at {until}"
            raise Refused(409, _message(text))


async def give_way(stage: Stage, ask: Ask) -> None:
    """Wait until another's lease on the machine is over, if this is a request that waits for it."""
    while ask.operation in MADE_TO_WAIT and not stage.closing:
        held = lease_on(stage, MachineId(ask.of))
        if held is None or held.nonce == ask.nonce:
            return
        await stage.change(until=held.until)


# -- requests ----------------------------------------------------------------------------------------------------


def take(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Take a lease on a machine, or with its nonce hold it for longer."""
    open_app(stage, ask, met)
    found = machine_reached(stage, ask)
    ttl_s = ask.body.number("ttl", DEFAULT_TTL_S, at_least=1)
    held = lease_on(stage, found.machine)
    if held is None:
        lease = grant(stage, found.machine, _owner(ask), ttl_s, ask.body.text("description", ""))
    else:
        lease = evolve(held, until=stage.now() + ttl_s)
        stage.leases[found.machine] = lease
    return shown(_lease_json(stage, found, lease), 201)


def show(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show the lease on a machine."""
    open_app(stage, ask, met)
    found = machine_there(stage, ask)
    held = lease_on(stage, found.machine)
    if held is None:
        raise refused(404, "lease not found")
    return shown(_lease_json(stage, found, held))


def release(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Give up a lease; only with its nonce."""
    open_app(stage, ask, met)
    found = machine_there(stage, ask)
    held = lease_on(stage, found.machine)
    if held is None or held.nonce != ask.nonce:
        raise refused(400, "invalid_argument: the nonce is not that of the lease")
    del stage.leases[found.machine]
    stage.wake()
    return shown({"ok": True})


def _owner(ask: Ask) -> str:
    return f"{ask.org}@simulated"


def _message(text: str) -> str:
    return shown({"status": "error", "message": text}).text


def _lease_json(stage: Stage, machine: TrueMachine, lease: Lease) -> Json:
    expires_at = stage.at_ms(lease.until) // 1000
    data: Json = {"nonce": lease.nonce, "expires_at": expires_at, "owner": lease.owner}
    return {"status": "success", "data": {**data, "description": lease.description, "version": machine.version}}
