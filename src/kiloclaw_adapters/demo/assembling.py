"""Kiloclaw put together for the demo: over one folder, under the quick policy, recorded.

The caller and every worker are put together alike, each in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kiloclaw_adapters.demo.terms import POLICY, SIMULATED_SECRET, terms
from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import unlogged
from kiloclaw_adapters.provider import Provider, fly_provider
from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.registry import CompanyDirectory
from kiloclaw_adapters.store import open_store


def provider_at(base: str, token: str, organisation: str) -> Provider:
    """The simulated Fly at this address, machines' controllers included."""
    return fly_provider(token, organisation, SIMULATED_SECRET, base_url=base, health_template=base, policy=POLICY)


def kiloclaw_in(
    folder: Path, fly: Provider, owner: str, directory: Callable[[Path], CompanyDirectory] = FileDirectory
) -> Kiloclaw:
    """Kiloclaw over the store, the directory and the traces in this folder."""
    return Kiloclaw(
        store=open_store(f"sqlite:///{folder / 'kiloclaw.db'}"),
        fly=fly,
        directory=directory(folder / "directory.db"),
        policy=POLICY,
        recorder=Recorder(folder),
        logger=unlogged,
        terms=terms(owner),
    )
