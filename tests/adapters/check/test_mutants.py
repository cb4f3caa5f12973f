"""The bugs that the explorer's claims notice are noticed in their traces as well, by the rule that says the same."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.mutants import MUTANTS, Mutant, mutants_called, mutated, search_for
from kiloclaw_core.rules import RULES, check
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

from .walking import told

LIMIT: Final = 3_000
NOTICED: Final = {
    "nameless-machines": "single-machine",
    "forget-the-id": "no-untracked-resource",
    "no-answer-is-gone": "no-untracked-resource",
    "any-404-is-the-machines": "no-untracked-resource",
    "one-is-kept": "no-untracked-resource",
    "razed-in-use": "no-untracked-resource",
    "stale-looks": "no-untracked-resource",
    "let-go-unheard": "no-untracked-resource",
    "bound-is-overlooked": "no-untracked-resource",
    "believed-missing": "no-silent-empty-volume",
    "never-surveyed": "no-silent-empty-volume",
    "own-volume-wins": "no-silent-empty-volume",
    "never-run-is-empty": "no-silent-empty-volume",
    "empty-for-a-lost-one": "no-silent-empty-volume",
    "no-room-for-anything": "no-silent-empty-volume",
    "unlisted-is-none": "no-silent-empty-volume",
    "running-over-destroy": "destroyed-stays-destroyed",
    "stopped-over-destroy": "destroyed-stays-destroyed",
    "copied-for-nobody": "destroyed-stays-destroyed",
    "halted-over-destroy": "destroyed-stays-destroyed",
    "lost-over-destroy": "destroyed-stays-destroyed",
    "restarted-over-destroy": "destroyed-stays-destroyed",
    "send-however-late": "destroyed-stays-destroyed",
    "tidy-failure": "last-copy",
    "gone-when-committed": "last-copy",
    "gone-by-the-clock": "last-copy",
    "one-shot-destroy": "truthful-outcome",
    "asleep-after-failure": "alarm-armed",
    "no-alarm": "alarm-armed",
    "no-mark": "identity",
    "ours-by-name": "identity",
}
"""Mutants of the claims that rules are judged by, and the rule that notices each."""
UNTOLD: Final = {
    "unkept-copy": "the copy is of the lineage of the volume that stays: what was written to it alone has no label",
    "stale-at-first-sight": "the older volume is of the same lineage, and that a newer one is adopted later is no word",
    "tidied-under-way": "the copy that goes is of the lineage of the volume that stays",
    "hurried-destroy": "what is still in flight when destroy is done is told of only if it lands, and here it cannot",
}
"""Mutants whose shortest trace breaks no rule, and why: the format tells less than the explorer sees."""
DEEP: Final = frozenset({"sent-for-is-used"})
"""Mutants that take a longer search than is worth it here."""


def of_claims() -> tuple[Mutant, ...]:
    """The mutants that break a claim which a rule is judged by as well."""
    claims = {claim for rule in RULES for claim in rule.claims}
    return tuple(one for one in MUTANTS if isinstance(one.where, Configuration) and one.caught_by in claims)


def broken_by(name: str) -> set[str]:
    """The rules that the shortest trace of this mutant breaks."""
    (mutant,) = mutants_called([name])
    found = search_for(mutant, limit=LIMIT)
    assert found.trace is not None
    assert isinstance(mutant.where, Configuration)
    with mutated(mutant):
        lines = told(System(mutant.where), found.trace)
    return {one.rule.name for one in check(lines) if one.verdict == "broken"}


@pytest.mark.parametrize(("name", "rule"), NOTICED.items(), ids=NOTICED)
def test_a_mutant_is_noticed_in_its_trace(name: str, rule: str) -> None:
    """A rule that no bug breaks guards nothing."""
    assert rule in broken_by(name)


@pytest.mark.parametrize("name", UNTOLD)
def test_what_a_trace_cannot_tell_is_not_said(name: str) -> None:
    """Labels are of lineages: to take each write for a lineage of its own would call good traces broken."""
    assert broken_by(name) == set()


def test_every_mutant_of_a_claim_has_its_place() -> None:
    """Whoever adds one says here what its trace shows."""
    assert {one.name for one in of_claims()} == {*NOTICED, *UNTOLD, *DEEP}
