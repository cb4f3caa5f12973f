"""The truth about instances, reduced to what matters to their registry: what is wanted, in flight, there and owed.

The real record of an instance is explored in `world.system`; here it is one that keeps its promises: written down
before anything is called, closed for ever, waiting out what is in flight, and paying its debts before it is gone.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from kiloclaw_core.commands import Admission, Refusal
from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry.asks import Accepted, InstanceRefused
from kiloclaw_core.registry.evidence import ConfirmedAbsent, InFlight, Live, NeverSeen, Remaining, Verdict


class Wanted(Enum):
    """What the instance's record says is wanted of it, if there is a record."""

    UNHEARD_OF = "unheard of"
    RUNNING = "running"
    GONE = "gone"


class Making(Enum):
    """The create of its machine: not under way, in flight, or in flight with nobody left who would hear."""

    NOT = "not"
    SENT = "sent"
    DOUBTED = "doubted"


class Owing(Enum):
    """What it owes once it is to be gone, in the order in which it is paid."""

    NOTHING = "nothing"
    MARK = "the mark of its row"
    TOMBSTONE = "the tombstone of its route"


@frozen
class Attempted:
    """An instance that somebody has an attempt for; `key` is the name of its record, its own for all but the oldest."""

    instance: SandboxId
    admission: Admission | None = None
    wanted: Wanted = Wanted.UNHEARD_OF
    making: Making = Making.NOT
    there: bool = False
    owing: Owing = Owing.NOTHING
    key: SandboxId = field()

    @key.default
    def _key(self) -> SandboxId:
        return self.instance

    @property
    def traceless(self) -> bool:
        """Whether nothing of it is there, and nothing of it is in flight."""
        return not self.there and self.making is Making.NOT


@frozen
class Instances:
    """Every instance that an attempt names, in the order of their names."""

    instances: tuple[Attempted, ...]

    def of(self, instance: SandboxId) -> Attempted:
        """The instance of this name."""
        return next(one for one in self.instances if one.instance == instance)

    def at(self, key: SandboxId) -> Attempted:
        """The instance whose record has this name; where there is none, one that was never heard of."""
        return next((one for one in self.instances if one.key == key), Attempted(key))

    def having(self, one: Attempted) -> Instances:
        """The instances with this one, in place of what it was, or beside the others."""
        if self.at(one.key) not in self.instances:
            return Instances((*self.instances, one))
        return Instances(tuple(one if each.key == one.key else each for each in self.instances))


def verdict_on(one: Attempted, admission: Admission | None) -> Verdict:
    """What the instance says of the attempt, as `verdict_of` says it of the real record."""
    if one.wanted is not Wanted.UNHEARD_OF and admission not in (None, one.admission):
        return ConfirmedAbsent()
    match one.wanted:
        case Wanted.UNHEARD_OF:
            return NeverSeen()
        case Wanted.RUNNING if one.there:
            return Live()
        case Wanted.RUNNING:
            return InFlight(0 if one.making is Making.NOT else 1)
        case Wanted.GONE:
            return ConfirmedAbsent() if one.traceless and one.owing is Owing.NOTHING else Remaining()


def provisioned(one: Attempted, admission: Admission) -> tuple[Attempted, Accepted | InstanceRefused]:
    """Asked to take the attempt on: written down, unless another has it or it is closed."""
    match one.wanted:
        case Wanted.UNHEARD_OF:
            return evolve(one, admission=admission, wanted=Wanted.RUNNING), Accepted()
        case Wanted.RUNNING if one.admission == admission:
            return one, Accepted()
        case Wanted.GONE if one.admission == admission:
            return one, InstanceRefused(Refusal.BEING_DESTROYED, verdict_on(one, admission))
        case Wanted.RUNNING | Wanted.GONE:
            return one, InstanceRefused(Refusal.ANOTHER_ATTEMPT, verdict_on(one, admission))


def configured(one: Attempted) -> tuple[Attempted, Accepted | InstanceRefused]:
    """Asked to change what is there, for no attempt: what was never heard of is begun, as the real one would be."""
    match one.wanted:
        case Wanted.UNHEARD_OF:
            return evolve(one, wanted=Wanted.RUNNING), Accepted()
        case Wanted.RUNNING:
            return one, Accepted()
        case Wanted.GONE:
            return one, InstanceRefused(Refusal.BEING_DESTROYED, verdict_on(one, None))


def closed(one: Attempted, admission: Admission | None) -> Attempted:
    """Asked to close the attempt: a tombstone where it was never heard of, a destroy where it has something."""
    match one.wanted:
        case Wanted.UNHEARD_OF:
            return evolve(one, admission=admission, wanted=Wanted.GONE)
        case Wanted.RUNNING if admission in (None, one.admission):
            return evolve(one, wanted=Wanted.GONE, owing=Owing.MARK)
        case Wanted.RUNNING | Wanted.GONE:
            return one


def steps(one: Attempted) -> tuple[tuple[str, Attempted], ...]:
    """What the instance does next by itself, and what becomes of its create; debts are paid elsewhere."""
    match one.making:
        case Making.SENT:
            return (("its machine is made", evolve(one, making=Making.NOT, there=True)),)
        case Making.DOUBTED:
            landed = ("its create landed, as a look shows", evolve(one, making=Making.NOT, there=True))
            lost = ("its create never lands, as a look shows", evolve(one, making=Making.NOT))
            return (landed, lost)
        case Making.NOT if one.wanted is Wanted.RUNNING and not one.there:
            return (("it sends for a machine", evolve(one, making=Making.SENT)),)
        case Making.NOT if one.wanted is Wanted.GONE and one.there:
            return (("its machine is deleted", evolve(one, there=False)),)
        case Making.NOT:
            return ()
