"""Bugs of admission that let in, route to, or tell of what is not there, or not any more."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Result, Success

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.commands import Admission
from kiloclaw_core.names import Fence, SandboxId, UserId
from kiloclaw_core.registry import admit, flow, legacy, probe, resolve, steps
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    Ask,
    AskInstance,
    Granted,
    InstanceRefused,
    Provisioned,
    RegistryRefused,
    Reply,
)
from kiloclaw_core.registry.commands import (
    Begin,
    Commit,
    PrepareCommit,
    Publish,
    RegistryRefusal,
    WorkStarted,
)
from kiloclaw_core.registry.evidence import ConfirmedAbsent, RowState, Verdict
from kiloclaw_core.registry.outcomes import LegacyRow
from kiloclaw_core.registry.positions import Compensating, Flow, Provisioning, Replied, to, troubled, withdraw
from kiloclaw_core.registry.record import (
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    having,
    moved,
    routing,
)
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.registry.update import Configuring, Update, update_asked
from kiloclaw_core.world.admission import calls, instances, rows
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.instances import Attempted, Wanted
from kiloclaw_core.world.admission.rows import Rows

Decided = Result[Registry, RegistryRefusal]

_begun = steps.begun
_born = admit.born
_brought_over = legacy._brought_over  # noqa: SLF001
_commit = admit._commit  # noqa: SLF001
_fenced = probe.fenced
_gave_up = flow.gave_up
_let_in = admit._let_in  # noqa: SLF001
_looked = steps.looked
_verdict_on = instances.verdict_on
_work_started = admit._work_started  # noqa: SLF001


def unrecorded_work(registry: Registry, command: WorkStarted, known: Reservation) -> Decided:
    """That there may be traces from now on is a flag of whoever serves, and gone with them."""
    decided = _work_started(registry, command, known)
    return decided.map(lambda after: _with_evidence_of(after, known))


def _with_evidence_of(registry: Registry, before: Reservation) -> Registry:
    now = registry.reservation(before.attempt)
    assert now is not None, f"{before.attempt} has just begun its work"
    return having(registry, evolve(now, evidence=before.evidence))


def revived(registry: Registry, command: WorkStarted, known: Reservation) -> Decided:
    """An attempt that was released goes on where it was held up."""
    if known.phase is Phase.RELEASED:
        return Success(having(registry, moved(known, Phase.WORKING)))
    return _work_started(registry, command, known)


def goes_on_regardless(served: Flow, answer: Granted | RegistryRefused) -> Flow:
    """Whoever is turned away begins to work, and hopes."""
    if isinstance(answer, RegistryRefused):
        return to(served, Provisioning(Fence(1)))
    return _begun(served, answer)


def routed_at_once(registry: Registry, command: Begin) -> Registry:
    """Whoever is let in is routed."""
    after = _let_in(registry, command)
    return admit.live(after, command.instance, command.user, command.instance, command.at)


def completed_early(registry: Registry, command: PrepareCommit, known: Reservation) -> Decided:
    """The attempt is completed as soon as its instance says yes."""
    if known.phase is Phase.WORKING:
        return Success(admit.completed(registry, known, command.at))
    return Success(registry)


def completed_anyway(registry: Registry, command: Commit, known: Reservation) -> Decided:
    """An attempt is completed while it is being cleaned up."""
    if known.phase is Phase.CLEANING:
        return Success(admit.completed(registry, known, command.at))
    return _commit(registry, command, known)


def told_early(served: Flow, fence: Fence, answer: Accepted | InstanceRefused) -> Flow:
    """The caller is told as soon as the instance says yes, and the rest is best effort."""
    return to(served, Replied(Provisioned(served.request.instance)))


def told_in_vain(served: Flow, trouble: Trouble, answer: Granted | RegistryRefused) -> Flow:
    """Whoever said that their attempt failed is told so, though a probe has found it whole."""
    return troubled(served, trouble)


def told_in_doubt(served: Flow) -> Flow:
    """Whoever cannot say that their attempt failed is told that it did."""
    position = served.position
    return troubled(served, position.trouble) if isinstance(position, Compensating) else _gave_up(served)


def repaired(registry: Registry, command: Publish) -> Decided:
    """A repair clears the tombstone."""
    known = resolve.spent(registry, command.proof.instance)
    if known is None:
        return Success(admit.born(registry, command.proof.instance, command.proof.user, command.key, command.at))
    route = Route(known.instance, known.user, RouteState.LIVE, command.key)
    return Success(routing(admit.completed(registry, known, command.at), route))


def legacy_first(registry: Registry, row: LegacyRow, at: int) -> Registry:
    """What an old look shows wins over what was written meanwhile."""
    if not registry.routes:
        return _brought_over(registry, row, at)
    return routing(registry, Route(row.instance, row.user, RouteState.LIVE, row.key))


def unmarked(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """That the row is destroyed is somebody else's to write."""
    return _fenced(registry, known, RowState.NONE, verdict, at)


