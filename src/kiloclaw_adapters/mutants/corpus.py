"""The corpus of upstream's lifecycle bugs: its rows by number, which of them it marks, and what it calls invariants.

What each row says is the corpus's; here is what stands for it. B are its rows, I its invariants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from kiloclaw_adapters.explorer import World

SEEDS: Final = (
    *("B01", "B02", "B15", "B16", "B27", "B32", "B45", "B47", "B57", "B58"),
    *("B62", "B64", "B76", "B102", "B109", "B116", "B139", "B146", "B152", "B154"),
)
"""The twenty rows by which a search is to be measured."""
RESERVES: Final = (
    *("B03", "B17", "B22", "B48", "B50", "B98", "B99", "B115"),
    *("B124", "B128", "B133", "B145", "B148", "B153", "B158"),
)
"""The fifteen that may stand in for one of them."""


@frozen
class Invariant:
    """What the corpus wants to hold, in a few words, and which of our claims say so, world by world."""

    about: str
    claims: Mapping[World, tuple[str, ...]]
    instead: str = ""
    """What keeps it where no claim does."""


I, A, R, C, S, X = World.INSTANCE, World.APP, World.ADMISSION, World.CACHE, World.SUPERVISOR, World.CALLER  # noqa: E741

INVARIANTS: Final[Mapping[str, Invariant]] = {
    "I1": Invariant("one machine", {I: ("one machine at most", "one request at a time")}),
    "I2": Invariant("nothing untracked", {I: ("tracked at rest", "nothing is left behind", "no move at rest")}),
    "I3": Invariant(
        "destroyed for ever", {I: ("destroyed stays destroyed",), R: ("released is for ever", "a tombstone stays")}
    ),
    "I4": Invariant(
        "data",
        {
            I: (
                "the data is kept",
                "no silent empty disk",
                "no machine boots on older data",
                "a move keeps what it leaves",
            )
        },
    ),
    "I5": Invariant(
        "an end to every wait",
        {
            I: ("what is under way has an end", "who waits is served", "leads home"),
            A: ("rest is reached",),
            R: ("leads home",),
            C: ("every wait ends", "the lists are true"),
            S: ("every wait presses on", "what is wanted is there"),
            X: ("every call ends",),
        },
    ),
    "I6": Invariant("a true status", {I: ("running has a machine", "a restart takes effect", "leads home")}),
    "I7": Invariant(
        "an alarm", {I: ("an alarm is armed",), A: ("every wait has an alarm",), R: ("every slot has an alarm",)}
    ),
    "I8": Invariant(
        "whose turn it is to write",
        {
            I: ("asked is wanted", "no recovery is cut short", "no fact is dropped"),
            C: ("nothing begins after a stop", "no list changes after a stop", "no list goes back"),
        },
    ),
    "I9": Invariant(
        "true answers",
        {
            I: ("a restart takes effect", "committed when well"),
            A: ("ready is true",),
            R: ("success is true", "who begins anew has nothing"),
            C: ("success is never denied", "success is never asserted", "doubt is never denied"),
            X: ("an approval is never denied", "an approval is never asserted", "an error is no list"),
        },
    ),
    "I10": Invariant(
        "conclusive evidence",
        {
            I: ("no silent empty disk", "one request at a time"),
            R: ("released by evidence", "absent is absent"),
            X: ("exec on proof",),
        },
    ),
    "I11": Invariant(
        "regions",
        {},
        "Where a volume is asked for is a function of the record; story/test_regions.py tells of each list.",
    ),
    "I12": Invariant("sizes", {I: ("the size is kept",)}),
    "I13": Invariant(
        "admission",
        {R: ("one slot", "routed is completed", "routed is canonical", "tombstones are of something", "fences grow")},
    ),
    "I14": Invariant(
        "nobody locked out",
        {I: ("who may ask is heard",), R: ("the lock-out is bounded", "nobody is in their own way", "leads home")},
    ),
    "I15": Invariant(
        "identity",
        {
            I: ("strangers are left alone",),
            A: ("never in theirs", "the owner is durable"),
            R: ("what there is can be reached",),
            C: ("only our own",),
        },
    ),
    "I16": Invariant("a stop is meant", {I: ("asked is wanted", "recoveries have a cause"), X: ("nobody is woken",)}),
    "I17": Invariant(
        "once",
        {
            I: ("one request at a time", "recoveries are few"),
            A: ("one address of a kind",),
            R: ("one infrastructure", "one active row"),
            C: ("one answer each",),
            S: ("one child at a time", "told once"),
            X: ("one try",),
        },
    ),
    "I18": Invariant("keys", {A: ("ready is true", "the first key stays")}),
    "I19": Invariant(
        "not too often",
        {
            I: ("recoveries are few",),
            C: ("one reading at a time", "one command at a time", "one timer of a sort"),
        },
    ),
    "I20": Invariant("identity after a restore", {}, "No record is made out of a database in this release."),
    "I21": Invariant("what users set", {I: ("a restart takes effect",)}),
    "I22": Invariant("careful cleaners", {I: ("the data is kept", "a move keeps what it leaves")}),
}
"""Every invariant of the corpus, and what claims it here."""
