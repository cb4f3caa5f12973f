"""What requests about apps, their addresses and their secrets do when they land (Fly: fly.md 1.1 to 1.3).

Whose an app is, and what it has, is decided by `kiloclaw_core.world.apps`.
"""

from __future__ import annotations

import hashlib

from attrs import evolve

from kiloclaw_adapters.simulator.asking import Answer, Ask, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.finding import is_unseen, open_app, opened
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.moving import bury, bury_volume
from kiloclaw_adapters.simulator.papers import AppPapers, keep_newest
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import app_json, moment_text, secret_json
from kiloclaw_core.app.effects import AllocateAddress, CreateApp
from kiloclaw_core.app.names import is_app_name
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.names import AppName, OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import apps as truth
from kiloclaw_core.world import disks
from kiloclaw_core.world.apps import Apps, TrueApp

NO_OP = OpId(0)
"""The truth about apps does not look at ops, and the wire has none."""


def create(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Make an app; its name is unique across Fly."""
    body = ask.body
    name = AppName(body.text("app_name") if body.has("app_name") else body.text("name"))
    org, network = body.text("org_slug"), body.text("network", "default")
    if not is_app_name(name):
        raise refused(422, "Validation failed: Name may only contain numbers, lowercase letters and dashes")
    landed, outcome = truth.land(opened(stage, ask), CreateApp(NO_OP, name, org, network))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    left_ms = stage.apps_left.get(name)
    if left_ms is not None and stage.now_ms() - left_ms < stage.rules.app_name_held_s * 1000:
        raise refused(422, "Validation failed: Name has already been taken", "name_taken")
    _adopt(stage, landed)
    papers = AppPapers(stage.identities.app(), stage.now_ms())
    stage.app_papers[name] = papers
    return shown({"id": papers.id, "created_at": papers.created_ms}, 201)


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show an app."""
    if is_unseen(met):
        raise rejected(truth.not_found())
    return shown(app_json(stage, open_app(stage, ask, met)))


def delete(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Delete an app with everything in it; its name may stay taken for a while."""
    app = open_app(stage, ask, met)
    for machine in [one for one in stage.fly.machines if one.app == app.app]:
        bury(stage, machine)
    for volume in [one for one in stage.fly.volumes if one.app == app.app]:
        stage.fly = disks.delete_volume(stage.fly, volume.volume)[0]
        bury_volume(stage, volume)
    _adopt(stage, stage.apps.lacking(app.app))
    del stage.app_papers[app.app]
    stage.apps_left[app.app] = stage.now_ms()
    keep_newest(stage.apps_left)
    return shown({}, 202)


def list_addresses(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the addresses of an app."""
    app = open_app(stage, ask, met)
    return shown({"ips": [] if is_unseen(met) else stage.app_papers[app.app].addresses})


def create_address(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Give an app an address; each v6 one is another."""
    open_app(stage, ask, met)
    word = ask.body.text("type")
    kinds = {kind.value: kind for kind in AddressKind}
    if word not in kinds:
        raise invalid(f"unknown address type {word!r}; this simulator assigns {', '.join(kinds)}")
    landed, outcome = truth.land(opened(stage, ask), AllocateAddress(NO_OP, ask.app, kinds[word]))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    _adopt(stage, landed)
    address = _address(stage, kinds[word])
    stage.app_papers[ask.app].addresses.append(address)
    return shown(address)


def _address(stage: Stage, kind: AddressKind) -> Json:
    number = sum(len(papers.addresses) for papers in stage.app_papers.values()) + 1
    rest: Json = {"region": "global", "service_name": "", "created_at": moment_text(stage.now_ms())}
    match kind:
        case AddressKind.V6:
            return {"ip": f"2a09:8280:1::{number:x}", "shared": False, **rest}
        case AddressKind.SHARED_V4:
            return {"ip": f"66.241.{number >> 8 & 255}.{number & 255}", "shared": True, **rest}


def list_secrets(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the secrets of an app by name and digest."""
    app = open_app(stage, ask, met)
    return shown({"secrets": [secret_json(stage, app.app, name, _digest(value)) for name, value in app.secrets]})


def set_secret(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Set one secret of an app; the version of its secrets goes up."""
    app = _with_secrets(stage, ask, met, {ask.of: ask.body.text("value")})
    secret = secret_json(stage, ask.app, ask.of, _digest(dict(app.secrets)[ask.of]))
    return shown({**secret, "version": app.version}, 201)


def set_secrets(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Set several secrets of an app as one version."""
    values = ask.body.texts("values")
    app = _with_secrets(stage, ask, met, values)
    secrets = [secret_json(stage, ask.app, name, _digest(value)) for name, value in app.secrets]
    return shown({"secrets": secrets, "version": app.version})


def _with_secrets(stage: Stage, ask: Ask, met: tuple[Kind, ...], values: dict[str, str]) -> TrueApp:
    app = open_app(stage, ask, met)
    secrets = tuple(sorted({**dict(app.secrets), **values}.items()))
    changed = evolve(app, secrets=secrets, version=app.version + 1)
    _adopt(stage, stage.apps.having(changed))
    papers, now_ms = stage.app_papers[app.app], stage.now_ms()
    papers.versions_ms.append(now_ms)
    for name in values:
        created_ms, _ = papers.secrets_ms.get(name, (now_ms, 0))
        papers.secrets_ms[name] = created_ms, now_ms
    return changed


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _adopt(stage: Stage, landed: Apps) -> None:
    """Take over what has landed; what a token opens is the request's, not the stage's."""
    stage.apps = evolve(stage.apps, apps=landed.apps)
