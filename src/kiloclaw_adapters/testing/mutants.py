"""Bugs brought back one at a time: each a small override of one core function, each caught by a claim.

A mutant shows that a rule is needed and that its claim can fail. `mutated` is the one way to put one in place; the
core knows nothing of it, because stories call one another through their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core import destroy, echo, errands, instance, launch, lifecycle, settle, start, stop, story, turn
from kiloclaw_core.commands import Desired
from kiloclaw_core.explore import Trace, report_of
from kiloclaw_core.facts import Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Transition, hold_volume, rest, stay
from kiloclaw_core.ledger import Holding, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen, VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Healthy, MachineMade, Outcome, Rejected, Unknown, VolumeMade, Why
from kiloclaw_core.phases import (
    Attempt,
    CreatingMachine,
    Gone,
    Inspecting,
    Look,
    Probing,
    Running,
    Sought,
    Stopped,
    Sweeping,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.configurations import configuration_named
from kiloclaw_core.world.setting import Budget, Configuration
from kiloclaw_core.world.system import System

Override = Callable[..., object]


@frozen
class Mutant:
    """A bug by name: the rule or row it breaks, what it does in one sentence, and where it is searched for."""

    name: str
    rows: tuple[str, ...]
    module: ModuleType
    function: str
    override: Override
    configuration: Configuration
    caught_by: str
    """The claim that it breaks; it may break others as well."""

    @property
    def sentence(self) -> str:
        """What the bug does."""
        return (self.override.__doc__ or self.name).partition(": ")[2] or self.override.__doc__ or self.name


@contextmanager
def overridden(module: ModuleType, function: str, override: Override) -> Iterator[None]:
    """With this function of a core module replaced; what was there is put back whatever happens.

    A module without such a function raises an `AttributeError` that names both.
    """
    original = getattr(module, function)
    setattr(module, function, override)
    try:
        yield
    finally:
        setattr(module, function, original)


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """With this bug in place."""
    with overridden(mutant.module, mutant.function, mutant.override):
        yield


@frozen
class Caught:
    """What a search for a mutant came to: the shortest way to where it broke its claim, if it did."""

    mutant: Mutant
    states: int
    trace: Trace | None


def search_for(mutant: Mutant, *, limit: int = 200_000) -> Caught:
    """Explore the mutant's configuration with the bug in place, and see whether its claim is broken."""
    with mutated(mutant):
        report = report_of(System(mutant.configuration), limit=limit)
    broken = [one for one in report.verdicts if one.claim == mutant.caught_by and one.verdict == "broken"]
    return Caught(mutant, report.states, broken[0].trace if broken else None)


# -- the originals that overrides still call ---------------------------------------------------------------------

_creating_machine = start.creating_machine
_create_machine = start.create_machine
_inspecting = launch.inspecting
_probing = launch.probing
_absorb = lifecycle._absorb  # noqa: SLF001 - the one dispatch of facts


# -- what each bug does ------------------------------------------------------------------------------------------


def hedged_create(record: Instance, attempt: Attempt, volume: VolumeHolding) -> Transition:
    """The create is sent twice at once, in case one is slow."""
    transition = _create_machine(record, attempt, volume)
    second = tuple(evolve(effect, op=OpId(effect.op + 1000)) for effect in transition.effects)
    return evolve(transition, effects=(*transition.effects, *second))


def deaf_echo(record: Instance, _: Outcome) -> Transition:
    """An answer that nobody waits for is thrown away."""
    return stay(record)


def repeat_at_once(record: Instance, of: OpId, sought: Sought) -> Transition:
    """After an unknown outcome the story just goes on."""
    return story.onward(record)


def look_at_once(record: Instance, of: OpId, sought: Sought) -> Transition:
    """After an unknown outcome stock is taken without waiting."""
    if record.desired is Desired.GONE or sought is Sought.CHANGE:
        return story.onward(record)
    return settle.look(record, of, sought, Look.FIRST)


def always_send(waited_s: float, policy: Policy) -> bool:
    """However late, a request leaves."""
    return True


def any_find_is_ours(record: Instance, of: OpId, seen: VolumeSeen) -> bool:
    """Whatever volume a listing shows and we do not know is the one we made."""
    return not record.ledger.knows(seen.volume)


def count_stale_looks(record: Instance, phase: Sweeping) -> Transition:
    """Empty looks count although a delete was refused."""
    return rest(record, Gone(phase.sweeps))


def volumes_at_once(record: Instance) -> bool:
    """Volumes are deleted beside the machines that mount them."""
    return True


def unwanted_is_fine(record: Instance, seen: MachineSeen) -> Transition:
    """A machine that is up although it should be down is left up."""
    return rest(record, Stopped())


def drop_on_conflict(*, lease_held: bool) -> turn.AfterConflict:
    """A fact whose commit met another commit is forgotten."""
    return turn.AfterConflict.STOP


