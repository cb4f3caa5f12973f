"""The commands that look at every reachable state: `explore`, `replay` and `table`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.table import Table

from kiloclaw_adapters.cli.pacing import Pace
from kiloclaw_adapters.cli.picturing import Html, States, Written, check_page, draw_search, draw_trace
from kiloclaw_adapters.cli.suites import Found, Several, has_failed, searched_all, tell_suite
from kiloclaw_adapters.cli.telling import FAILED, AsJson, BadInputError, FailedError, out, plainly, say, say_json
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    Exploration,
    Json,
    Race,
    SearchTooLargeError,
    UnknownSuiteError,
    World,
    beginning_of,
    cells_of,
    configuration_called,
    configuration_json,
    failure_text,
    findings_json,
    of_world,
    opened,
    phases_diagram,
    read_race,
    replay_command,
    run_exploration,
    suite_called,
    suite_json,
    suite_of,
    touched_by,
    transitions_json,
    transitions_page,
    verdict_line,
    world_of,
    write_race,
)
from kiloclaw_core.explore import Trace

COLOURS: Final = {"held": "green", "witnessed": "green", "broken": "bold red", "not_witnessed": "yellow"}

Name: TypeAlias = Annotated[
    str | None,
    typer.Argument(help="A configuration, of which `kiloclaw explore --list` has the names, or a file with yours."),
]
SuiteName: TypeAlias = Annotated[
    str | None, typer.Option("--suite", help="All configurations of this suite instead: ci, nightly or asked.")
]
WorldName: TypeAlias = Annotated[
    World | None, typer.Option("--world", help="With --suite or --list: the configurations of this world alone.")
]
Touched: TypeAlias = Annotated[
    str | None,
    typer.Option("--touched", metavar="STORY", help="All pairs in which this happens instead: start, destroy, ..."),
]
Processes: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Search so many of a suite at a time; one for each core if it is not said.")
]
Memory: TypeAlias = Annotated[
    float | None,
    typer.Option(min=0.01, help="Take no more memory than so many GB, all searches together; 80 % of the machine's."),
]
GIGA: Final = 10**9
Limit: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Follow no more states once this many are found.")]


def searched(configuration: AnyConfiguration, limit: int | None, memory: int | None) -> Exploration:
    """The configuration, searched while its pace is told."""
    pace = Pace(configuration.name)
    try:
        return run_exploration(configuration, limit=limit, memory=memory, watch=pace)
    except SearchTooLargeError as error:
        raise FailedError(str(error)) from error
    finally:
        pace.stop()


def wanted(
    name: str | None, suite: str | None, world: World | None, story: str | None = None
) -> AnyConfiguration | Several:
    """What is to be searched; raises `BadInputError` unless it is one configuration, one suite or one story."""
    if [name, suite, story].count(None) < 2:  # noqa: PLR2004 (of three, at most one)
        raise BadInputError("a configuration, --suite or --touched, and but one of them")
    if story is not None and world is None:
        return Several(touched(story), touching(story), whole=False)
    if suite is not None:
        return Several(suite, all_of(suite, world))
    if world is not None:
        raise BadInputError("--world goes with --suite or --list")
    if name is not None:
        return configuration_called(name)
    raise BadInputError("which configuration? `kiloclaw explore --list` names them")


def touched(story: str) -> str:
    """What the searches that a story touches are called together."""
    return f"touched by {story}"


def touching(story: str) -> tuple[AnyConfiguration, ...]:
    """The pairs in which this happens, or a complaint that names all that happens; raises `BadInputError`."""
    try:
        return touched_by(story)
    except UnknownSuiteError as error:
        raise BadInputError(str(error)) from error


def all_of(suite: str, world: World | None) -> tuple[AnyConfiguration, ...]:
    """The configurations of the suite of this name, in one world or in all; or a complaint that names those there are.

    Raises `BadInputError`, too, where the world has none in that suite.
    """
    try:
        found = suite_called(suite, world)
    except UnknownSuiteError as error:
        raise BadInputError(str(error)) from error
    if world is not None and not found:
        raise BadInputError(f"the world {world.value} has no configuration in the suite {suite}")
    return found


def searched_of(
    what: AnyConfiguration | Several, processes: int | None, limit: int | None, gigabytes: float | None = None
) -> tuple[Found, float]:
    """What the one search found, or all of a suite, and the seconds that it took."""
    memory = None if gigabytes is None else int(gigabytes * GIGA)
    if isinstance(what, Several):
        return searched_all(what, processes, limit, memory)
    found = searched(what, limit, memory)
    return (found,), found.seconds


# -- explore -----------------------------------------------------------------------------------------------------


def explore(  # noqa: PLR0913 (each is an option)
    name: Name = None,
    *,
    suite: SuiteName = None,
    world: WorldName = None,
    story: Touched = None,
    processes: Processes = None,
    limit: Limit = None,
    memory: Memory = None,
    every: Annotated[
        bool, typer.Option("--list", help="Name the configurations and say what each lets happen.")
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Draw each broken claim as a sequence diagram too.")
    ] = False,
    html: Html = None,
    states: States = None,
    as_json: AsJson = False,
) -> None:
    """Search every reachable state of a configuration, or of all in a suite, and judge every claim.

    Exits with 1 when a claim is broken, or when a whole search lacks a witness that it must show.
    """
    with plainly():
        check_page(html, states, suite or story, listed=every)
        if every:
            list_configurations(of_world(world) if suite is None else all_of(suite, world), as_json=as_json)
            return
        what = wanted(name, suite, world, story)
        found, seconds = searched_of(what, processes, limit, memory)
        page = None if html is None else draw_search(html, found[0], states)
    if isinstance(what, Several):
        failed = tell_all(what, found, seconds, as_json=as_json)
    else:
        failed = tell_one(found[0], page, mermaid=mermaid, as_json=as_json)
    if failed:
        raise typer.Exit(FAILED)


def tell_one(found: Exploration, page: Written | None, *, mermaid: bool, as_json: bool) -> bool:
    """Say what a search found, and what page was written of it: whether something is not as it should be."""
    if as_json:
        say_json(findings_json(found) | with_page(page))
    else:
        tell(found, mermaid=mermaid)
        tell_page(page)
    return found.failures != ()


def with_page(page: Written | None) -> dict[str, Json]:
    """What an object says besides where a page was written."""
    return {} if page is None else {"page": page.json}


def tell_page(page: Written | None) -> None:
    """Say where a page was written, if one was."""
    if page is not None:
        say(f"\n{page}")


def tell_all(what: Several, found: Found, seconds: float, *, as_json: bool) -> bool:
    """Say what the searches of a suite found: whether something is not as it should be."""
    unseen = what.unseen(found)
    if as_json:
        say_json(suite_json(what.suite, found, seconds, unseen))
    else:
        tell_suite(found, seconds, unseen)
    return has_failed(found, unseen)


def list_configurations(configurations: Sequence[AnyConfiguration], *, as_json: bool) -> None:
    """Name these configurations and say what each lets happen."""
    if as_json:
        say_json([configuration_json(one) for one in configurations])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("configuration", "world", "suite", "begins"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what it lets happen")
    for one in configurations:
        begins = beginning_of(one) or "-"
        table.add_row(f"[bold]{one.name}[/bold]", world_of(one).value, suite_of(one).value, begins, one.sentence)
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
            say(f"```mermaid\n{opened(found.configuration).sequence(verdict.trace)}```")


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
    html: Html = None,
    states: States = None,
    as_json: AsJson = False,
) -> None:
    """Follow a trace again, step by step, and judge every claim on the way.

    Exits with 1 when a claim is broken on the way, with 2 when a step is not possible.
    """
    with plainly():
        check_page(html, states)
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
        say(system.sequence(trace) if mermaid else system.lanes(trace))
        for claim, step in broken.items():
            out().print(f"[bold red]BROKEN[/bold red]  {claim}, after step {step}")
        say(f"replay  {replay_command(known, trace)}")
        tell_page(page)
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


# -- table -------------------------------------------------------------------------------------------------------


def table(  # noqa: PLR0913 (each is an option)
    name: Name = None,
    *,
    suite: SuiteName = None,
    processes: Processes = None,
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
        found, _ = searched_of(wanted(name, suite, None if suite is None else World.INSTANCE), processes, limit)
        if not cells_of(found):
            raise BadInputError(f"no transitions are told of the world {world_of(found[0].configuration).value}")
    if as_json:
        say_json(transitions_json(found, suite))
    else:
        say(phases_diagram(cells_of(found)) if mermaid else transitions_page(found, suite))
