"""The command `replay`: a trace followed again, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kiloclaw_adapters.cli.picturing import Html, States, check_page, draw_trace, tell_page, with_page
from kiloclaw_adapters.cli.telling import FAILED, AsJson, BadInputError, aside, out, plainly, say, say_json
from kiloclaw_adapters.explorer import (
    Json,
    Race,
    configuration_called,
    opened,
    read_race,
    replay_text,
    write_race,
)
from kiloclaw_core.explore import Trace


def replay(  # noqa: PLR0913 (each is an option)
    file: Annotated[
        Path | None, typer.Argument(help="A saved race: JSON Lines, a header and one action a line.")
    ] = None,
    *,
    code: Annotated[str | None, typer.Option(help="Choices such as 0/0/3, instead of a file.")] = None,
    configuration: Annotated[str | None, typer.Option(help="The configuration that the code belongs to.")] = None,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Draw a sequence diagram; all else is said on stderr.")
    ] = False,
    save: Annotated[Path | None, typer.Option(help="Save what was followed as a race in this file.")] = None,
    html: Html = None,
    states: States = None,
    as_json: AsJson = False,
) -> None:
    """Follow a trace again, step by step, and judge every claim on the way.

    Exits with 1 when a claim is broken on the way, with 2 when a step is not possible.
    """
    with plainly():
        check_page(html, states)
        if mermaid and as_json:
            raise BadInputError("--mermaid and --json exclude one another")
        race, trace = followed(file, code, configuration)
        known = configuration_called(race.configuration)
        system = opened(known)
        broken = system.broken_on_the_way(trace)
        if save is not None:
            save_race(save, Race(race.configuration, trace.labels, next(iter(broken), race.claim)))
        page = None if html is None else draw_trace(html, known, trace, states)
    if as_json:
        steps: list[Json] = [{"index": one.index, "of": one.of, "action": str(one.action)} for one in trace.steps]
        told: list[Json] = [{"claim": claim, "step": step} for claim, step in broken.items()]
        followed_json: dict[str, Json] = {"configuration": race.configuration, "code": trace.code, "steps": steps}
        say_json(followed_json | {"broken": told} | with_page(page))
    else:
        beside = aside() if mermaid else out()  # a diagram is drawn into a file, and nothing else belongs there
        say(system.sequence(trace) if mermaid else system.lanes(trace))
        for claim, step in broken.items():
            beside.print(f"[bold red]BROKEN[/bold red]  {claim}, after step {step}")
        say(replay_text(known, trace), beside)
        tell_page(page, beside)
    if broken:
        raise typer.Exit(FAILED)


def followed(file: Path | None, code: str | None, configuration: str | None) -> tuple[Race, Trace]:
    """The race that was asked for, by file or by code, and its trace."""
    if file is not None and code is None and configuration is None:
        race = read_race(file)
        return race, opened(configuration_called(race.configuration)).by_labels(race.labels)
    if file is None and code is not None and configuration is not None:
        trace = opened(configuration_called(configuration)).by_code(code)
        return Race(configuration, trace.labels), trace
    raise BadInputError("replay takes either a file, or --code and --configuration")


def save_race(path: Path, race: Race) -> None:
    """Save a race, or say why it cannot be saved."""
    try:
        write_race(path, race)
    except OSError as error:
        raise BadInputError(f"cannot write {path}: {error.strerror}") from error
