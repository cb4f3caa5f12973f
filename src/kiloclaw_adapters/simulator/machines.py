"""What requests about machines do when they land: make, show, list, change and delete (Fly: fly.md 1.4, 2).

Names, volumes, versions and states are decided by `kiloclaw_core.world.fly`; here stands what only the wire knows.
Starting and stopping is in `running`.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.simulator.agenda import Arrival
from kiloclaw_adapters.simulator.asking import Answer, Ask, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.configs import Wanted, read_config
from kiloclaw_adapters.simulator.finding import (
    haunted,
    is_unseen,
    lag_ms,
    machine_in,
    machine_reached,
    machine_there,
    mounted,
    open_app,
    seen,
)
from kiloclaw_adapters.simulator.hosts import Host, Need
from kiloclaw_adapters.simulator.kinds import ClaimLingers, Kind, Launches, NameLingers, Stuck, Unseen
from kiloclaw_adapters.simulator.leases import lease_from_birth
from kiloclaw_adapters.simulator.moving import bury, depart
from kiloclaw_adapters.simulator.papers import BuriedMachine, Left, MachinePapers
from kiloclaw_adapters.simulator.placing import check_beside, check_count, check_running, choose_host
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import machine_json
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueMachine

UP: Final = {MachineState.STARTED, MachineState.STARTING, MachineState.REPLACING, MachineState.UPDATING}
FILTER: Final = "metadata."
NUL: Final = "\0"
EVENTS_BY_DEFAULT: Final = 20
MOST_EVENTS: Final = 50


# -- making ------------------------------------------------------------------------------------------------------


def create(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Make a machine; it boots by itself, unless the request says `skip_launch`."""
    app = open_app(stage, ask, met)
    wanted = read_config(stage, ask, met)
    moment_ms = stage.now_ms()
    machine = TrueMachine(
        machine=stage.identities.machine(),
        state=MachineState.CREATED,
        version=stage.identities.version(moment_ms),
        volume=wanted.volume,
        mark=wanted.mark,
        app=app.app,
        name=ask.body.text("name") if ask.body.has("name") else stage.identities.name(),
        region=Region(""),
        sandbox=wanted.sandbox,
        user=wanted.user,
        revision=wanted.revision,
        guest=wanted.guest,
    )
    check_count(stage, ask, met)
    fly, placed = _granted(truth.place_machine(stage.fly, machine))
    _check_left(stage, placed, met)
    host = _host(stage, ask, wanted)
    made = evolve(placed, region=Region(host.region))
    stage.fly = truth.with_machine(fly, made)
    stage.hosts.place(made.machine, host.host)
    ip = f"fdaa:9:1a2b:a7b:{stage.identities.host_part()}:0:2"
    launches = not ask.body.truth("skip_launch", default=False)
    stage.papers[made.machine] = MachinePapers({made.version: wanted.config}, ip, moment_ms, launches=launches)
    stage.record(made, "launch", "user")
    depart(stage, made, met)
    return _changed(stage, ask, made, met)


def _check_left(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...]) -> None:
    """Refuse a name or a volume that a deleted machine has still (Fly: fly.md 3, 4.1)."""
    named = stage.names_left.get((machine.app, machine.name))
    held_ms = max((kind.for_ms for kind in met if isinstance(kind, NameLingers)), default=0)
    held_ms = max(held_ms, round(stage.rules.name_held_s * 1000))
    if named is not None and stage.now_ms() - named.at_ms < held_ms:
        raise rejected(truth.name_violation(named.holder, machine.name))
    if machine.volume is not None and (holder := claimant(stage, machine.volume, met)) is not None:
        raise refused(412, f"failed_precondition: volume already claimed by machine {holder}")


def claimant(stage: Stage, volume: VolumeId, met: tuple[Kind, ...]) -> str | None:
    """The deleted machine that still has this volume, as Fly names it, if the claim lingers."""
    left = stage.claims_left.get(volume)
    for kind in met:
        if isinstance(kind, ClaimLingers) and left is not None and stage.now_ms() - left.at_ms < kind.for_ms:
            return _named(left, nul=kind.nul)
    return None


def _named(left: Left, *, nul: bool) -> str:
    return NUL * len(left.holder) if nul else left.holder


def _host(stage: Stage, ask: Ask, wanted: Wanted) -> Host:
    """Where the machine goes, once its name and volume are granted: to its volume's host, or where it is preferred."""
    need = Need(wanted.guest.memory_mb, wanted.guest.cpus)
    if wanted.volume is None:
        return choose_host(stage, ask, ask.body.text("region", ""), need)
    return check_beside(stage, ask, mounted(stage, ask, wanted.volume), need)


def _granted(landing: tuple[Fly, TrueMachine | Rejected]) -> tuple[Fly, TrueMachine]:
    """What the truth grants: nothing is true until it is put on the stage."""
    fly, made = landing
    if isinstance(made, Rejected):
        raise rejected(made)
    return fly, made


def _changed(stage: Stage, ask: Ask, machine: TrueMachine, met: tuple[Kind, ...]) -> Answer:
    """The answer to a create or an update: the machine, and the nonce of its lease if it was asked for."""
    return shown({**machine_json(stage, machine, met), **lease_from_birth(stage, ask, machine)})


