"""The commands that look at every reachable state: `explore` and `table`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from kiloclaw_adapters.cli.choosing import listed, wanted
from kiloclaw_adapters.cli.ending import told_to_end
from kiloclaw_adapters.cli.pacing import Pace
from kiloclaw_adapters.cli.picturing import Html, States, Unwritten, check_page, draw_search, tell_page, with_page
from kiloclaw_adapters.cli.suites import Found, Several, has_failed, searched_all, tell_suite
from kiloclaw_adapters.cli.tables import tell_table
from kiloclaw_adapters.cli.telling import (
    BAD_INPUT,
    FAILED,
    SIGNALLED,
    AsJson,
    BadInputError,
    UnfinishedError,
    complaint,
    plainly,
    say,
    say_json,
)
from kiloclaw_adapters.cli.verdicts import tell
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    Exploration,
    KeptSearchError,
    SearchInterruptedError,
    SearchTooLargeError,
    World,
    beginning_of,
    cells_of,
    configuration_json,
    findings_json,
    phases_diagram,
    run_exploration,
    suite_json,
    suite_of,
    transitions_json,
    transitions_page,
    world_of,
)

Name: TypeAlias = Annotated[
    str | None,
    typer.Argument(help="A configuration, of which `kiloclaw explore --list` has the names, or a file with yours."),
]
SuiteName: TypeAlias = Annotated[
    str | None, typer.Option("--suite", help="All configurations of this suite instead: ci, nightly or asked.")
]
WorldName: TypeAlias = Annotated[
    World | None, typer.Option("--world", help="With --suite, or --list alone: the configurations of this world.")
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


Resume: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--resume", metavar="FILE", help="Keep the search in this file, and go on from what is kept there of it."
    ),
]


def searched(
    configuration: AnyConfiguration, limit: int | None, memory: int | None, resume: Path | None = None
) -> Exploration:
    """The configuration, searched while its pace is told."""
    pace = Pace(configuration.name, whole=limit is None)
    try:
        with told_to_end(heeded=resume is not None) as heard:
            try:
                return run_exploration(
                    configuration, limit=limit, memory=memory, watch=pace, resume=resume, is_to_end=lambda: bool(heard)
                )
            except SearchInterruptedError as error:
                raise complaint(str(error), SIGNALLED + heard[0]) from error
    except KeptSearchError as error:
        raise BadInputError(str(error)) from error
    except SearchTooLargeError as error:
        raise UnfinishedError(str(error)) from error
    finally:
        pace.stop()


def searched_of(
    what: AnyConfiguration | Several,
    processes: int | None,
    limit: int | None,
    gigabytes: float | None = None,
    resume: Path | None = None,
) -> tuple[Found, float]:
    """What the one search found, or all of a suite, and the seconds that it took."""
    memory = None if gigabytes is None else int(gigabytes * GIGA)
    if isinstance(what, Several):
        if resume is not None:
            raise BadInputError("--resume goes with one configuration")
        return searched_all(what, processes, limit, memory)
    if processes is not None:
        raise BadInputError("--processes goes with several configurations, as those of a suite")
    found = searched(what, limit, memory, resume)
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
    resume: Resume = None,
    every: Annotated[
        bool,
        typer.Option("--list", help="Name those configurations, or all, and say what each lets happen."),
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Draw each broken claim as a sequence diagram too.")
    ] = False,
    html: Html = None,
    states: States = None,
    as_json: AsJson = False,
) -> None:
    """Search every reachable state of a configuration, or of all in a suite, and judge every claim.

    Exits with 1 when a claim is broken, or when a whole search lacks a witness that it must show, with 3 when it
    ended before it could judge, and with 4 when the core raised an exception.
    """
    with plainly(as_json=as_json):
        check_page(html, states, suite or story, listed=every)
        if every:
            list_configurations(listed(name, suite, world, story), as_json=as_json)
            return
        what = wanted(name, suite, world, story)
        if mermaid and (as_json or isinstance(what, Several)):
            raise BadInputError("--mermaid goes with one configuration, and not with --json")
        found, seconds = searched_of(what, processes, limit, memory, resume)
    if isinstance(what, Several):
        failed = tell_all(what, found, seconds, as_json=as_json)
    elif as_json:
        failed = tell_as_json(found[0], html, states)
    else:
        failed = tell_one(found[0], html, states, mermaid=mermaid)
    if failed:
        raise typer.Exit(FAILED)


def tell_one(found: Exploration, html: Path | None, states: int | None, *, mermaid: bool) -> bool:
    """Say what a search found, and only then write the page of it: whether something is not as it should be."""
    tell(found, mermaid=mermaid)
    page = draw_search(html, found, states)
    if isinstance(page, Unwritten):
        raise unwritten(page, found)
    tell_page(page)
    return found.failures != ()


def tell_as_json(found: Exploration, html: Path | None, states: int | None) -> bool:
    """Say it as one object, which is told whatever becomes of the page."""
    page = draw_search(html, found, states)
    if isinstance(page, Unwritten):
        say_json(findings_json(found) | {"page": None})
        raise unwritten(page, found)
    say_json(findings_json(found) | with_page(page))
    return found.failures != ()


def unwritten(page: Unwritten, found: Exploration) -> typer.Exit:
    """Complain of a page that could not be written; what was found to be broken weighs more than that."""
    return complaint(page.why, FAILED if found.failures else BAD_INPUT)


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
    headings = ("configuration", "world", "suite", "begins", "what it lets happen")
    tell_table(
        headings,
        [
            (one.name, world_of(one).value, suite_of(one).value, beginning_of(one) or "-", one.sentence)
            for one in configurations
        ],
    )


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
    with plainly(as_json=as_json):
        if markdown + mermaid + as_json > 1:
            raise BadInputError("--markdown, --mermaid and --json exclude one another")
        found, _ = searched_of(wanted(name, suite, None if suite is None else World.INSTANCE), processes, limit)
        if not cells_of(found):
            raise BadInputError(f"no transitions are told of the world {world_of(found[0].configuration).value}")
    if as_json:
        say_json(transitions_json(found, suite))
    else:
        say(phases_diagram(cells_of(found)) if mermaid else transitions_page(found, suite))
