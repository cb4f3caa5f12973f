"""Each claim about the app can fail: a rule of its story is taken away, and the claim it serves is broken."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from attrs import evolve, frozen

from kiloclaw_core.app import alarms, furnish, lifecycle, ownership, settle, story
from kiloclaw_core.app.commands import Ensure
from kiloclaw_core.app.effects import CreateApp
from kiloclaw_core.app.outcomes import OwnersListed
from kiloclaw_core.app.phases import Creating, Sought, Verifying
from kiloclaw_core.app.record import App, AppTransition, Standing, go
from kiloclaw_core.explore import Verdict, report_of
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Alarm, Look, Pausing
from kiloclaw_core.world.app_system import AppBudget, AppSystem

kept_alarms, kept_asked, kept_settle, kept_weighed = (
    alarms._of_phase,
    lifecycle._asked,
    settle.settle,
    ownership.weighed,
)


def one_look(app: App, _look: Look) -> AppTransition:
    """Whatever one listing misses is allocated."""
    return story.onward(app) if not app.missing else furnish.allocate(app, app.missing[0])


def unsettled(app: App, of: OpId, sought: Sought) -> AppTransition:
    """An allocation in doubt is looked for at once, and only once."""
    return story.onward(app) if sought is Sought.ADDRESS else kept_settle(app, of, sought)


def unverified(app: App, _phase: Verifying, _listed: OwnersListed) -> AppTransition:
    """An app of our name in our organisation is ours."""
    return story.onward(evolve(app, standing=Standing.FOUND))


def opened_by_an_empty_list(app: App, phase: Verifying, listed: OwnersListed) -> AppTransition:
    """An app that is listed empty is ours (upstream)."""
    return kept_weighed(app, evolve(phase, look=Look.SECOND), listed)


def opened_by_an_unreadable_machine(app: App, phase: Verifying, listed: OwnersListed) -> AppTransition:
    """A machine that does not show its owner is nobody's (upstream)."""
    return kept_weighed(app, phase, evolve(listed, unreadable=0, unnamed=1))


def in_a_shared_network(app: App) -> AppTransition:
    """The create names another network than the record."""
    who = app.identity
    return go(app, Creating(app.ops), CreateApp(app.ops, who.app, who.org_slug, "default"))


def ready_before_the_answer(app: App) -> AppTransition:
    """The key is noted as set before it is (B153)."""
    return story.made_ready(app, 1)


def with_the_new_key(app: App, command: Ensure) -> App:
    """Each command brings its own key."""
    return evolve(kept_asked(app, command), key=command.key)


def without_patience(app: App) -> tuple[Alarm, ...]:
    """Only a pause has an alarm."""
    return kept_alarms(app) if isinstance(app.phase, Pausing) else ()


def without_ceiling(app: App, _refusal: Rejected) -> AppTransition:
    """A try costs nothing."""
    return go(evolve(app, ops=OpId(app.ops + 1)), Pausing(app.ops))


def verdicts() -> dict[str, Verdict]:
    """What becomes of each claim when the app is asked for twice."""
    return {one.claim: one for one in report_of(AppSystem(AppBudget(ensures=2))).verdicts}


@pytest.fixture(scope="module")
def healthy() -> dict[str, Verdict]:
    """What becomes of each claim with every rule in its place."""
    return verdicts()


@frozen
class Broken:
    """A function of the story, what stands in its place, and the claim that notices within so many steps."""

    where: ModuleType
    name: str
    instead: Callable[..., object]
    claim: str
    steps: int

    def __str__(self) -> str:
        """Say it as the test's id."""
        return f"{self.instead.__name__} breaks {self.claim!r}"


BROKEN = (
    Broken(furnish, "reckoned", one_look, "one address of a kind", 10),
    Broken(settle, "settle", unsettled, "one address of a kind", 14),
    Broken(ownership, "weighed", unverified, "never in theirs", 12),
    Broken(ownership, "weighed", opened_by_an_empty_list, "never in theirs", 12),
    Broken(ownership, "weighed", opened_by_an_unreadable_machine, "never in theirs", 12),
    Broken(ownership, "create", in_a_shared_network, "the owner is durable", 4),
    Broken(furnish, "set_secret", ready_before_the_answer, "ready is true", 13),
    Broken(lifecycle, "_asked", with_the_new_key, "the first key stays", 2),
    Broken(alarms, "_of_phase", without_patience, "every wait has an alarm", 2),
    Broken(alarms, "_of_phase", without_patience, "rest is reached", 4),
    Broken(story, "again", without_ceiling, "rest is reached", 8),
)


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_rule_that_is_taken_away_is_missed(
    monkeypatch: pytest.MonkeyPatch, healthy: dict[str, Verdict], broken: Broken
) -> None:
    """The claim named beside it notices, and with the rule in place it holds."""
    assert healthy[broken.claim].verdict == "held"
    monkeypatch.setattr(broken.where, broken.name, broken.instead)
    verdict = verdicts()[broken.claim]
    assert verdict.verdict == "broken"
    assert verdict.trace is not None
    assert len(verdict.trace.steps) <= broken.steps
