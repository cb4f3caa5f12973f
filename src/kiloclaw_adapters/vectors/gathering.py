"""Gathers vectors: searches configurations and, of every cell that they reach, keeps the smallest record that shows it.

Smallest is what has the shortest canonical text, and of those the first by the alphabet; so the same is kept whatever
order a search goes in. A cell that one search has shown is not looked at again in the next: the calmest come first, so
what is shown is as simple as can be.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Generic, TypeAlias

from attrs import define, field, frozen
from returns.result import Result

from kiloclaw_adapters.explorer import AnyConfiguration, budgets_of, run_exploration
from kiloclaw_adapters.overriding import overridden
from kiloclaw_adapters.vectors.kinds import (
    AlarmT,
    CommandT,
    EffectT,
    FactT,
    GivenT,
    Kind,
    Moved,
    PolicyT,
    RecordT,
    RefusalT,
    Tree,
)
from kiloclaw_core.explore import Cell

Place: TypeAlias = tuple[ModuleType, str]
"""A module, and the name under which it calls a function."""


@frozen
class Worldly(Generic[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]):
    """A kind of record, and under which names the world that it is searched in asks it."""

    kind: Kind[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]
    absorbs: tuple[Place, ...]
    decides: tuple[Place, ...]
    tells_cells: bool = True
    """Whether its searches tell the cells that they reach in the same words, if they tell any."""


@define(eq=False)
class Smallest(Generic[RecordT, GivenT]):
    """Of each cell the smallest record that shows it, and what it is given; `settled` are those of earlier searches."""

    settled: dict[Cell, tuple[RecordT, GivenT]] = field(factory=dict)
    _found: dict[Cell, tuple[tuple[int, str, str], RecordT, GivenT]] = field(factory=dict)

    def meet(self, cell: Cell, record: RecordT, given: GivenT, text: str, given_text: str) -> None:
        """A record shows this cell."""
        size = (len(text), text, given_text)
        if cell not in self._found or size < self._found[cell][0]:
            self._found[cell] = (size, record, given)

    def settle(self, reached: Collection[Cell] | None = None) -> None:
        """A search is over, and all that it found counts, or all that it reached, where that is known."""
        for cell, (_, record, given) in self._found.items():
            if reached is None or cell in reached:
                self.settled[cell] = (record, given)
        self._found.clear()


@define(eq=False)
class Policies:
    """The policies that vectors are under, numbered within their kind as they are met."""

    trees: dict[str, Tree] = field(factory=dict)

    def name(self, kind: str, tree: Tree) -> str:
        """What this policy is called."""
        mine = [name for name in self.trees if name.startswith(f"{kind}-")]
        for name in mine:
            if self.trees[name] == tree:
                return name
        name = f"{kind}-{len(mine) + 1}"
        self.trees[name] = tree
        return name


@define(eq=False)
class Gathering(Generic[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]):
    """What the searches of one world have shown so far."""

    worldly: Worldly[RecordT, CommandT, FactT, EffectT, RefusalT, AlarmT, PolicyT]
    facts: Smallest[RecordT, FactT] = field(factory=Smallest)
    commands: Smallest[RecordT, CommandT] = field(factory=Smallest)
    _texts: dict[RecordT, str] = field(factory=dict)

    def search(self, configuration: AnyConfiguration) -> None:
        """Search a configuration of this world whole."""
        with self._watching():
            reached = run_exploration(configuration).report.cells
        self.facts.settle((frozenset(reached) or None) if self.worldly.tells_cells else None)
        self.commands.settle()
        self._texts.clear()

    def ask(self) -> None:
        """Ask every record that was shown, and what a fact made of it, all there is to ask."""
        kind = self.worldly.kind
        after = [kind.absorb(record, fact).record for record, fact in self.facts.settled.values()]
        before = [record for every in (self.facts, self.commands) for record, _ in every.settled.values()]
        for record in (*before, *after):
            for command in kind.called.asked(record):
                self._decide(record, command)
        self.commands.settle()
        self._texts.clear()

    def vectors(self, policies: Policies) -> Iterator[Tree]:
        """All that was shown, facts first, each by its cell."""
        kind = self.worldly.kind
        for _, (record, fact) in sorted(self.facts.settled.items(), key=by_cell):
            yield kind.of_fact(record, kind.dated_fact(fact), policies.name(kind.name, kind.policy_tree(record)))
        for _, (record, command) in sorted(self.commands.settled.items(), key=by_cell):
            yield kind.of_command(
                record, kind.dated_command(command), policies.name(kind.name, kind.policy_tree(record))
            )

    @contextmanager
    def _watching(self) -> Iterator[None]:
        with ExitStack() as stack:
            for module, name in self.worldly.absorbs:
                stack.enter_context(overridden(module, name, self._absorb))
            for module, name in self.worldly.decides:
                stack.enter_context(overridden(module, name, self._decide))
            yield

    def _absorb(self, record: RecordT, fact: FactT) -> Moved[RecordT, EffectT]:
        """What the core answers; that it was asked is kept."""
        kind = self.worldly.kind
        moved = kind.absorb(record, fact)
        cell = kind.fact_cell(record, fact, moved)
        if cell not in self.facts.settled:
            self.facts.meet(cell, record, fact, self._text(record), kind.fact_text(fact))
        return moved

    def _decide(self, record: RecordT, command: CommandT) -> Result[RecordT, RefusalT]:
        """What the core answers; that it was asked is kept."""
        kind = self.worldly.kind
        answer = kind.decide(record, command)
        cell = kind.command_cell(record, command, answer)
        if cell not in self.commands.settled:
            self.commands.meet(cell, record, command, self._text(record), kind.command_text(command))
        return answer

    def _text(self, record: RecordT) -> str:
        text = self._texts.get(record)
        if text is None:
            text = self._texts[record] = self.worldly.kind.record_text(record)
        return text


def by_cell(shown: tuple[Cell, object]) -> Cell:
    """What vectors are sorted by."""
    return shown[0]


def calmest_first(configurations: Iterable[AnyConfiguration]) -> tuple[AnyConfiguration, ...]:
    """The configurations in which the least happens first; of those that are alike, in their order."""
    return tuple(sorted(configurations, key=lambda one: sum(budgets_of(one).values())))
