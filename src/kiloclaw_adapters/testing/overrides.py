"""What each bug does: functions with the signatures of those they replace, each a few lines wrong.

Which function they replace, and which claim then breaks, is the table's to say (`mutants`).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import adopt, launch, lifecycle, settle, start, story, turn
from kiloclaw_core.commands import Desired
from kiloclaw_core.facts import Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Transition, hold_volume, our_volume, rest, stay
from kiloclaw_core.ledger import Holding, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen, VolumeSeen
from kiloclaw_core.names import OpId, SandboxId
from kiloclaw_core.outcomes import Healthy, MachineMade, Outcome, Rejected, Unknown, VolumeMade, Why
from kiloclaw_core.phases import (
    Alarm,
    Attempt,
    Clearing,
    CreatingMachine,
    Gone,
    Inspecting,
    Look,
    Probing,
    Running,
    Sought,
    Stopped,
    Sweeping,
    Verifying,
)
from kiloclaw_core.policy import Policy

# -- the originals that overrides still call ---------------------------------------------------------------------

_creating_machine = start.creating_machine
_create_machine = start.create_machine
_inspecting = launch.inspecting
_probing = launch.probing
_gave_up = story.gave_up
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


def sweep_only_while_clearing(record: Instance) -> bool:
    """I5: a volume that is bound to an unknown machine is looked into only while nothing else is."""
    return record.desired is Desired.GONE and isinstance(record.phase, Clearing)


def own_volume_wins(record: Instance, phase: Verifying, seen: MachineSeen) -> Transition:
    """I4: a volume that was never used outweighs the one that a machine of ours mounts."""
    return adopt.weigh(record, phase.refusal, seen, our_volume(record).volume, Look.FIRST)


def tidy_failure(record: Instance, refusal: Rejected) -> Transition:
    """I4: a start that gives up cleans up after itself, its volume included."""
    return _gave_up(evolve(record, ledger=record.ledger.condemned()), refusal)


def nameless(sandbox: SandboxId) -> str:
    """I1: machines are created without a name, so that nothing refuses a second one."""
    return ""


def failed_start_runs(record: Instance, refusal: Rejected) -> Transition:
    """I6: a start that gave up is said to run."""
    return rest(record, Running())


def no_alarm_at_rest(record: Instance) -> tuple[Alarm, ...]:
    """I7: whoever waits or rests does so without an alarm."""
    return ()
