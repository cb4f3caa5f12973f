"""Claims judged over traces: held, broken and witnessed with the line, and not judged with what was missing."""

from __future__ import annotations

import pytest

from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore.model import Kind
from kiloclaw_core.trace import TRACE_CLAIMS, Verdict, judge
from kiloclaw_core.trace.judging import ABOUT_REST, OURS_ALONE, WHY

from .telling import (
    DESTROYING,
    EMPTY_HANDED,
    EVICT,
    HEALTHY,
    NOTHING,
    QUIESCE,
    RUNNING,
    STOPPED,
    Words,
    alarm_set,
    answer,
    call,
    claim,
    effect,
    gone,
    initial,
    judged,
    machine,
    trace,
    volume,
    world,
    write,
)

RAZED = (
    write(DESTROYING),
    call("c1", "destroy_machine", machine_id="m1"),
    effect("c1"),
    world("c1", (gone(machine()),)),
    answer("c1"),
)
TAKEN = (call("c2", "delete_volume", volume_id="v1"), effect("c2"), world("c2", (), (gone(volume()),)), answer("c2"))
FORK = world(None, (), (volume("v2", "empty"),))

BROKEN: tuple[tuple[str, Words, tuple[Words, ...], int], ...] = (
    ("one machine at most", HEALTHY, (EVICT, world(None, (machine("m2"),))), 4),
    ("nothing is left behind", HEALTHY, (*RAZED, write(None), QUIESCE), 9),
    ("destroyed stays destroyed", HEALTHY, (write(DESTROYING), write(STOPPED)), 4),
    ("destroyed stays destroyed", HEALTHY, (write(DESTROYING), call("c1", "create_volume")), 4),
    ("the data is kept", HEALTHY, TAKEN, 5),
    ("no silent empty disk", HEALTHY, (FORK, world(None, (), (volume("v2", "other"),))), 4),
    ("tracked at rest", HEALTHY, (FORK, QUIESCE), 4),
    ("an alarm is armed", HEALTHY, (alarm_set(None), QUIESCE), 4),
    ("one request at a time", HEALTHY, (call("c1", "create_volume"), call("c2", "create_machine")), 4),
    ("machines go before volumes", HEALTHY, TAKEN, 3),
    ("truthful at rest", HEALTHY, (world(None, (machine(state="stopped"),)), QUIESCE), 4),
    ("leads home", HEALTHY, (FORK, QUIESCE), 4),
)


@pytest.mark.parametrize(
    ("name", "beginning", "told", "line"), BROKEN, ids=[f"{n} {one[0]}" for n, one in enumerate(BROKEN)]
)
def test_a_broken_claim_names_its_first_line(name: str, beginning: Words, told: tuple[Words, ...], line: int) -> None:
    """And stays broken, whatever comes after."""
    assert judged(name, beginning, *told, write(RUNNING), QUIESCE) == ("broken", line)


HELD: tuple[tuple[str, Words, tuple[Words, ...]], ...] = (
    ("one machine at most", HEALTHY, (world(None, (gone(machine()), machine("m2"))),)),
    ("nothing is left behind", HEALTHY, (*RAZED, write(EMPTY_HANDED), *TAKEN, write(None), QUIESCE)),
    ("destroyed stays destroyed", HEALTHY, (*RAZED, write({"pending_registry_cleanup": True}), write(None))),
    ("the data is kept", HEALTHY, (*RAZED, *TAKEN)),
    ("tracked at rest", HEALTHY, (FORK, write({**RUNNING, "retained_volume_id": "v2"}), QUIESCE)),
    ("an alarm is armed", HEALTHY, (alarm_set(None), alarm_set(7), QUIESCE)),
    ("one request at a time", HEALTHY, (call("c1", "create_volume"), answer("c1", 409), call("c2", "create_machine"))),
    ("machines go before volumes", HEALTHY, (*RAZED, *TAKEN)),
    ("truthful at rest", HEALTHY, (QUIESCE,)),
    ("leads home", HEALTHY, (QUIESCE,)),
)


@pytest.mark.parametrize(("name", "beginning", "told"), HELD, ids=[name for name, _, _ in HELD])
def test_a_claim_that_nothing_breaks_is_held(name: str, beginning: Words, told: tuple[Words, ...]) -> None:
    """Where the lines told all that it depends on."""
    assert judged(name, beginning, *told) == ("held", None)


def test_what_is_sometimes_so_is_witnessed_or_not() -> None:
    """A witness shows that the claim beside it was not held for want of anything to hold."""
    creating = call("c1", "create_machine")
    assert judged("destroyed while creating", HEALTHY, creating, write(DESTROYING)) == ("witnessed", 4)
    assert judged("destroyed while creating", HEALTHY, write(DESTROYING)) == ("not_witnessed", None)
    assert judged("a machine is up", HEALTHY) == ("witnessed", 2)