# -- looking -----------------------------------------------------------------------------------------------------


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show a machine."""
    app = open_app(stage, ask, met)
    buried = stage.buried_machines.get(MachineId(ask.of))
    if buried is not None and buried.machine.app == app.app and haunted(stage, met, buried) is not None:
        return shown(_as_ghost(stage, buried, met))
    found = machine_in(seen(stage, met), ask)
    if is_unseen(met):
        raise rejected(truth.machine_not_found())
    return shown(machine_json(stage, found, met, lag_ms(met)))


def _as_ghost(stage: Stage, buried: BuriedMachine, met: tuple[Kind, ...]) -> Json:
    return {**machine_json(stage, buried.machine, met), "state": haunted(stage, met, buried) or "destroyed"}


def list_all(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the machines of an app that the query's filters let through."""
    app = open_app(stage, ask, met)
    fly, behind_ms = seen(stage, met), lag_ms(met)
    listed = [machine_json(stage, one, met, behind_ms) for one in fly.machines if one.app == app.app]
    there = {one["id"] for one in listed}
    for one in stage.buried_machines.values():
        deleted = ask.named("include_deleted") == "true" or haunted(stage, met, one) is not None
        if deleted and one.machine.app == app.app and one.machine.machine not in there:
            listed.append(_as_ghost(stage, one, met))
    for kind in met:
        if isinstance(kind, Unseen):
            listed = [one for one in listed if kind.missing not in {"", one["id"]}]
    return shown([one for one in listed if passes(ask, one)])


def passes(ask: Ask, machine: Json) -> bool:
    """Whether the filters of a listing let this machine through."""
    states, regions = ask.listed("state"), ask.listed("region")
    if (states and machine["state"] not in states) or (regions and machine["region"] not in regions):
        return False
    config = machine.get("config", machine.get("incomplete_config"))
    metadata = config.get("metadata", {}) if isinstance(config, dict) else {}
    wanted = {key.removeprefix(FILTER): value for key, value in ask.query if key.startswith(FILTER)}
    return all(metadata.get(key) == value for key, value in wanted.items())


def list_events(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List what has happened to a machine, the newest first."""
    open_app(stage, ask, met)
    found = machine_there(stage, ask)
    limit = ask.named("limit") or str(EVENTS_BY_DEFAULT)
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= MOST_EVENTS:
        raise invalid(f"limit: {limit!r} is not a number from 1 to {MOST_EVENTS}")
    return shown(stage.papers[found.machine].events[: int(limit)])


# -- changing ----------------------------------------------------------------------------------------------------


def update(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Give a machine a whole new config and version; one that is up is booted again, one that is down may be."""
    open_app(stage, ask, met)
    found = machine_reached(stage, ask)
    wanted = read_config(stage, ask, met)
    moment_ms = stage.now_ms()
    boots = _boots(stage, ask, found, met)
    revised = evolve(
        found,
        state=MachineState.REPLACING if boots else found.state,
        version=stage.identities.version(moment_ms),
        volume=wanted.volume,
        mark=wanted.mark,
        sandbox=wanted.sandbox,
        user=wanted.user,
        revision=wanted.revision,
        guest=wanted.guest,
    )
    version = VersionId(ask.body.text("current_version")) if ask.body.has("current_version") else None
    fly, made = _granted(truth.revise_machine(stage.fly, version, revised))
    if wanted.volume is not None:
        _check_free(stage, ask, found, wanted.volume)
    if boots:
        check_running(stage, found, wanted.guest)
    stage.fly = fly
    stage.papers[made.machine].revise(made.version, wanted.config)
    stage.record(made, "update", "user")
    if boots:
        depart(stage, made, met)
    return _changed(stage, ask, made, met)


def _boots(stage: Stage, ask: Ask, machine: TrueMachine, met: tuple[Kind, ...]) -> bool:
    """Whether an update boots the machine: always what is up, and what is down where sources say so (fly.md 2.2)."""
    if ask.body.truth("skip_launch", default=False):
        return False
    launches = stage.rules.update_launches or any(isinstance(kind, Launches) for kind in met)
    return machine.state in UP or (launches and machine.state is not MachineState.DESTROYING)


def _check_free(stage: Stage, ask: Ask, machine: TrueMachine, volume: VolumeId) -> None:
    """Two machines never have the same volume, whatever they are updated to (Fly: fly.md 3)."""
    mounted(stage, ask, volume)
    holder = stage.fly.holder(volume)
    if holder not in {None, machine.machine}:
        raise refused(412, f"failed_precondition: volume already claimed by machine {holder}")


def delete(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Delete a machine; one that is up only by force, one whose host does not answer when that is back."""
    open_app(stage, ask, met)
    found = machine_there(stage, ask)
    if found.state in UP and "true" not in {ask.named("force"), ask.named("kill")}:
        raise refused(412, "failed_precondition: unable to destroy machine, not currently stopped")
    dying = evolve(found, state=MachineState.DESTROYING)
    silent, stuck = stage.silence(found) is not None, any(isinstance(kind, Stuck) for kind in met)
    if not silent and not stuck and not stage.settings.destroy_s:
        bury(stage, found)
        return shown({"ok": True})
    stage.fly = truth.with_machine(stage.fly, dying)
    depart(stage, dying, met)
    if silent:
        stage.agenda.put(Arrival(found.machine), stage.now())
    return shown({"ok": True})
