"""Bugs of admission: slots that nobody frees, slots that are free too soon, and routes to what is not there.

They are searched for in the world of admission, and most of them are how the service before this one failed (registry
7.1). `GW` are its schedules, `LW` those of lifecycle 7, `F` the rows of its failure table.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final

from attrs import evolve, frozen
from returns.result import Failure, Result, Success

from kiloclaw_adapters.testing.mutant import Override, Placeless, overridden
from kiloclaw_core.commands import Admission
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.names import Fence, SandboxId, UserId
from kiloclaw_core.phases import Alarm
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import admit, alarms, flow, legacy, probe, resolve, steps
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    Ask,
    AskInstance,
    Granted,
    Inserted,
    InstanceRefused,
    Provisioned,
    RegistryRefused,
    Reply,
)
from kiloclaw_core.registry.commands import (
    Begin,
    Commit,
    DestroyIntent,
    Occupied,
    OperatorRelease,
    PrepareCommit,
    Publish,
    RegistryRefusal,
    WorkStarted,
)
from kiloclaw_core.registry.evidence import ConfirmedAbsent, RowState, Verdict
from kiloclaw_core.registry.evidence import Failure as Cause
from kiloclaw_core.registry.inquiries import Settled, Waiting
from kiloclaw_core.registry.outcomes import LegacyRow
from kiloclaw_core.registry.positions import Compensating, Flow, Provisioning, Replied, to, troubled, withdraw
from kiloclaw_core.registry.record import (
    Opener,
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    having,
    moved,
    released,
    routing,
    with_route,
)
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.registry.update import Configuring, Update, update_asked
from kiloclaw_core.world.admission import calls, instances, rows
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.instances import Attempted, Wanted
from kiloclaw_core.world.admission.rows import Row, Rows
from kiloclaw_core.world.admission.system import AdmissionSystem

Decided = Result[Registry, RegistryRefusal]


@frozen
class AdmissionMutant:
    """A bug of admission by name: what it breaks, where it is searched for, and the claim that notices."""

    name: str
    rows: tuple[str, ...]
    module: ModuleType
    function: str
    override: Override
    configuration: str
    caught_by: str


def admission_search(mutant: AdmissionMutant, *, limit: int = 60_000) -> Trace | None:
    """The shortest way to where the bug breaks its claim; None if it does not."""
    configuration = admission_named(mutant.configuration)
    claims = tuple(one for one in claims_for(configuration) if one.name == mutant.caught_by)
    with overridden(mutant.module, mutant.function, mutant.override):
        report = report_of(AdmissionSystem(configuration, claims), limit=limit, stop_at_first=True)
    (verdict,) = report.verdicts
    return verdict.trace if verdict.verdict == "broken" else None


_answered_for = resolve._answered_for  # noqa: SLF001 - what a bug replaces it may as well call
_begin = probe.begin
_begun = steps.begun
_born = admit.born
_brought_over = legacy._brought_over  # noqa: SLF001
_commit = admit._commit  # noqa: SLF001
_fenced = probe.fenced
_gave_up = flow.gave_up
_let_in = admit._let_in  # noqa: SLF001
_looked = steps.looked
_of_reservation = alarms._of_reservation  # noqa: SLF001
_operator_release = resolve.operator_release
_over = probe.over
_verdict_on = instances.verdict_on
_work_started = admit._work_started  # noqa: SLF001


# -- slots that nobody frees -------------------------------------------------------------------------------------


def forgotten(known: Reservation, policy: Policy) -> tuple[Alarm, ...]:
    """GW1: whoever was let in is looked after by whoever serves them, and by nobody else."""
    return () if isinstance(known.inquiry, Waiting) else _of_reservation(known, policy)


def held(registry: Registry, known: Reservation, failure: Cause, at: int) -> Registry:
    """GW2: an attempt that failed is written down as failed, and an operator will see to it."""
    return having(registry, evolve(moved(known, Phase.CLEANING, failure.value, at), failure=failure, inquiry=Settled()))


def bomb(registry: Registry, known: Reservation, at: int) -> RegistryTransition:
    """GW12: an attempt that never began its work is waited for."""
    return probe.later(registry, known) if known.phase is Phase.OPEN else _begin(registry, known, at)


def phantom(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """GW10: a row must be there and say destroyed, even if it never was inserted."""
    if row is RowState.NONE:
        return probe.later(registry, known)
    return _fenced(registry, known, row, verdict, at)


def drained_only(registry: Registry, known: Reservation, command: DestroyIntent) -> Registry:
    """GW6: a destroy takes the route away, and leaves the attempt that is under way alone."""
    route = registry.route(command.instance)
    live = Route(command.instance, command.user, RouteState.LIVE, command.key) if route is None else route
    return with_route(registry, live, RouteState.DRAINING)


def let_in_once(registry: Registry, command: Begin, known: Reservation) -> Decided:
    """GW22: whoever asks again because the answer was lost meets themselves."""
    return Failure(Occupied(known.attempt, known.instance, known.phase))


def alarms_taken_along(registry: Registry, known: Reservation, why: Resolution, at: int) -> RegistryTransition:
    """LW44: whatever ends puts out the alarm, and whoever else waits for it is not asked."""
    went = _over(registry, known, why, at)
    quiet = tuple(evolve(one, inquiry=Settled()) for one in went.record.reservations)
    return evolve(went, record=evolve(went.record, reservations=quiet))


def hoarded(registry: Registry, known: Reservation, why: Resolution, at: int) -> Registry:
    """GW20: whatever ended is remembered, every one of them."""
    over = evolve(moved(known, Phase.RELEASED, why.value, at), resolution=why, inquiry=Settled())
    return having(registry, over)


def buried(known: Reservation) -> bool:
    """GW20: whatever anybody wants destroyed has a tombstone, whether it was ever there or not."""
    return False


def anonymous(registry: Registry, command: Begin) -> Registry:
    """GW19: whoever is let in is a row and a status."""
    return _let_in(registry, evolve(command, opener=Opener()))


# -- slots that are free too soon --------------------------------------------------------------------------------


def expired(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """GW3: an attempt that does not get on has had its time, and its slot is free."""
    return probe.over(registry, known, Resolution.CLEANED_UP, at)


def any_evidence(known: Reservation, *, fenced: bool) -> bool:
    """S10: whoever is fenced may be released, whatever is left of them."""
    return fenced


def no_answer_is_no(served: Flow) -> Flow:
    """F10: a provision that is not answered was not done."""
    position = served.position
    if not isinstance(position, Provisioning):
        return _gave_up(served)
    why, trouble = Resolution.FAILED_BEFORE_WORK, Trouble.PROVISION_FAILED
    return withdraw(served, position.fence, why, trouble, ConfirmedAbsent())


def unfenced_release(registry: Registry, known: Reservation, at: int) -> Registry:
    """GW5: an operator's word frees the slot at once, and nobody tells the attempt."""
    return released(registry, evolve(known, asserted=True), Resolution.OPERATOR, at)


