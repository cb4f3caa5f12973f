"""Bugs of size: one that nobody asked for, at the next restart."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Result

from kiloclaw_adapters.mutants.mutant import Mutant, small, within
from kiloclaw_core import inspection, provision
from kiloclaw_core.commands import Provision, Refusal
from kiloclaw_core.instance import Instance
from kiloclaw_core.machine import Guest, MachineSeen
from kiloclaw_core.world.setting import SPEC, Beginning
from kiloclaw_core.world.sizes import SizeSystem

_configure = provision.configure
_refreshed = inspection.refreshed


def default_for_the_unknown(record: Instance, seen: MachineSeen) -> Instance:
    """A machine of a size that no record knows has the default one from its next update on."""
    return _refreshed(record, evolve(seen, guest=None))


def configured_in_size(record: Instance, command: Provision) -> Result[Instance, Refusal]:
    """Whoever changes what is run gets the size that comes with it, though they did not ask for one."""
    return _configure(evolve(record, spec=evolve(record.spec, guest=command.spec.guest)), command)


MUTANTS: Final = (
    Mutant(
        "default-for-the-unknown",
        ("B27",),
        inspection,
        "refreshed",
        default_for_the_unknown,
        SizeSystem(evolve(within("forgotten-machine", starts=1), spec=evolve(SPEC, guest=None))),
        "the size is kept",
    ),
    Mutant(
        "configured-in-size",
        ("B128",),
        provision,
        "configure",
        configured_in_size,
        SizeSystem(evolve(small(Beginning.RUNNING, provisions=1, restarts=1), spec=evolve(SPEC, guest=Guest(2, 4096)))),
        "the size is kept",
    ),
)
