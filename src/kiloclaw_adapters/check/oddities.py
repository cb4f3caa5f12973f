"""What a trace says that may be a slip: keys that the format does not name, and ids that nothing bears.

The format has both ignored, so that nothing is refused; but a record under other names, or a commit signed by nobody,
is judged as if it were not there. So it is told, each sort once, with its first line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from attrs import define, field, frozen

from kiloclaw_adapters.check.format import CALLS, KINDS, MACHINE, RECORD, SIZES, VOLUME

Tree: TypeAlias = Mapping[str, object]

SORTS: Final = 100
"""So many sorts are told at most; whoever has more has read enough."""
NAMES: Final = 65_536
"""So many ids are remembered; of a trace with more, nothing more is said of ids."""
COMMANDS: Final = "command"
CALLED: Final = "call"
ASKS: Final[Mapping[str, str]] = {"reply": COMMANDS, "effect": CALLED}
"""The lines whose id is that of another line, and of what kind that is; of an answer, what judges it says so."""
UNKNOWN: Final[Mapping[str, str]] = {COMMANDS: "no command {!r} was asked before", CALLED: "no call {!r} left before"}
SHOWN: Final[Mapping[str, frozenset[str]]] = {
    "machines": frozenset(key.name for key in MACHINE),
    "volumes": frozenset(key.name for key in VOLUME),
}
LINE_NAMES: Final = {name: frozenset(("kind", "at", *(key.name for key in kind.keys))) for name, kind in KINDS.items()}
RECORD_NAMES: Final = frozenset(key.name for key in RECORD)
SIZE_NAMES: Final = frozenset(key.name for key in SIZES)
ARGUMENTS: Final = {op.value: frozenset((*one.needs, *one.names)) for op, one in CALLS.items()}


@frozen
class Oddity:
    """A sort of slip: the first line that has it, what it is, and how many lines have it."""

    line: int
    why: str
    lines: int = 1

    def __str__(self) -> str:
        """In one sentence, from the number of the line on."""
        return f"{self.line}: {self.why}" + (f", in {self.lines} lines" if self.lines > 1 else "")


@define(eq=False)
class Oddities:
    """What is odd of one trace, while it is read."""

    _found: dict[str, Oddity] = field(init=False, factory=dict)
    _names: dict[str, dict[str, object]] = field(init=False, factory=lambda: {COMMANDS: {}, CALLED: {}})
    """Of each kind the ids that there were, with what was asked for."""
    _is_full: bool = field(init=False, default=False)

    def passed(self, lines: Iterable[str]) -> Iterator[str]:
        """These lines, each looked at as it goes by. What is no line is left to whoever reads them."""
        for number, text in enumerate(lines, 1):
            try:
                tree: object = json.loads(text)
            except (ValueError, RecursionError):
                tree = None
            if isinstance(tree, dict):
                for sort, why in self._odd(tree):
                    self._tell(number, sort, why)
            yield text

    def told(self) -> tuple[Oddity, ...]:
        """Every sort that was found, in the order of the lines."""
        return tuple(self._found.values())

    def _tell(self, number: int, sort: str, why: str) -> None:
        one = self._found.get(sort)
        if one is not None:
            self._found[sort] = Oddity(one.line, one.why, one.lines + 1)
        elif len(self._found) < SORTS:
            self._found[sort] = Oddity(number, why)

    def _odd(self, tree: Tree) -> Iterator[tuple[str, str]]:
        """What is odd of this line, each with the sort that it is of."""
        kind = str(tree.get("kind"))
        if kind not in KINDS:
            return
        yield from alike(f"{kind}: ", tree, LINE_NAMES[kind])
        yield from self._in_record(tree.get("record"))
        for key, names in SHOWN.items():
            shown = tree.get(key)
            yield from once(
                slip for one in (shown if isinstance(shown, list) else ()) for slip in alike(f"{key}: ", one, names)
            )
        if kind == CALLED:
            yield from alike(
                f"args of {tree.get('op')}: ", tree.get("args"), ARGUMENTS.get(str(tree.get("op")), frozenset())
            )
        yield from self._ids(kind, tree)

    def _in_record(self, record: object) -> Iterator[tuple[str, str]]:
        if isinstance(record, dict):
            meant = spellings(RECORD_NAMES)
            for key in sorted(set(record) - RECORD_NAMES):
                yield f"record: {key}", f"record: the format has no key {key!r}" + suggested(meant.get(plain(key)))
            yield from alike("machine_size: ", record.get("machine_size"), SIZE_NAMES)

    def _ids(self, kind: str, tree: Tree) -> Iterator[tuple[str, str]]:
        """Of this line the ids that nothing bears, or something else bears already."""
        for key, of in (("id", ASKS.get(kind)), ("by", COMMANDS), ("cause", CALLED if kind == "world" else None)):
            name = tree.get(key)
            if of is not None and isinstance(name, str) and not self._is_full and name not in self._names[of]:
                yield f"{kind}.{key}", f"{key}: {UNKNOWN[of].format(name)}"
        if kind in self._names and not self._is_full:
            yield from self._named(kind, str(tree.get("id")), tree.get("op"))

    def _named(self, kind: str, name: str, op: object) -> Iterator[tuple[str, str]]:
        """This id is borne from now on; a command may be asked twice, but is the same then."""
        before = self._names[kind].setdefault(name, op)
        if kind == COMMANDS and before != op:
            yield f"{kind}.twice", f"id: the command {name!r} was another before"
        if sum(map(len, self._names.values())) > NAMES:
            self._is_full = True
            self._names = {COMMANDS: {}, CALLED: {}}


def alike(where: str, tree: object, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The keys that are none of these names, and are one of them but for its spelling."""
    unknown = set(tree) - names if isinstance(tree, dict) else set[str]()
    meant = spellings(names) if unknown else {}
    for key in sorted(unknown):
        if plain(key) in meant:
            yield f"{where}{key}", f"{where}the format has no key {key!r}{suggested(meant[plain(key)])}"


def once(slips: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Each sort once, however many things on a line have it."""
    yield from dict(slips).items()


def spellings(names: Iterable[str]) -> Mapping[str, str]:
    """These names by what is left of them whoever spells them."""
    return {plain(name): name for name in names}


def plain(name: str) -> str:
    """A name without its way of joining words."""
    return name.replace("_", "").replace("-", "").lower()


def suggested(name: str | None) -> str:
    """What was perhaps meant."""
    return "" if name is None else f" (it has {name!r})"
