"""What is embedded in a page: each text once, and numbers marked so that the page can count on with them."""

from __future__ import annotations

from kiloclaw_adapters.explorer.page.graph import Claimed, Graph, label_with_marks, packed, seen_with_marks
from kiloclaw_adapters.explorer.page.near import neighbourhood
from kiloclaw_adapters.explorer.page.sights import Sights
from kiloclaw_core.explore import Action, Joint
from tests.checker.toy import Budget, Client, Grant, Lock, Mood, OpId, Race, Release, Request

ALONE = Race(("left",), Budget(0, 0, 0))


def seen(joint: Joint) -> tuple[tuple[str, ...], ...]:
    """What the client does, and what is on its way."""
    clients = (part for part in joint.parts if isinstance(part, Client))
    letters = (slot for slot in joint.bag if isinstance(slot, Request | Grant | Release))
    return (
        tuple(f"{one.mood.value}{'' if one.op is None else f' {one.op}'}" for one in clients),
        tuple(f"{type(one).__name__} {one.op}" for one in letters),
    )


SIGHTS = Sights(("client", "network"), seen)


def test_a_whole_system_is_packed_as_told() -> None:
    """One client asks, is granted the lock, and gives it back: six states in a row."""
    assert packed(ALONE, SIGHTS, neighbourhood(ALONE, (), (), 10)) == Graph(
        lanes=("client", "network"),
        texts=(
            *("idle", "asking ⟦0⟧", "Request ⟦0⟧", "Grant ⟦0⟧", "holding ⟦0⟧", "done", "Release ⟦0⟧"),
            *("left", "ask", "lock", "grant ⟦0⟧ to left", "take ⟦0⟧", "finish", "hear release ⟦0⟧ of left"),
        ),
        cells=((0,), (), (1,), (2,), (3,), (4,), (5,), (6,)),
        marks=((3,), (), (1, 3), (1, 2, 3)),
        renamings=((0, 0, 1, 1), (1, 0)),
        actions=((7, 8, "free"), (9, 10, "calm"), (7, 11, "calm"), (7, 12, "calm"), (9, 13, "calm")),
        states=((0, 0, 1), (1, 2, 3), (1, 2, 4), (1, 5, 1), (2, 6, 7), (3, 6, 1)),
        ways=((0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 0, 4), (4, 1, 5), ()),
        beginning=(7, 0),
        moves=5,
        whole=True,
        about="the beginning",
        claims=tuple(Claimed(one.name, one.kind.value, one.sentence) for one in ALONE.claims),
    )


def test_a_choice_that_leads_out_of_the_page_leads_to_no_state() -> None:
    """The page says so, instead of going anywhere else."""
    graph = packed(ALONE, SIGHTS, neighbourhood(ALONE, (), (), 2))

    assert (graph.states, graph.ways, graph.whole) == (((0, 0, 1), (1, 2, 3)), ((0, 0, 1), (1, 0, -1)), False)


def test_only_numbers_that_a_state_counts_are_marked() -> None:
    """A count of something else stays what it is, although it looks the same."""
    sights = Sights(("lock",), lambda joint: ((f"{joint.parts[0]}", "one of 1 lock, tried 0 times"),))
    state = Joint((Client(Mood.ASKING, OpId(1)), Lock(None, None, OpId(2)), Budget(0, 0, 0)), ())

    ((client, told),) = seen_with_marks(ALONE, sights, state)

    assert "op=⟦1⟧" in client
    assert told == "one of 1 lock, tried 0 times"


def test_what_askers_number_is_not_marked() -> None:
    """The second question of an asker is the second whatever the record counts."""
    assert label_with_marks(Action("asker: StopCache 1", "asker")) == "StopCache 1"
    assert label_with_marks(Action("land CreateMachine 3: MachineMade", "fly")) == "land CreateMachine ⟦3⟧: MachineMade"
    assert label_with_marks(Action("machine m3 is started", "fly")) == "machine m⟦3⟧ is started"
