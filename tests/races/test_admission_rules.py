"""The same walks by rules that have names: what a failing one prints is a story that can be read and told again.

Two users, two contexts, three attempts and two who change what there is; each rule is one thing that may happen
anywhere, and calm leads home from wherever they have come to.
"""

from __future__ import annotations

from typing import Final

from hypothesis import note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from kiloclaw_core.explore import Kind, ProductModel, When
from kiloclaw_core.explore.naive import Choice
from kiloclaw_core.explore.product import Joint
from kiloclaw_core.world.admission.scene import AdmissionScene
from kiloclaw_core.world.admission.system import AdmissionSystem

from .test_admission_walk import LENGTH, ORGANISATION, PERSON, calmed, check

SYSTEMS: Final = (AdmissionSystem(ORGANISATION), AdmissionSystem(PERSON))
MODELS: Final[tuple[ProductModel[AdmissionScene], ...]] = tuple(ProductModel(system) for system in SYSTEMS)
WHERE: Final = st.integers(0, len(SYSTEMS) - 1)
WHICH: Final = st.integers(0, 11)
"""Which of the things of one kind that may happen there; counted round, so that there always is one."""
ASKS: Final = (": asks",)
IS_LOST: Final = ("not answered", "swallowed")
DIES: Final = (": dies",)
DESTROYS: Final = ("owner: destroys",)
RELEASES: Final = ("operator: releases",)
STOPS: Final = ("stop answering",)
ANSWERS: Final = ("answer again",)
BREAKS: Final = ("crashes", "provider: refuses")
TAKEN_OVER: Final = ("is taken over",)
RINGS: Final = ("rings early",)
WORDS: Final = (*ASKS, *IS_LOST, *DIES, *DESTROYS, *RELEASES, *STOPS, *ANSWERS, *BREAKS, *TAKEN_OVER, *RINGS)
"""By these each rule finds what it may have happen; one that named nothing would let nothing happen, and be green."""


class Contexts(RuleBasedStateMachine):
    """An organisation with two users, and a person who was here before the registry."""

    def __init__(self) -> None:
        super().__init__()
        self.states: list[Joint] = [model.initial() for model in MODELS]

    @rule(where=WHERE, which=WHICH)
    def somebody_asks(self, where: int, which: int) -> None:
        """For the first time, or the same again."""
        self.happens(where, which, *ASKS)

    @rule(where=WHERE, which=WHICH)
    def it_goes_on(self, where: int, which: int) -> None:
        """Whatever goes on by itself, in any order."""
        self.takes(where, which, [one for one in self.choices(where) if one.move.when is not When.FREE])

    @rule(where=WHERE, which=WHICH)
    def an_answer_is_lost(self, where: int, which: int) -> None:
        """What was asked may have been done, or may yet be."""
        self.happens(where, which, *IS_LOST)

    @rule(where=WHERE, which=WHICH)
    def whoever_serves_dies(self, where: int, which: int) -> None:
        """Nobody is told anything."""
        self.happens(where, which, *DIES)

    @rule(where=WHERE, which=WHICH)
    def an_owner_destroys(self, where: int, which: int) -> None:
        """At any step of the attempt."""
        self.happens(where, which, *DESTROYS)

    @rule(where=WHERE, which=WHICH)
    def an_operator_releases(self, where: int, which: int) -> None:
        """As they see it."""
        self.happens(where, which, *RELEASES)

    @rule(where=WHERE, which=WHICH)
    def something_stops_answering(self, where: int, which: int) -> None:
        """Rows, instances or the provider."""
        self.happens(where, which, *STOPS)

    @rule(where=WHERE, which=WHICH)
    def it_answers_again(self, where: int, which: int) -> None:
        """Whatever had stopped."""
        self.happens(where, which, *ANSWERS)

    @rule(where=WHERE, which=WHICH)
    def an_instance_crashes_or_is_refused(self, where: int, which: int) -> None:
        """Its create in flight."""
        self.happens(where, which, *BREAKS)

    @rule(where=WHERE, which=WHICH)
    def the_registry_is_taken_over(self, where: int, which: int) -> None:
        """Every answer under way is lost."""
        self.happens(where, which, *TAKEN_OVER)

    @rule(where=WHERE, which=WHICH)
    def an_alarm_rings_early(self, where: int, which: int) -> None:
        """Before its time."""
        self.happens(where, which, *RINGS)

    def teardown(self) -> None:
        """Once nothing else goes wrong all is over, in both contexts."""
        for system, model, state in zip(SYSTEMS, MODELS, self.states, strict=True):
            check(system, calmed(system, model, state), Kind.LEADS_HOME)

    def choices(self, where: int) -> tuple[Choice, ...]:
        """What may happen in this context now."""
        return tuple(MODELS[where].actions(self.states[where]))

    def happens(self, where: int, which: int, *words: str) -> None:
        """One of the things with these words happens, if any may."""
        self.takes(where, which, [one for one in self.choices(where) if any(word in str(one) for word in words)])

    def takes(self, where: int, which: int, found: list[Choice]) -> None:
        """This one of them; every *always* holds afterwards."""
        if not found:
            return
        choice = found[which % len(found)]
        note(f"{where}  {choice}")
        self.states[where] = MODELS[where].next(self.states[where], choice)
        check(SYSTEMS[where], self.states[where], Kind.ALWAYS)


def test_every_claim_holds_whatever_happens_by_name_and_calm_leads_home() -> None:
    """A fifth as often as the walks, each as long."""
    often = max(1, settings().max_examples // 5)
    run_state_machine_as_test(Contexts, settings=settings(max_examples=often, stateful_step_count=LENGTH))


def test_every_word_by_which_a_rule_finds_what_happens_is_met() -> None:
    """All along a walk that lets everything go on by itself, and something go wrong only where nothing does."""
    met: set[str] = set()
    for model in MODELS:
        state = model.initial()
        while choices := model.actions(state):
            met |= {word for word in WORDS for one in choices if word in str(one)}
            calm = [one for one in choices if one.move.when is not When.FREE]
            state = model.next(state, (calm or choices)[0])
    assert met == set(WORDS)