def unaudited_release(registry: Registry, command: OperatorRelease) -> Decided:
    """GW18: what an operator took upon themselves is written down afterwards, if nothing happens meanwhile."""
    return _operator_release(registry, command).map(lambda after: evolve(after, audit=registry.audit))


def unfenced_rows(registry: Registry, known: Reservation, why: Cause) -> RegistryTransition:
    """GW5: rows know nothing of fences, so that a zombie inserts its own."""
    return probe.order(registry, evolve(known, phase=Phase.CLEANING, failure=why), RowState.NONE)


def two_holders(registry: Registry, command: Begin) -> Decided:
    """S1: the slot is not looked at: the lock was granted to two (registry 0.2)."""
    return Success(registry if registry.reservation(command.attempt) else _let_in(registry, command))


def one_fence(registry: Registry, command: Begin) -> Registry:
    """S9: every attempt has the same fence."""
    return evolve(_let_in(registry, command), slots=())


def unconditional_insert(truth: Rows, user: UserId, instance: SandboxId, fence: Fence) -> tuple[Rows, Inserted]:
    """GW5: the row is inserted whoever asks, and whoever else is active."""
    if truth.row(instance) is not None:
        return truth, Inserted()
    return evolve(truth, rows=(*truth.rows, Row(instance, user))), Inserted()


