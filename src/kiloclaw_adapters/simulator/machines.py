"""What requests about machines do when they land (Fly: fly.md 1.4, 2).

Names, volumes, versions and states are decided by `kiloclaw_core.world.fly`; here stands what only the wire knows.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from kiloclaw_adapters.simulator.apps import open_app
from kiloclaw_adapters.simulator.asking import Answer, Ask, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.configs import Wanted, read_config
from kiloclaw_adapters.simulator.faults import EchoDiffers, Full, Ghost, Kind, OverQuota, Stuck, Unseen
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Papers, Stage
from kiloclaw_adapters.simulator.views import machine_json
from kiloclaw_adapters.simulator.volumes import choose_region, over_quota
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, Region, VersionId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueVolume

UP: Final = {MachineState.STARTED, MachineState.STARTING, MachineState.REPLACING, MachineState.UPDATING}
FILTER: Final = "metadata."
DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
EVENTS_BY_DEFAULT: Final = 20
MOST_EVENTS: Final = 50


def create(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Make a machine; it boots by itself, unless the request says `skip_launch`."""
    app = open_app(stage, ask)
    wanted = read_config(ask, app.version)
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
    fly, placed = _granted(truth.place_machine(stage.fly, machine))
    made = evolve(placed, region=_region(stage, ask, wanted))
    stage.fly = truth.with_machine(fly, made)
    ip = f"fdaa:9:1a2b:a7b:{stage.identities.host_part()}:0:2"
    launches = not ask.body.truth("skip_launch", default=False)
    stage.papers[made.machine] = Papers(wanted.config, ip, moment_ms, moment_ms, [], launches)
    stage.record(made.machine, "launch", "user", moment_ms)
    stage.depart(made, stuck=_has(met, Stuck))
    return _shown(stage, made, met)


def _region(stage: Stage, ask: Ask, wanted: Wanted) -> Region:
    """Where the machine goes, once its name and volume are granted: to its volume's host, or where it is preferred."""
    if wanted.volume is None:
        return choose_region(stage, ask, ask.body.text("region", ""))
    volume = _volume(stage, ask, wanted)
    match stage.faults.shut(ask, volume.region):
        case None:
            return volume.region
        case Full():
            text = f"insufficient resources to create new machine with existing volume '{volume.volume}'"
            raise refused(412, text, "volume_placement_capacity")
        case OverQuota():
            raise over_quota(ask, volume.region)


def _volume(stage: Stage, ask: Ask, wanted: Wanted) -> TrueVolume:
    """The volume that the config mounts: to another app it does not exist."""
    found = None if wanted.volume is None else stage.fly.volume(wanted.volume)
    if found is None or found.app != ask.app:
        raise refused(400, "volume does not exist")
    return found


def _granted(landing: tuple[Fly, TrueMachine | Rejected]) -> tuple[Fly, TrueMachine]:
    """What the truth grants: nothing is true until it is put on the stage."""
    fly, made = landing
    if isinstance(made, Rejected):
        raise rejected(made)
    return fly, made


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show a machine."""
    app = open_app(stage, ask)
    buried = stage.buried_machines.get(MachineId(ask.of))
    if buried is not None and buried.app == app.app and _has(met, Ghost):
        return shown(buried.shown)
    found = there(stage, ask)
    if _has(met, Unseen):
        raise rejected(truth.machine_not_found())
    return _shown(stage, found, met)


def list_all(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the machines of an app that the query's filters let through."""
    app = open_app(stage, ask)
    differs = _has(met, EchoDiffers)
    listed = [machine_json(stage, one, echo_differs=differs) for one in stage.fly.machines if one.app == app.app]
    if ask.named("include_deleted") == "true" or _has(met, Ghost):
        listed += [one.shown for one in stage.buried_machines.values() if one.app == app.app]
    for kind in met:
        if isinstance(kind, Unseen):
            listed = [one for one in listed if kind.missing not in {"", one["id"]}]
    return shown([one for one in listed if _passes(ask, one)])


def _passes(ask: Ask, machine: Json) -> bool:
    states, regions = ask.listed("state"), ask.listed("region")
    if (states and machine["state"] not in states) or (regions and machine["region"] not in regions):
        return False
    config = machine.get("config", machine.get("incomplete_config"))
    metadata = config.get("metadata", {}) if isinstance(config, dict) else {}
    wanted = {key.removeprefix(FILTER): value for key, value in ask.query if key.startswith(FILTER)}
    return all(metadata.get(key) == value for key, value in wanted.items())


