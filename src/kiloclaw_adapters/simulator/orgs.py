"""What listings of a whole organisation show: everything, but for the regions that are dark (Fly: fly.md 1.4).

A 200 can be partial here: absence from it proves nothing for a region that it names.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.simulator.asking import Answer, Ask, Refused, invalid, shown
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.finding import is_unseen, lag_ms, seen
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.machines import passes
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import machine_json, volume_json
from kiloclaw_core.names import AppName

MOST: Final = 1_000
OF_A_MACHINE: Final = ("id", "name", "state", "region", "instance_id", "private_ip", "created_at", "updated_at")


def list_machines(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the machines of the caller's organisation."""
    apps = _apps(stage, ask)
    listed: list[Json] = []
    for one in seen(stage, met).machines:
        whole = machine_json(stage, one, met, lag_ms(met))
        if one.app in apps and passes(ask, whole):
            config = whole.get("config", whole.get("incomplete_config"))
            listed.append({"app_name": one.app, **{name: whole[name] for name in OF_A_MACHINE}, "config": config})
    return _page(stage, ask, met, "machines", listed)


def list_volumes(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the volumes of the caller's organisation."""
    apps, fly = _apps(stage, ask), seen(stage, met)
    listed = [{"app_name": one.app, **volume_json(stage, fly, one)} for one in fly.volumes if one.app in apps]
    return _page(stage, ask, met, "volumes", [one for one in listed if passes(ask, one)])


def _apps(stage: Stage, ask: Ask) -> set[AppName]:
    if ask.of != ask.org:
        raise Refused(*REFUSALS["forbidden"])
    return {one.app for one in stage.apps.apps if one.org_slug == ask.org}


def _page(stage: Stage, ask: Ask, met: tuple[Kind, ...], name: str, listed: list[Json]) -> Answer:
    """So many from the cursor on, without what is in the dark."""
    dark = stage.faults.dark(ask)
    there = [] if is_unseen(met) else [one for one in listed if one["region"] not in dark]
    limit, begin = _number(ask, "limit", MOST), _number(ask, "cursor", 0)
    if not 1 <= limit <= MOST:
        raise invalid(f"limit: {limit} is not 1 to {MOST}")
    end = begin + limit
    page: Json = {name: there[begin:end], "next_cursor": str(end) if end < len(there) else ""}
    return shown(page if name == "volumes" else {**page, "error_regions": list(dark)})


def _number(ask: Ask, name: str, default: int) -> int:
    text = ask.named(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise invalid(f"{name}: {text!r} is no number")
    return int(text)
