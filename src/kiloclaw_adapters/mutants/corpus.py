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


INVARIANTS: Final[Mapping[str, Invariant]] = {
    "I1": Invariant("one machine", {World.INSTANCE: ("one machine at most", "one request at a time")}),
    "I2": Invariant(
        "nothing untracked", {World.INSTANCE: ("tracked at rest", "nothing is left behind", "no move at rest")}
    ),
    "I3": Invariant(
        "destroyed for ever",
        {
            World.INSTANCE: ("destroyed stays destroyed",),
            World.ADMISSION: ("released is for ever", "a tombstone stays"),
        },
    ),
    "I4": Invariant(
        "data",
        {
            World.INSTANCE: (
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
            World.INSTANCE: ("what is under way has an end", "who waits is served", "leads home"),
            World.APP: ("rest is reached",),
            World.ADMISSION: ("leads home",),
            World.CACHE: ("every wait ends", "the lists are true"),
            World.SUPERVISOR: ("every wait presses on", "what is wanted is there"),
            World.CALLER: ("every call ends",),
        },
    ),
    "I6": Invariant(
        "a true status", {World.INSTANCE: ("running has a machine", "a restart takes effect", "leads home")}
    ),
    "I7": Invariant(
        "an alarm",
        {
            World.INSTANCE: ("an alarm is armed",),
            World.APP: ("every wait has an alarm",),
            World.ADMISSION: ("every slot has an alarm",),
        },
    ),
    "I8": Invariant(
        "whose turn it is to write",
        {
            World.INSTANCE: ("asked is wanted", "no recovery is cut short", "no fact is dropped"),
            World.CACHE: ("nothing begins after a stop", "no list changes after a stop", "no list goes back"),
        },
    ),
    "I9": Invariant(
        "true answers",
        {
            World.INSTANCE: ("a restart takes effect", "committed when well"),
            World.APP: ("ready is true",),
            World.ADMISSION: ("success is true", "who begins anew has nothing"),
            World.CACHE: ("success is never denied", "success is never asserted", "doubt is never denied"),
            World.CALLER: ("an approval is never denied", "an approval is never asserted", "an error is no list"),
        },
    ),
    "I10": Invariant(
        "conclusive evidence",
        {
            World.INSTANCE: ("no silent empty disk", "one request at a time"),
            World.ADMISSION: ("released by evidence", "absent is absent"),
            World.CALLER: ("exec on proof",),
        },
    ),
    "I11": Invariant(
        "regions",
        {},
        "Where a volume is asked for is a function of the record; story/test_regions.py tells of each list.",
    ),
    "I12": Invariant("sizes", {World.INSTANCE: ("the size is kept",)}),
    "I13": Invariant(
        "admission",
        {
            World.ADMISSION: (
                "one slot",
                "routed is completed",
                "routed is canonical",
                "tombstones are of something",
                "fences grow",
            )
        },
    ),
    "I14": Invariant(
        "nobody locked out",
        {
            World.INSTANCE: ("who may ask is heard",),
            World.ADMISSION: ("the lock-out is bounded", "nobody is in their own way", "leads home"),
        },
    ),
    "I15": Invariant(
        "identity",
        {
            World.INSTANCE: ("strangers are left alone",),
            World.APP: ("never in theirs", "the owner is durable"),
            World.ADMISSION: ("what there is can be reached",),
            World.CACHE: ("only our own",),
        },
    ),
    "I16": Invariant(
        "a stop is meant",
        {World.INSTANCE: ("asked is wanted", "recoveries have a cause"), World.CALLER: ("nobody is woken",)},
    ),
    "I17": Invariant(
        "once",
        {
            World.INSTANCE: ("one request at a time", "recoveries are few"),
            World.APP: ("one address of a kind",),
            World.ADMISSION: ("one infrastructure", "one active row"),
            World.CACHE: ("one answer each",),
            World.SUPERVISOR: ("one child at a time", "told once"),
            World.CALLER: ("one try",),
        },
    ),
    "I18": Invariant("keys", {World.APP: ("ready is true", "the first key stays")}),
    "I19": Invariant(
        "not too often",
        {
            World.INSTANCE: ("recoveries are few", "moves are few"),
            World.CACHE: ("one reading at a time", "one command at a time", "one timer of a sort"),
        },
    ),
    "I20": Invariant("identity after a restore", {}, "No record is made out of a database in this release."),
    "I21": Invariant("what users set", {World.INSTANCE: ("a restart takes effect",)}),
    "I22": Invariant("careful cleaners", {World.INSTANCE: ("the data is kept", "a move keeps what it leaves")}),
}
"""Every invariant of the corpus, and what claims it here."""
