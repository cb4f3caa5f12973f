"""One sandbox's life over real HTTP and a real database: what is asked of it in turn, and how long everything takes.

The process that dies and the one that goes on after it are put together alike, here. The simulator is not imported: the
program that dies begins many times, and has no use for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import Fields
from kiloclaw_adapters.ports import Terms
from kiloclaw_adapters.provider import fly_provider
from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.store import open_store
from kiloclaw_core.machine import Spec
from kiloclaw_core.policy import Policy
from kiloclaw_core.views import View

SPEC: Final = Spec(image="registry.fly.io/kiloclaw-machines:kill")
NEXT_SPEC: Final = Spec(image="registry.fly.io/kiloclaw-machines:kill-next")
POLICY: Final = Policy(
    settle_s=0.3,  # who dies here has sent nothing, or its request has landed: nothing lands late
    look_apart_s=0.1,
    state_wait_s=5.0,
    health_wait_s=5.0,
    pause_s=0.2,
    retry_delete_s=0.3,
    probe_waits_s=(4.0, 0.5),  # who asks again does so before a probe has ended their attempt, however slow the machine
)
CONTROLLER_SECRET: Final = "simulated"  # noqa: S105 (it opens nothing but a simulator)
LEASE_S: Final = 4.0
"""So long a machine that is busy may keep a life from renewing its lease: one that lost it would do things twice."""
LOOK_S: Final = 0.1

STEPS: Final[Mapping[str, Callable[[Kiloclaw, str], Awaitable[View]]]] = {
    "provision": lambda one, name: one.provision(name, f"user-of-{name}", SPEC, command_id="provision"),
    "start": lambda one, name: one.start(name, command_id="start"),
    "stop": lambda one, name: one.stop(name, command_id="stop"),
    "configure": lambda one, name: one.provision(name, f"user-of-{name}", NEXT_SPEC, command_id="configure"),
    "start again": lambda one, name: one.start(name, command_id="start again"),
    "destroy": lambda one, name: one.destroy(name, command_id="destroy"),
}
"""The operations in their order, each under a command id of its own, so that who asks again asks once."""


@frozen
class Address:
    """Where Fly is, and how it lets us in."""

    base: str
    token: str
    organisation: str


def kiloclaw_in(folder: Path, fly: Address, owner: str) -> Kiloclaw:
    """Kiloclaw over the database in this folder and the simulated Fly at this address, recorded."""
    return Kiloclaw(
        store=open_store(f"sqlite:///{folder / 'kiloclaw.db'}"),
        fly=fly_provider(
            fly.token,
            fly.organisation,
            CONTROLLER_SECRET,
            base_url=fly.base,
            health_template=fly.base,
            policy=POLICY,
        ),
        directory=FileDirectory(folder / "directory.db"),
        policy=POLICY,
        recorder=Recorder(folder),
        logger=unlogged,
        terms=Terms(owner, lease_s=LEASE_S, look_s=LOOK_S),
    )


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line: the trace tells more."""