def eager(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """L3: an attempt that seemed to stand still is cleaned up, though it is whole by now."""
    if known.phase in {Phase.WORKING, Phase.COMMITTING}:
        return probe.given_up(registry, known, row, at)
    return probe.order(registry, known, row)


# -- what is let in, routed and told without being there ---------------------------------------------------------


def unrecorded_work(registry: Registry, command: WorkStarted, known: Reservation) -> Decided:
    """F8: that there may be traces from now on is a flag of whoever serves, and gone with them."""
    decided = _work_started(registry, command, known)
    return decided.map(lambda after: _with_evidence_of(after, known))


def _with_evidence_of(registry: Registry, before: Reservation) -> Registry:
    now = registry.reservation(before.attempt)
    assert now is not None, f"{before.attempt} has just begun its work"
    return having(registry, evolve(now, evidence=before.evidence))


def revived(registry: Registry, command: WorkStarted, known: Reservation) -> Decided:
    """S8: an attempt that was released goes on where it was held up."""
    if known.phase is Phase.RELEASED:
        return Success(having(registry, moved(known, Phase.WORKING)))
    return _work_started(registry, command, known)


def goes_on_regardless(served: Flow, answer: Granted | RegistryRefused) -> Flow:
    """S14: whoever is turned away begins to work, and hopes."""
    if isinstance(answer, RegistryRefused):
        return to(served, Provisioning(Fence(1)))
    return _begun(served, answer)


def routed_at_once(registry: Registry, command: Begin) -> Registry:
    """S5: whoever is let in is routed."""
    after = _let_in(registry, command)
    return admit.live(after, command.instance, command.user, command.instance, command.at)


def completed_early(registry: Registry, command: PrepareCommit, known: Reservation) -> Decided:
    """S6: the attempt is completed as soon as its instance says yes."""
    if known.phase is Phase.WORKING:
        return Success(admit.completed(registry, known, command.at))
    return Success(registry)


def completed_anyway(registry: Registry, command: Commit, known: Reservation) -> Decided:
    """GW6: an attempt is completed while it is being cleaned up."""
    if known.phase is Phase.CLEANING:
        return Success(admit.completed(registry, known, command.at))
    return _commit(registry, command, known)


def told_early(served: Flow, fence: Fence, answer: Accepted | InstanceRefused) -> Flow:
    """S11: the caller is told as soon as the instance says yes, and the rest is best effort."""
    return to(served, Replied(Provisioned(served.request.instance)))


def told_in_vain(served: Flow, trouble: Trouble, answer: Granted | RegistryRefused) -> Flow:
    """P1: whoever said that their attempt failed is told so, though a probe has found it whole."""
    return troubled(served, trouble)


def told_in_doubt(served: Flow) -> Flow:
    """P1: whoever cannot say that their attempt failed is told that it did."""
    position = served.position
    return troubled(served, position.trouble) if isinstance(position, Compensating) else _gave_up(served)


def repaired(registry: Registry, command: Publish) -> Decided:
    """GW8: a repair clears the tombstone."""
    known = resolve.spent(registry, command.proof.instance)
    if known is None:
        return Success(admit.born(registry, command.proof.instance, command.proof.user, command.key, command.at))
    route = Route(known.instance, known.user, RouteState.LIVE, command.key)
    return Success(routing(admit.completed(registry, known, command.at), route))


def legacy_first(registry: Registry, row: LegacyRow, at: int) -> Registry:
    """GW14: what an old look shows wins over what was written meanwhile."""
    if not registry.routes:
        return _brought_over(registry, row, at)
    return routing(registry, Route(row.instance, row.user, RouteState.LIVE, row.key))


def unmarked(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """GW9: that the row is destroyed is somebody else's to write."""
    return _fenced(registry, known, RowState.NONE, verdict, at)


def wiped(one: Attempted, admission: Admission | None) -> Verdict:
    """GW7: an instance whose machine is not known yet has nothing to delete, and is gone."""
    return ConfirmedAbsent() if one.wanted is Wanted.GONE else _verdict_on(one, admission)


def preflight_first(served: Flow, fence: Fence, active: Active | None) -> Flow:
    """GW15: who pays for an instance already may have none, and nobody looks which one they have."""
    if active is not None and active.subscribed:
        return withdraw(served, fence, Resolution.ACTIVE_EXISTS, Trouble.ENTITLEMENT_EXPIRED)
    return _looked(served, fence, active)


def rekeyed(update: Update) -> Ask | Reply:
    """GW17: an instance is asked for by the id of its row, which is not what its record is called."""
    position, request = update.position, update.request
    if isinstance(position, Configuring):
        return AskInstance(position.active.instance, request.owner, request.user, None)
    return update_asked(update)


def reborn(registry: Registry, instance: SandboxId, user: UserId, key: SandboxId, at: int) -> Registry:
    """GW17: an instance that is older than the registry is routed to as if it were not."""
    return _born(registry, instance, user, instance, at)


ADMISSION_MUTANTS: Final = (
    AdmissionMutant(
        "forgotten",
        ("GW1", "LW41", "F3", "F4"),
        alarms,
        "_of_reservation",
        forgotten,
        "one-attempt",
        "every slot has an alarm",
    ),
    AdmissionMutant(
        "held", ("GW2", "GW13", "LW40", "F9", "F21"), resolve, "cleaned_up", held, "one-attempt", "leads home"
    ),
    AdmissionMutant("bomb", ("GW12", "F7"), probe, "begin", bomb, "one-attempt", "leads home"),
    AdmissionMutant(
        "phantom", ("GW10", "LW42", "F18"), probe, "fenced", phantom, "one-attempt", "the lock-out is bounded"
    ),
    AdmissionMutant("drained-only", ("GW6", "L4"), resolve, "_draining", drained_only, "destroyed", "leads home"),
    AdmissionMutant(
        "let-in-once", ("GW22", "GW1"), admit, "_begin_again", let_in_once, "asked-again", "nobody is in their own way"
    ),
    AdmissionMutant(
        "alarms-taken-along",
        ("LW44",),
        probe,
        "over",
        alarms_taken_along,
        "two-users-and-a-destroy",
        "every slot has an alarm",
    ),
    AdmissionMutant("hoarded", ("GW20",), probe, "released", hoarded, "forgetful", "what ended is forgotten"),
    AdmissionMutant("buried", ("GW20",), probe, "nobody_had", buried, "unheard-of", "tombstones are of something"),
    AdmissionMutant("anonymous", ("GW19",), admit, "_let_in", anonymous, "one-attempt", "holders are known"),
    AdmissionMutant(
        "expired", ("GW3", "F15", "F16"), probe, "given_up", expired, "one-attempt", "released by evidence"
    ),
    AdmissionMutant("expired-for-two", ("GW3", "S3"), probe, "given_up", expired, "two-attempts", "one infrastructure"),
    AdmissionMutant(
        "any-evidence", ("S10",), resolve, "may_release", any_evidence, "one-attempt", "released by evidence"
    ),
    AdmissionMutant(
        "no-answer-is-no", ("F10", "F15"), flow, "gave_up", no_answer_is_no, "one-attempt", "released by evidence"
    ),
    AdmissionMutant(
        "unfenced-release",
        ("GW5",),
        resolve,
        "_answered_for",
        unfenced_release,
        "answered-for",
        "operators are audited",
    ),
    AdmissionMutant(
        "unaudited-release",
        ("GW18",),
        resolve,
        "operator_release",
        unaudited_release,
        "answered-for",
        "operators are audited",
    ),
    AdmissionMutant(
        "unfenced-rows", ("GW5", "F16"), probe, "close", unfenced_rows, "one-attempt", "rows are answered for"
    ),
    AdmissionMutant("two-holders", ("S1",), admit, "begin", two_holders, "two-attempts", "one slot"),
    AdmissionMutant("one-fence", ("S9",), admit, "_let_in", one_fence, "two-attempts", "fences grow"),
    AdmissionMutant(
        "unconditional-insert",
        ("GW5", "GW4", "GW16", "S4"),
        rows,
        "inserted",
        unconditional_insert,
        "two-and-a-destroy",
        "one active row",
    ),
    AdmissionMutant("eager", ("L3",), probe, "closed", eager, "one-attempt", "canonical is completed"),
    AdmissionMutant(
        "unrecorded-work",
        ("F8", "S2"),
        admit,
        "_work_started",
        unrecorded_work,
        "one-attempt",
        "let in before its work",
    ),
    AdmissionMutant("revived", ("S8",), admit, "_work_started", revived, "one-attempt", "released is for ever"),
    AdmissionMutant(
        "goes-on-regardless", ("S14",), steps, "begun", goes_on_regardless, "two-attempts", "losers do nothing"
    ),
    AdmissionMutant("routed-at-once", ("S5",), admit, "_let_in", routed_at_once, "one-attempt", "routed is completed"),
    AdmissionMutant(
        "completed-early", ("S6",), admit, "_prepare", completed_early, "one-attempt", "routed is canonical"
    ),
    AdmissionMutant("completed-anyway", ("GW6", "S11"), admit, "_commit", completed_anyway, "destroyed", "leads home"),
    AdmissionMutant(
        "told-early", ("GW11", "S11", "F13"), steps, "provisioned", told_early, "one-attempt", "success is true"
    ),
    AdmissionMutant(
        "told-in-vain", ("P1",), steps, "compensated", told_in_vain, "one-attempt", "who begins anew has nothing"
    ),
    AdmissionMutant(
        "told-in-doubt", ("P1",), flow, "gave_up", told_in_doubt, "hardly-heard", "who begins anew has nothing"
    ),
    AdmissionMutant("repaired", ("GW8", "GW4", "S7"), admit, "publish", repaired, "updated", "a tombstone stays"),
    AdmissionMutant(
        "legacy-first", ("GW14",), legacy, "_brought_over", legacy_first, "older-than-we", "a tombstone stays"
    ),
    AdmissionMutant(
        "unmarked", ("GW9", "S12", "F19"), probe, "fenced", unmarked, "answered-for", "rows are answered for"
    ),
    AdmissionMutant("wiped", ("GW7", "S13"), instances, "verdict_on", wiped, "destroyed", "absent is absent"),
    AdmissionMutant(
        "preflight-first",
        ("GW15",),
        steps,
        "looked",
        preflight_first,
        "two-attempts",
        "nobody is told that they may not",
    ),
    AdmissionMutant(
        "rekeyed", ("GW17",), calls, "update_asked", rekeyed, "older-than-we", "what there is can be reached"
    ),
    AdmissionMutant("reborn", ("GW17",), admit, "born", reborn, "older-than-we", "released by evidence"),
)

ADMISSION_PLACELESS: Final = (
    Placeless(
        "raw",
        ("S15",),
        "A caller is told a trouble, which is one of a few, and its explanation follows from that alone.",
        "tests/story/registry/test_troubles.py::test_an_explanation_has_no_room_for_what_was_said_behind_it",
    ),
    Placeless(
        "app-left-behind",
        ("GW21",),
        "An app is its owner's and the next instance uses it again: no attempt has one that it could leave.",
        "tests/story/registry/test_world_schedules.py::test_gw21_nothing_is_left_of_an_attempt_that_was_abandoned",
    ),
    Placeless(
        "begun-anew",
        ("LW43",),
        "What its instance has taken on already it has taken on: the same attempt asked again makes nothing more.",
        "tests/story/test_close.py::test_a_provision_that_asks_again_has_what_it_asked_for",
    ),
)