def not_judged(name: str, beginning: Words, *told: Words) -> tuple[int | None, str | None]:
    """Where and why a claim could not be judged."""
    (verdict,) = judge(trace(beginning, *told), (claim(name),))
    assert verdict.verdict == "not_judged", verdict
    return verdict.line, verdict.why


LOST = (call("c1", "create_machine", volume_id="v1"), answer("c1", 0))
PLACED = (call("c0", "create_volume"), answer("c0", 200, volume("v1", None)))
DELETED = (call("c2", "delete_volume", volume_id="v9"), answer("c2"))
MISSING: tuple[tuple[str, tuple[Words, ...], tuple[str, ...]], ...] = (
    ("one request at a time", (*LOST, call("c2", "create_volume")), ("pending",)),
    ("tracked at rest", (*LOST, write(RUNNING), QUIESCE), ("machines",)),
    ("the data is kept", PLACED, ("volumes", "written")),
    ("strangers are left alone", DELETED, ("strangers_lost",)),
    ("no fact is dropped", (), ("dropped",)),
    ("who waits is served", (), ("unserved",)),
)


@pytest.mark.parametrize(("name", "told", "missing"), MISSING, ids=[name for name, _, _ in MISSING])
def test_a_claim_that_lacks_evidence_is_not_judged_and_says_which(
    name: str, told: tuple[Words, ...], missing: tuple[str, ...]
) -> None:
    """Never held: a service that records little must not look better than one that records all."""
    assert not_judged(name, NOTHING, *told)[1] == "; ".join(WHY[one] for one in missing)


def test_where_nothing_says_what_is_wanted_truth_is_not_judged() -> None:
    """A machine that is stopped is right for the one and wrong for the other."""
    beginning = initial({**RUNNING, "status": "restoring"}, (machine(state="stopped"),), (volume(),))
    assert not_judged("truthful at rest", beginning, QUIESCE) == (3, "the record does not say what is wanted")


def test_a_volume_that_may_be_mounted_while_it_goes_is_not_judged() -> None:
    """The machine may be gone already."""
    told = (*PLACED, *LOST[:1], answer("c1", 200, machine()), write(RUNNING))
    going = (call("c2", "destroy_machine", machine_id="m1"), call("c3", "delete_volume", volume_id="v1"))
    why = "the trace does not say for certain which machine had the volume"
    assert not_judged("machines go before volumes", NOTHING, *told, *going) == (9, why)


def test_what_is_broken_for_certain_is_broken_whatever_else_is_in_doubt() -> None:
    """Two machines are two, though a third may be there."""
    told = (*PLACED, call("c1", "create_machine"), answer("c1", 200, machine()), call("c2", "create_machine"))
    assert judged("one machine at most", NOTHING, *told)[0] == "not_judged"
    assert judged("one machine at most", NOTHING, *told, answer("c2", 200, machine("m2"))) == ("broken", 8)


def test_home_is_not_called_broken_while_anything_is_in_doubt() -> None:
    """It is several claims at once: what is in doubt may break the one where it mends the other."""
    record = {**RUNNING, "machine_id": None}
    why = "home is several claims at once, and the trace leaves in doubt what they depend on"
    assert not_judged("leads home", NOTHING, *PLACED, *LOST, write(record), QUIESCE) == (8, why)
    assert judged("truthful at rest", NOTHING, *PLACED, *LOST, write(record), QUIESCE) == ("broken", 8)


def test_claims_about_rest_are_judged_at_rest_alone() -> None:
    """Other services wipe the record while a machine is on its way out, and an alarm that rings is not set."""
    told = (*RAZED, write(None), *TAKEN)
    assert judged("nothing is left behind", HEALTHY, *told, QUIESCE) == ("held", None)
    assert not_judged("nothing is left behind", HEALTHY, *told) == (None, "the trace never comes to rest")


def test_of_a_trace_without_a_beginning_nothing_is_judged() -> None:
    """Not even what its lines seem to show."""
    header, _, *happenings = trace(HEALTHY, write(DESTROYING), write(RUNNING), QUIESCE)
    why = "the trace does not say how things stood when it began"
    verdicts = judge((header, *happenings))
    assert {(one.verdict, one.line, one.why) for one in verdicts} == {("not_judged", None, why)}


def test_every_claim_has_its_verdict_in_order() -> None:
    """The explorer's claims but those that are ours alone, and truth at rest by its own name."""
    verdicts = judge(trace(HEALTHY, QUIESCE))
    told = [one.name for one in CLAIMS if one.name not in OURS_ALONE]
    assert [one.claim for one in verdicts] == [*told, "truthful at rest"]
    assert {one.name for one in CLAIMS} >= OURS_ALONE
    assert verdicts[0] == Verdict("one machine at most", Kind.ALWAYS, "held")
    assert {one.name for one in TRACE_CLAIMS} >= ABOUT_REST
