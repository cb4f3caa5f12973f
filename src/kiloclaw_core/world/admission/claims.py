"""What is claimed of admission: each predicate with its name and its sentence, and what it reads.

They are the safety rules S1 to S14 and the liveness rules L1 to L7 (registry 6); S15 no reply has room to break. Every
*always* has a *sometimes* that shows the danger was there, but for "nobody is told that they may not": nobody's plan
runs out in this world, so that it holds for want of an occasion, and its mutant alone says what it is good for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.registry.record import Phase
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.registry.update import UpdateRequest
from kiloclaw_core.world.admission import liveness, safety
from kiloclaw_core.world.admission import witnesses as seen
from kiloclaw_core.world.admission.scene import AdmissionScene
from kiloclaw_core.world.admission.setting import AdmissionConfiguration

Claimed = tuple[Claim[AdmissionScene], ...]
Predicate = Callable[[AdmissionScene], bool]

REGISTRY = ("registry",)
INSTANCES = ("registry", "instances")
ROWS = ("registry", "rows")
GHOST = ("registry", "ghost")


def _always(name: str, sentence: str, reads: tuple[str, ...], holds: Predicate) -> Claim[AdmissionScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _sometimes(name: str, reads: tuple[str, ...], holds: Predicate) -> Claim[AdmissionScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


def claims_for(configuration: AdmissionConfiguration) -> Claimed:
    """Every claim about a configuration; those about callers read all of them."""
    calls = tuple(caller.name for caller in configuration.callers)
    kept = configuration.policy.resolved_remembered
    safe = (*OF_SLOTS, *forgetting(kept), *OF_WHAT_IS_MADE, *OF_ROWS_AND_ROUTES, *of_callers(calls))
    return (*safe, *completing(configuration), *lively(configuration, calls), *witnesses(calls))


# -- always ------------------------------------------------------------------------------------------------------

OF_SLOTS: Final[Claimed] = (
    _always("one slot", "No user has two attempts under way.", REGISTRY, safety.one_slot),
    _always(
        "released is for ever",
        "An attempt that ended stays so, for as long as it is remembered.",
        GHOST,
        safety.released_is_released,
    ),
    _always("fences grow", "No two attempts of a slot ever had one fence.", ("ghost",), safety.fences_grow),
    _always(
        "every slot has an alarm",
        "Whatever holds a slot is looked after by an alarm.",
        REGISTRY,
        safety.every_wait_has_an_alarm,
    ),
    _always(
        "holders are known",
        "Every attempt says who asked for it, in which request, and how it came to be where it is.",
        REGISTRY,
        safety.holders_are_known,
    ),
    _always(
        "operators are audited",
        "What an operator answers for is written down, and fenced before it is released.",
        INSTANCES,
        safety.operators_are_audited,
    ),
)
"""What is claimed of attempts and the slots they hold."""
OF_WHAT_IS_MADE: Final[Claimed] = (
    _always(
        "let in before its work",
        "Nothing is made for an attempt that was not let in and allowed to begin.",
        INSTANCES,
        safety.admitted_before_work,
    ),
    _always(
        "one infrastructure",
        "No user has what two attempts made, unless an operator answers for one of them.",
        (*INSTANCES, "rows"),
        safety.one_infrastructure,
    ),
    _always(
        "released by evidence",
        "An attempt that ended has left nothing and can leave nothing, or an operator answers for it.",
        INSTANCES,
        safety.released_by_evidence,
    ),
    _always(
        "absent is absent",
        "An instance that says it has nothing has nothing, and nothing in flight.",
        ("instances",),
        safety.absent_is_absent,
    ),
    _always(
        "losers do nothing",
        "Nothing was asked of the instance of whoever was never let in.",
        ("instances", "ghost"),
        safety.losers_do_nothing,
    ),
)
"""What is claimed of instances, and of what an attempt leaves of one."""
OF_ROWS_AND_ROUTES: Final[Claimed] = (
    _always("one active row", "No user has two active rows.", ("rows",), safety.one_active_row),
    _always(
        "routed is completed",
        "Nobody is routed to an attempt that is not completed.",
        REGISTRY,
        safety.routed_is_completed,
    ),
    _always(
        "routed is canonical",
        "Whatever is routed has an active row with a subscription.",
        ROWS,
        safety.routed_is_canonical,
    ),
    _always(
        "tombstones are of something",
        "No tombstone is kept of what nobody ever had.",
        (*INSTANCES, "rows"),
        safety.tombstones_are_of_something,
    ),
    _always("a tombstone stays", "No route is live again that once was not.", GHOST, safety.tombstones_stay),
    _always(
        "rows are answered for",
        "Every active row without a subscription has an attempt that goes on.",
        ROWS,
        safety.rows_are_answered_for,
    ),
)
"""What is claimed of rows, and of where people are routed."""


def forgetting(kept: int) -> Claimed:
    """What is claimed of attempts that hold their slot no more: so many are remembered."""
    sentence = "No more attempts of a slot that ended are remembered than the policy says."
    return (_always("what ended is forgotten", sentence, REGISTRY, safety.no_more_ended_than(kept)),)


def of_callers(calls: tuple[str, ...]) -> Claimed:
    """What is claimed of what callers are told."""
    success = "Who was told that there is an instance has its row, subscription, route and start."
    own_way = "Whoever was let in is never told that somebody else is being served."
    nothing = "Nobody was told to begin anew whose attempt is completed."
    may_not = "Everybody here may have an instance: what else they have or pay for is no reason to say otherwise."
    reached = "Nobody who asks for what they have is told that it was never provisioned, or has another record made."
    everything = ("registry", "instances", "rows", "ghost", *calls)
    return (
        _always("success is true", success, everything, safety.success_is_true),
        _always("nobody is in their own way", own_way, ("ghost", *calls), safety.nobody_is_in_their_own_way),
        _always("who begins anew has nothing", nothing, ("registry", *calls), safety.who_begins_anew_has_nothing),
        _always("nobody is told that they may not", may_not, calls, safety.nobody_is_told_that_they_may_not),
        _always("what there is can be reached", reached, ("instances", *calls), safety.what_there_is_can_be_reached),
    )


def completing(configuration: AdmissionConfiguration) -> Claimed:
    """What is claimed of probes, unless somebody may subscribe a row whose attempt is given up already."""
    if any(isinstance(caller.request, UpdateRequest) for caller in configuration.callers):
        return ()
    sentence = "No probe gives up an attempt that has its row and its subscription."
    return (_always("canonical is completed", sentence, ROWS, safety.canonical_is_completed),)


# -- leads home --------------------------------------------------------------------------------------------------


def lively(configuration: AdmissionConfiguration, calls: tuple[str, ...]) -> Claimed:
    """L1 to L7: everything comes to its end without anybody's help, and within so many probes."""
    return (
        Claim(
            "leads home",
            "Everybody is told, every attempt is resolved, and nothing is left that nobody answers for.",
            Kind.LEADS_HOME,
            ("registry", "rows", "instances", "outages", *calls, "bag"),
            liveness.at_home,
        ),
        *bounded(configuration),
    )


