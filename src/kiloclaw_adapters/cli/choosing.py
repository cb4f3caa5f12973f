"""Which configurations the words of a command mean: one by its name, a suite, or those that a story touches."""

from __future__ import annotations

from kiloclaw_adapters.cli.suites import Several
from kiloclaw_adapters.cli.telling import BadInputError
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    UnknownSuiteError,
    World,
    configuration_called,
    of_world,
    suite_called,
    touched_by,
)


def wanted(
    name: str | None, suite: str | None, world: World | None, story: str | None = None
) -> AnyConfiguration | Several:
    """What is to be searched; raises `BadInputError` unless it is one configuration, one suite or one story."""
    if [name, suite, story].count(None) < 2:  # noqa: PLR2004 (of three, at most one)
        raise BadInputError("only one of a configuration, --suite and --touched can be searched")
    if story is not None and world is None:
        return Several(f"touched by {story}", touching(story), whole=False)
    if suite is not None:
        return Several(suite, all_of(suite, world))
    if world is not None:
        raise BadInputError("--world goes with --suite, or with --list alone")
    if name is not None:
        return configuration_called(name)
    raise BadInputError("which configuration? `kiloclaw explore --list` names them")


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


def listed(name: str | None, suite: str | None, world: World | None, story: str | None) -> tuple[AnyConfiguration, ...]:
    """What is to be named instead: the same, and where nothing is said every configuration of a world, or of all."""
    if name is None and suite is None and story is None:
        return of_world(world)
    what = wanted(name, suite, world, story)
    return what.configurations if isinstance(what, Several) else (what,)
