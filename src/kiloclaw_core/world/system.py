"""Everything joined: one record, the outside, and the network between them, as a product that explorers search.

Each request is cut in sent, landed and answered; any of the three may never come, or come late. Callers ask, machines
boot and stop, alarms ring because nothing else can or too early, processes crash and are taken over. Budgets inside
the state bound what is not calm. The rules are in order, mildest first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Final

from attrs import evolve, frozen

from kiloclaw_core import lifecycle, turn
from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.claims import CLAIMS, REST
from kiloclaw_core.commands import Command, Desired, Destroy, Identity, Provision, Start, Stop
from kiloclaw_core.effects import (
    AwaitState,
    DeleteVolume,
    Effect,
    GetMachine,
    GetVolume,
    ListMachines,
    ListVolumes,
    Settle,
)
from kiloclaw_core.explore.model import Action, Claim, Move, When
from kiloclaw_core.explore.product import EachSlot, Joint, Local, Pruning, Rule, Sweep
from kiloclaw_core.explore.renumbering import Label, Renumbering
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.ledger import Asked
from kiloclaw_core.machine import MachineState, Named, Spec
from kiloclaw_core.names import AppName, CommandId, MachineId, OpId, Region, SandboxId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachineMade,
    MachinesListed,
    Rejected,
    Unknown,
    VolumeMade,
    VolumesListed,
    Why,
)
from kiloclaw_core.phases import AlarmName, Listing, Sweeping
from kiloclaw_core.policy import Policy
from kiloclaw_core.views import debug_view, phase_name
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.landing import Outside, land, must_wait, read
from kiloclaw_core.world.scene import Pending, Scene, SceneMachine, SceneVolume, record_words
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled, changes_outside, is_fenced, refusals_of

SANDBOX: Final = SandboxId("ki_1")
IDENTITY: Final = Identity(SANDBOX, UserId("user-1"), AppName("app-1"))
SPEC: Final = Spec("image-1", regions=(Region("ams"),))
SMALL: Final = Policy(tries=1, delete_failures_before_slowing=1)


@frozen
class Budget:
    """How much may still happen that is not calm; with two processes a crash may as well be a take-over."""

    starts: int = 0
    stops: int = 0
    destroys: int = 0
    faults: int = 0
    crashes: int = 0
    processes: int = 1
    early: int = 0
    blind: int = 0
    stalls: int = 0
    overstays: int = 0
    conflicts: int = 0
    resurrections: int = 0


@frozen
class Ghost:
    """What happened and no record remembers, so that claims can speak of it."""

    destroy_granted: bool = False
    issued_after_destroy: tuple[str, ...] = ()
    mounted_deletes: tuple[str, ...] = ()
    conflicted: bool = False
    dropped: bool = False
    strangers: frozenset[str] = frozenset()


@frozen
class Configuration:
    """A system to explore: its budgets, the policy it runs under, and what is outside before it begins.

    `without` names claims that this beginning breaks by itself, each with the reason beside the configuration.
    """

    name: str
    sentence: str
    budget: Budget
    policy: Policy = SMALL
    identity: Identity = IDENTITY
    outside: Outside = Outside()
    without: tuple[str, ...] = ()


def numbered(prefix: str) -> Label:
    """How an id such as m7 carries its number; an id that carries none is left alone."""

    def number(text: str) -> int | None:
        tail = text.removeprefix(prefix)
        return int(tail) if text.startswith(prefix) and tail.isdigit() else None

    return Label(read=number, make=lambda value: f"{prefix}{value}")


def op_number(op: OpId) -> int:
    """The number that an op is."""
    return op


LABELS: Final[Mapping[object, Label]] = {
    OpId: Label(read=op_number, make=OpId),
    MachineId: numbered("m"),
    VolumeId: numbered("v"),
    VersionId: numbered("i"),
}


def is_awaited(slot: Slot, record: Record) -> bool:
    """Whether a slot still matters: a read that the record waits for no more is abandoned by whoever performs it."""
    match slot:
        case Sent(effect=effect) if not changes_outside(effect):
            return effect.op in awaited_ops(record)
        case Answered(op=op, outcome=outcome):
            return op in awaited_ops(record) or isinstance(outcome, MachineMade | VolumeMade)
        case Sent() | Orphan() | Stalled():
            return True


class System:
    """One sandbox and its whole outside, as a `Product`."""

    names = ("record", "outside", "ghost", "budget")
    anchor = "record"
    pruning = Pruning(("record",), is_awaited)

    def __init__(self, configuration: Configuration, claims: tuple[Claim[Scene], ...] = CLAIMS) -> None:
        """Join the core with the world under this configuration; other claims may be asked of it."""
        self.configuration = configuration
        self.claims = tuple(claim for claim in claims if claim.name not in configuration.without)
        self.rules = RULES
        self._renumbering = Renumbering(LABELS)

    def initial(self) -> Joint:
        """A sandbox that was never provisioned, and a caller about to provision it."""
        absent = Absent(SANDBOX, self.configuration.policy)
        command = Provision(CommandId("provision"), self.configuration.identity, SPEC)
        record = lifecycle.decide(absent, command).unwrap()
        return Joint(
            (
                record,
                self.configuration.outside,
                Ghost(strangers=strangers_in(self.configuration.outside)),
                self.configuration.budget,
            ),
            (),
        )

    def numbers(self, value: Hashable) -> tuple[int, ...]:
        """The ops and ids that a part or slot mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int]) -> Hashable:
        """The same part or slot with other numbers."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable) -> tuple[int, str, str]:
        """Where a slot stands: by its op, then by what it is."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return (op_of(slot), type(slot).__name__, repr(slot))

    def scene(self, joint: Joint) -> Scene:
        """What claims look at."""
        record, outside, ghost, _ = joint.parts
        assert isinstance(outside, Outside)
        assert isinstance(ghost, Ghost)
        assert isinstance(record, Absent | Instance)
        return scene_of(record, outside, ghost, tuple(slot for slot in joint.bag if isinstance(slot, Slot)))