def wiped(one: Attempted, admission: Admission | None) -> Verdict:
    """An instance whose machine is not known yet has nothing to delete, and is gone."""
    return ConfirmedAbsent() if one.wanted is Wanted.GONE else _verdict_on(one, admission)


def preflight_first(served: Flow, fence: Fence, active: Active | None) -> Flow:
    """Who pays for an instance already may have none, and nobody looks which one they have."""
    if active is not None and active.subscribed:
        return withdraw(served, fence, Resolution.ACTIVE_EXISTS, Trouble.ENTITLEMENT_EXPIRED)
    return _looked(served, fence, active)


def rekeyed(update: Update) -> Ask | Reply:
    """An instance is asked for by the id of its row, which is not what its record is called."""
    position, request = update.position, update.request
    if isinstance(position, Configuring):
        return AskInstance(position.active.instance, request.owner, request.user, None)
    return update_asked(update)


def reborn(registry: Registry, instance: SandboxId, user: UserId, key: SandboxId, at: int) -> Registry:
    """An instance that is older than the registry is routed to as if it were not."""
    return _born(registry, instance, user, instance, at)


_subscribed = rows.subscribed


def back_to_active(truth: Rows, user: UserId, instance: SandboxId, fence: Fence | None) -> Rows:
    """Whatever comes after the mark of a row that is destroyed takes it back."""
    after = _subscribed(truth, user, instance, fence)
    back = (evolve(one, destroyed=False) if one.instance == instance else one for one in after.rows)
    return evolve(after, rows=tuple(back))


MUTANTS: Final = (
    Mutant(
        "unrecorded-work",
        ("F8", "S2"),
        admit,
        "_work_started",
        unrecorded_work,
        admission_named("one-attempt"),
        "let in before its work",
    ),
    Mutant(
        "revived",
        ("S8", "B146"),
        admit,
        "_work_started",
        revived,
        admission_named("one-attempt"),
        "released is for ever",
    ),
    Mutant(
        "goes-on-regardless",
        ("S14", "B164"),
        steps,
        "begun",
        goes_on_regardless,
        admission_named("two-attempts"),
        "losers do nothing",
    ),
    Mutant(
        "routed-at-once",
        ("S5",),
        admit,
        "_let_in",
        routed_at_once,
        admission_named("one-attempt"),
        "routed is completed",
    ),
    Mutant(
        "completed-early",
        ("S6", "B151"),
        admit,
        "_prepare",
        completed_early,
        admission_named("one-attempt"),
        "routed is canonical",
    ),
    Mutant(
        "completed-anyway",
        ("GW6", "S11"),
        admit,
        "_commit",
        completed_anyway,
        admission_named("destroyed"),
        "leads home",
    ),
    Mutant(
        "told-early",
        ("GW11", "S11", "F13", "B113"),
        steps,
        "provisioned",
        told_early,
        admission_named("one-attempt"),
        "success is true",
    ),
    Mutant(
        "told-in-vain",
        ("P1",),
        steps,
        "compensated",
        told_in_vain,
        admission_named("one-attempt"),
        "who begins anew has nothing",
    ),
    Mutant(
        "told-in-doubt",
        ("P1",),
        flow,
        "gave_up",
        told_in_doubt,
        admission_named("hardly-heard"),
        "who begins anew has nothing",
    ),
    Mutant(
        "repaired",
        ("GW8", "GW4", "S7", "B146"),
        admit,
        "publish",
        repaired,
        admission_named("updated"),
        "a tombstone stays",
    ),
    Mutant(
        "legacy-first",
        ("GW14",),
        legacy,
        "_brought_over",
        legacy_first,
        admission_named("older-than-we"),
        "a tombstone stays",
    ),
    Mutant(
        "unmarked",
        ("GW9", "S12", "F19"),
        probe,
        "fenced",
        unmarked,
        admission_named("answered-for"),
        "rows are answered for",
    ),
    Mutant("wiped", ("GW7", "S13"), instances, "verdict_on", wiped, admission_named("destroyed"), "absent is absent"),
    Mutant(
        "preflight-first",
        ("GW15",),
        steps,
        "looked",
        preflight_first,
        admission_named("two-attempts"),
        "nobody is told that they may not",
    ),
    Mutant(
        "rekeyed",
        ("GW17", "B94", "B95"),
        calls,
        "update_asked",
        rekeyed,
        admission_named("older-than-we"),
        "what there is can be reached",
    ),
    Mutant("reborn", ("GW17",), admit, "born", reborn, admission_named("older-than-we"), "released by evidence"),
    Mutant(
        "back-to-active",
        ("B158",),
        rows,
        "subscribed",
        back_to_active,
        admission_named("destroyed"),
        "rows are answered for",
    ),
)
