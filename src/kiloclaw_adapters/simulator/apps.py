"""What requests about apps, their addresses and their secrets do when they land (Fly: fly.md 1.1 to 1.3).

Whose an app is, and what it has, is decided by `kiloclaw_core.world.apps`; every other landing asks here first.
"""

from __future__ import annotations

import hashlib

from attrs import evolve

from kiloclaw_adapters.simulator.asking import Answer, Ask, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.faults import Kind, Unseen
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import app_json, moment_text, secret_json
from kiloclaw_core.app.effects import AllocateAddress, CreateApp, GetApp
from kiloclaw_core.app.names import is_app_name
from kiloclaw_core.app.outcomes import AddressKind
from kiloclaw_core.names import AppName, OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import apps as truth
from kiloclaw_core.world.apps import Apps, TrueApp

NO_OP = OpId(0)
"""The truth about apps does not look at ops, and the wire has none."""


def open_app(stage: Stage, ask: Ask) -> TrueApp:
    """The app that the request is about, if it is there and the caller's."""
    outcome = truth.read(_opened(stage, ask), GetApp(NO_OP, ask.app))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    found = stage.apps.app(ask.app)
    assert found is not None, f"the truth shows an app {ask.app} that is not there"
    return found


def create(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Make an app; its name is unique across Fly."""
    body = ask.body
    name = AppName(body.text("app_name") if body.has("app_name") else body.text("name"))
    org, network = body.text("org_slug"), body.text("network", "default")
    if not is_app_name(name):
        raise refused(422, "Validation failed: Name may only contain numbers, lowercase letters and dashes")
    landed, outcome = truth.land(_opened(stage, ask), CreateApp(NO_OP, name, org, network))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    _adopt(stage, landed)
    stage.app_ids[name] = stage.identities.app()
    stage.addresses[name] = []
    return shown({"id": stage.app_ids[name], "created_at": stage.now_ms()}, 201)


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show an app."""
    if any(isinstance(kind, Unseen) for kind in met):
        raise rejected(truth.not_found())
    return shown(app_json(stage, open_app(stage, ask)))


def list_addresses(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the addresses of an app."""
    app = open_app(stage, ask)
    unseen = any(isinstance(kind, Unseen) for kind in met)
    return shown({"ips": [] if unseen else stage.addresses[app.app]})


def create_address(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Give an app an address; each v6 one is another."""
    word = ask.body.text("type")
    kinds = {kind.value: kind for kind in AddressKind}
    if word not in kinds:
        raise invalid(f"unknown address type {word!r}; this simulator assigns {', '.join(kinds)}")
    landed, outcome = truth.land(_opened(stage, ask), AllocateAddress(NO_OP, ask.app, kinds[word]))
    if isinstance(outcome, Rejected):
        raise rejected(outcome)
    _adopt(stage, landed)
    address = _address(stage, kinds[word])
    stage.addresses[ask.app].append(address)
    return shown(address)


def _address(stage: Stage, kind: AddressKind) -> Json:
    number = sum(len(addresses) for addresses in stage.addresses.values()) + 1
    rest: Json = {"region": "global", "service_name": "", "created_at": moment_text(stage.now_ms())}
    match kind:
        case AddressKind.V6:
            return {"ip": f"2a09:8280:1::{number:x}", "shared": False, **rest}
        case AddressKind.SHARED_V4:
            return {"ip": f"66.241.{number >> 8 & 255}.{number & 255}", "shared": True, **rest}


def list_secrets(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """List the secrets of an app by name and digest."""
    app = open_app(stage, ask)
    return shown({"secrets": [secret_json(stage, app.app, name, _digest(value)) for name, value in app.secrets]})


def set_secret(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Set one secret of an app; the version of its secrets goes up."""
    app = _with_secrets(stage, ask, {ask.of: ask.body.text("value")})
    secret = secret_json(stage, ask.app, ask.of, _digest(dict(app.secrets)[ask.of]))
    return shown({**secret, "version": app.version}, 201)


def set_secrets(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Set several secrets of an app as one version."""
    values = ask.body.texts("values")
    app = _with_secrets(stage, ask, values)
    secrets = [secret_json(stage, ask.app, name, _digest(value)) for name, value in app.secrets]
    return shown({"secrets": secrets, "version": app.version})


def _with_secrets(stage: Stage, ask: Ask, values: dict[str, str]) -> TrueApp:
    app = open_app(stage, ask)
    secrets = tuple(sorted({**dict(app.secrets), **values}.items()))
    changed = evolve(app, secrets=secrets, version=app.version + 1)
    _adopt(stage, stage.apps.having(changed))
    for name in values:
        created_ms, _ = stage.secrets_ms.get((app.app, name), (stage.now_ms(), 0))
        stage.secrets_ms[app.app, name] = created_ms, stage.now_ms()
    return changed


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _opened(stage: Stage, ask: Ask) -> Apps:
    """The apps as the caller's token opens them."""
    return evolve(stage.apps, opened=(ask.org,))


def _adopt(stage: Stage, landed: Apps) -> None:
    """Take over what has landed; what a token opens is the request's, not the stage's."""
    stage.apps = evolve(stage.apps, apps=landed.apps)
