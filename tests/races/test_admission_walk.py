"""Random walks through admission: two users, two contexts, three attempts, destroys, releases and outages.

A context is a registry of its own, so that two of them are walked side by side and share nothing but the hour. The
draws of a failing walk are its replay code.
"""

from __future__ import annotations

from typing import Final

from hypothesis import given, note, settings
from hypothesis import strategies as st

from kiloclaw_core.explore import Kind, ProductModel, When
from kiloclaw_core.explore.naive import Choice
from kiloclaw_core.explore.product import Joint
from kiloclaw_core.world.admission.scene import AdmissionScene
from kiloclaw_core.world.admission.setting import (
    FIRST,
    NEWCOMER,
    OLD_TIMER,
    OTHER,
    SECOND,
    UPDATER,
    AdmissionBudget,
    AdmissionConfiguration,
)
from kiloclaw_core.world.admission.system import AdmissionSystem

LENGTH: Final = 80
"""No attempt that is disturbed by so much takes longer."""
MUCH: Final = AdmissionBudget(
    again=3, destroys=2, releases=2, faults=3, deaths=2, crashes=2, takeovers=1, outages=2, early=3, refusals=1
)
ORGANISATION: Final = AdmissionConfiguration("organisation", "Three attempts.", (FIRST, SECOND, OTHER, UPDATER), MUCH)
PERSON: Final = AdmissionConfiguration("person", "One who was here before.", (NEWCOMER, OLD_TIMER), MUCH, old=True)
OFTEN: Final = settings().max_examples * 3 // 5
"""As often as CI can wait for, which is half a minute; at night as many times more as any other walk."""
REST: Final = 400
"""Calm moves within which everything is over, whatever went before."""


def check(system: AdmissionSystem, state: Joint, kind: Kind) -> None:
    """Every claim of this kind holds here."""
    scene = system.scene(state)
    assert [claim.name for claim in system.claims if claim.kind is kind and not claim.holds(scene)] == []


@settings(max_examples=OFTEN)
@given(draws=st.data())
def test_every_claim_holds_all_along_a_walk_and_calm_leads_home(draws: st.DataObject) -> None:
    """What goes wrong goes wrong anywhere; and once it is over, all is over within so many moves."""
    systems = (AdmissionSystem(ORGANISATION), AdmissionSystem(PERSON))
    models = tuple(ProductModel(system) for system in systems)
    states = [model.initial() for model in models]
    for _ in range(LENGTH):
        context = draws.draw(st.integers(0, 1))
        choices = models[context].actions(states[context])
        choice = draws.draw(st.integers(0, len(choices) - 1)) if choices else None
        if choice is None:
            continue
        note(f"{context} {choice:2}/{len(choices)}  {choices[choice]}")
        states[context] = models[context].next(states[context], choices[choice])
        check(systems[context], states[context], Kind.ALWAYS)
    for system, model, state in zip(systems, models, states, strict=True):
        check(system, calmed(system, model, state), Kind.LEADS_HOME)


def calmed(system: AdmissionSystem, model: ProductModel[AdmissionScene], state: Joint) -> Joint:
    """Where a walk comes to once every outage is over and nothing else goes wrong; each claim holds on the way."""
    for _ in range(REST):
        choices = model.actions(state)
        calm = [one for one in choices if str(one).endswith("answer again")] or [one for one in choices if is_calm(one)]
        if not calm:
            return state
        state = model.next(state, calm[0])
        check(system, state, Kind.ALWAYS)
    raise AssertionError("it does not come to rest")


def is_calm(choice: Choice) -> bool:
    """Whether this goes on by itself."""
    return choice.move.when is not When.FREE
