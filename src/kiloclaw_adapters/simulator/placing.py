"""Finds a host with room, or says in Fly's words what there is too little of (Fly: fly.md 4.2).

A region may be full or over quota, a host may be full or closed. A machine on a volume can only be on its volume's
host, so that what is a region's trouble for others is its host's for it.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.simulator.asking import Ask, Operation, Refused, invalid, refused
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.hosts import IDLE, Host, Need, need_of
from kiloclaw_adapters.simulator.kinds import Capped, Full, Kind, OverQuota
from kiloclaw_adapters.simulator.settings import codes_of
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import Guest
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

USUAL: Final = {Operation.CREATE_VOLUME: 400, Operation.CREATE_MACHINE: 422}
"""How a full region is told to those who would make something there."""


def choose_host(stage: Stage, ask: Ask, wanted: str, need: Need, away_from: str = "") -> Host:
    """A host with room in the first region of the list that has one; if none is left, the last region's refusal."""
    codes = codes_of(wanted)
    if codes is None:
        raise invalid(f"target region {wanted!r} not found")
    refusal = None
    for code in codes:
        refusal = _shut(stage, ask, code, need)
        roomy = (one for one in stage.hosts.of_region(code) if _has_room(stage, one, need) and one.host != away_from)
        host = next(roomy, None)
        if refusal is None and host is not None:
            return host
        refusal = refusal or no_room(ask, code)
    assert refusal is not None, f"the preference list {wanted!r} names no region"
    raise refusal


def _has_room(stage: Stage, host: Host, need: Need) -> bool:
    return not host.closed and not stage.hosts.shortage(stage.fly, host, need)


def _shut(stage: Stage, ask: Ask, code: str, need: Need) -> Refused | None:
    """The refusal of a region that is full or over quota, for whoever is not bound to it."""
    match _kept_out(stage, ask, code, need):
        case None:
            return None
        case Full(status=status):
            return no_room(ask, code, status)
        case OverQuota():
            return over_quota(ask, code)


def _kept_out(stage: Stage, ask: Ask, code: str, need: Need) -> Full | OverQuota | None:
    return stage.faults.shut(ask, code, lambda: used_mb(stage, ask.org, code) + max(1, need.memory_mb))


def used_mb(stage: Stage, org: str, code: str) -> int:
    """How much memory the organisation uses in this region."""
    apps = {one.app for one in stage.apps.apps if one.org_slug == org}
    ours = (one for one in stage.fly.machines if one.app in apps and one.region == code and one.state not in IDLE)
    return sum(need_of(one).memory_mb for one in ours)


def no_room(ask: Ask, code: str, status: int = 0) -> Refused:
    """The refusal of a region that is full, in the words that go with the status."""
    status = status or USUAL.get(ask.operation, 409)
    words = {400: "no capacity", 422: f"could not find a candidate host in {code}"}
    text = words.get(status, "aborted: insufficient resources available to fulfill request")
    return refused(status, text, "insufficient_capacity" if status == USUAL[Operation.CREATE_MACHINE] else None)


def over_quota(ask: Ask, code: str) -> Refused:
    """The refusal of more in a region where the organisation has all it may have."""
    text = f'organization "{ask.org}" is using 204800 MB of memory in {code} which is over the allowed quota'
    return refused(403, text)


# -- on the one host where it must be ----------------------------------------------------------------------------


def check_beside(stage: Stage, ask: Ask, volume: TrueVolume, need: Need) -> Host:
    """The host of a volume, if a machine that needs so much fits there too."""
    host = stage.hosts.of(volume.volume)
    shut = _kept_out(stage, ask, volume.region, need)
    if isinstance(shut, OverQuota):
        raise over_quota(ask, volume.region)
    if isinstance(shut, Full) and shut.status:
        raise no_room(ask, volume.region, shut.status)
    if host.closed:
        raise Refused(*REFUSALS["host_disabled"])
    if shut is not None or stage.hosts.shortage(stage.fly, host, need):
        text = f"insufficient resources to create new machine with existing volume '{volume.volume}'"
        raise refused(412, text, "volume_placement_capacity")
    return host


def check_running(stage: Stage, machine: TrueMachine, guest: Guest | None) -> None:
    """Refuse to boot a machine of this size on its host, if that is closed or has no room (Fly: fly.md 2.4)."""
    host = stage.hosts.of(machine.machine)
    if host.closed:
        raise Refused(*REFUSALS["host_disabled"])
    need = Need() if guest is None else Need(guest.memory_mb, guest.cpus)
    lacking = stage.hosts.shortage(stage.fly, host, need, but=machine.machine)
    if lacking:
        text = f"could not reserve resource for machine: insufficient {lacking} available to fulfill request"
        raise refused(409, f"aborted: {text}")


def check_count(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> None:
    """Refuse one machine more than the organisation may have."""
    apps = {one.app for one in stage.apps.apps if one.org_slug == ask.org}
    count = sum(one.app in apps for one in stage.fly.machines)
    if any(isinstance(kind, Capped) and count >= kind.machines for kind in met):
        raise Refused(*REFUSALS["machine_limit"])
