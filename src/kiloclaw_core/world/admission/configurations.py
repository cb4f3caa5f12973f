"""The named configurations of admission: small systems that are searched whole, each for what it lets happen.

Two attempts, a destroy, an operator's release, two faults, a death of whoever serves, a crash of an instance and two
users are all in here, a few at a time in CI and more at night: all at once for one slot, and for two users only when
it is asked for.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.world.admission.setting import (
    FIRST,
    NEWCOMER,
    OLD_TIMER,
    OTHER,
    SECOND,
    SMALL,
    UPDATER,
    AdmissionBudget,
    AdmissionConfiguration,
)
from kiloclaw_core.world.setting import Suite

ADMISSIONS: Final = (
    AdmissionConfiguration(
        "one-attempt",
        "One attempt: an answer is lost, whoever serves it dies, an alarm rings early.",
        (FIRST,),
        AdmissionBudget(faults=1, deaths=1, early=1),
        4,
        witnesses=("completed", "cleaning", "released", "an orphan is completed", "a zombie is about"),
    ),
    AdmissionConfiguration(
        "in-doubt",
        "One attempt, whose instance crashes with a create in flight, or is refused one.",
        (FIRST,),
        AdmissionBudget(faults=1, deaths=1, crashes=1, refusals=1),
        3,
        witnesses=("a create is in doubt", "remains are cleaned up"),
    ),
    AdmissionConfiguration(
        "asked-again",
        "One attempt whose caller asks the same again after whoever served it died.",
        (FIRST,),
        AdmissionBudget(again=1, deaths=1, early=1),
        3,
        witnesses=("somebody has an instance",),
    ),
    AdmissionConfiguration(
        "patient",
        "One attempt whose questions are repeated when they are not answered.",
        (FIRST,),
        AdmissionBudget(faults=2, deaths=1),
        4,
        tries=1,
        witnesses=("completed",),
    ),
    AdmissionConfiguration(
        "hardly-heard",
        "One attempt, two answers of which are lost.",
        (FIRST,),
        AdmissionBudget(faults=2),
        2,
        witnesses=("completed", "cleaning", "somebody is told to begin anew"),
    ),
    AdmissionConfiguration(
        "destroyed",
        "One attempt, destroyed at any step of it.",
        (FIRST,),
        AdmissionBudget(destroys=1, deaths=1, early=1),
        4,
        witnesses=("somebody has an instance", "remains are cleaned up"),
    ),
    AdmissionConfiguration(
        "unheard-of",
        "One attempt, whose instance is destroyed twice, perhaps before anybody has asked for it.",
        (FIRST,),
        AdmissionBudget(destroys=2, faults=1),
        3,
        unheard=True,
        witnesses=("released", "what nobody had is forgotten"),
    ),
    AdmissionConfiguration(
        "answered-for",
        "One attempt that an operator releases at any step of it, which its caller may not notice.",
        (FIRST,),
        AdmissionBudget(releases=1, deaths=1, early=1),
        3,
        witnesses=("an operator answers for remains", "a zombie is about", "a row is fenced"),
    ),
    AdmissionConfiguration(
        "out-of-order",
        "One attempt while rows, instances or the provider do not answer for as long as they please.",
        (FIRST,),
        AdmissionBudget(deaths=1, outages=1),
        witnesses=("released", "completed"),
    ),
    AdmissionConfiguration(
        "taken-over",
        "One attempt, and a registry whose process dies.",
        (FIRST,),
        AdmissionBudget(takeovers=1, deaths=1, early=1),
        3,
        witnesses=("cleaning", "completed"),
    ),
    AdmissionConfiguration(
        "two-attempts",
        "Two attempts for one slot, one of them abandoned.",
        (FIRST, SECOND),
        AdmissionBudget(deaths=1),
        3,
        witnesses=("somebody is turned away", "somebody has one already"),
    ),
    AdmissionConfiguration(
        "forgetful",
        "The same, where an attempt that ended is forgotten at once.",
        (FIRST, SECOND),
        AdmissionBudget(deaths=1),
        3,
        policy=evolve(SMALL, resolved_remembered=0),
        witnesses=("an attempt is forgotten",),
    ),
    AdmissionConfiguration(
        "two-and-a-destroy",
        "Two attempts for one slot, and a destroy.",
        (FIRST, SECOND),
        AdmissionBudget(destroys=1),
        2,
        witnesses=("somebody is turned away", "remains are cleaned up"),
    ),
    AdmissionConfiguration(
        "two-and-a-release",
        "Two attempts for one slot, and an operator who releases the one that holds it.",
        (FIRST, SECOND),
        AdmissionBudget(releases=1),
        0,
        witnesses=("an operator answers for remains", "a zombie is about"),
    ),
    AdmissionConfiguration(
        "two-users",
        "Two users of an organisation, each in a slot of their own.",
        (FIRST, OTHER),
        AdmissionBudget(deaths=1),
        2,
        witnesses=("completed", "cleaning"),
    ),
    AdmissionConfiguration(
        "updated",
        "One attempt, and somebody who changes what it makes, and completes what it left.",
        (FIRST, UPDATER),
        AdmissionBudget(destroys=1, deaths=1),
        3,
        witnesses=("somebody has an instance", "an orphan is completed"),
    ),
    AdmissionConfiguration(
        "older-than-we",
        "A user whose instance is older than the registry; it is changed and destroyed.",
        (OLD_TIMER,),
        AdmissionBudget(destroys=1, deaths=1, outages=1),
        old=True,
        witnesses=("somebody has an instance", "completed", "an old instance is reached by its key"),
    ),
    AdmissionConfiguration(
        "newcomer",
        "The same user asks for a new instance, before or after anybody has looked for the old one.",
        (NEWCOMER,),
        AdmissionBudget(destroys=1, faults=1),
        1,
        old=True,
        witnesses=("somebody has one already",),
    ),
    AdmissionConfiguration(
        "two-abandoned",
        "Two attempts for one slot, one of them abandoned, and an alarm that rings early.",
        (FIRST, SECOND),
        AdmissionBudget(deaths=1, early=1),
        4,
        witnesses=("a zombie is about", "an orphan is completed"),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "two-unanswered",
        "Two attempts for one slot, and an answer that is lost.",
        (FIRST, SECOND),
        AdmissionBudget(faults=1, early=1),
        3,
        witnesses=("a zombie is about",),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "two-and-both",
        "Two attempts for one slot, a destroy and a release.",
        (FIRST, SECOND),
        AdmissionBudget(destroys=1, releases=1),
        2,
        witnesses=("an operator answers for remains",),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "asked-when-forgotten",
        "Two attempts for one slot, both destroyed, of which one is remembered; one of them asks the same again.",
        (FIRST, SECOND),
        AdmissionBudget(again=1, destroys=2),
        policy=evolve(SMALL, resolved_remembered=1),
        witnesses=("an attempt is forgotten", "remains are cleaned up"),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "one-in-everything",
        "One attempt, to which everything happens once.",
        (FIRST,),
        AdmissionBudget(destroys=1, faults=1, deaths=1, crashes=1, early=1),
        5,
        witnesses=("a create is in doubt",),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "two-users-and-a-destroy",
        "Two users of an organisation, and a destroy.",
        (FIRST, OTHER),
        AdmissionBudget(destroys=1, deaths=1),
        3,
        witnesses=("remains are cleaned up",),
        suite=Suite.NIGHTLY,
    ),
    AdmissionConfiguration(
        "everything",
        "Two attempts for one slot, a destroy, a release, two faults, a death and a crash.",
        (FIRST, SECOND),
        AdmissionBudget(destroys=1, releases=1, faults=2, deaths=1, crashes=1),
        suite=Suite.NIGHTLY,
        mirrored=True,
    ),
    AdmissionConfiguration(
        "everything-for-two",
        "Two users with an attempt each, a destroy, a release, two faults, a death and a crash: it takes an hour.",
        (FIRST, OTHER),
        AdmissionBudget(destroys=1, releases=1, faults=2, deaths=1, crashes=1),
        suite=Suite.ASKED,
        mirrored=True,
        covering=True,
    ),
)
"""The last is searched only when it is asked for; what is in it is walked, and searched in pieces."""


def admission_named(name: str) -> AdmissionConfiguration:
    """The configuration of this name; a `KeyError` lists those there are."""
    for configuration in ADMISSIONS:
        if configuration.name == name:
            return configuration
    msg = f"no configuration is named {name!r}; there are {', '.join(one.name for one in ADMISSIONS)}"
    raise KeyError(msg)
