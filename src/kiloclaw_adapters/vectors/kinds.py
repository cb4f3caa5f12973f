"""A kind of record that vectors are of: how it is decided, how its parts are written, and what its cells are called.

What a vector says is worked out here, from a record and what it is given alone, so that whoever makes the vectors and
whoever follows them again cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from attrs import AttrsInstance, frozen
from returns.result import Failure, Result

from kiloclaw_core.codec import CodecError, Of
from kiloclaw_core.codec.text import spell
from kiloclaw_core.codec.values import tree_of, value_of
from kiloclaw_core.explore import Cell
from kiloclaw_core.instance import Note

Tree: TypeAlias = dict[str, object]
"""A JSON object."""

MOMENT: Final = 1_700_000_000_000
"""When everything in a vector happens, in milliseconds since 1970: so that it shows what is stamped with the moment."""
POLICY: Final = "policy"
COMMAND: Final = "command"
FACT: Final = "fact"

RecordT = TypeVar("RecordT", bound=AttrsInstance)
RecordT_co = TypeVar("RecordT_co", covariant=True)
CommandT = TypeVar("CommandT", bound=AttrsInstance)
FactT = TypeVar("FactT", bound=AttrsInstance)
EffectT = TypeVar("EffectT")
EffectT_co = TypeVar("EffectT_co", covariant=True)
RefusalT = TypeVar("RefusalT")
AlarmT = TypeVar("AlarmT")
PolicyT = TypeVar("PolicyT")
GivenT = TypeVar("GivenT", bound=AttrsInstance)
ValueT = TypeVar("ValueT")


class NoVectorError(ValueError):
    """A line is no vector of this kind; the message says where it fails."""


class Moved(Protocol[RecordT_co, EffectT_co]):
    """What a fact led to: the next record, what is sent, and lines for the log."""

    @property
    def record(self) -> RecordT_co:
        """The next record."""
        ...

    @property
    def effects(self) -> tuple[EffectT_co, ...]:
        """What is sent."""
        ...

    @property
    def notes(self) -> tuple[Note, ...]:
        """Lines for the log."""
        ...


@frozen
class Written(Generic[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]):
    """The types that are written down of a kind, each by the codec; the schema is made from the same."""

    record: type[Of[RecordT]]
    command: type[Of[CommandT]]
    fact: type[Of[FactT]]
    effect: type[Of[EffectT]]
    refusal: type[Of[RefusalT]]
    alarm: type[Of[AlarmT]]
    policy: type[Of[PolicyT]]


def class_of(value: object) -> str:
    """What it is, where that is all there is to tell."""
    return type(value).__name__


@frozen
class Called(Generic[RecordT, CommandT, FactT, RefusalT]):
    """What the cells of a kind are called, as its pages call them."""

    phase: Callable[[RecordT], str]
    fact: Callable[[FactT], str]
    refusal: Callable[[RefusalT], str]
    asked: Callable[[RecordT], tuple[CommandT, ...]]
    """What is asked of every record that is in a vector, besides what callers of the world ask."""
    command: Callable[[CommandT], str] = class_of
    tells_effects: bool = True
    """Whether a cell tells apart what is sent, and not the next phase alone."""


@frozen
class Kind(Generic[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]):
    """One kind of record, by name: its functions, what is written of it, and what its cells are called."""

    name: str
    decide: Callable[[RecordT, CommandT], Result[RecordT, RefusalT]]
    absorb: Callable[[RecordT, FactT], Moved[RecordT, EffectT]]
    alarms_of: Callable[[RecordT], tuple[AlarmT, ...]]
    policy_of: Callable[[RecordT], PolicyT]
    read_policy: Callable[[Tree], object]
    """The policy as the codec takes it in a record: a value where it is never stored, and else the tree."""
    written: Written[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]
    called: Called[RecordT, CommandT, FactT, RefusalT]

    # -- cells ---------------------------------------------------------------------------------------------------

    def fact_cell(self, record: RecordT, fact: FactT, moved: Moved[RecordT, EffectT]) -> Cell:
        """The phase that hears, what it hears, and what it becomes."""
        sent = tuple(type(effect).__name__ for effect in moved.effects) if self.called.tells_effects else ()
        return self.called.phase(record), self.called.fact(fact), " + ".join((self.called.phase(moved.record), *sent))

    def command_cell(self, record: RecordT, command: CommandT, answer: Result[RecordT, RefusalT]) -> Cell:
        """The phase that is asked, what it is asked, and how that is answered."""
        if isinstance(answer, Failure):
            said = f"refused because {self.called.refusal(answer.failure())}"
        else:
            said = "granted, and nothing is new" if answer.unwrap() == record else "granted"
        return self.called.phase(record), self.called.command(command), said

    # -- vectors -------------------------------------------------------------------------------------------------

    def of_fact(self, record: RecordT, fact: FactT, policy: str) -> Tree:
        """The vector of a fact that a record hears; `policy` is the name of the record's."""
        moved = self.absorb(record, fact)
        said = self._beginning(self.fact_cell(record, fact, moved), record, policy)
        effects = [tree_of(self.written.effect, effect) for effect in moved.effects]
        notes = [tree_of(Of[Note], note) for note in moved.notes]
        given: Tree = {FACT: tree_of(self.written.fact, fact), "refusal": None}
        return {**said, **given, **self._ending(moved.record), "effects": effects, "notes": notes}

    def of_command(self, record: RecordT, command: CommandT, policy: str) -> Tree:
        """The vector of a command that is asked of a record; `policy` is the name of the record's."""
        answer = self.decide(record, command)
        said = self._beginning(self.command_cell(record, command, answer), record, policy)
        given: Tree = {COMMAND: tree_of(self.written.command, command), "effects": [], "notes": []}
        if isinstance(answer, Failure):
            refusal = tree_of(self.written.refusal, answer.failure())
            return {**said, **given, "refusal": refusal, "expected": None, "alarms": None}
        return {**said, **given, "refusal": None, **self._ending(answer.unwrap())}

    def _beginning(self, cell: Cell, record: RecordT, policy: str) -> Tree:
        phase, hears, becomes = cell
        named = {"kind": self.name, "phase": phase, "hears": hears, "becomes": becomes, POLICY: policy}
        return {**named, "record": tree_of(self.written.record, record)}

    def _ending(self, record: RecordT) -> Tree:
        alarms = [tree_of(self.written.alarm, alarm) for alarm in self.alarms_of(record)]
        return {"expected": tree_of(self.written.record, record), "alarms": alarms}

    def again(self, vector: Tree, policies: Tree) -> Tree:
        """The vector as the core says it now, from no more than its record and what it is given.

        Raises `NoVectorError` where those cannot be read.
        """
        name = str(vector[POLICY])
        record = self.record_of(vector["record"], policies[name])
        if FACT in vector:
            return self.of_fact(record, _read(self.written.fact, vector[FACT], FACT), name)
        return self.of_command(record, _read(self.written.command, vector[COMMAND], COMMAND), name)

    # -- records and policies ------------------------------------------------------------------------------------

    def record_of(self, tree: object, policy: object) -> RecordT:
        """The record that a tree is, under the policy that another is; raises `NoVectorError`."""
        if not isinstance(tree, dict) or not isinstance(policy, dict):
            raise NoVectorError("a record and its policy are objects")
        return _read(self.written.record, {**tree, POLICY: self.read_policy(policy)}, "record")

    def policy_tree(self, record: RecordT) -> Tree:
        """The policy of a record, which stands beside vectors because it is the environment's."""
        tree = tree_of(self.written.policy, self.policy_of(record))
        assert isinstance(tree, dict), "a policy is an object"
        return tree

    def record_text(self, record: RecordT) -> str:
        """The record as canonical JSON."""
        return spell(tree_of(self.written.record, record))

    def dated_fact(self, fact: FactT) -> FactT:
        """The fact at the moment when everything in a vector happens."""
        return _dated(self.written.fact, fact, FACT)

    def dated_command(self, command: CommandT) -> CommandT:
        """The command at the moment when everything in a vector happens."""
        return _dated(self.written.command, command, COMMAND)

    def fact_text(self, fact: FactT) -> str:
        """The fact as canonical JSON."""
        return spell(tree_of(self.written.fact, fact))

    def command_text(self, command: CommandT) -> str:
        """The command as canonical JSON."""
        return spell(tree_of(self.written.command, command))


def _dated(of: type[Of[ValueT]], given: ValueT, noun: str) -> ValueT:
    """What is given, at the moment when everything in a vector happens; what has no moment stays as it is."""
    tree = tree_of(of, given)
    assert isinstance(tree, dict), "what is given is an object"
    return _read(of, {**tree, "at": MOMENT}, noun) if "at" in tree else given


def _read(of: type[Of[ValueT]], tree: object, noun: str) -> ValueT:
    read: Result[ValueT, CodecError] = value_of(of, tree, f"$.{noun}", noun)
    if isinstance(read, Failure):
        raise NoVectorError(str(read.failure()))
    return read.unwrap()
