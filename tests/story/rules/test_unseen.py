"""A rule is held by what a trace shows: where what it looks at was left out, it is not judged."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.rules import RULES, Need, check

from .telling import (
    HELD,
    LARGE,
    NO_MACHINE,
    OTHERS,
    RESTS,
    RUNS,
    STOPPED,
    Said,
    Story,
    Words,
    asks,
    creates,
    deletes,
    gone,
    hears,
    initial,
    judged,
    lands,
    looks,
    machine,
    makes,
    record,
    sends,
    trace,
    unjudged,
    untold,
    volume,
    world,
    writes,
)

NO_TRUTH: Final = unjudged("the trace does not tell what really happened outside")
NO_REQUESTS: Final = unjudged("the trace tells of no request to the provider")
NO_DATA: Final = unjudged("the trace does not say what is on the volumes")
NO_SIZE: Final = unjudged("the trace does not say how large the machines are")
NO_REGION: Final = unjudged("the trace does not say where the volumes are")
WRITTEN: Final = (asks("k1", "poll"), writes(record("running")), RESTS)
ASIDE: Final = (sends("c1", "registry", action="finalize"), hears("c1"), sends("c2", "mark_destroyed"), hears("c2"))


@pytest.mark.parametrize("told", [WRITTEN, (*ASIDE, *WRITTEN)], ids=["no request", "none to the provider"])
def test_what_no_line_tells_of_the_outside_holds_no_rule_about_it(told: Story) -> None:
    """A service that logs none of its requests, and no truth, has shown nothing of what it did there."""
    verdicts = check(trace(RUNS, *told))
    silent = {one.rule.name for one in verdicts if (one.verdict, one.line, one.message) in {NO_TRUTH, NO_REQUESTS}}
    assert silent == {rule.name for rule in RULES if rule.needs & {Need.TRUTH, Need.REQUESTS}}
    assert "not_judged" not in {one.verdict for one in check(trace(RUNS, *told, world()))}


def test_a_look_is_enough_where_nothing_was_changed() -> None:
    """What stood there at first stands there still."""
    assert untold("stop-intent", STOPPED, *looks("c1", machine(state="stopped")), RESTS) == HELD


def test_what_is_broken_by_the_beginning_alone_is_told() -> None:
    """Two machines are two, whether anything is requested or not."""
    twins = initial(record("running"), [machine(), machine("m2")], [volume()])
    assert untold("single-machine", twins) == ("broken", 2, "there are the machines m1 and m2")


BARE: Final = volume("v1", None)
UNLABELLED: Final = initial(record("stopped", None), (), [BARE])
UNSHOWN: Final = initial(record("stopped", None), (), ())
COPIED: Final = (*makes("c1", volume("v2")), writes(record("stopped", None, "v2")))
LABELS: Final[dict[str, tuple[Words, Story, Said]]] = {
    "all have one": (NO_MACHINE, COPIED, HELD),
    "one has none": (UNLABELLED, (), NO_DATA),
    "one had none, and was deleted": (UNLABELLED, deletes("c1", BARE), NO_DATA),
    "one had none at first": (UNLABELLED, (world(None, (), [volume()]),), HELD),
    "another's has none": (NO_MACHINE, (world(None, (), [volume("v9", None, sandbox_id=OTHERS)]),), HELD),
    "one was named, and never shown": (UNSHOWN, (), NO_DATA),
    "one was named, and forgotten": (UNSHOWN, (writes(record("stopped", None, None)),), NO_DATA),
    "one was named, and shown later": (UNSHOWN, (world(None, (), [volume()]),), HELD),
    "one was named by a commit": (NO_MACHINE, (writes(record("stopped", None, "v2")),), NO_DATA),
    "one that nobody knew is gone": (NO_MACHINE, (world(None, (), [gone(volume("v8", None))]),), HELD),
}


@pytest.mark.parametrize(("beginning", "told", "said"), LABELS.values(), ids=LABELS)
def test_whether_the_last_copy_was_deleted_is_judged_by_labels(beginning: Words, told: Story, said: Said) -> None:
    """Of each volume there was, and there is: what nobody showed may have been what a user wrote."""
    assert judged("last-copy", beginning, *told) == said


SIZELESS: Final = machine("m1", "stopped", size=None)
UPDATED: Final = (sends("c1", "update_machine", machine_id="m1", volume_id="v1"), lands("c1"))
SIZED: Final[dict[str, tuple[Story, Said]]] = {
    "a machine that is made without one": (
        (sends("c1", "create_machine"), lands("c1"), world("c1", [machine("m2", "created", size=None)]), hears("c1")),
        NO_SIZE,
    ),
    "a machine that is changed without one": ((*UPDATED, world("c1", [SIZELESS]), hears("c1")), NO_SIZE),
    "a machine of another": (
        (*UPDATED, world("c1", [machine("m9", size=None, sandbox_id=OTHERS)]), hears("c1"), world("c1", [machine()])),
        HELD,
    ),
    "a machine that went by itself": ((world(None, [SIZELESS]), world(None, [gone(SIZELESS)])), HELD),
}


@pytest.mark.parametrize(("told", "said"), SIZED.values(), ids=SIZED)
def test_whether_a_size_is_kept_is_judged_by_sizes(told: Story, said: Said) -> None:
    """Of what the service made or changed."""
    assert judged("size-unchanged", STOPPED, *told) == said


def test_what_is_broken_already_stays_so_whatever_is_left_out_later() -> None:
    """What was seen is enough."""
    larger = creates("c1", "m2", volume(), size=LARGE)
    nameless = (*UPDATED[:1], lands("c1"), world("c1", [SIZELESS]), hears("c1"))
    found = judged("size-unchanged", STOPPED, *larger, *nameless)
    assert found == ("broken", 5, "m2 was made shared 8 x 8192 MB, but was shared 1 x 3072 MB")


def test_whether_regions_match_is_judged_by_regions() -> None:
    """Of the volumes that machines are to mount, and of no others."""
    nowhere = initial(record("stopped"), [machine(state="stopped")], [volume(region=None)])
    assert judged("region-match", nowhere, *UPDATED, world("c1", [machine()]), hears("c1")) == NO_REGION
    assert judged("region-match", nowhere, *looks("c1", machine(state="stopped"))) == HELD
