"""The bugs that the explorer's claims notice are noticed in their traces as well, by the rule that says the same."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.mutants import MUTANTS, Mutant, mutants_called, mutated, search_for
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Trace, replay_labels
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
DEEP: Final = {"sent-for-is-used": "no-silent-empty-volume"}
"""Mutants that take a longer search than is worth it here, and the rule that notices each on the way it found."""
WAYS: Final = {
    "sent-for-is-used": """\
        wake
        land EnsureApp 1: AppReady
        start
        hear 0: AppReady
        land ListVolumes 1: VolumesListed
        hear 1: VolumesListed
        land CreateVolume 1: VolumeMade
        hear 1: VolumeMade
        crash
        lost for good CreateMachine 2
        land Settle 3: Done
        hear 3: Done
        land ListMachines 3: MachinesListed
        hear 3: MachinesListed
        land ListMachines 3: MachinesListed
        hear 3: MachinesListed
        wake
        no room for CreateMachine 2
        hear 2: capacity_host
        land GetVolume 2: VolumeShown
        hear 2: VolumeShown
        land CreateVolume 2: VolumeMade
        hear 2: VolumeMade
        land CreateMachine 3: MachineMade
        hear 3: MachineMade
        volume v2 is whole
        machine m3 is started
        early alarm ceiling
        land DeleteMachine 4: Done
        hear 4: Done
        alarm retry
        land EnsureApp 5: AppReady
        hear 5: AppReady
        land GetVolume 5: VolumeShown
        hear 5: VolumeShown
        land CreateMachine 5: MachineMade
        machine m5 is started
    """,
}
"""The shortest way to each of these, as `kiloclaw mutants` finds it, step by step."""


def of_claims() -> tuple[Mutant, ...]:
    """The mutants that break a claim which a rule is judged by as well."""
    claims = {claim for rule in RULES for claim in rule.claims}
    return tuple(one for one in MUTANTS if isinstance(one.where, Configuration) and one.caught_by in claims)


def broken_by(name: str) -> set[str]:
    """The rules that the shortest trace of this mutant breaks."""
    (mutant,) = mutants_called([name])
    found = search_for(mutant, limit=LIMIT)
    assert found.trace is not None
    return broken_on(found.trace, mutant)


def broken_on(trace: Trace, mutant: Mutant) -> set[str]:
    """The rules that this trace of the mutant breaks."""
    assert isinstance(mutant.where, Configuration)
    with mutated(mutant):
        lines = told(System(mutant.where), trace)
    return {one.rule.name for one in check(lines) if one.verdict == "broken"}


@pytest.mark.parametrize(("name", "rule"), NOTICED.items(), ids=NOTICED)
def test_a_mutant_is_noticed_in_its_trace(name: str, rule: str) -> None:
    """A rule that no bug breaks guards nothing."""
    assert rule in broken_by(name)


@pytest.mark.parametrize(("name", "rule"), DEEP.items(), ids=DEEP)
def test_a_mutant_that_is_far_away_is_noticed_on_its_way(name: str, rule: str) -> None:
    """The way is followed again; it leads to where the claim of the mutant is broken, or it is the way no more."""
    (mutant,) = mutants_called([name])
    assert isinstance(mutant.where, Configuration)
    system = System(mutant.where)
    with mutated(mutant):
        trace = replay_labels(system, map(str.strip, WAYS[name].strip().splitlines()))
    (claim,) = (one for one in CLAIMS if one.name == mutant.caught_by)

    assert claim.holds(system.scene(trace.end)) is False
    assert rule in broken_on(trace, mutant)


@pytest.mark.parametrize("name", UNTOLD)
def test_what_a_trace_cannot_tell_is_not_said(name: str) -> None:
    """Labels are of lineages: to take each write for a lineage of its own would call good traces broken."""
    assert broken_by(name) == set()


def test_every_mutant_of_a_claim_has_its_place() -> None:
    """Whoever adds one says here what its trace shows."""
    assert {one.name for one in of_claims()} == {*NOTICED, *UNTOLD, *DEEP}