def bounded(configuration: AdmissionConfiguration) -> Claimed:
    """How long a slot may be held that nobody works for any more, counted in probes, and that it may be so long."""
    if configuration.lockout is None:
        return ()
    return (
        _always(
            "the lock-out is bounded",
            "No slot takes more probes to be free than the configuration says.",
            REGISTRY,
            liveness.locked_out_for_at_most(configuration.lockout),
        ),
        _sometimes("the bound is met", REGISTRY, liveness.locked_out_for(configuration.lockout)),
    )


# -- sometimes ---------------------------------------------------------------------------------------------------


def witnesses(calls: tuple[str, ...]) -> Claimed:
    """What has to happen somewhere, or the claims above say nothing."""
    turned_away = seen.told_trouble(Trouble.IN_PROGRESS, Trouble.CLEANUP_IN_PROGRESS)
    return (
        _sometimes("completed", REGISTRY, seen.phase_is(Phase.COMPLETED)),
        _sometimes("cleaning", REGISTRY, seen.phase_is(Phase.CLEANING)),
        _sometimes("released", REGISTRY, seen.phase_is(Phase.RELEASED)),
        _sometimes("somebody has an instance", calls, seen.told_success),
        _sometimes("somebody is turned away", calls, turned_away),
        _sometimes("somebody is told to come back", calls, seen.told_trouble(Trouble.COMPLETION_PENDING)),
        _sometimes("somebody is told to begin anew", calls, seen.told_to_begin_anew),
        _sometimes("somebody has one already", calls, seen.told_trouble(Trouble.ALREADY_ACTIVE)),
        _sometimes("an orphan is completed", ("registry", *calls), seen.nobody_left_completed),
        _sometimes("a zombie is about", ("registry", *calls), seen.zombie_met_a_fence),
        _sometimes("remains are cleaned up", INSTANCES, seen.remains_are_known),
        _sometimes("a create is in doubt", INSTANCES, seen.a_create_is_in_doubt),
        _sometimes("a row is fenced", ROWS, seen.a_row_is_fenced),
        _sometimes("an operator answers for remains", INSTANCES, seen.an_operator_released_remains),
        _sometimes("an attempt is forgotten", GHOST, seen.an_attempt_is_forgotten),
        _sometimes("what nobody had is forgotten", GHOST, seen.what_nobody_had_is_forgotten),
        _sometimes("an old instance is reached by its key", ("instances", *calls), seen.an_old_instance_is_reached),
    )
