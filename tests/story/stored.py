"""The record that the tests of the codec read and misread, and what any other reader of JSON makes of a text."""

from __future__ import annotations

import json
from typing import Final

from kiloclaw_core.commands import Identity, Provision
from kiloclaw_core.instance import Absent, Instance
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, CommandId, Region, SandboxId, UserId

PROVISIONED: Final = (
    '{"kind":"instance","record":{"admission":null,"asked":0,"audit":[],"debts":[],"desired":"stopped","destroy_started_at":null,'
    '"full_regions":[],"generation":0,"granted":[{"at":7,"id":"first"}],"has_run":false,"identity":{"app":"acct-1",'
    '"org":null,"sandbox":"box","tenancy":"own","user":"ann"},"last_started_at":null,"last_stopped_at":null,'
    '"ledger":{"dead_machines":[],"dead_volumes":[],"machines":[],"volumes":[]},"moves":null,"notes":[],"ops":1,'
    '"phase":{"is":"stopped"},"provisioned_at":7,"recoveries":[],"spec":{"environment":[["KEY","s\\u00e9cret"]],'
    '"guest":{"cpu_kind":"performance","cpus":1,"memory_mb":3072},"image":"claw:1","labels":[],"override":null,'
    '"regions":["eu"],"revision":1,"secrets":[],"volume_gb":10},"story":{"attempt":{"secrets":null,"spent":[],'
    '"tries":3,"trust":"unseen"},"is":"provisioning","op":0}},"schema":1}'
)
"""The record of an instance that was just provisioned, as every release must read it."""


def provisioned() -> Instance:
    """An instance right after the command that provisions it."""
    spec = Spec("claw:1", regions=(Region("eu"),), environment=(("KEY", "sécret"),))
    identity = Identity(SandboxId("box"), UserId("ann"), AppName("acct-1"))
    record = decide(Absent(SandboxId("box")), Provision(CommandId("first"), identity, spec, at=7)).unwrap()
    assert isinstance(record, Instance)
    return record


def canonical(text: str) -> str:
    """The text once more, as JSON with sorted keys, no spaces and nothing but ASCII is written elsewhere."""
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
