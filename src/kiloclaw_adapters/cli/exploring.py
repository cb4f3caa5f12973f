"""The commands that look at every reachable state: `explore`, `replay` and `table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.status import Status
from rich.table import Table

from kiloclaw_adapters.cli.telling import FAILED, AsJson, BadInputError, aside, out, plainly, say, say_json
from kiloclaw_adapters.explorer import (
    Exploration,
    Json,
    Race,
    configuration_called,
    failure_text,
    findings_json,
    lanes_text,
    phases_diagram,
    read_race,
    replay_command,
    run_exploration,
    sequence_text,
    transitions_page,
    verdict_line,
    write_race,
)
from kiloclaw_core.explore import Kind, Progress, Trace, passages, replay_code, replay_labels
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.system import System

PATIENCE_S: Final = 2.0
"""A search that takes longer than this tells how far it is."""
QUIET_EVERY_S: Final = 15.0
"""How often it tells where nobody can watch a line change."""
COLOURS: Final = {"held": "green", "witnessed": "green", "broken": "bold red", "not_witnessed": "yellow"}

Name = Annotated[str, typer.Argument(help="A configuration; `kiloclaw explore --list` names them.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Follow no more states once this many are found.")]


class Pace:
    """Tells on stderr how far a search is: a line that changes on a terminal, now and then a new one elsewhere."""

    def __init__(self, name: str) -> None:
        """Tell of the configuration of this name."""
        self.name = name
        self.console = aside()
        self.status: Status | None = None
        self.told_at = 0.0

    def __call__(self, progress: Progress, seconds: float) -> None:
        """Hear how far the search is after this many seconds."""
        if seconds < PATIENCE_S:
            return
        line = (
            f"{self.name}: {progress.states:,} states, {progress.edges:,} edges, depth {progress.depth},"
            f" {progress.frontier:,} waiting, {progress.states / seconds:,.0f} states/s"
        )
        if self.console.is_terminal:
            self.status = self.status or self._started()
            self.status.update(line)
        elif seconds - self.told_at >= QUIET_EVERY_S or not self.told_at:
            self.told_at = seconds
            self.console.print(line)

    def _started(self) -> Status:
        status = self.console.status("")
        status.start()
        return status

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self.status is not None:
            self.status.stop()


def searched(name: str, limit: int | None) -> Exploration:
    """The configuration of this name, searched while its pace is told."""
    configuration = configuration_called(name)
    pace = Pace(name)
    try:
        return run_exploration(configuration, limit=limit, watch=pace)
    finally:
        pace.stop()


# -- explore -----------------------------------------------------------------------------------------------------


def explore(
    name: Annotated[str | None, typer.Argument(help="A configuration; `--list` names them.")] = None,
    *,
    limit: Limit = None,
    every: Annotated[
        bool, typer.Option("--list", help="Name the configurations and say what each lets happen.")
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Draw each broken claim as a sequence diagram too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Search every reachable state of a configuration and judge every claim.

    Exits with 1 when a claim is broken, or when a whole search of start-destroy or start-destroy-deep lacks a witness.
    """
    with plainly():
        if every:
            list_configurations(as_json=as_json)
            return
        if name is None:
            raise BadInputError(f"which configuration? there are {', '.join(one.name for one in CONFIGURATIONS)}")
        found = searched(name, limit)
    if as_json:
        say_json(findings_json(found))
    else:
        tell(found, mermaid=mermaid)
    if found.failures:
        raise typer.Exit(FAILED)


def list_configurations(*, as_json: bool) -> None:
    """Name every configuration and say what it lets happen."""
    if as_json:
        say_json({"configurations": [{"name": one.name, "sentence": one.sentence} for one in CONFIGURATIONS]})
        return
    table = Table.grid(padding=(0, 2))
    for one in CONFIGURATIONS:
        table.add_row(f"[bold]{one.name}[/bold]", one.sentence)
    out().print(table)


