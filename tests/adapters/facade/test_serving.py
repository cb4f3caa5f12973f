"""When whoever asked for a clean-up can be told what came of it: once the list that decides was answered, at rest."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_adapters.serving import is_answerable
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Asked, Due, Errand, Kept, Role, Span
from kiloclaw_core.names import OpId, VolumeId
from tests.story.moves import HOME, photographed, recovered, wide
from tests.story.scenario import stop
from tests.story.test_clean_up import clean_up

OURS, OTHER = VolumeId("v-ours"), VolumeId("v-other")
ASKED, WANTING = Asked(OpId(40), 0), Kept(OpId(30), Span.SHORT, 1)
"""Being looked at; looked at, and found wanting."""


def keeping(ours: Errand, other: Errand = WANTING, *, resting: bool = True) -> Instance:
    """An instance that keeps two volumes, with these errands."""
    scenario = recovered(photographed(wide()))
    if not resting:
        scenario.ask(stop())
        scenario.wake()
    kept = evolve(HOME, role=Role.RETAINED, healthy=False, counted=True)
    ledger = scenario.instance.ledger
    for volume, errand in ((OURS, ours), (OTHER, other)):
        ledger = ledger.with_volume(evolve(kept, volume=volume, errand=errand))
    return evolve(scenario.instance, ledger=ledger, asked=None)


@pytest.mark.parametrize(
    ("record", "answerable"),
    [
        (keeping(ASKED), False),
        (keeping(WANTING), True),
        (keeping(WANTING, ASKED), True),
        (keeping(Due()), True),
        (keeping(Due(), ASKED), False),
        (keeping(Due(), resting=False), False),
        (evolve(keeping(WANTING), asked=OpId(41)), False),
    ],
    ids=["asked", "wanting", "another's", "nobody looks", "behind another's", "story", "not heard yet"],
)
def test_a_clean_up_is_answered_once_its_list_is(record: Instance, *, answerable: bool) -> None:
    """Too early it would be said to be kept, and then it goes."""
    assert is_answerable(record, clean_up(OURS)) is answerable