def hurried_destroy(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """Destroy does not wait for the create in flight."""
    if isinstance(fact, Woken) and record.desired is Desired.GONE:
        return story.onward(record)
    return _creating_machine(record, phase, fact)


def hurried_start(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """A second intent does not wait for the create in flight: it creates as well."""
    if isinstance(fact, Woken):
        return story.onward(record)
    return _creating_machine(record, phase, fact)


def unknown_is_no(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """An unknown outcome is taken for a refusal."""
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Unknown):
        return start.machine_refused(record, Rejected(Why.NO_ANSWER))
    return _creating_machine(record, phase, fact)


def recreate_after_crash(record: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """After a crash the machine is simply created again."""
    return story.onward(record) if isinstance(fact, Recovered) else _creating_machine(record, phase, fact)


def deaf_to_recovery(record: Instance, fact: Fact) -> Transition:
    """A take-over is nobody's business."""
    return stay(record) if isinstance(fact, Recovered) else _absorb(record, fact)


def forget_the_id(record: Instance, made: MachineMade | VolumeMade) -> Transition:
    """B01: the id of what was made is not written before it is waited for."""
    match made:
        case MachineMade(seen=machine):
            return story.created(record, machine)
        case VolumeMade(seen=volume):
            return story.onward(hold_volume(record, volume, Role.ACTIVE, Data.FRESH))


def no_answer_is_gone(record: Instance, phase: Inspecting, fact: Fact) -> Transition:
    """B02: any error of a look at our machine is read as its absence."""
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Unknown):
        held = record.ledger.machine
        if held is not None:
            record = evolve(record, ledger=record.ledger.buried(held, record.policy.dead_remembered))
        return launch.machine_lost(record)
    return _inspecting(record, phase, fact)


def one_shot_destroy(record: Instance, held: Holding, op: OpId, outcome: Outcome) -> Transition:
    """B03: what could not be deleted is forgotten."""
    done = evolve(record, ledger=record.ledger.buried(held, record.policy.dead_remembered))
    return story.onward(done) if record.desired is Desired.GONE else stay(done)


def never_bound(outcome: Outcome) -> bool:
    """B32: a volume that is bound to a machine we do not know is just asked to go again."""
    return False


def running_over_destroy(record: Instance, phase: Probing, fact: Fact) -> Transition:
    """B45: the end of a start writes running, whatever was asked meanwhile."""
    if isinstance(fact, Woken):
        return stay(record)
    if isinstance(fact, Replied) and fact.op == phase.op and isinstance(fact.outcome, Healthy):
        return rest(evolve(record, desired=Desired.RUNNING), Running())
    return _probing(record, phase, fact)


def stopped_over_destroy(record: Instance, refusal: Rejected, asked_for: Failing) -> Transition:
    """B57: the end of a start that failed writes stopped, whatever was asked meanwhile."""
    return rest(evolve(record, desired=Desired.STOPPED), Stopped())


# -- the table ---------------------------------------------------------------------------------------------------


def small(**budget: int) -> Configuration:
    """A configuration of this budget and no other trouble."""
    return Configuration("small", "The least in which the bug shows.", Budget(**budget))


ONE_FAULT: Final = small(starts=1, destroys=1, faults=1)
ONE_CRASH: Final = small(starts=1, destroys=1, crashes=1)
CALM: Final = small(starts=1, destroys=1)

MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant("hedged-create", ("rule 1",), start, "create_machine", hedged_create, CALM, "one request at a time"),
    Mutant("deaf-echo", ("rule 3",), echo, "echo", deaf_echo, configuration_named("overstayed"), "leads home"),
    Mutant("repeat-at-once", ("rule 4",), settle, "settle", repeat_at_once, ONE_FAULT, "one request at a time"),
    Mutant(
        "send-however-late",
        ("rule 4",),
        turn,
        "may_send",
        always_send,
        configuration_named("stalled"),
        "nothing is left behind",
    ),
    Mutant(
        "no-mark",
        ("rule 4",),
        settle,
        "is_fruit_volume",
        any_find_is_ours,
        configuration_named("shared-app"),
        "strangers are left alone",
    ),
    Mutant("stale-looks", ("rule 5",), destroy, "finalize", count_stale_looks, ONE_FAULT, "nothing is left behind"),
    Mutant(
        "volumes-at-once", ("rule 7",), instance, "volumes_may_go", volumes_at_once, CALM, "machines go before volumes"
    ),
    Mutant(
        "drift-ignored",
        ("rule 8",),
        stop,
        "unwanted",
        unwanted_is_fine,
        configuration_named("resurrected"),
        "leads home",
    ),
    Mutant(
        "conflict-drops",
        ("rule 13",),
        turn,
        "after_conflict",
        drop_on_conflict,
        small(starts=1, conflicts=1),
        "no fact is dropped",
    ),
    Mutant("hurried-destroy", ("C.3",), start, "creating_machine", hurried_destroy, CALM, "nothing is left behind"),
    Mutant("unknown-is-no", ("C.3",), start, "creating_machine", unknown_is_no, ONE_FAULT, "one request at a time"),
    Mutant(
        "recreate-after-crash",
        ("C.3",),
        start,
        "creating_machine",
        recreate_after_crash,
        ONE_CRASH,
        "one request at a time",
    ),
    Mutant("look-at-once", ("C.3",), settle, "settle", look_at_once, ONE_FAULT, "one request at a time"),
    Mutant("deaf-to-recovery", ("C.3",), lifecycle, "_absorb", deaf_to_recovery, ONE_CRASH, "who waits is served"),
    Mutant("forget-the-id", ("B01",), settle, "obtained", forget_the_id, CALM, "tracked at rest"),
    Mutant("no-answer-is-gone", ("B02",), launch, "inspecting", no_answer_is_gone, ONE_FAULT, "tracked at rest"),
    Mutant("one-shot-destroy", ("B03",), errands, "disposed", one_shot_destroy, ONE_FAULT, "nothing is left behind"),
    Mutant(
        "never-bound",
        ("B32",),
        errands,
        "is_bound",
        never_bound,
        configuration_named("forgotten-machine"),
        "leads home",
    ),
    Mutant(
        "running-over-destroy", ("B45",), launch, "probing", running_over_destroy, CALM, "destroyed stays destroyed"
    ),
    Mutant(
        "overlapping-starts",
        ("B47",),
        start,
        "creating_machine",
        hurried_start,
        small(starts=2),
        "one request at a time",
    ),
    Mutant(
        "stopped-over-destroy",
        ("B57",),
        story,
        "refused",
        stopped_over_destroy,
        ONE_FAULT,
        "destroyed stays destroyed",
    ),
)