def update(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Give a machine a whole new config and version; one that is up is booted again, one that is down stays down."""
    app, found = open_app(stage, ask), _reachable(stage, ask)
    wanted = read_config(ask, app.version)
    moment_ms = stage.now_ms()
    reboots = found.state in UP and not ask.body.truth("skip_launch", default=False)
    revised = evolve(
        found,
        state=MachineState.REPLACING if reboots else found.state,
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
        _free(stage, found, _volume(stage, ask, wanted))
    stage.fly = fly
    stage.papers[made.machine].config = wanted.config
    stage.record(made.machine, "update", "user", moment_ms)
    if reboots:
        stage.depart(made, stuck=_has(met, Stuck))
    return _shown(stage, made, met)


def _free(stage: Stage, machine: TrueMachine, volume: TrueVolume) -> None:
    """Two machines never have the same volume, whatever they are updated to (Fly: fly.md 3)."""
    holder = stage.fly.holder(volume.volume)
    if holder not in {None, machine.machine}:
        raise refused(412, f"failed_precondition: volume already claimed by machine {holder}")


def start(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Start a machine that is down; it is up later."""
    open_app(stage, ask)
    found = _reachable(stage, ask)
    _change(stage, found, met, truth.start_machine(stage.fly, found.machine))
    return shown({"previous_state": found.state.value, "migrated": False, "new_host": ""})


def stop(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Ask a machine to stop; it is down later."""
    open_app(stage, ask)
    timeout = ask.body.text("timeout", "5s")
    ask.body.text("signal", "SIGINT")
    if DURATION.fullmatch(timeout) is None:
        raise invalid(f"body.timeout: {timeout!r} is no duration such as 30s")
    found = _reachable(stage, ask)
    _change(stage, found, met, truth.stop_machine(stage.fly, found.machine))
    return shown({"ok": True})


def _change(stage: Stage, found: TrueMachine, met: tuple[Kind, ...], landing: tuple[Fly, Rejected | None]) -> None:
    """Let a start or a stop land; one that changes nothing does not begin the way again."""
    fly, refusal = landing
    if refusal is not None:
        raise rejected(refusal)
    changed = fly.machine(found.machine)
    if changed is None or changed == found:
        return
    stage.fly = fly
    stage.record(found.machine, "stop" if changed.state is MachineState.STOPPING else "start", "user", stage.now_ms())
    stage.depart(changed, stuck=_has(met, Stuck))


def delete(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Delete a machine; one that is up only by force, one whose host does not answer when that is back."""
    open_app(stage, ask)
    found = there(stage, ask)
    if found.state in UP and "true" not in {ask.named("force"), ask.named("kill")}:
        raise refused(412, "failed_precondition: unable to destroy machine, not currently stopped")
    if stage.faults.is_unreachable(found.machine):
        stage.defer(found)
    else:
        stage.bury(found)
    return shown({"ok": True})


def list_events(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """List what has happened to a machine, the newest first."""
    open_app(stage, ask)
    found = there(stage, ask)
    limit = ask.named("limit") or str(EVENTS_BY_DEFAULT)
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= MOST_EVENTS:
        raise invalid(f"limit: {limit!r} is not a number from 1 to {MOST_EVENTS}")
    return shown(stage.papers[found.machine].events[: int(limit)])


def there(stage: Stage, ask: Ask) -> TrueMachine:
    """The machine that the request is about, if it is there, in this app."""
    found = stage.fly.machine(MachineId(ask.of))
    if found is None or found.app != ask.app:
        raise rejected(truth.machine_not_found())
    return found


def _reachable(stage: Stage, ask: Ask) -> TrueMachine:
    """The machine that the request would change, if its host answers (Fly: fly.md 2.3)."""
    found = there(stage, ask)
    if stage.faults.is_unreachable(found.machine):
        raise refused(408, "deadline_exceeded: the machine's host did not answer")
    return found


def _has(met: tuple[Kind, ...], kind: type[Kind]) -> bool:
    return any(isinstance(one, kind) for one in met)


def _shown(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...]) -> Answer:
    return shown(machine_json(stage, machine, echo_differs=_has(met, EchoDiffers)))
