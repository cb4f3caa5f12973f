"""The commands of `kiloclaw`, put together."""

from __future__ import annotations

from typing import Final

import typer

from kiloclaw_adapters.cli import (
    checking,
    controller,
    demonstrating,
    exploring,
    following,
    mending,
    mutating,
    operating,
    pairing,
    replaying,
    reservations,
    serving,
    vectors,
    viewing,
    walking,
)

application: Final = typer.Typer(
    name="kiloclaw",
    help="Lifecycle decisions for per-user Fly.io machines: run them, watch them, search them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)

for command in (
    operating.provision,
    operating.start,
    operating.stop,
    operating.restart,
    operating.resize,
    operating.destroy,
    mending.recover,
    mending.restore,
    mending.cleanup,
    mending.disown,
    viewing.status,
    viewing.debug,
    viewing.regions,
    serving.worker,
    controller.controller,
    demonstrating.demo,
    exploring.explore,
    replaying.replay,
    exploring.table,
    walking.walk,
    mutating.mutants,
    vectors.vectors,
):
    application.command()(command)
application.command()(checking.check)
application.command()(following.follow)
application.command("redact")(checking.redact_trace)
application.command("fly-sim")(serving.fly_sim)
application.command("list")(viewing.list_all)
application.add_typer(reservations.reservations)
application.add_typer(pairing.pairing)