def scene_of(record: Record, outside: Outside, ghost: Ghost, bag: tuple[Slot, ...]) -> Scene:
    """The moment in the words of claims."""
    fly = outside.fly
    return Scene(
        record=record_words(record),
        machines=tuple(
            SceneMachine(one.machine, one.state.value, one.volume)
            for one in fly.machines
            if one.sandbox in {None, SANDBOX}
        ),
        volumes=tuple(
            SceneVolume(one.volume, f"d{one.data}" if one.data else None)
            for one in fly.volumes
            if one.named is not Named.FOREIGN
        ),
        strangers_lost=tuple(sorted(ghost.strangers - strangers_in(outside))),
        pending=tuple(
            Pending(type(slot.effect).__name__, heard=isinstance(slot, Sent))
            for slot in bag
            if isinstance(slot, Sent | Orphan) and is_fenced(slot.effect)
        ),
        mounted_deletes=ghost.mounted_deletes,
        destroy_granted=ghost.destroy_granted,
        issued_after_destroy=ghost.issued_after_destroy,
        conflicted=ghost.conflicted,
        dropped=ghost.dropped,
        resting=isinstance(record, Instance) and isinstance(record.phase, REST) and not bag,
        armed=bool(alarms_of(record)),
        noted=isinstance(record, Instance) and bool(record.notes),
        unserved=unserved(record, bag),
        written=fly.written,
    )


def strangers_in(outside: Outside) -> frozenset[str]:
    """What is in the app and not the sandbox's own."""
    volumes = {str(one.volume) for one in outside.fly.volumes if one.named is Named.FOREIGN}
    machines = {str(one.machine) for one in outside.fly.machines if one.sandbox not in {None, SANDBOX}}
    return frozenset(volumes | machines)


def unserved(record: Record, bag: tuple[Slot, ...]) -> str | None:
    """The phase, if it waits for an answer that can no longer come; looks that failed wait for their alarm."""
    if not isinstance(record, Instance) or isinstance(record.phase, Listing | Sweeping):
        return None
    errands = {owner.errand for owner in (*record.ledger.holdings, *record.debts)}
    waits = awaited_ops(record) - {errand.op for errand in errands if isinstance(errand, Asked)}
    under_way = {op_of(slot) for slot in bag if not isinstance(slot, Orphan)}
    return None if not waits or waits & under_way else phase_of(record)


def op_of(slot: Slot) -> OpId:
    """The op that a slot is about."""
    match slot:
        case Answered(op=op):
            return op
        case Sent(effect=effect) | Orphan(effect=effect) | Stalled(effect=effect):
            return effect.op


# -- deliveries --------------------------------------------------------------------------------------------------


def told(action: Action, when: When, record: Record, ghost: Ghost, fact: Fact) -> Move:
    """The record absorbs a fact and commits; its effects leave."""
    transition = lifecycle.absorb(record, fact)
    after = transition.record
    ghost = witnessed(ghost, after, transition.effects)
    return Move(
        action,
        when,
        writes=(("record", after), ("ghost", ghost)),
        spawned=tuple(Sent(effect) for effect in transition.effects),
        cell=(phase_of(record), fact_name(fact), " + ".join((phase_of(after), *_names(transition.effects)))),
    )


