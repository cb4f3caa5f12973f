"""Bugs of an owner's app: two addresses, somebody else's app, a key that is not there, and a wait without an end."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.app import alarms, furnish, lifecycle, ownership, settle, story
from kiloclaw_core.app.commands import Ensure
from kiloclaw_core.app.effects import CreateApp
from kiloclaw_core.app.outcomes import OwnersListed
from kiloclaw_core.app.phases import Creating, Sought, Verifying
from kiloclaw_core.app.record import App, AppTransition, Standing, go
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Alarm, Look, Pausing
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.app_system import AppSystem

_asked = lifecycle._asked  # noqa: SLF001
_create_refused = ownership.create_refused
_of_phase = alarms._of_phase  # noqa: SLF001
_settle = settle.settle
_weighed = ownership.weighed


def one_look(app: App, _look: Look) -> AppTransition:
    """Whatever one listing misses is allocated."""
    return story.onward(app) if not app.missing else furnish.allocate(app, app.missing[0])


def unsettled(app: App, of: OpId, sought: Sought) -> AppTransition:
    """An allocation in doubt is looked for at once, and only once."""
    return story.onward(app) if sought is Sought.ADDRESS else _settle(app, of, sought)


def allocated_again(app: App, of: OpId, sought: Sought) -> AppTransition:
    """An allocation in doubt is simply made again."""
    return furnish.allocate(app, app.missing[0]) if sought is Sought.ADDRESS else _settle(app, of, sought)


def taken_is_ours(app: App, refusal: Rejected) -> AppTransition:
    """A name that is taken was taken by an earlier try of ours."""
    return ownership.made(app) if refusal.why in ownership.TAKEN else _create_refused(app, refusal)


def unverified(app: App, _phase: Verifying, _listed: OwnersListed) -> AppTransition:
    """An app of our name in our organisation is ours, whoever has machines in it."""
    return story.onward(evolve(app, standing=Standing.FOUND))


def opened_by_an_empty_list(app: App, phase: Verifying, listed: OwnersListed) -> AppTransition:
    """An app that is listed empty is ours."""
    return _weighed(app, evolve(phase, look=Look.SECOND), listed)


def opened_by_an_unreadable_machine(app: App, phase: Verifying, listed: OwnersListed) -> AppTransition:
    """A machine that does not show its owner is nobody's."""
    return _weighed(app, phase, evolve(listed, unreadable=0, unnamed=1))


def in_a_shared_network(app: App) -> AppTransition:
    """The create names another network than the record."""
    who = app.identity
    return go(app, Creating(app.ops), CreateApp(app.ops, who.app, who.org_slug, "default"))


def ready_before_the_answer(app: App) -> AppTransition:
    """The key is noted as set before it is."""
    return story.made_ready(app, 1)


def with_the_new_key(app: App, command: Ensure) -> App:
    """Each command brings its own key."""
    return evolve(_asked(app, command), key=command.key)


def without_patience(app: App) -> tuple[Alarm, ...]:
    """Only a pause has an alarm."""
    return _of_phase(app) if isinstance(app.phase, Pausing) else ()


def without_ceiling(app: App, _refusal: Rejected) -> AppTransition:
    """A try costs nothing."""
    return go(evolve(app, ops=OpId(app.ops + 1)), Pausing(app.ops))


QUIET: Final = AppBudget(doubts=0, lags=0, fates=0)
CALM: Final = AppSystem(QUIET)
TWICE: Final = AppSystem(evolve(QUIET, ensures=2))
DOUBTED: Final = AppSystem(evolve(QUIET, doubts=1))
LAGGING: Final = AppSystem(evolve(QUIET, lags=1))
LAGGING_AND_DOUBTED: Final = AppSystem(evolve(QUIET, doubts=1, lags=1))
NOT_ALONE: Final = AppSystem(evolve(QUIET, fates=1))
NOT_ALONE_AND_LAGGING: Final = AppSystem(evolve(QUIET, fates=1, lags=1))
FURNISHED: Final = "fly.md 4.4"
MUTANTS: Final = (
    Mutant("one-look", (FURNISHED,), furnish, "reckoned", one_look, NOT_ALONE_AND_LAGGING, "one address of a kind"),
    Mutant("unsettled", ("C.3",), settle, "settle", unsettled, LAGGING_AND_DOUBTED, "one address of a kind"),
    Mutant("allocated-again", ("B08",), settle, "settle", allocated_again, DOUBTED, "one address of a kind"),
    Mutant("taken-is-ours", ("B11",), ownership, "create_refused", taken_is_ours, NOT_ALONE, "never in theirs"),
    Mutant("unverified", ("B111",), ownership, "weighed", unverified, NOT_ALONE, "never in theirs"),
    Mutant(
        "opened-by-an-empty-list",
        (FURNISHED,),
        ownership,
        "weighed",
        opened_by_an_empty_list,
        NOT_ALONE_AND_LAGGING,
        "never in theirs",
    ),
    Mutant(
        "opened-by-an-unreadable-machine",
        (FURNISHED,),
        ownership,
        "weighed",
        opened_by_an_unreadable_machine,
        NOT_ALONE,
        "never in theirs",
    ),
    Mutant("in-a-shared-network", ("I15",), ownership, "create", in_a_shared_network, CALM, "the owner is durable"),
    Mutant("ready-before-the-answer", ("B153",), furnish, "set_secret", ready_before_the_answer, CALM, "ready is true"),
    Mutant("with-the-new-key", ("I18",), lifecycle, "_asked", with_the_new_key, TWICE, "the first key stays"),
    Mutant("without-patience", ("I7",), alarms, "_of_phase", without_patience, CALM, "every wait has an alarm"),
    Mutant("unheard-and-waiting", ("I5",), alarms, "_of_phase", without_patience, DOUBTED, "rest is reached"),
    Mutant("without-ceiling", ("I19",), story, "again", without_ceiling, NOT_ALONE, "rest is reached"),
)