def tell(found: Exploration, *, mermaid: bool) -> None:
    """What a search found: its size, each claim with its verdict, and what should not be as lanes."""
    report, console = found.report, out()
    whole = "complete" if report.complete else "[yellow]not complete[/yellow]"
    console.print(f"[bold]{found.configuration.name}[/bold]  {found.configuration.sentence}")
    console.print(
        f"{report.states:,} states   {report.edges:,} edges   depth {report.depth}   "
        f"{found.seconds:.1f} s   {found.states_per_second:,.0f} states/s   {whole}\n"
    )
    table = Table.grid(padding=(0, 2))
    for verdict in report.verdicts:
        colour = COLOURS.get(verdict.verdict, "yellow")
        table.add_row(f"  {verdict.kind.value}", verdict.claim, f"[{colour}]{verdict_line(verdict)}[/{colour}]")
    console.print(table)
    for verdict in found.failures:
        say("\n" + failure_text(found.configuration, verdict))
        if mermaid and verdict.trace is not None:
            say(f"```mermaid\n{sequence_text(System(found.configuration), verdict.trace)}```")


# -- replay ------------------------------------------------------------------------------------------------------


def replay(  # noqa: PLR0913 (each is an option)
    file: Annotated[
        Path | None, typer.Argument(help="A saved race: JSON Lines, a header and one action a line.")
    ] = None,
    *,
    code: Annotated[str | None, typer.Option(help="Choices such as 0/0/3, instead of a file.")] = None,
    configuration: Annotated[str | None, typer.Option(help="The configuration that the code belongs to.")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Draw a sequence diagram instead of lanes.")] = False,
    save: Annotated[Path | None, typer.Option(help="Save what was followed as a race in this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Follow a trace again, step by step, and judge every claim on the way.

    Exits with 1 when a claim is broken on the way, with 2 when a step is not possible.
    """
    with plainly():
        race, trace = followed(file, code, configuration)
        system = System(configuration_called(race.configuration))
        broken = broken_on_the_way(system, trace)
        if save is not None:
            save_race(save, Race(race.configuration, trace.labels, next(iter(broken), race.claim)))
    if as_json:
        steps: list[Json] = [{"index": one.index, "of": one.of, "action": str(one.action)} for one in trace.steps]
        told: list[Json] = [{"claim": claim, "step": step} for claim, step in broken.items()]
        say_json({"configuration": race.configuration, "code": trace.code, "steps": steps, "broken": told})
    else:
        say(sequence_text(system, trace) if mermaid else lanes_text(system, trace))
        for claim, step in broken.items():
            out().print(f"[bold red]BROKEN[/bold red]  {claim}, after step {step}")
        say(f"replay  {replay_command(system.configuration, trace)}")
    if broken:
        raise typer.Exit(FAILED)


def followed(file: Path | None, code: str | None, configuration: str | None) -> tuple[Race, Trace]:
    """The race that was asked for, by file or by code, and its trace."""
    if file is not None and code is None and configuration is None:
        race = read_race(file)
        return race, replay_labels(System(configuration_called(race.configuration)), race.labels)
    if file is None and code is not None and configuration is not None:
        trace = replay_code(System(configuration_called(configuration)), code)
        return Race(configuration, trace.labels), trace
    raise BadInputError("replay takes either a file, or --code and --configuration")


def broken_on_the_way(system: System, trace: Trace) -> dict[str, int]:
    """Each *always* that is broken along the trace, with the number of the first step after which it is."""
    joints = (trace.start, *(after for _, _, after in passages(system, trace)))
    broken: dict[str, int] = {}
    for step, joint in enumerate(joints):
        scene = system.scene(joint)
        for claim in system.claims:
            if claim.kind is Kind.ALWAYS and not claim.holds(scene):
                broken.setdefault(claim.name, step)
    return broken


def save_race(path: Path, race: Race) -> None:
    """Save a race, or say why it cannot be saved."""
    try:
        write_race(path, race)
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {error.strerror}") from error


# -- table -------------------------------------------------------------------------------------------------------


def table(
    name: Name,
    *,
    limit: Limit = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="A page with a table for each phase (the default).")
    ] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="The diagram of the phases alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the table of transitions, made from what was explored."""
    with plainly():
        if markdown + mermaid + as_json > 1:
            raise BadInputError("--markdown, --mermaid and --json exclude one another")
        found = searched(name, limit)
    if as_json:
        cells: list[Json] = [
            {"phase": phase, "hears": fact, "becomes": outcome} for phase, fact, outcome in found.report.cells
        ]
        say_json({"configuration": name, "complete": found.report.complete, "transitions": cells})
    else:
        say(phases_diagram(found.report.cells) if mermaid else transitions_page(found))