def witnessed(ghost: Ghost, after: Record, effects: tuple[Effect, ...]) -> Ghost:
    """What was sent that ought not to have been, for claims to speak of."""
    if not isinstance(after, Instance):
        return ghost
    mounted = {held.volume for held in after.ledger.machines}
    hurried = {effect.volume for effect in effects if isinstance(effect, DeleteVolume) and effect.volume in mounted}
    late = {type(effect).__name__ for effect in effects if is_fenced(effect) and after.desired is Desired.GONE}
    return evolve(
        ghost,
        mounted_deletes=tuple(sorted({*ghost.mounted_deletes, *hurried})),
        issued_after_destroy=tuple(sorted({*ghost.issued_after_destroy, *late})),
    )


def _names(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(type(effect).__name__ for effect in effects)


def phase_of(record: Record) -> str:
    """The phase of a record by name."""
    return phase_name(record.phase) if isinstance(record, Instance) else "Absent"


def fact_name(fact: Fact) -> str:
    """A fact as a column of the transition table."""
    match fact:
        case Replied(outcome=Rejected(why=why)):
            return f"Replied(Rejected({why.value}))"
        case Replied(outcome=outcome):
            return f"Replied({type(outcome).__name__})"
        case AlarmRang(name=name):
            return f"AlarmRang({name.value})"
        case Woken() | Recovered():
            return type(fact).__name__


def hear(slot: Slot, _blocked: bool, record: Record, ghost: Ghost) -> Iterator[Move]:  # noqa: FBT001
    """An answer reaches the record."""
    if isinstance(slot, Answered):
        action = Action(f"hear {slot.op}: {short(slot)}", "in flight")
        yield told(action, When.CALM, record, ghost, Replied(slot.op, slot.outcome))


def conflict(slot: Slot, _blocked: bool, ghost: Ghost, budget: Budget) -> Iterator[Move]:  # noqa: FBT001
    """The commit of an answer meets another commit: the fact is absorbed again, or the worker stops."""
    if isinstance(slot, Answered) and budget.conflicts:
        again = turn.after_conflict(lease_held=True) is turn.AfterConflict.AGAIN
        spent = evolve(budget, conflicts=budget.conflicts - 1)
        after = evolve(ghost, conflicted=True, dropped=ghost.dropped or not again)
        action = Action(f"conflict on {slot.op}", "instance")
        yield Move(action, When.FREE, (("ghost", after), ("budget", spent)), (slot,) if again else ())


def land_request(slot: Slot, blocked: bool, outside: Outside) -> Iterator[Move]:  # noqa: FBT001
    """A request lands, heard or not; one that nobody hears may also be lost for good."""
    match slot:
        case Sent(effect=effect):
            if blocked or (isinstance(effect, AwaitState) and must_wait(outside.fly, effect)):
                return
            after, outcome = land(outside, effect)
            answer = Answered(effect.op, outcome)
            yield Move(
                Action(f"land {spell(effect)}: {short(answer)}", "fly"), When.CALM, (("outside", after),), (answer,)
            )
        case Orphan(effect=effect):
            after, outcome = land(outside, effect)
            yield Move(
                Action(f"land late {spell(effect)}: {type(outcome).__name__}", "fly"),
                When.CALM,
                (("outside", after),),
            )
            yield Move(Action(f"lost for good {spell(effect)}", "in flight"), When.CALM)
        case Stalled(effect=effect):
            yield _send_late(effect, outside)
        case Answered():
            return


def _send_late(effect: Effect, outside: Outside) -> Move:
    if turn.may_send(float("inf"), SMALL):
        after, outcome = land(outside, effect)
        answer = Answered(effect.op, outcome)
        return Move(Action(f"send too late {spell(effect)}", "in flight"), When.CALM, (("outside", after),), (answer,))
    answer = Answered(effect.op, Rejected(Why.NOT_SENT))
    return Move(Action(f"do not send {spell(effect)}", "in flight"), When.CALM, (), (answer,))


def must_settle(slot: Slot, other: Slot) -> bool:
    """Whether `slot` is a settle that must wait for `other`."""
    if not isinstance(slot, Sent) or not isinstance(slot.effect, Settle):
        return False
    return isinstance(other, Sent | Orphan) and other.effect.op == slot.effect.of


def go_on(outside: Outside) -> Iterator[Move]:
    """Machines that are on their way arrive."""
    for machine in outside.fly.machines:
        if truth.is_moving(machine.state):
            fly = truth.advance(outside.fly, machine)
            arrived = fly.machine(machine.machine)
            state = "gone" if arrived is None else arrived.state.value
            action = Action(f"machine {machine.machine} is {state}", "fly")
            yield Move(action, When.CALM, (("outside", evolve(outside, fly=fly)),))


def wake(record: Record, ghost: Ghost) -> Iterator[Move]:
    """A worker looks at a new intent."""
    if isinstance(record, Instance) and record.asked is not None:
        fact = AlarmRang(AlarmName.INTENT, record.asked)
        yield told(Action("wake", "instance"), When.CALM, record, ghost, fact)


def ring(record: Record, ghost: Ghost) -> Iterator[Move]:
    """An alarm rings because nothing else can."""
    for alarm in alarms_of(record):
        if alarm.name is not AlarmName.INTENT:
            action = Action(f"alarm {alarm.name.value}", "instance")
            yield told(action, When.QUIET, record, ghost, AlarmRang(alarm.name, alarm.of))


# -- callers -----------------------------------------------------------------------------------------------------


def ask(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """A caller asks for something."""
    if budget.starts:
        command = Start(CommandId(f"start-{budget.starts}"))
        yield asked(record, ghost, evolve(budget, starts=budget.starts - 1), command)
    if budget.stops:
        stop = Stop(CommandId(f"stop-{budget.stops}"))
        yield asked(record, ghost, evolve(budget, stops=budget.stops - 1), stop)
    if budget.destroys:
        destroy = Destroy(CommandId(f"destroy-{budget.destroys}"))
        yield asked(record, ghost, evolve(budget, destroys=budget.destroys - 1), destroy)


def asked(record: Record, ghost: Ghost, budget: Budget, command: Command) -> Move:
    """A command is granted and committed, or refused; whichever, the caller has been answered."""
    name = type(command).__name__.lower()
    granted = lifecycle.decide(record, command)
    if not isinstance(granted.value_or(None), Instance):
        return Move(Action(f"{name}: {granted.failure().value}", "caller"), When.FREE, (("budget", budget),))
    ghost = evolve(ghost, destroy_granted=ghost.destroy_granted or isinstance(command, Destroy))
    writes = (("record", granted.unwrap()), ("ghost", ghost), ("budget", budget))
    return Move(Action(name, "caller"), When.FREE, writes)


def poll(record: Record) -> Iterator[Move]:
    """A caller looks: a view is taken, and nothing changes."""
    status = debug_view(record).view.status
    yield Move(Action(f"poll: {status}", "caller"), When.FREE)


# -- faults ------------------------------------------------------------------------------------------------------


def fail(slot: Slot, blocked: bool, outside: Outside, budget: Budget) -> Iterator[Move]:  # noqa: FBT001
    """What the network, Fly and the clock may do to one request."""
    if not isinstance(slot, Sent):
        return
    effect = slot.effect
    if isinstance(effect, Settle):
        if blocked and budget.overstays:
            spent = evolve(budget, overstays=budget.overstays - 1)
            answer = Answered(effect.op, land(outside, effect)[1])
            yield Move(Action(f"overstay {effect.of}", "fly"), When.FREE, (("budget", spent),), (answer,))
        return
    if budget.faults:
        spent = evolve(budget, faults=budget.faults - 1)
        unheard = (Answered(effect.op, Unknown()), *((Orphan(effect),) if changes_outside(effect) else ()))
        yield Move(Action(f"time out {spell(effect)}", "in flight"), When.FREE, (("budget", spent),), unheard)
        for refusal in refusals_of(effect):
            answer = Answered(effect.op, refusal)
            action = Action(f"refuse {spell(effect)}: {refusal.why.value}", "fly")
            yield Move(action, When.FREE, (("budget", spent),), (answer,))
        if isinstance(effect, AwaitState) and must_wait(outside.fly, effect):
            answer = Answered(effect.op, read(outside.fly, effect))
            yield Move(Action(f"poll ends {spell(effect)}", "fly"), When.FREE, (("budget", spent),), (answer,))
    if budget.blind:
        yield from _blind(slot, outside, evolve(budget, blind=budget.blind - 1))
    if budget.stalls and changes_outside(effect):
        spent = evolve(budget, stalls=budget.stalls - 1)
        yield Move(Action(f"stall {spell(effect)}", "in flight"), When.FREE, (("budget", spent),), (Stalled(effect),))


def _blind(slot: Sent, outside: Outside, spent: Budget) -> Iterator[Move]:
    """A read is answered from a view that does not show what is there."""
    effect = slot.effect
    action = Action(f"blind {spell(effect)}", "fly")
    writes = (("budget", spent),)
    if isinstance(effect, GetMachine) and outside.fly.machine(effect.machine) is not None:
        yield Move(action, When.FREE, writes, (Answered(effect.op, truth.machine_not_found()),))
    if isinstance(effect, GetVolume) and outside.fly.volume(effect.volume) is not None:
        yield Move(action, When.FREE, writes, (Answered(effect.op, truth.volume_not_found()),))
    if isinstance(effect, ListMachines) and outside.fly.machines:
        yield Move(action, When.FREE, writes, (Answered(effect.op, MachinesListed(())),))
    if isinstance(effect, ListVolumes) and outside.fly.volumes:
        yield Move(action, When.FREE, writes, (Answered(effect.op, VolumesListed(())),))


def stop_by_itself(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A machine stops though nobody asked."""
    for machine in outside.fly.machines if budget.faults else ():
        if machine.state is MachineState.STARTED:
            fly = truth.halt(outside.fly, machine)
            writes = (("outside", evolve(outside, fly=fly)), ("budget", evolve(budget, faults=budget.faults - 1)))
            yield Move(Action(f"machine {machine.machine} stops by itself", "fly"), When.FREE, writes)


def start_by_itself(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A machine that was stopped is started by somebody else: Fly's proxy, or another client (fly.md 2.4)."""
    for machine in outside.fly.machines if budget.resurrections else ():
        if machine.state is MachineState.STOPPED:
            fly = truth.with_machine(outside.fly, evolve(machine, state=MachineState.STARTING))
            spent = evolve(budget, resurrections=budget.resurrections - 1)
            writes = (("outside", evolve(outside, fly=fly)), ("budget", spent))
            yield Move(Action(f"machine {machine.machine} starts by itself", "fly"), When.FREE, writes)


def ring_early(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An alarm rings although something else still may happen."""
    for alarm in alarms_of(record) if budget.early else ():
        if alarm.name is not AlarmName.INTENT:
            action = Action(f"early alarm {alarm.name.value}", "instance")
            move = told(action, When.FREE, record, ghost, AlarmRang(alarm.name, alarm.of))
            yield evolve(move, writes=(*move.writes, ("budget", evolve(budget, early=budget.early - 1))))


def crash(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """The process dies: what it had not heard is lost, what it had sent may still land; another takes over."""
    if budget.crashes:
        move = told(Action("crash", "instance"), When.FREE, record, ghost, Recovered())
        yield evolve(move, writes=(*move.writes, ("budget", evolve(budget, crashes=budget.crashes - 1))))


def take_over(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """The lease runs out while the process lives: another takes over, and the first one's commits meet a conflict."""
    if budget.crashes and budget.processes > 1:
        move = told(Action("take over", "instance"), When.FREE, record, ghost, Recovered())
        yield evolve(move, writes=(*move.writes, ("budget", evolve(budget, crashes=budget.crashes - 1))))


def orphaned(slot: Slot) -> Slot | None:
    """What becomes of a request when whoever sent it is gone."""
    match slot:
        case Sent(effect=effect):
            return Orphan(effect) if changes_outside(effect) else None
        case Orphan():
            return slot
        case Stalled() | Answered():
            return None


def outlived(slot: Slot) -> Slot | None:
    """What becomes of a request when its sender lives on without the lease: what it hears, it may not absorb."""
    if isinstance(slot, Answered) and turn.after_conflict(lease_held=False) is turn.AfterConflict.AGAIN:
        return slot
    return orphaned(slot)


def spell(effect: Effect) -> str:
    """A request in one word and its number."""
    return f"{type(effect).__name__} {effect.op}"


def short(answer: Answered) -> str:
    """An answer in a word."""
    outcome = answer.outcome
    return outcome.why.value if isinstance(outcome, Rejected) else type(outcome).__name__


RULES: Final[tuple[Rule, ...]] = (
    EachSlot(("record", "ghost"), hear),
    EachSlot(("outside",), land_request, must_settle),
    Local(("outside",), go_on),
    Local(("record", "ghost"), wake),
    Local(("record", "ghost"), ring),
    Local(("record", "ghost", "budget"), ask),
    Local(("record",), poll),
    EachSlot(("outside", "budget"), fail, must_settle),
    EachSlot(("ghost", "budget"), conflict),
    Local(("outside", "budget"), stop_by_itself),
    Local(("outside", "budget"), start_by_itself),
    Local(("record", "ghost", "budget"), ring_early),
    Sweep(("record", "ghost", "budget"), crash, orphaned),
    Sweep(("record", "ghost", "budget"), take_over, outlived),
)
"""What may happen, mildest first."""
