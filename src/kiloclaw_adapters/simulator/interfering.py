"""What the control surface lets happen to machines, volumes and hosts, as Fly or chance would do it.

Each says what it changed, and refuses what could not happen to the thing as it is.
"""

from __future__ import annotations

from kiloclaw_adapters.simulator import backups, controllers, happenings, leases
from kiloclaw_adapters.simulator.hosts import Host
from kiloclaw_adapters.simulator.kinds import Happening
from kiloclaw_adapters.simulator.moving import end, exit_event, is_moving
from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError
from kiloclaw_adapters.simulator.spelling import plain, read_happening, read_host
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, VolumeId
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

# -- machines ----------------------------------------------------------------------------------------------------


def advance(stage: Stage, of: str, body: Fields) -> Json:
    """Let a machine that is on its way arrive now."""
    found = _machine(stage, of)
    body.nothing_else()
    if not is_moving(stage, found):
        raise MalformedError(f"path: machine {of} is {found.state.value}, and not on its way anywhere")
    happenings.arrive(stage, found.machine)
    return _after(stage, found)


def halt(stage: Stage, of: str, body: Fields) -> Json:
    """Let a machine stop though nobody asked: its process ends with `exit_code`, perhaps `out_of_memory`."""
    found = _machine(stage, of)
    code, out_of_memory = body.number("exit_code", 1), body.truth("out_of_memory", default=False)
    body.nothing_else()
    if found.state is not MachineState.STARTED:
        raise MalformedError(f"path: machine {of} is {found.state.value}, not started")
    end(stage, found, exit_event(code, out_of_memory=out_of_memory, asked=False))
    return _after(stage, found)


def let_befall(stage: Stage, of: str, body: Fields) -> Json:
    """Let `what` befall a machine: it exits, is started by traffic, is moved to another host, is lost with its disk."""
    found, what = _machine(stage, of), read_happening(body)
    body.nothing_else()
    befall(stage, found, what)
    return _after(stage, found)


def befall(stage: Stage, machine: TrueMachine, what: Happening) -> None:
    """Let this befall a machine. Raises `MalformedError` if it cannot befall it as it is."""
    if not happenings.may_befall(stage, machine, what):
        raise MalformedError(f"path: {what.value} cannot befall machine {machine.machine}: it is {machine.state.value}")
    happenings.befall(stage, machine, what)


def set_controller(stage: Stage, of: str, body: Fields) -> Json:
    """Make a machine's controller `well` or not."""
    found, well = _machine(stage, of), body.truth("well", default=True)
    body.nothing_else()
    (stage.unwell.discard if well else stage.unwell.add)(found.machine)
    return {"machine": found.machine, "well": well}


def set_reply(stage: Stage, of: str, body: Fields) -> Json:
    """Say what commands come to that are run in a machine: `exit_code`, `stdout`, `stderr`."""
    found = _machine(stage, of)
    reply: Json = {"exit_code": body.number("exit_code", 0)}
    reply |= {name: body.text(name, "") for name in ("stdout", "stderr")}
    body.nothing_else()
    stage.replies[found.machine] = reply
    return reply


def set_pending(stage: Stage, of: str, body: Fields) -> Json:
    """Say what wants to be paired in a machine, and how old its controller is: `channels`, `devices`, `age`."""
    return controllers.set_pending(stage, _machine(stage, of).machine, body)


def lease(stage: Stage, of: str, body: Fields) -> Json:
    """Put somebody else's lease on a machine, in place of any other: for `ttl_s`, of this `owner`."""
    found, owner = _machine(stage, of), body.text("owner", "fly-proxy")
    granted = leases.grant(stage, found.machine, owner, body.number("ttl_s", leases.DEFAULT_TTL_S, at_least=1))
    body.nothing_else()
    return {"nonce": granted.nonce, "owner": granted.owner}


def _machine(stage: Stage, of: str) -> TrueMachine:
    found = stage.fly.machine(MachineId(of))
    if found is None:
        raise LookupError(f"path: no machine has the id {of!r}")
    return found


def _after(stage: Stage, machine: TrueMachine) -> Json:
    """The machine as it is after what was done, which it may not have outlived."""
    found = stage.fly.machine(machine.machine)
    return {"machine": machine.machine, "state": MachineState.DESTROYED.value} if found is None else plain(found)


# -- volumes -----------------------------------------------------------------------------------------------------


def advance_volume(stage: Stage, of: str, body: Fields) -> Json:
    """Let a volume be whole now, and a snapshot that is being taken of it be finished."""
    found = _volume(stage, of)
    body.nothing_else()
    happenings.become_whole(stage, found.volume)
    taking = backups.unfinished(stage, found.volume)
    if taking is not None:
        backups.finish(stage, taking)
    return plain(_volume(stage, of))


def back_up(stage: Stage, of: str, body: Fields) -> Json:
    """Take a snapshot of a volume as it is, finished at once."""
    found = _volume(stage, of)
    body.nothing_else()
    snapshot = backups.take(stage, found)
    backups.finish(stage, snapshot)
    return {"snapshot": snapshot}


def lose_volume(stage: Stage, of: str, body: Fields) -> Json:
    """Lose a volume for good."""
    found = _volume(stage, of)
    body.nothing_else()
    happenings.lose_volume(stage, found)
    return {"ok": True}


def _volume(stage: Stage, of: str) -> TrueVolume:
    found = stage.fly.volume(VolumeId(of))
    if found is None:
        raise LookupError(f"path: no volume has the id {of!r}")
    return found


# -- hosts -------------------------------------------------------------------------------------------------------


def show_hosts(stage: Stage, _of: str, _body: Fields) -> Json:
    """Every host with something on it, or about which something was said."""
    return {
        "hosts": [
            {**plain(one), "region": one.region, "aboard": list(stage.hosts.aboard(one.host))}
            for one in stage.hosts.every()
        ]
    }


def set_host(stage: Stage, of: str, body: Fields) -> Json:
    """Say what fits on a host, and whether it is `closed` to deploys for now."""
    host = read_host(body, _host(stage, of))
    stage.hosts.put(host)
    return plain(host)


def lose_host(stage: Stage, of: str, body: Fields) -> Json:
    """Lose a host for good, with everything on it."""
    host = _host(stage, of)
    body.nothing_else()
    lost = list(stage.hosts.aboard(host.host))
    happenings.lose_host(stage, host.host)
    return {"lost": lost}


def _host(stage: Stage, of: str) -> Host:
    found = stage.hosts.named(of)
    if found is None:
        raise LookupError(f"path: no host has the name {of!r}; hosts are called like ams-1")
    return found
